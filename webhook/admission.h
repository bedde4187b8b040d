/* admission: AdmissionReview (admission.k8s.io/v1) in, AdmissionReview out, for the mutating and the validating
 * webhook.
 *
 * Pure functions of (review, snapshot): no outgoing call, no clock but the one given. Mutating CREATE of a ChatRequest
 * stamps and seals spec.requestedBy from the caller; UPDATE does it for every approval that was appended. Validating
 * refuses what must never be stored: deceptive text, commands that the kubectl grammar refuses, identities that cannot
 * be impersonated, approvals of another plan than the one shown, a cluster that is not registered, commands that an
 * AuditPolicy does not let this request run. Refusals carry code and a message that says what to do; what policies set
 * to Warn would refuse comes as warnings.
 */
#pragma once

#include "controller/base/buf.h"
#include "controller/guard/policy_set.h"
#include "webhook/seal.h"

/* Immutable; what admission knows. */
struct kc_admission_snapshot {
    struct kc_seal_key key;
    const char *cluster_uid;
    struct kc_strs clusters; /* names that context.cluster may have */
    /* NULL: not known yet. Then nothing is refused for a policy's sake here: the plan waits until they are. */
    const struct kc_policy_set *policies;
    const struct kc_restmap *types;
};

/* What was answered, for the audit row of a refusal: then reason and message are not empty. */
struct kc_admission_verdict {
    bool allowed;
    bool dry_run;                                         /* of the review: such a request leaves no row */
    const char *operation, *ns, *name, *reason, *message; /* name: or generateName */
    const char *uid;                                      /* of the ChatRequest; "": it has none yet */
    struct kc_identity who;
};

/* body: the review's JSON. Appends the answer to out. False with INVALID when it is no AdmissionReview at all (then the
 * HTTP answer is 400). *ret lives in a. */
KC_CHECK bool kc_admit_mutating(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                                int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err);
KC_CHECK bool kc_admit_validating(struct kc_arena *a, const char *body, size_t len,
                                  const struct kc_admission_snapshot *s, int64_t now, struct kc_buf *out,
                                  struct kc_admission_verdict *ret, struct kc_err *err);
