/* Approvals: is the seal ours, does the approver hold the right in every namespace that the plan changes. */
#include "controller/exec/access.h"
#include "controller/reconcile/visit.h"

static bool may_approve_in(struct kc_visit *v, const struct kc_identity *who, const char *ns, bool *ret,
                           struct kc_err *err)
{
    struct kc_access access = {
        .verb = "approve", .group = KC_GROUP, .resource = KC_CHATREQUEST_RESOURCE, .ns = ns, .name = ""};

    return kc_access_allowed(v->chat->cluster.kube, who, &access, v->a, ret, err);
}

static bool changed_before(const struct kc_plan_record *plan, size_t step)
{
    for (size_t i = 0; i < step; i++)
        if (plan->steps[i].effect != KC_READ_ONLY &&
            KC_STREQ(plan->steps[i].action.target.ns, plan->steps[step].action.target.ns))
            return true;
    return false;
}

static bool may_approve(struct kc_visit *v, const struct kc_identity *who, bool *ret, struct kc_err *err)
{
    *ret = true;
    for (size_t i = 0; *ret && i < v->plan.n_steps; i++) {
        if (v->plan.steps[i].effect == KC_READ_ONLY || changed_before(&v->plan, i))
            continue;
        if (!may_approve_in(v, who, v->plan.steps[i].action.target.ns, ret, err))
            return false;
    }
    return true;
}

static bool record(struct kc_visit *v, size_t index, const struct kc_judged_approval *j, struct kc_err *err)
{
    const struct kc_approval *ap = j->approval;
    struct kc_row row = kc_visit_row(v, ap->decision == KC_REJECT ? KC_ROW_REJECTED : KC_ROW_APPROVED);
    KC_JSON_SCOPE *detail =
        json_pack("{s:I, s:s, s:s, s:s, s:I}", "index", (json_int_t)index, "decision", kc_decision_name(ap->decision),
                  "comment", ap->comment, "confirm", ap->confirm, "time", (json_int_t)ap->time);
    struct kc_audit_batch batch = {
        .rows = &row, .n_rows = 1, .once = kc_arena_printf(v->a, "approval/%zu/%s", index, ap->plan_digest)};

    row.who = j->seal_valid ? ap->who : (struct kc_identity){.username = "", .uid = ""};
    row.plan_digest = ap->plan_digest;
    row.result = j->seal_valid && j->may_approve ? "Accepted" : "Refused";
    row.reason = !j->seal_valid ? "SealInvalid" : j->may_approve ? "Approver" : "MayNotApprove";
    row.message = !j->seal_valid ? "the approval's seal does not fit: it does not count"
                  : !j->may_approve
                      ? "the approver lacks the verb approve on chatrequests in a namespace that the plan changes"
                      : "";
    row.detail = detail;
    if (!kc_visit_record(v, &batch, err))
        return false;
    v->approvals_recorded[index] = true;
    return true;
}

bool kc_perform_judge(struct kc_visit *v, struct kc_err *err)
{
    const struct kc_approvals *list = &v->cr.spec.approvals;

    for (size_t i = 0; i < list->n && i < KC_MAX_APPROVALS; i++) {
        struct kc_judged_approval *j = &v->judged[i];
        *j = (struct kc_judged_approval){.approval = &list->v[i]};
        j->seal_valid = kc_seal_approval_valid(&v->chat->seal_key, v->chat->cluster.uid, v->cr.meta.uid, j->approval);
        if (j->seal_valid && !may_approve(v, &j->approval->who, &j->may_approve, err))
            return false;
        if (!v->approvals_recorded[i] && !record(v, i, j, err))
            return false;
    }
    v->o.approvals = v->judged;
    v->o.n_approvals = list->n < KC_MAX_APPROVALS ? list->n : KC_MAX_APPROVALS;
    v->o.judged = true;
    return true;
}
