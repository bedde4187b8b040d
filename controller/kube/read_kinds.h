/* read_kinds: one function a kind, from its message to an item: the rows of kinds.c. Each takes the message of its name
 * and leaves what the metadata says to kinds.c. Borrows from the message, or copies into the arena. Pure.
 */
#pragma once

#include "controller/kube/kind.h"
#include "controller/kube/proto/core.pb-c.h"

typedef void kc_read_kind(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret);

/* read_pod.c, read_core.c */
kc_read_kind kc_read_pod, kc_read_node, kc_read_namespace, kc_read_service;
/* read_workloads.c */
kc_read_kind kc_read_replicationcontroller, kc_read_deployment, kc_read_replicaset, kc_read_statefulset,
    kc_read_daemonset, kc_read_job, kc_read_cronjob;
/* read_reach.c */
kc_read_kind kc_read_endpointslice, kc_read_ingress, kc_read_hpa, kc_read_pdb;

/* What several have. */
void kc_read_pairs(struct kc_arena *a, Pb__Pair *const *v, size_t n, const struct kc_label **ret, uint16_t *ret_n);
void kc_read_containers(struct kc_arena *a, const Pb__PodSpec *pod, struct kc_item *ret);   /* pod may be NULL */
void kc_read_selector(struct kc_arena *a, const Pb__LabelSelector *s, struct kc_item *ret); /* s may be NULL */
/* matchLabels alone, as services have them; n 0: none. */
void kc_read_match(struct kc_arena *a, Pb__Pair *const *v, size_t n, struct kc_item *ret);
bool kc_read_condition(Pb__Condition *const *v, size_t n, const char *type, const char *status); /* says type status? */
