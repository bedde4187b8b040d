/* Verbs: what is wanted, and where one request ends and the next begins. */
#include "controller/plan/grammar.h"

#include <string.h>

/* Whether words that may stand between "and" and a verb are all that stands there: "and please", "then could you". */
static bool is_polite(enum kc_part p)
{
    return p == KC_W_PLEASE || p == KC_W_FILLER || p == KC_W_MODAL || p == KC_W_PERSON || p == KC_W_MIND;
}

/* Whether a verb behind a comma or "and" begins a clause of its own. "Go and scale web" is one clause, and so is "web
 * and cart, double both". */
static bool begins_clause(const struct kc_grammar *g)
{
    const struct kc_clause *c = g->c;
    size_t i = g->i;
    while (i > 0 && is_polite(kc_grammar_at(g, i - 1)->part))
        i--;
    enum kc_part last = i ? kc_grammar_at(g, i - 1)->part : KC_W_STOP;
    if ((last != KC_W_AND && last != KC_W_COMMA) || kc_clause_is_empty(c))
        return false;
    if ((c->states && !c->asks) || (c->asks && last == KC_W_COMMA))
        return true;
    if (!c->verb || c->lent)
        return c->lent || last == KC_W_AND;
    return c->n_targets || c->has_amount || c->n_kinds || c->pronoun || c->pods || c->hints ||
           !(c->verb->wish || c->verb->light);
}

/* Whether a comma or "and" stands before the word. */
static bool follows_mark(const struct kc_grammar *g)
{
    size_t i = g->i;
    while (i > 0 && is_polite(kc_grammar_at(g, i - 1)->part))
        i--;
    return i > 0 && (kc_grammar_at(g, i - 1)->part == KC_W_COMMA || kc_grammar_at(g, i - 1)->part == KC_W_AND);
}

bool kc_word_reads(const struct kc_word *verb)
{
    return verb && verb->want >= KC_WANT_SHOW;
}

/* Of two verbs in one clause the one that says more. */
static bool gives_way(const struct kc_clause *c, const struct kc_word *to)
{
    if ((c->verb->wish || c->verb->light) && !c->has_amount)
        return true;
    return kc_word_reads(c->verb) && kc_word_reads(to) && c->verb->want != KC_WANT_DIAGNOSE;
}

void kc_grammar_verb(struct kc_grammar *g, const struct kc_lexeme *l)
{
    if (begins_clause(g)) {
        kc_grammar_finish(g);
        kc_grammar_begin(g, false);
    }
    struct kc_clause *c = g->c;
    const struct kc_word *w = l->word;
    bool own = c->verb && kc_clause_has_own_verb(c);
    if (c->asks && !own && w->want < KC_WANT_SHOW && !w->wish && !follows_mark(g)) {
        /* "which pods use the most memory", "what image does billing run", "what did the rollout change" */
        if (w->asks && kc_reading_hints(g->r, g->i, KC_H_MEMORY | KC_H_CPU))
            c->hints |= KC_H_USAGE;
        if (!w->light && w->want != KC_WANT_DO)
            kc_grammar_odd(g);
        return;
    }
    c->hints |= w->hints;
    if (own && kc_word_reads(c->verb) && w->want == KC_WANT_USE) {
        kc_grammar_decides(g, l);
        return;
    }
    if (!own || (gives_way(c, w) && !w->wish)) {
        c->verb = w;
        c->verb_at = l->at;
        c->verb_end = l->end;
    } else if (w->num && !gives_way(c, w) && !c->has_amount && !kc_word_reads(c->verb)) {
        /* "scale web to double its size" */
        c->has_amount = true;
        c->role = KC_ROLE_TO;
        c->amount = (struct kc_quantity){.unit = KC_UNIT_TIMES, .num = w->num, .den = w->den};
        c->amount_raw = l->raw;
    } else if (!w->wish) {
        kc_grammar_odd(g);
    }
    c->lent = false;
    g->prep = KC_W_FILLER;
    if (!w->wish || kc_word_reads(w))
        kc_grammar_decides(g, l);
}

void kc_part_verb(struct kc_grammar *g)
{
    kc_grammar_verb(g, kc_grammar_at(g, g->i));
}

/* Behind a wish it is what is wished for ("needs restarting"), elsewhere what happens ("is restarting"). */
void kc_part_participle(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    const struct kc_clause *c = g->c;
    bool wished = (kc_clause_has_own_verb(c) && c->verb->wish && !c->asks) || kc_grammar_before(g) == KC_W_MIND ||
                  kc_grammar_before(g) == KC_W_BY;
    if (wished) {
        kc_grammar_verb(g, l);
    } else if (l->word->want == KC_WANT_RESTART && (c->asks || (kc_clause_has_own_verb(c) && kc_word_reads(c->verb)))) {
        static const struct kc_word restarted = {.part = KC_W_STATE, .hints = KC_H_STATE, .state = KC_STATE_RESTARTED};
        struct kc_lexeme *state = &g->r->words.v[g->i];
        state->part = KC_W_STATE; /* "which pods restarted" */
        state->word = &restarted;
        kc_part_state(g);
    } else {
        kc_grammar_odd(g);
    }
}

/* "could we have five checkout pods" and "please have" wish for something; "web has 6" states it. */
void kc_part_have(struct kc_grammar *g)
{
    enum kc_part last = kc_grammar_before(g);
    if (last == KC_W_STOP && KC_STREQ(kc_grammar_at(g, g->i)->text, "has")) {
        g->c->asks = true; /* "has web finished" */
        return;
    }
    bool asked = last == KC_W_PERSON && g->i > 1 && kc_grammar_at(g, g->i - 2)->part == KC_W_MODAL;
    if (!g->c->verb && (asked || last == KC_W_STOP || last == KC_W_PLEASE))
        kc_part_verb(g);
}

void kc_part_be(struct kc_grammar *g)
{
    struct kc_clause *c = g->c;
    if (kc_grammar_at(g, g->i)->word->wish)
        kc_part_have(g);
    if (kc_clause_has_own_verb(c))
        return;
    if (kc_clause_is_empty(c) && !c->states)
        c->asks = true;
    c->states = true;
}
