#include "webhook/approval.h"

#include <string.h>

#include "api/chatrequest.h"
#include "controller/guard/guard.h"

/* "sha256:0123456789ab": enough to tell two plans apart on a screen. */
#define SHORT_DIGEST 19

static bool awaits_approval(const struct kc_review *r, struct kc_err *err)
{
    const char *phase = kc_or(kc_json_str(r->old, "status.phase"), "");
    enum kc_phase p = kc_phase_of_name(phase);
    if (p == KC_AWAITING_APPROVAL)
        return true;
    if (kc_phase_final(p))
        return kc_fail(
            err, KC_INVALID, "NotAwaitingApproval",
            "spec.approvals: chatrequest %s/%s has ended (%s) and takes no approvals; ask again with 'kubectl chat "
            "ask'",
            r->ns, r->name, phase);
    return kc_fail(err, KC_INVALID, "NotAwaitingApproval",
                   "spec.approvals: chatrequest %s/%s is %s, it takes approvals only in phase AwaitingApproval", r->ns,
                   r->name, kc_or(phase, "not planned yet"));
}

static bool of_shown_plan(const struct kc_review *r, const json_t *approval, size_t at, struct kc_err *err)
{
    const char *shown = kc_or(kc_json_str(r->old, "status.plan.digest"), "");
    const char *meant = kc_or(kc_json_str(approval, "planDigest"), "");
    if (!*shown)
        return kc_fail(err, KC_INVALID, "NoPlan", "spec.approvals[%zu]: chatrequest %s/%s shows no plan to approve", at,
                       r->ns, r->name);
    if (!*meant)
        return kc_fail(
            err, KC_INVALID, "OtherPlan",
            "spec.approvals[%zu].planDigest is missing: it says which plan you have read; status.plan.digest is %s", at,
            shown);
    if (KC_STREQ(shown, meant))
        return true;
    return kc_fail(
        err, KC_INVALID, "OtherPlan",
        "spec.approvals[%zu].planDigest: %.*s is not the plan that is shown (%.*s); read it again with 'kubectl chat "
        "show %s --namespace=%s' and approve that one",
        at, SHORT_DIGEST, meant, SHORT_DIGEST, shown, r->name, r->ns);
}

bool kc_approval_appended(const struct kc_review *r, size_t *ret_at, struct kc_err *err)
{
    const json_t *before = kc_json_at(r->old, "spec.approvals");
    const json_t *after = kc_json_at(r->object, "spec.approvals");
    size_t n = json_array_size(before);
    for (size_t i = 0; i < n; i++)
        if (!json_equal(json_array_get(before, i), json_array_get(after, i)))
            return kc_fail(
                err, KC_INVALID, "ApprovalChanged",
                "spec.approvals[%zu] was changed or removed: approvals are only ever added at the end; to take back "
                "your own, add one with decision Reject",
                i);
    if (json_array_size(after) == n) {
        *ret_at = KC_NO_APPROVAL;
        return true;
    }
    if (json_array_size(after) > n + 1)
        return kc_fail(err, KC_INVALID, "ManyApprovals",
                       "spec.approvals: %zu entries were added at once; one person adds one approval at a time",
                       json_array_size(after) - n);

    const json_t *approval = json_array_get(after, n);
    char path[32];
    snprintf(path, sizeof path, "spec.approvals[%zu]", n);
    if (!kc_guard_approver(&r->who, err) || !kc_caller_claim(approval, path, &r->who, err))
        return false;
    const char *decision = kc_or(kc_json_str(approval, "decision"), "");
    if (!KC_STREQ(decision, kc_decision_name(KC_APPROVE)) && !KC_STREQ(decision, kc_decision_name(KC_REJECT)))
        return kc_fail(err, KC_INVALID, "Decision", "%s.decision: \"%s\" is neither Approve nor Reject", path,
                       decision);
    if (!awaits_approval(r, err) || !of_shown_plan(r, approval, n, err))
        return false;
    *ret_at = n;
    return true;
}
