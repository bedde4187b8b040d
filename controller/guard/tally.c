#include "controller/guard/tally.h"

#include <string.h>

/* A demand and how many different people have met it so far. */
struct count {
    const struct kc_demand *demand;
    int64_t met;
};

static bool same_person(const struct kc_identity *x, const struct kc_identity *y)
{
    return KC_STREQ(x->username, y->username);
}

static bool in_a_group(const struct kc_identity *who, const struct kc_strs *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        if (kc_strs_has(&who->groups, groups->v[i]))
            return true;
    return groups->n == 0;
}

/* Whether the same person is among the valid approvals already. */
static bool seen_before(const struct kc_guard_input *in, const bool *valid, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (valid[j] && same_person(&in->approvals[j].approval->who, &in->approvals[i].approval->who))
            return true;
    return false;
}

/* Whether an approval is one at all, whatever is demanded; *why says why it is not. */
static bool is_valid(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_verdict *v, const bool *valid,
                     size_t i, const char **why)
{
    const struct kc_judged_approval *j = &in->approvals[i];
    const struct kc_approval *ap = j->approval;
    struct kc_err err = {0};

    if (!j->seal_valid)
        *why = "its seal does not fit";
    else if (!KC_STREQ(ap->plan_digest, in->plan_digest) && !kc_strs_has(&in->covering, ap->plan_digest))
        *why = "it is for another plan";
    else if (!kc_guard_approver(&ap->who, &err))
        *why = kc_arena_strdup(a, err.message);
    else if (!j->may_approve)
        *why = "the approver lacks the verb approve on chatrequests in a namespace that the plan changes";
    else if (in->now - ap->time > KC_IDENTITY_VALID_MS)
        *why = "it is older than 24 h";
    else if (*v->confirm && !KC_STREQ(kc_or(ap->confirm, ""), v->confirm))
        *why = kc_arena_printf(a, "it has to be confirmed with \"%s\"", v->confirm);
    else if (seen_before(in, valid, i))
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

static bool open(const struct count *c)
{
    return c->met < c->demand->rule->required;
}

/* Whether it helps: it meets a demand that was open. */
static bool meets(const struct kc_guard_input *in, struct count *counts, size_t n, const struct kc_approval *ap,
                  const char **why)
{
    bool own = same_person(&ap->who, &in->spec->requested_by.who), useful = false;

    *why = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct kc_approval_rule *r = counts[i].demand->rule;
        if (!open(&counts[i]))
            continue;
        if (own && !r->allow_requester) {
            *why = "the requester's own approval does not do";
        } else if (!in_a_group(&ap->who, &r->groups)) {
            *why = "the approver is in none of the groups that are asked for";
        } else {
            counts[i].met++;
            useful = true;
        }
    }
    return useful;
}

static bool subset(const struct kc_strs *x, const struct kc_strs *y)
{
    for (size_t i = 0; i < x->n; i++)
        if (!kc_strs_has(y, x->v[i]))
            return false;
    return true;
}

/* Whether whatever meets x meets y as well. */
static bool covers(const struct kc_approval_rule *x, const struct kc_approval_rule *y)
{
    return x->required >= y->required && (y->allow_requester || !x->allow_requester) &&
           (y->groups.n == 0 || (x->groups.n && subset(&x->groups, &y->groups)));
}

/* What another open demand covers need not be said as well; of two that cover each other the first stays. */
static bool said_by_another(const struct count *counts, size_t n, size_t i)
{
    for (size_t j = 0; j < n; j++)
        if (j != i && open(&counts[j]) && covers(counts[j].demand->rule, counts[i].demand->rule) &&
            (j < i || !covers(counts[i].demand->rule, counts[j].demand->rule)))
            return true;
    return false;
}

/* The default has words of its own: it is what most people see. */
static void say_missing(struct kc_arena *a, struct kc_buf *b, const struct count *c)
{
    const struct kc_approval_rule *r = c->demand->rule;
    if (!c->demand->policy)
        kc_buf_printf(b, "1 approval%s", r->allow_requester ? "" : " by another person");
    else
        kc_buf_printf(b, "%s (policy %s)", kc_demand_text(a, r, r->required - c->met), c->demand->policy);
}

static const char *what_is_missing(struct kc_arena *a, const struct kc_verdict *v, const struct count *counts, size_t n)
{
    KC_BUF_SCOPE b = {0};
    kc_buf_puts(&b, "waiting for ");
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!open(&counts[i]) || said_by_another(counts, n, i))
            continue;
        kc_buf_puts(&b, any ? " and " : "");
        say_missing(a, &b, &counts[i]);
        any = true;
    }
    if (*v->confirm)
        kc_buf_printf(&b, ", confirmed with %s", v->confirm);
    return kc_arena_strdup(a, kc_buf_str(&b));
}

static const char *rejection(struct kc_arena *a, const struct kc_approval *ap)
{
    return kc_arena_printf(a, "rejected by %s%s%s", ap->who.username, *kc_or(ap->comment, "") ? ": " : "",
                           kc_or(ap->comment, ""));
}

static const struct kc_approval *first_reject(const struct kc_guard_input *in)
{
    for (size_t i = 0; i < in->n_approvals; i++)
        if (is_reject(&in->approvals[i], in))
            return in->approvals[i].approval;
    return NULL;
}

/* One approval may count for several demands, so the largest number still missing is what has to come at least. */
static void sum_up(struct kc_verdict *v, const struct count *counts, size_t n)
{
    int64_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t more = counts[i].demand->rule->required - counts[i].met;
        missing = more > missing ? more : missing;
        v->other_person |= counts[i].demand->rule->required > 0 && !counts[i].demand->rule->allow_requester;
    }
    v->required = v->granted + (int)missing;
}

void kc_tally_approvals(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_demand *demands,
                        size_t n_demands, struct kc_verdict *v)
{
    struct count *counts = kc_arena_array(a, n_demands, sizeof *counts);
    bool *valid = kc_arena_array(a, in->n_approvals, sizeof *valid);
    const char *why = NULL, *void_by = NULL, *void_why = NULL;
    const struct kc_approval *no = first_reject(in);

    for (size_t i = 0; i < n_demands; i++)
        counts[i].demand = &demands[i];
    for (size_t i = 0; i < in->n_approvals; i++) {
        const struct kc_approval *ap = in->approvals[i].approval;
        if (ap->decision != KC_APPROVE)
            continue;
        valid[i] = is_valid(a, in, v, valid, i, &why);
        if (valid[i] && meets(in, counts, n_demands, ap, &why)) {
            v->granted++;
        } else if (why) {
            void_by = ap->who.username;
            void_why = why;
        }
    }
    sum_up(v, counts, n_demands);
    if (no) {
        v->rejected = true;
        v->message = rejection(a, no);
        return;
    }
    if (v->granted >= v->required) {
        v->message = v->required ? "approved" : "no approval needed";
        return;
    }
    v->message = what_is_missing(a, v, counts, n_demands);
    if (void_by)
        v->message = kc_arena_printf(a, "%s; the approval of %s does not count: %s", v->message, void_by, void_why);
}
