#include "controller/guard/ruling.h"

#include <string.h>

#include "controller/guard/guard.h"

/* What one policy says of one step. */
struct opinion {
    const char *reason, *refusal; /* "": none */
    struct kc_strs asks;          /* each in a few words */
};

/* A step on its way through the policies. */
struct bench {
    struct kc_arena *a;
    const struct kc_policy_set *set;
    const struct kc_subject *x;
    struct kc_ruling *r;
    enum kc_confirm confirm;      /* the strictest word so far */
    bool account_named;           /* a policy lets this service account ask */
    bool at_once, approved_first; /* a policy lets the way back run at once; another wants it approved */
    bool certain;                 /* the policy that is looked at matches for sure: it may open something */
    bool ruled;                   /* one that does has an approval rule for the step, in place of the default */
    bool may_force;               /* a policy lets the step say --force */
    const struct kc_policy *idle; /* one that would, were it enforced */
};

static void append(struct kc_arena *a, struct kc_strs *s, const char *text)
{
    const char **more = kc_arena_array(a, s->n + 1, sizeof *more);
    if (s->n)
        memcpy((void *)more, (const void *)s->v, s->n * sizeof *more);
    more[s->n] = text;
    *s = (struct kc_strs){more, s->n + 1};
}

static const char *joined(struct kc_arena *a, const struct kc_strs *s, const char *last)
{
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; i < s->n; i++)
        kc_buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == s->n ? last : ", ", s->v[i]);
    return kc_arena_strdup(a, kc_buf_str(&b));
}

static bool any_matches(const struct kc_strs *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (kc_name_matches(patterns->v[i], name))
            return true;
    return patterns->n == 0;
}

/* "Deployment" or "Deployment.apps". */
static bool kind_matches(const struct kc_strs *kinds, const char *group, const char *kind)
{
    size_t n = strlen(kind);
    for (size_t i = 0; i < kinds->n; i++) {
        const char *k = kinds->v[i];
        if (KC_STREQ(k, kind) || (strncmp(k, kind, n) == 0 && k[n] == '.' && KC_STREQ(k + n + 1, group)))
            return true;
    }
    return kinds->n == 0;
}

/* A Namespace counts as in itself. */
static const char *namespace_of(const struct kc_subject *x)
{
    return KC_STREQ(x->kind, "Namespace") && !*x->group ? x->name : x->ns;
}

/* What is not known fits: so that nothing is missed that forbids. b->certain tells it from what does fit. */
static bool namespace_matches(struct bench *b, const struct kc_policy *p)
{
    const struct kc_policy_match *m = &p->decoded.spec.match;
    const struct kc_label_selector *selector = &m->namespace_selector;
    bool selects = selector->n_labels + selector->n_terms > 0;
    const char *ns = namespace_of(b->x);
    size_t n;
    b->certain = true;
    if (!*ns)
        return m->namespaces.n == 0 && !selects;
    if (!any_matches(&m->namespaces, ns))
        return false;
    if (!selects)
        return true;
    const struct kc_label *labels =
        p->fault == KC_POLICY_SELECTOR_INVALID ? NULL : kc_policy_set_labels(b->set, ns, &n);
    b->certain = labels != NULL;
    return !labels || kc_label_selector_matches(selector, labels, n);
}

static bool matches(struct bench *b, const struct kc_policy *p)
{
    const struct kc_policy_match *m = &p->decoded.spec.match;
    return p->fault != KC_POLICY_UNREADABLE && any_matches(&m->clusters, b->x->cluster) &&
           (m->effects.n == 0 || kc_strs_has(&m->effects, kc_effect_name(b->x->effect))) &&
           kind_matches(&m->kinds, b->x->group, b->x->kind) && namespace_matches(b, p);
}

static void refuse(struct opinion *o, const char *reason, const char *refusal)
{
    if (*o->refusal)
        return;
    o->reason = reason;
    o->refusal = refusal;
}

