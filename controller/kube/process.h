/* process: runs a program to its end, within a deadline, and takes what it prints. Blocks; any thread. */
#pragma once

#include "controller/base/buf.h"

struct kc_process {
    const char *const *argv; /* argv[0] is looked up in PATH unless it has a '/' */
    const char *const *env;  /* "NAME=value", NULL-terminated */
    int64_t timeout_ms;
};

/* True when it exited with status 0; its standard output is appended to out, whose limit bounds it. Standard input is
 * /dev/null, standard error is ours. Fails with RETRY "Timeout" (it and its process group are killed) or INVALID with
 * the exit status, the signal, or why it could not be started. */
KC_CHECK bool kc_process_run(const struct kc_process *p, struct kc_buf *out, struct kc_err *err);
