#include "controller/guard/guard.h"

#include <string.h>

#define SERVICE_ACCOUNT "system:serviceaccount:"

/* system:serviceaccount:NAMESPACE:NAME, as the API server authenticates them. */
bool kc_is_service_account(const struct kc_identity *who)
{
    const char *username = kc_or(who->username, "");
    if (!kc_str_starts(username, SERVICE_ACCOUNT))
        return false;
    const char *ns = username + strlen(SERVICE_ACCOUNT), *colon = strchr(ns, ':');
    return colon && colon > ns && colon[1] && !strchr(colon + 1, ':');
}

/* Groups of the API server itself that say how somebody came in, not what they may do. */
static bool is_harmless_group(const struct kc_identity *who, const char *group)
{
    if (KC_STREQ(group, "system:authenticated"))
        return true;
    return kc_is_service_account(who) &&
           (KC_STREQ(group, "system:serviceaccounts") || kc_str_starts(group, "system:serviceaccounts:"));
}

bool kc_guard_requester(const struct kc_identity *who, struct kc_err *err)
{
    if (!*kc_or(who->username, ""))
        return kc_fail(err, KC_FORBIDDEN, "Anonymous", "the request carries no user name: nobody can be asked for");
    if (kc_str_starts(who->username, "system:") && !kc_is_service_account(who))
        return kc_fail(err, KC_FORBIDDEN, "SystemUser",
                       "user \"%s\" is part of the system: kubechat never acts as one. Ask with a personal account",
                       who->username);
    for (size_t i = 0; i < who->groups.n; i++)
        if (kc_str_starts(who->groups.v[i], "system:") && !is_harmless_group(who, who->groups.v[i]))
            return kc_fail(
                err, KC_FORBIDDEN, "SystemGroup",
                "user \"%s\" is in group \"%s\": kubechat never acts with it. Ask with an account that is not in it",
                who->username, who->groups.v[i]);
    return true;
}

bool kc_guard_approver(const struct kc_identity *who, struct kc_err *err)
{
    if (kc_is_service_account(who))
        return kc_fail(err, KC_FORBIDDEN, "ServiceAccountApproval", "\"%s\" is a service account: only people approve",
                       who->username);
    return kc_guard_requester(who, err);
}

static enum kc_effect worst_effect(const struct kc_plan_record *plan)
{
    enum kc_effect worst = KC_READ_ONLY;

    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].effect > worst)
            worst = plan->steps[i].effect;
    return worst;
}

static void refuse(struct kc_verdict *v, const char *reason, const char *message)
{
    v->refused = true;
    v->reason = reason;
    v->message = message;
}

/* What a destructive approval has to spell out: the cluster and the first namespace that changes. */
static const char *confirmation(struct kc_arena *a, const struct kc_guard_input *in)
{
    for (size_t i = 0; i < in->plan->n_steps; i++)
        if (in->plan->steps[i].effect == KC_DESTRUCTIVE && *in->plan->steps[i].action.target.ns)
            return kc_arena_printf(a, "%s/%s", in->cluster, in->plan->steps[i].action.target.ns);
    return in->cluster;
}

/* What applies when no AuditPolicy matches. */
static void default_rule(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *v)
{
    switch (worst_effect(in->plan)) {
    case KC_DESTRUCTIVE:
        v->rule = "default: another person's approval, typed confirmation";
        v->required = 1;
        v->other_person = true;
        v->confirm = confirmation(a, in);
        break;
    case KC_MUTATING:
        v->rule = "default: one approval";
        v->required = 1;
        break;
    default:
        v->rule = "default: reads need no approval";
        break;
    }
}

static bool same_person(const struct kc_identity *x, const struct kc_identity *y)
{
    return KC_STREQ(x->username, y->username);
}

/* Whether the same person is among the approvals that count already. */
static bool counted_before(const struct kc_guard_input *in, const bool *counted, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (counted[j] && same_person(&in->approvals[j].approval->who, &in->approvals[i].approval->who))
            return true;
    return false;
}

