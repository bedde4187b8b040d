/* flags: command-line flags as kubectl spells them (pflag): --name value, --name=value, -n value, booleans with
 * =true/false; flags and arguments may be mixed; "--" ends the flags. Values also come from the environment:
 * KUBECHAT_<NAME> for a flag that names one (env true); the command line wins.
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/text.h"

enum kc_opt_kind {
    KC_OPT_STRING,
    KC_OPT_BOOL,
    KC_OPT_INT,
    KC_OPT_LIST /* comma separated, repeatable */,
    KC_OPT_REPEAT /* as it stands, repeatable */
};

struct kc_opt {
    const char *name;
    char letter; /* 0: none */
    enum kc_opt_kind kind;
    void *to; /* const char **, bool *, int64_t *, struct kc_strs * (both lists) */
    bool env;
    const char *value; /* what the help calls the value: "FILE" */
    const char *help;
};

/* Fills the flags' targets, and args with the rest (in the arena). INVALID names the flag and what it takes; an unknown
 * one is an error with the nearest known name. */
KC_CHECK bool kc_flags_parse(struct kc_arena *a, int argc, char **argv, const struct kc_opt *opts, size_t n,
                             struct kc_strs *args, struct kc_err *err);
/* "  -n, --namespace NAME   help", one line a flag. */
void kc_flags_help(const struct kc_opt *opts, size_t n);
