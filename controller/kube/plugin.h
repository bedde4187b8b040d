/* plugin: exec credential plugins (client.authentication.k8s.io/v1 and v1beta1, KEP-541). */
#pragma once

#include "controller/kube/kubeconfig.h"

struct kc_plugin {
    const char *where; /* "kubeconfig FILE: users[ana].user.exec" */
    const char *command, *api_version, *install_hint;
    const char *const *argv; /* NULL-terminated */
    const char *const *env;  /* what the plugin gets besides our own environment, NULL-terminated */
};

struct kc_plugin_credential {
    const char *token;              /* "" when it gave certificates only */
    const char *cert_pem, *key_pem; /* NULL: none */
    int64_t expires_unix_ms;        /* 0: good until the server says otherwise */
};

/* Reads user.exec; *ret is NULL when there is none. cluster is passed on where the plugin asks for it. */
KC_CHECK bool kc_plugin_read(struct kc_arena *a, const struct kc_kubeconfig_entry *user,
                             const struct kc_kubeconfig_entry *cluster, struct kc_plugin **ret, struct kc_err *err);

/* Runs it, for at most 30 s. */
KC_CHECK bool kc_plugin_run(const struct kc_plugin *p, struct kc_arena *a, struct kc_plugin_credential *ret,
                            struct kc_err *err);
/* Pure: what it printed. */
KC_CHECK bool kc_plugin_parse(const struct kc_plugin *p, const char *bytes, size_t len, struct kc_arena *a,
                              struct kc_plugin_credential *ret, struct kc_err *err);
