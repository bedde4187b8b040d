#include "controller/plan/grammar.h"

#include <string.h>

const struct kc_lexeme *kc_grammar_at(const struct kc_grammar *g, size_t i)
{
    return kc_reading_at(g->r, i);
}

enum kc_part kc_grammar_before(const struct kc_grammar *g)
{
    return g->i ? kc_grammar_at(g, g->i - 1)->part : KC_W_STOP;
}

void kc_grammar_decides(struct kc_grammar *g, const struct kc_lexeme *l)
{
    struct kc_clause *c = g->c;
    c->at = c->end == 0 || l->at < c->at ? l->at : c->at;
    c->end = l->end > c->end ? l->end : c->end;
}

void kc_grammar_odd(struct kc_grammar *g)
{
    g->out.odd[g->out.n_odd++] = g->i;
}

static bool has_value(const struct kc_clause *c)
{
    return c->has_amount || (c->verb && c->verb->num) || c->n_slots;
}

static bool complete(const struct kc_clause *c)
{
    return c->n_targets && has_value(c);
}

bool kc_clause_has_own_verb(const struct kc_clause *c)
{
    return c->verb && !c->lent;
}

static bool only_names(const struct kc_clause *c)
{
    return c->n_targets && !kc_clause_has_own_verb(c) && !c->has_amount && !c->has_from && !c->sign && !c->more &&
           !c->n_slots && !c->hints && !c->states;
}

static bool only_values(const struct kc_clause *c)
{
    return !c->n_targets && !kc_clause_has_own_verb(c) && !c->has_amount && !c->has_from && c->n_slots && !c->n_kinds &&
           !c->states;
}

bool kc_clause_is_empty(const struct kc_clause *c)
{
    return c->end == 0 && !c->n_targets && !c->pronoun;
}

void kc_grammar_begin(struct kc_grammar *g, bool lend)
{
    const struct kc_clause *last = g->out.n ? &g->out.v[g->out.n - 1] : NULL;
    g->c = &g->out.v[g->out.n];
    *g->c = (struct kc_clause){.targets = kc_arena_array(g->r->a, KC_MAX_STEPS, sizeof(struct kc_mention)),
                               .slots = kc_arena_array(g->r->a, KC_MAX_TOKENS, sizeof(struct kc_lexeme *)),
                               .sentence = g->sentence,
                               .ns = g->place};
    g->prep = KC_W_FILLER;
    g->joined = true;
    if (!lend || !last)
        return;
    g->c->verb = last->verb;
    g->c->verb_at = last->verb_at;
    g->c->verb_end = last->verb_end;
    g->c->lent = last->verb != NULL;
    g->c->lent_more = last->more || last->lent_more;
    g->c->lent_hints = last->hints | last->lent_hints;
    if (last->kind_for_all) {
        g->c->kind = last->kind;
        g->c->kind_for_all = true;
    }
}

static void too_many(struct kc_grammar *g)
{
    kc_answer_refuse(g->r->a, g->r->ret, "at most %d objects can be changed by one request: split it", KC_MAX_STEPS);
}

void kc_grammar_add_target(struct kc_grammar *g, struct kc_clause *c, struct kc_mention m)
{
    if (c->n_targets == KC_MAX_STEPS)
        too_many(g);
    else
        c->targets[c->n_targets++] = m;
}

/* What trails behind a whole clause belongs to it: "scale to 4 web and cart", "label web with a=b and c=d". */
static bool joins_last(struct kc_grammar *g, struct kc_clause *last)
{
    struct kc_clause *c = g->c;
    if (!complete(last) || last->sentence != c->sentence || (!only_names(c) && !only_values(c)))
        return false;
    for (size_t i = 0; i < c->n_targets; i++)
        kc_grammar_add_target(g, last, c->targets[i]);
    for (size_t i = 0; i < c->n_slots; i++)
        last->slots[last->n_slots++] = c->slots[i];
    last->hints |= c->hints;
    last->each |= c->each;
    last->end = c->end > last->end ? c->end : last->end;
    return true;
}

