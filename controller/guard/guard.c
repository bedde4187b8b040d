#include "controller/guard/guard.h"

#include <string.h>

#include "controller/guard/ruling.h"
#include "controller/guard/tally.h"

/* What is found out about a plan, step by step. */
struct hearing {
    struct kc_arena *a;
    const struct kc_guard_input *in;
    struct kc_verdict *v;
    struct kc_demand *demands; /* of all steps, each once */
    size_t n_demands;
    const char *reason, *refusal; /* of the first step that may not go on */
};

/* The same rule asks once, however many steps it is for. */
static void take_demand(struct hearing *h, const struct kc_demand *d)
{
    for (size_t i = 0; i < h->n_demands; i++)
        if (h->demands[i].rule == d->rule)
            return;
    struct kc_demand *more = kc_arena_array(h->a, h->n_demands + 1, sizeof *more);
    if (h->n_demands)
        memcpy(more, h->demands, h->n_demands * sizeof *more);
    more[h->n_demands++] = *d;
    h->demands = more;
}

/* What a typed approval has to spell out: the cluster and the namespace of the first step that asks for it, so that it
 * stays the same while the plan runs. */
static const char *confirmation(const struct hearing *h, const char *ns)
{
    if (*ns && (!*h->v->confirm || KC_STREQ(h->v->confirm, h->in->cluster)))
        return kc_arena_printf(h->a, "%s/%s", h->in->cluster, ns);
    return *h->v->confirm ? h->v->confirm : h->in->cluster;
}

/* What a step or a command says --force of, for people; NULL: nothing. An eviction is a part of a drain. */
static const char *forcing(struct kc_arena *a, const struct kc_action *act)
{
    if (!kc_action_flag(act, "force"))
        return NULL;
    return kc_arena_printf(a, "kubectl %s --force of %s", act->verb->unspoken ? "drain" : act->verb->name,
                           kc_action_show(a, act));
}

static struct kc_subject subject_of(const struct kc_guard_input *in, const struct kc_record_step *s)
{
    const struct kc_target *t = &s->action.target;
    return (struct kc_subject){.cluster = in->cluster,
                               .request_ns = in->ns,
                               .who = &in->spec->requested_by.who,
                               .group = kc_or(t->group, ""),
                               .kind = kc_or(t->kind, ""),
                               .ns = kc_or(t->ns, ""),
                               .name = kc_or(t->name, ""),
                               .effect = s->effect};
}

bool kc_guard_captures(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_record_step *s)
{
    const struct kc_subject x = subject_of(in, s);
    struct kc_ruling r;
    if (!KC_STREQ(x.kind, "Secret") || *x.group)
        return true;
    if (!in->policies)
        return false;
    kc_rule_on(a, in->policies, &x, &r);
    return r.captures_secrets;
}

static void hear_change(struct hearing *h, size_t i, enum kc_risk risk)
{
    const struct kc_record_step *s = &h->in->plan->steps[i];
    struct kc_subject x = subject_of(h->in, s);
    struct kc_ruling r;
    x.risk = risk;
    x.way_back = h->in->way_back;
    x.forcing = forcing(h->a, &s->action);
    kc_rule_on(h->a, h->in->policies, &x, &r);
    for (size_t j = 0; j < r.n_demands; j++)
        take_demand(h, &r.demands[j]);
    if (r.confirmed)
        h->v->confirm = confirmation(h, x.ns);
    h->v->said[i] = r.said;
    kc_strs_unite(h->a, &h->v->warned, &r.warned);
    if (!*r.reason || i < h->in->next || (*h->reason && !KC_STREQ(r.reason, "Suspended")))
        return;
    h->reason = r.reason;
    h->refusal = r.refusal;
}

static void hear(struct hearing *h)
{
    static const char *reads[] = {"default: reads need no approval"};
    const struct kc_plan_record *plan = h->in->plan;
    h->v->said = kc_arena_array(h->a, plan->n_steps, sizeof *h->v->said);
    h->v->n_said = plan->n_steps;
    enum kc_risk risk = KC_RISK_NONE; /* of the step that change i is a part of */
    for (size_t i = 0, end = 0; i < plan->n_steps; i++) {
        if (i == end) {
            end = kc_plan_group_end(plan, i);
            risk = kc_guard_group_risk(plan, i, end);
        }
        if (plan->steps[i].effect == KC_READ_ONLY)
            h->v->said[i] = (struct kc_strs){reads, 1};
        else if (h->in->policies)
            hear_change(h, i, risk);
    }
}

