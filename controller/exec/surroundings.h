/* surroundings: what is around the target of a change, from the fleet in memory, for its reach (plan/reach.h). Uses
 * kube, plan.
 */
#pragma once

#include "controller/exec/cluster.h"
#include "controller/plan/reach.h"

/* Records live as long as the arena. Lists of what who may not list, or while that cannot be told, come without the
 * right to name them. Asks the API server for rights that are not remembered, so it may block; never fails: what is not
 * known is missing, and ret says so. */
void kc_surroundings_of(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_target *target,
                        struct kc_arena *a, struct kc_surroundings *ret);

/* The same around several targets, each list once. */
void kc_surroundings_of_all(const struct kc_cluster *c, const struct kc_identity *who,
                            const struct kc_target *const *targets, size_t n, struct kc_arena *a,
                            struct kc_surroundings *ret);

/* All nodes, to be counted; v is NULL when they are not known. */
struct kc_near kc_surrounding_nodes(const struct kc_cluster *c, struct kc_arena *a);
