/* gather: the inventory that a planner sees, listed as the requester, so that it never names what the requester may not
 * list. Uses kube, plan.
 */
#pragma once

#include "controller/exec/cluster.h"
#include "controller/plan/inventory.h"

/* A consistent list of a type that seldom changes takes the API server up to 100 ms: it waits until etcd tells that its
 * cache is up to date. What the cache has right now is as good wherever something looks again before it matters. */
enum kc_listing { KC_LIST_CACHED, KC_LIST_CURRENT };

/* Lists every type with a scale subresource in each namespace. A type that the requester may not list is left out; when
 * nothing may be listed in a namespace, or it does not exist, fails with FORBIDDEN or NOT_FOUND and the API server's
 * own words. Blocks for the calls. */
KC_CHECK bool kc_gather(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                        const struct kc_strs *namespaces, enum kc_listing listing, struct kc_arena *a,
                        struct kc_inventory *ret, struct kc_err *err);