/* Whether an approval counts; *why says why it does not. */
static bool counts(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_verdict *v, const bool *counted,
                   size_t i, const char **why)
{
    const struct kc_judged_approval *j = &in->approvals[i];
    const struct kc_approval *ap = j->approval;
    struct kc_err err = {0};

    if (!j->seal_valid)
        *why = "its seal does not fit";
    else if (!KC_STREQ(ap->plan_digest, in->plan_digest))
        *why = "it is for another plan";
    else if (!kc_guard_approver(&ap->who, &err))
        *why = kc_arena_strdup(a, err.message);
    else if (!j->may_approve)
        *why = "the approver lacks the verb approve on chatrequests in a namespace that the plan changes";
    else if (in->now - ap->time > KC_IDENTITY_VALID_MS)
        *why = "it is older than 24 h";
    else if (v->other_person && same_person(&ap->who, &in->spec->requested_by.who))
        *why = "the requester's own approval does not do for a destructive plan";
    else if (*v->confirm && !KC_STREQ(kc_or(ap->confirm, ""), v->confirm))
        *why = kc_arena_printf(a, "it has to be confirmed with \"%s\"", v->confirm);
    else if (counted_before(in, counted, i))
        *why = "the same person approved before";
    else
        return true;
    return false;
}

/* A no holds whatever plan it was said to and however old it is: stopping is always safe. */
static bool is_reject(const struct kc_judged_approval *j, const struct kc_guard_input *in)
{
    return j->seal_valid && j->approval->decision == KC_REJECT &&
           (j->may_approve || same_person(&j->approval->who, &in->spec->requested_by.who));
}

static void count_approvals(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *v)
{
    bool *counted = kc_arena_array(a, in->n_approvals, sizeof *counted);
    const char *why = NULL, *void_by = NULL;

    for (size_t i = 0; i < in->n_approvals; i++) {
        const struct kc_approval *ap = in->approvals[i].approval;
        if (is_reject(&in->approvals[i], in)) {
            v->rejected = true;
            v->message = kc_arena_printf(a, "rejected by %s%s%s", ap->who.username, *kc_or(ap->comment, "") ? ": " : "",
                                         kc_or(ap->comment, ""));
            return;
        }
        if (ap->decision != KC_APPROVE)
            continue;
        counted[i] = counts(a, in, v, counted, i, &why);
        if (counted[i])
            v->granted += v->granted < v->required;
        else
            void_by = ap->who.username;
    }
    int missing = v->required - v->granted;
    if (missing <= 0) {
        v->message = v->required ? "approved" : "no approval needed";
        return;
    }
    v->message = kc_arena_printf(a, "waiting for %d approval%s%s%s%s", missing, missing == 1 ? "" : "s",
                                 v->other_person ? " by another person" : "", *v->confirm ? ", confirmed with " : "",
                                 v->confirm);
    if (void_by)
        v->message = kc_arena_printf(a, "%s; the approval of %s does not count: %s", v->message, void_by, why);
}

void kc_guard_judge(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *ret)
{
    const struct kc_identity *who = &in->spec->requested_by.who;
    bool changes = kc_plan_mutating(in->plan) > 0;
    struct kc_verdict v = {.reason = "", .message = "", .confirm = "", .rule = ""};
    struct kc_err err = {0};

    v.risk = kc_guard_risk(in->plan);
    default_rule(a, in, &v);
    if (!kc_guard_requester(who, &err))
        refuse(&v, "RequesterRefused", kc_arena_strdup(a, err.message));
    else if (changes && in->spec->read_only)
        refuse(&v, "ReadOnlyRequest",
               "spec.readOnly is true and the plan changes something: ask again without readOnly");
    else if (changes && kc_is_service_account(who))
        refuse(&v, "ServiceAccountChange",
               kc_arena_printf(a, "\"%s\" is a service account: it may ask for reads; changes are asked for by people",
                               who->username));
    else if (in->now - in->created_at > KC_IDENTITY_VALID_MS)
        refuse(&v, "IdentityTooOld", "who asked was established more than 24 h ago: create the request anew");
    else
        count_approvals(a, in, &v);
    *ret = v;
}
