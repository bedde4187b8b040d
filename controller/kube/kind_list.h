/* kind_list: a LIST of one of the fleet's kinds as somebody, for those who cannot take it from the fleet. */
#pragma once

#include "controller/kube/client.h"
#include "controller/kube/kind.h"

struct kc_records {
    const struct kc_record **v; /* references that end with the arena */
    size_t n, cap;
};

/* All pages. ns "" for a cluster-scoped kind or all namespaces; query: of the first page, encoded
 * ("resourceVersion=0"), NULL for a consistent list. Objects that cannot be decoded are left out. Blocks for the calls.
 */
KC_CHECK bool kc_kind_list(struct kc_kube *kube, const struct kc_kind *k, const char *ns, const char *query,
                           const struct kc_call *call, struct kc_arena *a, struct kc_records *ret, struct kc_err *err);