static void on_suspension(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    (void)b, (void)enforced;
    if (p->decoded.spec.suspend)
        refuse(o, "Suspended", "changes are suspended here; ask again when suspend is lifted");
}

static void on_place(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    const struct kc_auditpolicy_spec *s = &p->decoded.spec;
    const struct kc_strs *from = &s->context_lock.request_namespaces;
    const char *ns = namespace_of(b->x);
    (void)enforced;
    if (!s->locked || (from->n ? any_matches(from, b->x->request_ns) : KC_STREQ(ns, b->x->request_ns)))
        return;
    const char *where = *ns ? kc_arena_printf(b->a, "namespace %s", ns) : "cluster-scoped objects";
    const char *ask = from->n ? joined(b->a, from, " or ") : *ns ? ns : "";
    refuse(o, "ContextLocked",
           kc_arena_printf(b->a, "a request in namespace %s may not change %s%s%s", b->x->request_ns, where,
                           *ask ? "; ask in namespace " : "", ask));
}

static bool names_account(const struct kc_auditpolicy_spec *s, const struct kc_subject *x)
{
    for (size_t i = 0; i < s->n_service_accounts; i++) {
        const struct kc_service_account_rule *r = &s->service_accounts[i];
        const char *ns, *name;
        size_t ns_len;
        if (kc_service_account_parts(x->who, &ns, &ns_len, &name) && strlen(r->ns) == ns_len &&
            strncmp(r->ns, ns, ns_len) == 0 && KC_STREQ(r->name, name) && any_matches(&r->namespaces, namespace_of(x)))
            return true;
    }
    return false;
}

static void on_service_account(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    const struct kc_auditpolicy_spec *s = &p->decoded.spec;
    if (!s->n_service_accounts || !kc_is_service_account(b->x->who))
        return;
    if (!names_account(s, b->x)) {
        refuse(o, "ServiceAccountChange",
               kc_arena_printf(b->a, "spec.serviceAccounts does not let %s ask for changes here", b->x->who->username));
        return;
    }
    append(b->a, &o->asks, "this service account may ask");
    b->account_named |= enforced && b->certain;
}

static bool is_for(const struct kc_approval_rule *r, const struct kc_subject *x)
{
    return (r->effects.n == 0 || kc_strs_has(&r->effects, kc_effect_name(x->effect))) && x->risk >= r->min_risk;
}

static void demand(struct bench *b, const struct kc_approval_rule *rule, const char *policy)
{
    struct kc_ruling *r = b->r;
    struct kc_demand *more = kc_arena_array(b->a, r->n_demands + 1, sizeof *more);
    if (r->n_demands)
        memcpy(more, r->demands, r->n_demands * sizeof *more);
    more[r->n_demands++] = (struct kc_demand){rule, policy};
    r->demands = more;
}

static void on_approvals(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    const struct kc_auditpolicy_spec *s = &p->decoded.spec;
    for (size_t i = 0; i < s->n_approvals; i++) {
        if (!is_for(&s->approvals[i], b->x))
            continue;
        append(b->a, &o->asks, kc_demand_text(b->a, &s->approvals[i], s->approvals[i].required));
        if (!enforced)
            continue;
        demand(b, &s->approvals[i], p->name);
        b->ruled |= b->certain;
    }
}

static bool asks_to_type(enum kc_confirm c, enum kc_effect effect)
{
    return c == KC_CONFIRM_MUTATING || (c != KC_CONFIRM_NEVER && effect == KC_DESTRUCTIVE);
}

static void on_confirmation(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    const struct kc_auditpolicy_spec *s = &p->decoded.spec;
    enum kc_confirm c = s->locked ? s->context_lock.confirm : KC_CONFIRM_UNSAID;
    if (c == KC_CONFIRM_UNSAID)
        return;
    append(b->a, &o->asks, asks_to_type(c, b->x->effect) ? "typed confirmation" : "no typed confirmation");
    if (enforced && c > b->confirm && (b->certain || c != KC_CONFIRM_NEVER))
        b->confirm = c;
}

