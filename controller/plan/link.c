/* What clauses have of each other: "it", objects that were named once for several reads, statements of how things are.
 */
#include <string.h>

#include "controller/plan/clause.h"

/* "checkout is down", "checkout crash looping" beside a request: no request of its own. */
static bool is_statement(const struct kc_clause *c)
{
    if ((c->verb && !c->lent) || c->has_amount || c->n_kinds || c->all || c->asks || (!c->states && !c->n_slots))
        return false;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part != KC_W_STATE && c->slots[i]->slot != KC_SLOT_SINCE)
            return false;
    return c->n_targets || c->pronoun;
}

static bool is_read(const struct kc_clause *c)
{
    return kc_clause_want(c) >= KC_WANT_SHOW || (!c->verb && c->hints);
}

static bool has_objects(const struct kc_clause *c)
{
    return c->n_targets || c->n_kinds || c->pods;
}

static void copy_objects(struct kc_clause *to, const struct kc_clause *from)
{
    memcpy(to->targets, from->targets, from->n_targets * sizeof *to->targets);
    to->n_targets = from->n_targets;
    if (!to->ns)
        to->ns = from->ns;
}

/* "and wait", "and wait until it is ready"; but "wait 10 minutes" is about nothing. */
static bool waits_for_it(const struct kc_clause *c)
{
    return kc_clause_want(c) == KC_WANT_WAIT && (!kc_clause_slot(c, KC_SLOT_SINCE) || c->hints & KC_H_STATE);
}

/* "checkout is down, roll back": a change that names nothing, right behind a statement about one object. */
static bool speaks_of_last(const struct kc_clause *c, const struct kc_clause *last)
{
    bool counts = c->has_amount && c->verb && c->verb->want < KC_WANT_RESTART; /* "add 3 pods" */
    if (!is_statement(last) || last->n_targets != 1 || last->sentence != c->sentence || is_read(c) || !c->verb ||
        c->lent || c->n_targets || c->n_kinds || c->pronoun || c->all || c->suffix || c->everywhere || c->other ||
        ((c->pods || c->counts) && !counts))
        return false;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_STATE || c->slots[i]->slot == KC_SLOT_AGE ||
            c->slots[i]->slot == KC_SLOT_SELECTOR || c->slots[i]->slot == KC_SLOT_NEW_NAME)
            return false;
    return true;
}

/* "restart web, then show its logs": its is web, when the words before name one object and no more. */
static void link_pronoun(struct kc_clause *c, const struct kc_clause *named)
{
    bool one = c->pronoun == 1 || c->pronoun == 4, many = c->pronoun == 2 || c->pronoun == 5;
    if (c->n_targets) {
        if (c->pronoun >= 4)
            c->pronoun = 0; /* "web to double its size" */
        return;
    }
    if (!named || !((one && named->n_targets == 1) || (many && named->n_targets > 1)))
        return;
    copy_objects(c, named);
    c->pronoun = 0;
}