void kc_grammar_finish(struct kc_grammar *g)
{
    struct kc_clause *c = g->c;
    if (kc_clause_is_empty(c))
        return;
    if (g->out.n && joins_last(g, &g->out.v[g->out.n - 1]))
        return;
    if (g->out.n == KC_MAX_CLAUSES)
        too_many(g);
    else
        g->out.n++;
}

static bool is_scope(const struct kc_lexeme *l)
{
    return l->part == KC_W_NOUN && l->word->hints & (KC_H_LIMIT | KC_H_REQUEST);
}

bool kc_grammar_lists_scopes(const struct kc_grammar *g, size_t i)
{
    return i > 1 && is_scope(kc_grammar_at(g, i)) && kc_grammar_at(g, i - 1)->part == KC_W_AND &&
           is_scope(kc_grammar_at(g, i - 2)) && kc_grammar_at(g, i - 2)->word != kc_grammar_at(g, i)->word;
}

static void read_boundary(struct kc_grammar *g)
{
    enum kc_part part = kc_grammar_at(g, g->i)->part;
    g->joined = true;
    if (part == KC_W_STOP || part == KC_W_QUERY) {
        kc_grammar_finish(g);
        g->sentence++;
        g->place = NULL;
        kc_grammar_begin(g, false);
    } else if (complete(g->c) && !kc_grammar_lists_scopes(g, g->i + 1)) {
        kc_grammar_finish(g);
        kc_grammar_begin(g, true);
    }
}

static void read_number_word(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    kc_grammar_number(g, l, l->quantity);
}

static void read_slot(struct kc_grammar *g)
{
    kc_grammar_add_slot(g, &g->r->words.v[g->i]);
}

static void read_everywhere(struct kc_grammar *g)
{
    g->c->everywhere = true;
    kc_grammar_decides(g, kc_grammar_at(g, g->i));
}

static void read_all(struct kc_grammar *g)
{
    g->c->all = true;
    kc_grammar_decides(g, kc_grammar_at(g, g->i));
}

static void read_each(struct kc_grammar *g)
{
    g->c->each = true;
}

static void read_article(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    if (kc_grammar_is_one(g, l))
        kc_grammar_number(g, l, (struct kc_quantity){.num = 1, .den = 1});
}

static void read_question(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    g->c->asks = true;
    g->c->hints |= l->word->hints;
    kc_grammar_decides(g, l);
}

static void read_last(struct kc_grammar *g)
{
    g->c->hints |= kc_grammar_at(g, g->i)->word->hints;
    kc_grammar_odd(g);
}

static void read_named(struct kc_grammar *g)
{
    if (kc_grammar_at(g, g->i + 1)->part != KC_W_NAME)
        kc_grammar_odd(g);
}

/* "drain node-3", "no new pods on node-1": without a verb that is known, the request is another one. */
static void read_other(struct kc_grammar *g)
{
    bool negates = kc_grammar_at(g, g->i)->part == KC_W_NOT || kc_grammar_at(g, g->i)->part == KC_W_IF;
    g->c->other |= !kc_clause_has_own_verb(g->c) && !g->c->asks && !(negates && g->c->states);
}

static void pass(struct kc_grammar *g)
{
    (void)g;
}