static void on_force(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    enum kc_force_rule rule = p->decoded.spec.force;
    if (!b->x->forcing || b->x->unplaced || rule == KC_FORCE_UNSAID)
        return;
    if (rule == KC_FORCE_REFUSED) {
        refuse(o, "ForceRefused",
               kc_arena_printf(b->a, "%s is refused here (spec.force): leave --force out", b->x->forcing));
    } else if (!enforced) {
        b->idle = p;
    } else if (b->certain) {
        append(b->a, &o->asks, "--force is allowed");
        b->may_force = true;
    }
}

static void on_capture(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    if (!p->decoded.spec.capture.secrets || !KC_STREQ(b->x->kind, "Secret") || *b->x->group)
        return;
    append(b->a, &o->asks, "the Secret is captured before");
    b->r->captures_secrets |= enforced && b->certain;
}

static bool has_rule_for(const struct kc_auditpolicy_spec *s, const struct kc_subject *x)
{
    for (size_t i = 0; i < s->n_approvals; i++)
        if (is_for(&s->approvals[i], x))
            return true;
    return false;
}

static void on_way_back(struct bench *b, const struct kc_policy *p, bool enforced, struct opinion *o)
{
    const struct kc_auditpolicy_spec *s = &p->decoded.spec;
    bool automatic = s->says_way_back && s->way_back.automatic;
    if (!b->x->way_back)
        return;
    if (s->says_way_back)
        append(b->a, &o->asks, automatic ? "what failed is taken back at once" : "an approval of the way back");
    b->at_once |= enforced && automatic && b->certain;
    b->approved_first |= enforced && !automatic && (s->says_way_back || has_rule_for(s, b->x));
}

/* In the order in which people read them. */
static void (*const articles[])(struct bench *, const struct kc_policy *, bool, struct opinion *) = {
    on_suspension, on_place, on_service_account, on_force, on_approvals, on_confirmation, on_capture, on_way_back,
};

static void take(struct bench *b, const struct kc_policy *p, const struct opinion *o)
{
    enum kc_enforcement e = p->decoded.spec.enforcement;
    bool enforced = e == KC_ENFORCEMENT_ENFORCE;
    const char *what = *o->refusal ? o->refusal : joined(b->a, &o->asks, ", ");
    const char *text;
    if (!*what)
        return;
    if (enforced)
        text = kc_arena_printf(b->a, "%s: %s", p->name, what);
    else
        text = kc_arena_printf(b->a, "%s (%s): would %s %s", p->name, kc_enforcement_name(e),
                               *o->refusal ? "refuse:" : "ask for", what);
    append(b->a, &b->r->said, text);
    if (e == KC_ENFORCEMENT_WARN)
        append(b->a, &b->r->warned, text);
    if (!enforced || !*o->refusal)
        return;
    /* All that refuse are named; a kill switch gives the reason. */
    if (!*b->r->reason || KC_STREQ(o->reason, "Suspended"))
        b->r->reason = o->reason;
    b->r->refusal = kc_arena_printf(b->a, "%s%spolicy %s", b->r->refusal, *b->r->refusal ? "; " : "", text);
}

static const struct kc_approval_rule one_approval = {.required = 1, .allow_requester = true};
static const struct kc_approval_rule another_persons = {.required = 1};

/* Where no policy that matches for sure has a rule for the step. */
static void apply_defaults(struct bench *b)
{
    struct kc_ruling *r = b->r;
    if (b->at_once && !b->approved_first) {
        r->n_demands = 0;
        return;
    }
    bool destructive = b->x->effect == KC_DESTRUCTIVE, by_default = !b->ruled;
    const struct kc_approval_rule *rule = destructive ? &another_persons : &one_approval;
    r->confirmed = asks_to_type(b->confirm, b->x->effect);
    if (by_default)
        demand(b, rule, NULL);
    bool typed = r->confirmed && b->confirm == KC_CONFIRM_UNSAID;
    if (by_default || typed)
        append(b->a, &r->said,
               kc_arena_printf(b->a, "default: %s%s%s", by_default ? kc_demand_text(b->a, rule, rule->required) : "",
                               by_default && typed ? ", " : "", typed ? "typed confirmation" : ""));
}

