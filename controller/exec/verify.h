/* verify: whether an executed step holds: the fields have the previewed values and the workload has rolled out, as
 * `kubectl rollout status` judges it; what was created is there, what was deleted is gone. Uses kube, action.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/exec/cluster.h"

enum kc_verification {
    KC_VERIFY_HOLDS,
    KC_VERIFY_WAITING, /* message: "3 of 5 replicas available" */
    KC_VERIFY_BROKEN   /* message: what was found instead */
};

KC_CHECK bool kc_verify_step(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, struct kc_arena *a, enum kc_verification *ret,
                             const char **ret_message, struct kc_err *err);

/* Pure: a workload's own account of its rollout (Deployment, StatefulSet, ReplicaSet, or any with spec.replicas and
 * status.replicas). */
enum kc_verification kc_rollout_judge(struct kc_arena *a, const json_t *object, const char **ret_message);
