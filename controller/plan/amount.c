/* What a clause's number comes to for one object. */
#include "controller/plan/clause.h"

struct reckoning {
    struct kc_reading *r;
    const struct kc_clause *c;
    const struct kc_object *o;
    const char *shown; /* the object */
    int dir;           /* more: 1, less: -1, not said: 0 */
};

static bool has_verb(const struct kc_clause *c, enum kc_bare bare)
{
    return c->verb && c->verb->bare == bare;
}

/* "remove 2 more pods" is still less; else all that says a direction says the same one. */
static bool find_direction(struct reckoning *k)
{
    const struct kc_clause *c = k->c;
    /* "bump web by two and cart down by one": a word of its own counts more than a verb from before. */
    int verb = c->verb && !(c->lent && c->sign) ? c->verb->sign : 0;
    if (!verb && !c->sign && has_verb(c, KC_BARE_CHANGE))
        verb = -1; /* "take two away" */
    int said = c->sign ? c->sign : verb;
    bool conflict = c->sign && verb && c->sign != verb;
    if (said >= 0 && c->more)
        conflict |= said && said != c->more;
    k->dir = said ? said : c->more;
    if (conflict)
        kc_answer_ask(k->r->a, k->r->ret, "\"%s\" says both more and less: which one is meant?",
                      kc_reading_quote(k->r, c->at, c->end));
    return !conflict;
}

static const char *has_replicas(struct kc_reading *r, const struct kc_object *o)
{
    return o->replicas < 0 ? "an unknown number of replicas"
                           : kc_arena_printf(r->a, "%d replica%s", o->replicas, o->replicas == 1 ? "" : "s");
}

static bool ask_how_many(struct reckoning *k)
{
    kc_answer_ask(k->r->a, k->r->ret, "\"%s\": to how many replicas? %s has %s",
                  kc_reading_quote(k->r, k->c->at, k->c->end), k->shown, has_replicas(k->r, k->o));
    return false;
}

static bool ask_total_or_change(struct reckoning *k, int64_t n)
{
    kc_answer_ask(k->r->a, k->r->ret,
                  "\"%s\": is %lld the number of replicas to have in the end (\"to %lld\"), or the change (\"by "
                  "%lld\")? %s has %s",
                  kc_reading_quote(k->r, k->c->at, k->c->end), (long long)n, (long long)n, (long long)n, k->shown,
                  has_replicas(k->r, k->o));
    return false;
}

static bool known(struct reckoning *k)
{
    if (k->o->replicas < 0)
        kc_answer_ask(k->r->a, k->r->ret,
                      "it is not known how many replicas %s has: say to how many it should be scaled", k->shown);
    return k->o->replicas >= 0;
}

static bool checked(struct reckoning *k, int64_t n, int32_t *ret)
{
    if (n < 0)
        kc_answer_refuse(k->r->a, k->r->ret, "%s has %s: it cannot have fewer than 0", k->shown,
                         has_replicas(k->r, k->o));
    else if (n > INT32_MAX)
        kc_answer_refuse(k->r->a, k->r->ret, "%s: at most %d replicas can be asked for", k->shown, INT32_MAX);
    else
        *ret = (int32_t)n;
    return n >= 0 && n <= INT32_MAX;
}

/* "down to 5" of something that has 3 is a mistake somewhere. */
static bool set_to(struct reckoning *k, int64_t n, int32_t *ret)
{
    int64_t now = k->o->replicas;
    if (!checked(k, n, ret))
        return false;
    if (now >= 0 && ((k->dir > 0 && n < now) || (k->dir < 0 && n > now))) {
        kc_answer_ask(k->r->a, k->r->ret, "\"%s\": %s has %s, so that %lld would be %s: is that meant?",
                      kc_reading_quote(k->r, k->c->at, k->c->end), k->shown, has_replicas(k->r, k->o), (long long)n,
                      n < now ? "fewer" : "more");
        return false;
    }
    return true;
}

static bool change_by(struct reckoning *k, int64_t n, int dir, int32_t *ret, const char **ret_how)
{
    if (!known(k) || !checked(k, k->o->replicas + dir * n, ret))
        return false;
    *ret_how = kc_arena_printf(k->r->a, "%d %s %lld", k->o->replicas, dir > 0 ? "+" : "-", (long long)n);
    return true;
}

static bool multiply(struct reckoning *k, int64_t num, int64_t den, int32_t *ret, const char **ret_how)
{
    int64_t product;
    if (!known(k))
        return false;
    if (__builtin_mul_overflow((int64_t)k->o->replicas, num, &product))
        return checked(k, INT64_MAX, ret);
    if (product % den) {
        int64_t below = product / den - (product < 0);
        if (product < 0)
            return checked(k, -1, ret);
        kc_answer_ask(k->r->a, k->r->ret, "\"%s\" does not give a whole number: %s has %s; is %lld or %lld meant?",
                      kc_reading_quote(k->r, k->c->at, k->c->end), k->shown, has_replicas(k->r, k->o), (long long)below,
                      (long long)below + 1);
        return false;
    }
    if (!checked(k, product / den, ret))
        return false;
    *ret_how = den == 1
                   ? kc_arena_printf(k->r->a, "%d \u00d7 %lld", k->o->replicas, (long long)num)
                   : kc_arena_printf(k->r->a, "%d \u00d7 %lld/%lld", k->o->replicas, (long long)num, (long long)den);
    return true;
}

