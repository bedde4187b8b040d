/* pod_choice: which pod and which container kubectl means when a command does not say. Private to action. */
#pragma once

#include "controller/action/action.h"

/* What for: kubectl logs wants the pod with the most restarts, kubectl exec the one with the fewest. */
enum kc_pod_choice { KC_POD_AS_LISTED, KC_POD_TO_READ, KC_POD_TO_ENTER };

/* The pods of an answer (a Pod or a PodList), best first, always the same for the same answer: scheduled, running,
 * ready, for longer, by restarts, older. */
const json_t **kc_pods_by_choice(struct kc_arena *a, const json_t *answer, enum kc_pod_choice choice, size_t *ret_n);

/* The annotated container, else the first. */
const char *kc_pod_default_container(const json_t *pod);
bool kc_pod_default_is_annotated(const json_t *pod);
bool kc_pod_has_container(const json_t *pod, const char *name); /* init and ephemeral ones too */
/* "web, log, setup (init)", for messages, as kubectl has it. */
const char *kc_pod_container_names(struct kc_arena *a, const json_t *pod);
/* Pods, and what has pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Service, ReplicationController. */
bool kc_has_pods(const struct kc_mapping *m);
bool kc_is_pod(const struct kc_target *t);

/* What a container's status says ("running", "waiting", "terminated"), and why; *ret_why "" when it does not say. NULL:
 * it has no status yet. */
const char *kc_pod_container_state(const json_t *pod, const char *name, const char **ret_why);
