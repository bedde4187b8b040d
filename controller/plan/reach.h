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

/* One change: of a step that is one, or of one that is several. */
struct kc_reach_part {
    const struct kc_record_step *step;
    const json_t *before; /* what the change starts from (the object, or its Scale); NULL: not known */
    size_t group;         /* the number of the step as people count them, from 0 */
};

/* "2 more pods · service checkout 3 → 5 endpoints"; "": nothing is known to be touched. Of several parts, all in one
 * namespace or of none, what they come to together: a pod counts once, a service has what all of them leave it. Linear
 * in the pods; in the arena. */
const char *kc_reach(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                     const struct kc_surroundings *around);

/* Whether several parts are all objects of one kind that are around them: all deployments of a namespace. False, too,
 * while that is not known. */
bool kc_reach_is_all(const struct kc_reach_part *parts, size_t n, const struct kc_surroundings *around);

/* What only several steps together do: a service that none of them leaves without endpoints and all of them do, a
 * disruption budget likewise. parts: of all steps that change something in one namespace, in their order. Gives each
 * such sentence ("with step 1: service checkout 3 → 0 endpoints, none remain") to the last of the steps that take part
 * in it; returns how many there are. In the arena. */
struct kc_reach_together {
    size_t group;
    const char *text;
};
size_t kc_reach_together(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                         const struct kc_surroundings *around, struct kc_reach_together **ret);