void kc_clauses_link(struct kc_reading *r, struct kc_clauses *c)
{
    const struct kc_clause *named = NULL;
    size_t statements = 0, n = 0;
    struct kc_clause *all = kc_arena_array(r->a, c->n + 1, sizeof *all);
    memcpy(all, c->v, c->n * sizeof *all);
    for (size_t i = 0; i < c->n; i++)
        statements += is_statement(&all[i]);
    for (size_t i = 0; i < c->n; i++) {
        bool statement = is_statement(&all[i]);
        link_pronoun(&all[i], named);
        /* "checkout is down, what's going on?" */
        if (i > 0 && is_statement(&all[i - 1]) && is_read(&all[i]) && !has_objects(&all[i]))
            copy_objects(&all[i], &all[i - 1]);
        /* "upgrade web to 1.27, then watch the rollout" */
        if (named && named->n_targets == 1 && i > 0 && is_read(&all[i]) && !has_objects(&all[i]) &&
            !all[i].everywhere && (waits_for_it(&all[i]) || all[i].hints & (KC_H_ROLLOUT | KC_H_HISTORY | KC_H_LOGS)))
            copy_objects(&all[i], named);
        if (i > 0 && speaks_of_last(&all[i], &all[i - 1]))
            copy_objects(&all[i], &all[i - 1]);
        if (all[i].n_targets)
            named = &all[i];
        if (!statement || statements == c->n)
            c->v[n++] = all[i];
    }
    c->n = n;
    /* "logs and events of web": what one read names is the other's as well. */
    for (size_t i = 1; i < n; i++)
        if (c->v[i - 1].sentence == c->v[i].sentence && is_read(&c->v[i - 1]) && is_read(&c->v[i])) {
            if (!has_objects(&c->v[i]) && c->v[i].lent && c->v[i - 1].n_targets)
                copy_objects(&c->v[i], &c->v[i - 1]);
            else if (!has_objects(&c->v[i - 1]) && c->v[i].lent && c->v[i].n_targets)
                copy_objects(&c->v[i - 1], &c->v[i]);
        }
}

/* Words that are next to each other may be one name written with spaces. */
static const char *run_of(const struct kc_reading *r, const struct kc_clauses *c, size_t *k, const char **ret_quote)
{
    size_t first = c->odd[*k], last = first;
    const char *joined = kc_reading_at(r, first)->text;
    while (*k + 1 < c->n_odd && c->odd[*k + 1] == last + 1) {
        last = c->odd[++*k];
        joined = kc_arena_printf(r->a, "%s-%s", joined, kc_reading_at(r, last)->text);
    }
    *ret_quote =
        kc_arena_printf(r->a, "\"%s\"", kc_reading_quote(r, kc_reading_at(r, first)->at, kc_reading_at(r, last)->end));
    /* "checkout api": the name next to it may be its beginning. */
    const struct kc_lexeme *before = kc_reading_at(r, first ? first - 1 : r->words.n);
    if (before->part == KC_W_NAME && !strchr(before->text, '/'))
        joined = kc_arena_printf(r->a, "%s-%s", before->text, joined);
    return joined;
}

void kc_clauses_ask_odd(struct kc_reading *r, const struct kc_clauses *c, const struct kc_pick *pick)
{
    struct kc_strs quotes = {0};
    bool any_name = false;
    for (size_t i = 0; i < r->words.n; i++)
        any_name |= kc_reading_at(r, i)->part == KC_W_NAME;
    for (size_t k = 0; k < c->n_odd; k++) {
        const char *quote;
        size_t first = k;
        const char *joined = run_of(r, c, &k, &quote);
        kc_strs_append(r->a, &quotes, quote);
        enum kc_part part = kc_reading_at(r, c->odd[first])->part;
        if ((part != KC_W_UNKNOWN && part != KC_W_NAME) || r->ret->candidates.n)
            continue;
        kc_resolve_near(r->a, r->in, pick, &(struct kc_mention){.name = joined}, r->ret);
        for (; !any_name && first <= k && !r->ret->candidates.n; first++)
            kc_resolve_near(r->a, r->in, pick, &(struct kc_mention){.name = kc_reading_at(r, c->odd[first])->text},
                            r->ret);
    }
    if (!any_name && quotes.n == 1)
        kc_answer_ask(r->a, r->ret, "there is no %s in %s%s", quotes.v[0], kc_resolve_where(r->a, r->in),
                      r->ret->candidates.n > 1   ? ": which of these did you mean?"
                      : r->ret->candidates.n > 0 ? kc_arena_printf(r->a, ": did you mean %s?", r->ret->candidates.v[0])
                                                 : ", and nothing of a like name: which object is meant?");
    else
        kc_answer_ask(r->a, r->ret, "not understood: %s. Say it otherwise, or leave it out",
                      kc_words_join(r->a, &quotes, 6));
}
