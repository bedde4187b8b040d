/* carried: what every call of a kc_kube carries, unary (client.c) or not (conversation.c). Private to kube. */
#pragma once

#include "controller/kube/client.h"

struct kc_kube_headers {
    const struct kc_identity *as;      /* NULL or an empty username: ourselves, or whom the kubeconfig says */
    const char *accept, *content_type; /* NULL: none */
    bool renew;                        /* the credentials, after a 401 */
};
/* May block for credentials. */
KC_CHECK bool kc_kube_headers(struct kc_kube *k, const struct kc_kube_headers *h, struct kc_arena *a,
                              struct kc_http_header **ret, size_t *ret_n, struct kc_err *err);
/* The fence, as it stands now: until when (kc_boot_ms) something that changes the cluster may leave; 0: at any time. */
int64_t kc_kube_not_after(const struct kc_kube *k);