static bool by_count(struct reckoning *k, int32_t *ret, const char **ret_how)
{
    const struct kc_clause *c = k->c;
    const struct kc_quantity *q = &c->amount;
    int64_t n = q->num / q->den;
    bool counted_in = c->role == KC_ROLE_BARE || c->more;
    if (q->num % q->den) {
        kc_answer_refuse(k->r->a, k->r->ret, "\"%s\": replicas are counted in whole numbers",
                         kc_reading_quote(k->r, c->at, c->end));
        return false;
    }
    if (c->n_targets > 1 && counted_in && !c->each && (c->amount_first || k->dir)) {
        kc_answer_ask(k->r->a, k->r->ret,
                      "\"%s\": is %lld meant for each of them, or for all together? Say it for each by name",
                      kc_reading_quote(k->r, c->at, c->end), (long long)n);
        return false;
    }
    if (c->role == KC_ROLE_TO)
        return c->more || q->sign == '+' ? ask_total_or_change(k, n) : set_to(k, q->sign == '-' ? -n : n, ret);
    if (q->sign) {
        int dir = q->sign == '+' ? 1 : -1;
        return c->role == KC_ROLE_BY || (k->dir && k->dir != dir) ? ask_total_or_change(k, n)
                                                                  : change_by(k, n, dir, ret, ret_how);
    }
    if (c->role == KC_ROLE_BY || c->more)
        return k->dir ? change_by(k, n, k->dir, ret, ret_how) : ask_total_or_change(k, n);
    /* "3 more web pods and 2 cart pods": 2, or 2 more? */
    if (c->lent && c->lent_more)
        return ask_total_or_change(k, n);
    if (has_verb(c, KC_BARE_SET) && !c->takes_from)
        return set_to(k, n, ret);
    /* "take 2 pods" may be all that web should have; "take 2 pods from web" is not. */
    bool takes = k->dir < 0 && (c->takes_from || c->away);
    if (takes || (has_verb(c, KC_BARE_CHANGE) && c->verb->sign))
        return change_by(k, n, k->dir, ret, ret_how);
    return ask_total_or_change(k, n);
}

/* Percents and fractions: the part itself ("to 50 %", "half of"), or a change by it ("by a third", "50 % more"). */
static bool by_part(struct reckoning *k, int64_t num, int64_t den, int32_t *ret, const char **ret_how)
{
    const struct kc_clause *c = k->c;
    bool fraction = c->amount.unit == KC_UNIT_FRACTION, whole = c->role == KC_ROLE_TO && !c->more;
    if (c->amount.sign && c->role == KC_ROLE_BARE && !fraction && !k->dir && !c->more) {
        bool more = c->amount.sign == '+'; /* "orders +50%" */
        return multiply(k, more ? den + num : den - num, den, ret, ret_how);
    }
    if (c->amount.sign)
        return ask_how_many(k);
    if (!whole && !k->dir && fraction && c->role == KC_ROLE_BARE && (has_verb(c, KC_BARE_SET) || c->in_parts))
        whole = true;
    if (whole)
        return multiply(k, num, den, ret, ret_how) && set_to(k, *ret, ret);
    /* "add half" of what? */
    if (!k->dir || (fraction && k->dir > 0 && c->role == KC_ROLE_BARE && !c->more))
        return ask_how_many(k);
    return multiply(k, k->dir > 0 ? den + num : den - num, den, ret, ret_how);
}

static bool by_times(struct reckoning *k, int32_t *ret, const char **ret_how)
{
    const struct kc_quantity *q = &k->c->amount;
    /* "three times fewer" or "three times more" is read in more than one way. */
    if (k->dir < 0 || k->c->more || q->sign || !q->num)
        return ask_how_many(k);
    return multiply(k, q->num, q->den, ret, ret_how);
}

static bool from_agrees(struct reckoning *k)
{
    const struct kc_quantity *f = &k->c->from;
    if (!k->c->has_from)
        return true;
    bool plain = f->unit == KC_UNIT_COUNT && !f->sign && f->num % f->den == 0;
    if (!plain || f->num / f->den != k->o->replicas)
        kc_answer_ask(k->r->a, k->r->ret, "\"%s\": %s has %s: is the right object meant?",
                      kc_reading_quote(k->r, k->c->at, k->c->end), k->shown, has_replicas(k->r, k->o));
    return !kc_reading_done(k->r);
}

bool kc_clause_replicas(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, int32_t *ret,
                        const char **ret_how)
{
    struct reckoning k = {.r = r, .c = c, .o = o, .shown = kc_object_show(r->a, o)};
    *ret_how = "";
    if (!find_direction(&k) || !from_agrees(&k))
        return false;
    if (c->verb && c->verb->num) {
        if (!c->has_amount && !k.dir)
            return multiply(&k, c->verb->num, c->verb->den, ret, ret_how);
        kc_answer_ask(r->a, r->ret, "\"%s\" says two things at once: to how many replicas? %s has %s",
                      kc_reading_quote(r, c->at, c->end), k.shown, has_replicas(r, o));
        return false;
    }
    if (!c->has_amount)
        return ask_how_many(&k);
    switch (c->amount.unit) {
    case KC_UNIT_COUNT:
        return by_count(&k, ret, ret_how);
    case KC_UNIT_PERCENT:
        return by_part(&k, c->amount.num, c->amount.den * 100, ret, ret_how);
    case KC_UNIT_FRACTION:
        return by_part(&k, c->amount.num, c->amount.den, ret, ret_how);
    case KC_UNIT_TIMES:
        return by_times(&k, ret, ret_how);
    }
    return ask_how_many(&k);
}
