/* drain: which pods of a node a drain takes away, as kubectl 1.34 judges them (k8s.io/kubectl/pkg/drain, filters.go).
 * Pure. */
#pragma once

#include "controller/action/action.h"

enum kc_drain {
    KC_DRAIN_EVICTS,
    KC_DRAIN_FORCES, /* it is evicted because of --force alone: why */
    KC_DRAIN_PASSES, /* it stays, and that is as it should be: why */
    KC_DRAIN_REFUSES /* the drain may not be made: why */
};

/* Whether a DaemonSet that controls a pod is there. */
enum kc_drain_owner { KC_DRAIN_OWNER_UNKNOWN, KC_DRAIN_OWNER_THERE, KC_DRAIN_OWNER_GONE };

/* The name of the DaemonSet that has to be looked at before the pod is judged; NULL: none. */
const char *kc_drain_daemonset(const json_t *pod);

/* act: the drain. *ret_why, for all but the first: a constant that several pods may have in common, as kubectl words
 * it. */
enum kc_drain kc_drain_judge(const struct kc_action *act, const json_t *pod, enum kc_drain_owner owner,
                             const char **ret_why);
/* The pods of the node: GET; more: metadata.continue of the page before; NULL: the first. */
struct kc_api_request kc_drain_pods(struct kc_arena *a, const struct kc_action *act, const char *more);
