/* expand: what a plan says of several objects at once -> the objects that those are right now: selections (delete -l),
 * commands with several names, drains. From here on a plan names every object; nothing that comes later and would fit
 * is touched. Uses kube, plan.
 *
 * Everything is listed as the requester, so that only what they may list is found.
 */
#pragma once

#include "controller/exec/cluster.h"
#include "controller/plan/planner.h"

struct kc_expansion {
    const struct kc_cluster *cluster;
    const struct kc_restmap *restmap;
    const struct kc_identity *who;
    const struct kc_strs *namespaces; /* that the request may work in */
    bool words; /* asked for in words: a drain leaves DaemonSets' pods where they are by itself, and says so */
};

/* Replaces p's steps; what cannot be (nothing fits, too many do, a pod that may not be drained) becomes p's refusal in
 * the words that kubectl has for it. False only for what is worth trying again. Blocks for the calls. */
KC_CHECK bool kc_expand(const struct kc_expansion *x, struct kc_arena *a, struct kc_planned *p, struct kc_err *err);
