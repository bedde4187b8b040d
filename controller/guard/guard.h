/* guard: may this plan go on? A pure verdict from (request, plan, policies, approvals, time); admission, the preview
 * and the executor ask the same rules.
 *
 * Each step that changes something is held against every AuditPolicy that matches it (ruling.h): all their rules have
 * to be met, so that the strictest wins, and all that spoke are named. Where no policy has a rule: a mutating step
 * needs one approval, the requester's own will do; a destructive step needs another person's, with a typed confirmation
 * ("<cluster>/<namespace>"); service accounts request no changes; --force is refused. Reads are not the policies'
 * matter: they need no approval. A policy set to Warn or DryRun holds nothing up; what it would have done is said.
 *
 * Fail closed: while the policies are not known, or one of them cannot be read, a plan that changes something waits.
 *
 * Whatever policies say: nobody asks or approves with an identity older than 24 h; a reject ends the request, whichever
 * plan it was said to.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/base/clock.h"
#include "controller/guard/policy_set.h"

#define KC_IDENTITY_VALID_MS (24 * KC_HOUR_MS)

/* Whether an identity may ask at all: `system:` users and groups other than service accounts and system:authenticated
 * are never impersonated. False with FORBIDDEN and a message for the person. */
KC_CHECK bool kc_guard_requester(const struct kc_identity *who, struct kc_err *err);
/* The same for approvers, who in addition are never service accounts. */
KC_CHECK bool kc_guard_approver(const struct kc_identity *who, struct kc_err *err);
bool kc_is_service_account(const struct kc_identity *who);
/* The namespace (ns_len bytes) and the name within the username; false: no service account. */
bool kc_service_account_parts(const struct kc_identity *who, const char **ret_ns, size_t *ret_ns_len,
                              const char **ret_name);

struct kc_verdict {
    bool refused;          /* the plan may never run: say why */
    bool waits;            /* it may not run now, whoever approves: say why */
    const char *reason;    /* CamelCase: "Suspended", "ServiceAccountChange", "PoliciesNotSynced", ...; "": none */
    const char *message;   /* for people */
    int required, granted; /* approvals, while it is neither refused nor waits */
    bool other_person;     /* the requester's own approval does not do */
    const char *confirm;   /* text that approvals must carry; "": none */
    bool rejected;         /* by whom: message */
    struct kc_strs *said;  /* of each step of the plan: what spoke and what it asks, "default: one approval" */
    size_t n_said;
    struct kc_strs warned; /* what policies set to Warn would have done, for whoever asks */
    enum kc_risk risk;
};

/* One approval as the controller judged it: seal checked, right checked by SubjectAccessReview. */
struct kc_judged_approval {
    const struct kc_approval *approval;
    bool seal_valid;
    bool may_approve; /* SubjectAccessReview said yes in every namespace of the plan */
};

struct kc_guard_input {
    const struct kc_chatrequest_spec *spec;
    int64_t created_at;
    const char *cluster, *ns; /* that we serve; that the request is in */
    const struct kc_plan_record *plan;
    const char *plan_digest;
    struct kc_strs covering; /* digests of the plans before it whose approvals hold for it (action/succession.h) */
    bool way_back;           /* the plan takes back what a failed one before it did (spec.onFailure) */
    size_t next;             /* first step that has not been done: what is done is not refused any more */
    const struct kc_policy_set *policies; /* NULL: not known yet */
    const struct kc_judged_approval *approvals;
    size_t n_approvals;
    int64_t now;
};

/* How much can go wrong, by the tables in risk.c: of one change; of a step as people see it, from its first part to its
 * end, as a part of its plan; of the plan's riskiest step. */
enum kc_risk kc_guard_step_risk(const struct kc_record_step *s);
enum kc_risk kc_guard_group_risk(const struct kc_plan_record *plan, size_t first, size_t end);
enum kc_risk kc_guard_risk(const struct kc_plan_record *plan);

/* Always gives a verdict; strings in the arena, constant, or the policy set's. */
void kc_guard_judge(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *ret);

/* Whether the object of a step may be captured before it is changed: a Secret only where a policy says so. */
bool kc_guard_captures(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_record_step *s);

/* What can be told of a request before there is a plan: whether an action that it states as a command is one that a
 * policy refuses for good (not who has to approve). False with FORBIDDEN. warned gets what policies set to Warn would
 * have done. policies NULL: nothing is refused here; the plan will wait. */
KC_CHECK bool kc_guard_admit(struct kc_arena *a, const struct kc_policy_set *policies, const struct kc_chatrequest *cr,
                             const struct kc_action *act, struct kc_strs *warned, struct kc_err *err);
