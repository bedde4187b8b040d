/* item: one object of the fleet, packed: what something uses of it and nothing else.
 *
 * The data of a fleet's kc_record, and immutable like it; strings and arrays live as long as the record. Strings are
 * never NULL: "" is none. What a number means for a kind stands beside it; -1 is "unknown, or this kind has none".
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/labels.h"
#include "controller/base/resource.h"
#include "controller/kube/intern.h"
#include "controller/kube/store.h"

struct kc_kind;

/* An object of the same namespace. */
struct kc_object_ref {
    const char *kind, *name;
};

struct kc_item {
    const struct kc_kind *kind;
    struct kc_intern *strings; /* whose all strings of the item are */

    const char *ns, *name;
    const char *owner_kind, *owner_name, *owner_uid; /* controller ownerReference */
    const char *status;                              /* kubectl's STATUS column: pods, nodes, jobs, namespaces */
    const char *node;                                /* pods */
    const char *schedule;                            /* cronjobs */

    const struct kc_label *labels;
    const struct kc_container_ref *containers; /* of the pod or the pod template, without init containers */
    /* services, workloads, jobs, PDBs; selects says whether there is one: an empty one selects everything */
    const struct kc_requirement *selector;
    const struct kc_object_ref *refs; /* HPA: its target; ingresses, endpointslices: their services */

    int64_t created_ms; /* since 1970; 0: unknown */
    int32_t replicas;   /* workloads: spec.replicas, 1 when it is left out; others, daemonsets too: -1 */
    int32_t ready;      /* workloads: ready replicas; pods: ready containers */
    int32_t restarts;   /* pods: of all containers; 0 otherwise */
    int32_t want, have; /* how many there should be, and are well: daemonsets: pods desired, ready; endpointslices:
                         * endpoints, ready ones; PDBs: pods expected, healthy; HPAs: replicas desired, current */
    int32_t min;        /* HPAs: minReplicas; PDBs: desired healthy pods */
    int32_t max;        /* HPAs: maxReplicas */
    int32_t allowed;    /* PDBs: disruptions allowed */

    uint16_t n_labels, n_containers, n_selector, n_refs;
    bool selects;
    bool unschedulable; /* nodes */
    bool paused;        /* deployments: spec.paused; cronjobs, jobs: spec.suspend */
};

/* NULL for a record that is no fleet's. */
static inline const struct kc_item *kc_item_of(const struct kc_record *r)
{
    return r ? r->data : NULL;
}

/* Makes the record of an object: copies what item says, whose strings may be NULL, whose arrays are anywhere, and of
 * which ns, name and strings are set here. Fails with INVALID ("BadMetadata") for an object without name, uid or
 * resourceVersion, and ("TooLarge") when more than 64 KiB would be kept. Text that is not UTF-8 is kept with '?'. */
struct kc_record *kc_item_pack(struct kc_intern *strings, const struct kc_item *item, const char *ns, const char *name,
                               const char *uid, const char *resource_version, struct kc_err *err);
