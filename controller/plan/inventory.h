/* inventory: the objects that a planner may speak of: only what the requester may list.
 *
 * A value: filled from API lists (online) or a file (offline), then read-only. Everything lives in the arena.
 */
#pragma once

#include "controller/action/action.h"
#include "controller/base/labels.h"

/* Of an object whose metadata alone is known, status is "", the numbers are -1, the lists empty. */
struct kc_object {
    const struct kc_mapping *mapping;
    const char *ns, *name, *uid;
    const char *owner_kind, *owner_name; /* controller ownerReference; "" for none */
    int32_t replicas; /* spec.replicas; 1 when a workload leaves it out; -1: unknown (metadata only) */
    int32_t ready;    /* ready replicas (workloads) or containers (pods); -1: unknown */
    int32_t restarts; /* pods: of all containers; 0 otherwise */
    const char
        *status;      /* kubectl's STATUS column: pods Running, CrashLoopBackOff, Evicted, Completed, ...; nodes Ready,
                       * NotReady; jobs Running, Complete, Failed; namespaces Active, Terminating; "": has none */
    const char *node; /* pods; "" */
    bool unschedulable;                        /* nodes */
    bool paused;                               /* deployments: spec.paused; cronjobs, jobs: spec.suspend */
    int64_t created_ms;                        /* since 1970; 0: unknown */
    const struct kc_container_ref *containers; /* of the pod, or of the pod template; without init containers */
    size_t n_containers;
    const struct kc_label *labels;
    size_t n_labels;
};

struct kc_inventory {
    const struct kc_restmap *restmap;
    struct kc_object *v;
    size_t n, cap;
};

/* Room for n more objects, zeroed, which the caller fills in; they count at once. */
struct kc_object *kc_inventory_extend(struct kc_arena *a, struct kc_inventory *inv, size_t n);
/* One object, or each item of a List (unknown types are skipped: no mapping, nothing to plan with). item_mapping: what
 * items without apiVersion and kind are (the API server leaves them out in lists); NULL for files. */
KC_CHECK bool kc_inventory_add(struct kc_arena *a, struct kc_inventory *inv, const json_t *object,
                               const struct kc_mapping *item_mapping, struct kc_err *err);
/* A restmap for the offline command: the built-in kinds that the verbs need, and every type that occurs in the objects.
 */
const struct kc_restmap *kc_restmap_offline(struct kc_arena *a, const json_t *documents);