static void refuse(struct kc_verdict *v, const char *reason, const char *message)
{
    v->refused = true;
    v->reason = reason;
    v->message = message;
}

static void wait(struct kc_verdict *v, const char *reason, const char *message)
{
    v->waits = true;
    v->reason = reason;
    v->message = message;
}

/* What nobody understands might forbid anything. */
static const struct kc_policy *unreadable(const struct kc_policy_set *set)
{
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(set, &n);
    for (size_t i = 0; i < n; i++)
        if (list[i]->fault == KC_POLICY_UNREADABLE)
            return list[i];
    return NULL;
}

static void hold_up(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *v)
{
    const struct kc_policy *p = in->policies ? unreadable(in->policies) : NULL;
    if (!in->policies)
        wait(v, "PoliciesNotSynced",
             "the cluster's AuditPolicies are not known yet: nothing is changed before they are (look whether the "
             "manager "
             "may list auditpolicies and namespaces)");
    else if (p)
        wait(v, "PolicyUnreadable",
             kc_arena_printf(
                 a,
                 "AuditPolicy %s cannot be read and might forbid this: nothing is changed until it is mended "
                 "or deleted (kubectl describe auditpolicy %s)",
                 p->name, p->name));
}

static const char *after(struct kc_arena *a, const struct kc_guard_input *in, const char *refusal)
{
    if (in->next == 0)
        return refusal;
    return kc_arena_printf(a, "%s (%zu of %zu %s had been executed and stay)", refusal, in->next, in->plan->n_steps,
                           kc_plan_groups(in->plan) == in->plan->n_steps ? "steps" : "changes");
}

void kc_guard_judge(struct kc_arena *a, const struct kc_guard_input *in, struct kc_verdict *ret)
{
    const struct kc_identity *who = &in->spec->requested_by.who;
    bool changes = kc_plan_mutating(in->plan) > 0;
    struct kc_verdict v = {.reason = "", .message = "", .confirm = "", .risk = kc_guard_risk(in->plan)};
    struct hearing h = {.a = a, .in = in, .v = &v, .reason = "", .refusal = ""};
    struct kc_err err = {0};

    hear(&h);
    if (!kc_guard_requester(who, &err))
        refuse(&v, "RequesterRefused", kc_arena_strdup(a, err.message));
    else if (changes && in->spec->read_only)
        refuse(&v, "ReadOnlyRequest",
               "spec.readOnly is true and the plan changes something: ask again without readOnly");
    else if (*h.reason)
        refuse(&v, h.reason, after(a, in, h.refusal));
    else if (in->now - in->created_at > KC_IDENTITY_VALID_MS)
        refuse(&v, "IdentityTooOld", "who asked was established more than 24 h ago: create the request anew");
    else
        kc_tally_approvals(a, in, h.demands, h.n_demands, &v);
    if (changes && !v.refused && !v.rejected)
        hold_up(a, in, &v);
    *ret = v;
}

bool kc_guard_admit(struct kc_arena *a, const struct kc_policy_set *policies, const struct kc_chatrequest *cr,
                    const struct kc_action *act, struct kc_strs *warned, struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    const struct kc_subject x = {.cluster = cr->spec.cluster,
                                 .request_ns = cr->meta.ns,
                                 .who = &cr->spec.requested_by.who,
                                 .group = t->group,
                                 .kind = t->kind,
                                 .ns = t->ns,
                                 .name = t->name,
                                 .effect = kc_action_effect(act),
                                 .forcing = forcing(a, act),
                                 .unplaced = act->verb->expands || (act->selection && act->selection->everywhere)};
    struct kc_ruling r;
    if (!policies || cr->spec.read_only || x.effect == KC_READ_ONLY)
        return true;
    kc_rule_on(a, policies, &x, &r);
    for (size_t i = 0; i < r.warned.n; i++)
        r.warned.v[i] = kc_arena_printf(a, "policy %s", r.warned.v[i]);
    kc_strs_unite(a, warned, &r.warned);
    return !*r.reason || kc_fail(err, KC_FORBIDDEN, r.reason, "%s", r.refusal);
}
