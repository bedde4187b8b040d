/* reach: what else a change touches, in one line for people: pods, services and their endpoints, ingresses in front,
 * autoscalers, disruption budgets, what a delete takes with it. Pure: what is around the target comes in as the fleet's
 * packed records, whose strings are only borrowed.
 *
 * It is read from memory at one moment and says so little that it may be a moment old: nothing is decided by it.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/kube/item.h"

/* The objects of one kind in one namespace. */
struct kc_near {
    const char *kind, *plural; /* "Pod", "pods" */
    const struct kc_record *const *v;
    size_t n;
    bool named; /* whoever asks may list them; else they count and stay without a name */
};

/* Around a namespaced target: its namespace; around a Namespace: what is in it; around a Node: all pods. A kind may
 * come more than once (pods of several namespaces). */
struct kc_surroundings {
    const struct kc_near *v;
    size_t n;
    bool complete; /* every kind that the fleet knows is there; else the line says that something is missing */
};

/* "2 more pods · service checkout 3 → 5 endpoints"; "": nothing is known to be touched. before: what the change starts
 * from (the object, or its Scale); NULL: not known. Linear in the pods; in the arena. */
const char *kc_reach(struct kc_arena *a, const struct kc_record_step *step, const json_t *before,
                     const struct kc_surroundings *around);
