/* auth: the bearer token to send now: fixed, from a file that changes, or from a credential plugin. Thread-safe. */
#pragma once

#include "controller/kube/plugin.h"

struct kc_auth;

/* One source; all strings are borrowed and outlive it. token_file goes before token, which is then what is sent until
 * the file could be read (k8s.io/client-go/rest). All NULL or "": no token. on_certificate (may be NULL) is told of a
 * client certificate that the plugin gave, under the lock. */
struct kc_auth_options {
    const char *token, *token_file;
    const struct kc_plugin *plugin;
    bool (*on_certificate)(void *arg, const char *cert_pem, const char *key_pem, struct kc_err *err);
    void *arg;
};
struct kc_auth *kc_auth_create(const struct kc_auth_options *o);
struct kc_auth *kc_auth_destroy(struct kc_auth *auth); /* accepts NULL, returns NULL */

/* True when another answer can come of asking again. */
bool kc_auth_renewable(const struct kc_auth *auth);

/* See kc_config_token. Callers that ask at the same time share one reading, its failure included. */
KC_CHECK bool kc_auth_token(struct kc_auth *auth, bool refresh, struct kc_arena *a, const char **ret,
                            struct kc_err *err);
