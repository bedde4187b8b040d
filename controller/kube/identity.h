/* identity: who a call is made as, as the impersonation headers of the API server (User impersonation, Kubernetes docs;
 * k8s.io/client-go/transport). Pure.
 */
#pragma once

#include "controller/base/resource.h"
#include "controller/http/client.h"

/* What may be sent: NULL-terminated lists. */
struct kc_identity_filter {
    const char *const *groups; /* NULL: every group */
    const char *const *extras; /* NULL: no extra */
    bool all_extras;           /* overrides extras: our own kubeconfig says so */
};

/* Appends at most kc_identity_max_headers(as) headers at v. Service accounts go without groups, and
 * system:authenticated is never sent: the API server adds both. INVALID, naming the field, when a value would not
 * arrive as it is (control or invisible characters, a space at an end, not UTF-8): it might become another person's
 * name. */
KC_CHECK bool kc_identity_headers(struct kc_arena *a, const struct kc_identity *as, const struct kc_identity_filter *f,
                                  struct kc_http_header *v, size_t *n, struct kc_err *err);
size_t kc_identity_max_headers(const struct kc_identity *as);

/* True when group would be sent if as is impersonated. */
bool kc_identity_sends_group(const struct kc_identity *as, const struct kc_identity_filter *f, const char *group);
