/* credential: asks for the bearer token without blocking the I/O thread.
 *
 * kc_config_token may read a file or run a plugin for up to 30 s. Each question gets a thread of its own that ends with
 * the answer; the configuration caches, so that questions are cheap and rare (one a connection). I/O thread only.
 */
#pragma once

#include "controller/kube/config.h"

struct kc_credential;

/* Exactly one of token ("" when certificates do the job) and err is set; both die when the call returns. */
typedef void (*kc_credential_fn)(void *arg, const char *token, const struct kc_err *err);

/* fn runs on l's thread, once, unless the question is cancelled. NULL with FATAL when no thread can be started. */
struct kc_credential *kc_credential_ask(struct kc_loop *l, struct kc_config *c, bool refresh, kc_credential_fn fn,
                                        void *arg, struct kc_err *err);
/* fn will not be called. Returns at once; a plugin that runs is left to end by itself. Accepts NULL, returns NULL. */
struct kc_credential *kc_credential_cancel(struct kc_credential *q);
