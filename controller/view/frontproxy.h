/* frontproxy: whom the API server's aggregation layer speaks for (Kubernetes docs, "Configure the Aggregation Layer").
 *
 * The API server authenticates people, then proxies their calls with a client certificate of its own and their names in
 * headers. Which CA signs that certificate, whose common names count and what the headers are called stands in the
 * ConfigMap kube-system/extension-apiserver-authentication. Headers are believed only behind such a certificate. Pure.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/resource.h"

struct kc_frontproxy {
    const char *client_ca;                         /* PEM */
    struct kc_strs names;                          /* common names that count; n 0: any that client_ca has signed */
    struct kc_strs user, uid, group, extra_prefix; /* names of headers, the first that is there counts */
};

struct kc_header {
    const char *name, *value;
};

/* INVALID: names the key of the ConfigMap that is missing or wrong. Lives in a. */
KC_CHECK bool kc_frontproxy_decode(struct kc_arena *a, const json_t *config_map, struct kc_frontproxy *ret,
                                   struct kc_err *err);

/* peer: common name of the verified client certificate, NULL: none. Extras below authentication.kubernetes.io/ are left
 * out, as at admission. FORBIDDEN (HTTP 401) when nobody can be believed. */
KC_CHECK bool kc_frontproxy_identity(struct kc_arena *a, const struct kc_frontproxy *f, const char *peer,
                                     const struct kc_header *headers, size_t n, struct kc_identity *ret,
                                     struct kc_err *err);
