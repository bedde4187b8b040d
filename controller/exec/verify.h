/* verify: whether an executed step holds: the fields have the previewed values and the workload has rolled out, as
 * `kubectl rollout status` judges it; none of its pods fails to start that did not fail before, and services have as
 * many endpoints as before; what was created is there, what was deleted is gone. Uses kube, action, plan.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/exec/cluster.h"
#include "controller/plan/health.h"

enum kc_verification {
    KC_VERIFY_HOLDS,
    KC_VERIFY_WAITING, /* message: "3 of 5 replicas available" */
    KC_VERIFY_BROKEN   /* message: what was found instead */
};

/* How the target's pods and the services in front of them are now, for a step whose change pods follow. uid: of the
 * target; "": it is not there yet. NULL: nothing is known of them. Of what the requester may not list nothing is named.
 */
const struct kc_health *kc_verify_baseline(const struct kc_cluster *c, const struct kc_identity *who,
                                           const struct kc_record_step *step, const char *uid, struct kc_arena *a);

/* before: the baseline from right before the change; NULL: none, then pods and endpoints are not compared. */
KC_CHECK bool kc_verify_step(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, const struct kc_health *before, struct kc_arena *a,
                             enum kc_verification *ret, const char **ret_message, struct kc_err *err);

/* Pure: a workload's own account of its rollout (Deployment, StatefulSet, ReplicaSet, or any with spec.replicas and
 * status.replicas). */
enum kc_verification kc_rollout_judge(struct kc_arena *a, const json_t *object, const char **ret_message);