static void check_account(struct bench *b)
{
    if (!kc_is_service_account(b->x->who) || b->account_named || *b->r->reason)
        return;
    b->r->reason = "ServiceAccountChange";
    b->r->refusal =
        kc_arena_printf(b->a,
                        "\"%s\" is a service account: it may ask for reads; changes are asked for by people, "
                        "or by service accounts that an AuditPolicy names in spec.serviceAccounts",
                        b->x->who->username);
}

/* Whether any policy of this cluster could allow it, wherever the objects turn out to be. */
static bool somewhere_allowed(const struct bench *b)
{
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(b->set, &n);
    for (size_t i = 0; i < n; i++)
        if (list[i]->fault == KC_POLICY_SOUND && list[i]->decoded.spec.enforcement == KC_ENFORCEMENT_ENFORCE &&
            list[i]->decoded.spec.force == KC_FORCE_ALLOWED &&
            any_matches(&list[i]->decoded.spec.match.clusters, b->x->cluster))
            return true;
    return false;
}

static void check_force(struct bench *b)
{
    if (!b->x->forcing || *b->r->reason || (b->x->unplaced ? somewhere_allowed(b) : b->may_force))
        return;
    const char *idle = b->idle ? kc_arena_printf(b->a, " (policy %s says so, but its enforcement is %s)", b->idle->name,
                                                 kc_enforcement_name(b->idle->decoded.spec.enforcement))
                               : "";
    b->r->reason = "ForceRefused";
    b->r->refusal = kc_arena_printf(
        b->a,
        "%s is refused unless an AuditPolicy that matches what goes says spec.force: Allowed%s: leave --force out",
        b->x->forcing, idle);
}

void kc_rule_on(struct kc_arena *a, const struct kc_policy_set *set, const struct kc_subject *x, struct kc_ruling *ret)
{
    struct bench b = {.a = a, .set = set, .x = x, .r = ret};
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(set, &n);
    *ret = (struct kc_ruling){.reason = "", .refusal = ""};
    for (size_t i = 0; i < n; i++) {
        struct opinion o = {.reason = "", .refusal = ""};
        if (!matches(&b, list[i]))
            continue;
        for (size_t j = 0; j < KC_COUNT(articles); j++)
            articles[j](&b, list[i], list[i]->decoded.spec.enforcement == KC_ENFORCEMENT_ENFORCE, &o);
        take(&b, list[i], &o);
    }
    check_account(&b);
    check_force(&b);
    apply_defaults(&b);
}

static const char *number_word(int64_t n)
{
    static const char *const words[] = {"no", "one", "two", "three", "four", "five", "six", "seven", "eight"};
    return n >= 0 && n < (int64_t)KC_COUNT(words) ? words[n] : "many";
}

const char *kc_demand_text(struct kc_arena *a, const struct kc_approval_rule *r, int64_t n)
{
    const char *people = n == 1 ? "person" : "people";
    KC_BUF_SCOPE b = {0};
    if (n == 1 && !r->allow_requester && r->groups.n == 0)
        return "one approval by another person";
    kc_buf_printf(&b, "%s approval%s", number_word(n), n == 1 ? "" : "s");
    if (n > 0 && !r->allow_requester)
        kc_buf_printf(&b, " by %s %s", n == 1 ? "another" : "other", people);
    else if (n > 0 && r->groups.n)
        kc_buf_puts(&b, n == 1 ? " by somebody" : " by people");
    if (n > 0 && r->groups.n)
        kc_buf_printf(&b, " in %s", joined(a, &r->groups, " or "));
    return kc_arena_strdup(a, kc_buf_str(&b));
}
