/* guard: may this plan go on? A pure verdict from (request, plan, approvals, time); the webhook, the preview and the
 * executor ask the same function.
 *
 * Without any AuditPolicy: reads need no approval; a mutating step needs one, the requester's own will do; a
 * destructive step needs another person's, with a typed confirmation ("<cluster>/<namespace>"). Service accounts
 * request no changes (a policy would have to name them). Nobody asks or approves with an identity older than 24 h. A
 * reject ends the request, whichever plan it was said to.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/base/clock.h"

#define KC_IDENTITY_VALID_MS (24 * KC_HOUR_MS)

/* Whether an identity may ask at all: `system:` users and groups other than service accounts and system:authenticated
 * are never impersonated. False with FORBIDDEN and a message for the person. */
KC_CHECK bool kc_guard_requester(const struct kc_identity *who, struct kc_err *err);
/* The same for approvers, who in addition are never service accounts. */
KC_CHECK bool kc_guard_approver(const struct kc_identity *who, struct kc_err *err);
bool kc_is_service_account(const struct kc_identity *who);

struct kc_verdict {
    bool refused;          /* the plan may never run: say why */
    const char *reason;    /* CamelCase: "ServiceAccountChange", "ReadOnlyRequest", ... */
    const char *message;   /* for people */
    int required, granted; /* approvals */
    bool other_person;     /* at least one has to come from somebody else than the requester */
    const char *confirm;   /* text that approvals must carry; "": none */
    bool rejected;         /* by whom: message */
    const char *rule;      /* what spoke: "default: one approval" */
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
    const char *cluster, *ns; /* for the confirmation text */
    const struct kc_plan_record *plan;
    const char *plan_digest;
    const struct kc_judged_approval *approvals;
    size_t n_approvals;
    int64_t now;
};

/* How much can go wrong: of the plan's riskiest step, by the table in risk.c. */
enum kc_risk kc_guard_risk(const struct kc_plan_record *plan);

/* Always gives a verdict; strings in the arena or constant. */
void kc_guard_judge(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *ret);