/* One reader a part; a part without one has no place. */
static void (*const readers[KC_W_PARTS])(struct kc_grammar *g) = {
    [KC_W_STOP] = read_boundary,
    [KC_W_QUERY] = read_boundary,
    [KC_W_COMMA] = read_boundary,
    [KC_W_AND] = read_boundary,
    [KC_W_VERB] = kc_part_verb,
    [KC_W_SHOULD] = kc_part_verb,
    [KC_W_PARTICIPLE] = kc_part_participle,
    [KC_W_HAVE] = kc_part_have,
    [KC_W_BE] = kc_part_be,
    [KC_W_QUESTION] = read_question,
    [KC_W_NUMBER] = read_number_word,
    [KC_W_DURATION] = kc_part_measure,
    [KC_W_MEMORY] = kc_part_measure,
    [KC_W_CPU] = kc_part_measure,
    [KC_W_SLOT] = read_slot,
    [KC_W_STATE] = kc_part_state,
    [KC_W_DIRECTION] = kc_part_direction,
    [KC_W_MORE] = kc_part_direction,
    [KC_W_TO] = kc_part_preposition,
    [KC_W_BY] = kc_part_preposition,
    [KC_W_FROM] = kc_part_preposition,
    [KC_W_IN] = kc_part_preposition,
    [KC_W_FOR] = kc_part_preposition,
    [KC_W_EQUALS] = kc_part_preposition,
    [KC_W_NOUN] = kc_part_noun,
    [KC_W_LAST] = read_last,
    [KC_W_NAME] = kc_part_name,
    [KC_W_KIND] = kc_part_kind,
    [KC_W_PLACE] = kc_part_place,
    [KC_W_EVERYWHERE] = read_everywhere,
    [KC_W_ALL] = read_all,
    [KC_W_PRONOUN] = kc_part_pronoun,
    [KC_W_NAMED] = read_named,
    [KC_W_EACH] = read_each,
    [KC_W_ARTICLE] = read_article,
    [KC_W_POD] = kc_part_pod,
    [KC_W_SUFFIX] = kc_part_suffix,
    [KC_W_UNKNOWN] = kc_part_unknown,
    [KC_W_LINK] = pass,
    [KC_W_FILLER] = pass,
    [KC_W_PERSON] = pass,
    [KC_W_MODAL] = pass,
    [KC_W_PLEASE] = pass,
    [KC_W_MIND] = pass,
    /* The blockers speak of these (blockers.c). */
    [KC_W_NOT] = read_other,
    [KC_W_IF] = read_other,
    [KC_W_OTHER] = read_other,
    [KC_W_KUBECTL] = read_other,
    [KC_W_TIME] = pass,
    [KC_W_VAGUE] = pass,
    [KC_W_BOUND] = pass,
};

/* The one place of a sentence holds for every name in it that has no other. */
static void spread_place(struct kc_grammar *g, size_t sentence)
{
    const char *ns = NULL;
    for (size_t i = 0, s = 0; i < g->r->words.n; i++) {
        const struct kc_lexeme *l = kc_grammar_at(g, i);
        s += l->part == KC_W_STOP || l->part == KC_W_QUERY;
        if (l->part != KC_W_PLACE || s != sentence)
            continue;
        if (ns && !KC_STREQ(ns, l->name.ns))
            return;
        ns = l->name.ns;
    }
    for (size_t c = 0; ns && c < g->out.n; c++) {
        struct kc_clause *clause = &g->out.v[c];
        if (clause->sentence != sentence)
            continue;
        if (!clause->ns)
            clause->ns = ns;
        for (size_t t = 0; t < clause->n_targets; t++)
            if (!clause->targets[t].ns)
                clause->targets[t].ns = ns;
    }
}

void kc_clauses_read(struct kc_reading *r, struct kc_clauses *ret)
{
    struct kc_grammar g = {.r = r};
    g.out.v = kc_arena_array(r->a, KC_MAX_CLAUSES + 1, sizeof *g.out.v);
    g.out.odd = kc_arena_array(r->a, (size_t)2 * KC_MAX_TOKENS, sizeof *g.out.odd);
    kc_grammar_begin(&g, false);
    for (g.i = 0; g.i < r->words.n && !kc_reading_done(r); g.i++) {
        void (*read)(struct kc_grammar *) = readers[r->words.v[g.i].part];
        (read ? read : kc_grammar_odd)(&g);
    }
    kc_grammar_finish(&g);
    for (size_t s = 0; s <= g.sentence; s++)
        spread_place(&g, s);
    *ret = g.out;
}

const struct kc_lexeme *kc_clause_slot(const struct kc_clause *c, enum kc_slot slot)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part != KC_W_STATE && c->slots[i]->slot == slot)
            return c->slots[i];
    return NULL;
}
