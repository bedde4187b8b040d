/* Numbers, measures, states, prepositions and nouns: what is said about it. */
#include "controller/plan/grammar.h"

#include <string.h>

void kc_grammar_add_slot(struct kc_grammar *g, struct kc_lexeme *l)
{
    l->role = g->prep;
    l->scope = g->scope;
    g->prep = KC_W_FILLER;
    g->c->slots[g->c->n_slots++] = l;
    kc_grammar_decides(g, l);
}

/* "make sure that ledger is running three instances" asks for three. */
void kc_part_state(struct kc_grammar *g)
{
    struct kc_lexeme *l = &g->r->words.v[g->i];
    if (l->word->state == KC_STATE_RUNNING && kc_clause_has_own_verb(g->c) && g->c->verb->wish &&
        g->c->verb->want == KC_WANT_NEED)
        return;
    g->c->hints |= KC_H_STATE;
    kc_grammar_add_slot(g, l);
}

/* "the CPU limit to 2" */
static bool is_cpu(const struct kc_grammar *g, const struct kc_quantity *q)
{
    bool count = q->unit == KC_UNIT_COUNT && !q->sign && kc_grammar_at(g, g->i)->part == KC_W_NUMBER;
    /* "cpu limit 1" */
    const struct kc_lexeme *before = g->i ? kc_grammar_at(g, g->i - 1) : NULL;
    bool behind = before && before->part == KC_W_NOUN && before->word->hints & (KC_H_CPU | KC_H_LIMIT | KC_H_REQUEST) &&
                  g->c->hints & (KC_H_LIMIT | KC_H_REQUEST);
    return count && (g->prep == KC_W_TO || behind) && g->c->hints & KC_H_CPU && !(g->c->hints & KC_H_MEMORY) &&
           !g->c->counts && kc_grammar_at(g, g->i + 1)->part != KC_W_POD;
}

void kc_grammar_number(struct kc_grammar *g, const struct kc_lexeme *l, struct kc_quantity q)
{
    struct kc_clause *c = g->c;
    if (is_cpu(g, &q)) {
        struct kc_lexeme *slot = &g->r->words.v[g->i];
        slot->slot = KC_SLOT_CPU;
        slot->text = q.den == 1 ? kc_arena_printf(g->r->a, "%lld", (long long)q.num) : l->raw;
        kc_grammar_add_slot(g, slot);
    } else if (g->prep == KC_W_FROM && !c->has_from) {
        c->has_from = true;
        c->from = q;
    } else if (c->has_amount) {
        kc_answer_ask(g->r->a, g->r->ret, "there is more than one number for one thing in \"%s\": which one is meant?",
                      kc_reading_quote(g->r, c->at < l->at ? c->at : l->at, l->end));
    } else {
        c->has_amount = true;
        c->amount = q;
        c->amount_raw = l->raw;
        /* "start web with 3 replicas": so many then */
        bool with = g->i && kc_clause_want(c) == KC_WANT_RUN && KC_STREQ(kc_grammar_at(g, g->i - 1)->text, "with");
        c->role = g->prep == KC_W_TO || with ? KC_ROLE_TO : g->prep == KC_W_BY ? KC_ROLE_BY : KC_ROLE_BARE;
        c->amount_first = !c->n_targets;
    }
    g->prep = KC_W_FILLER;
    kc_grammar_decides(g, l);
}

/* "a pod", "an extra web replica", "another one": one. */
bool kc_grammar_is_one(const struct kc_grammar *g, const struct kc_lexeme *l)
{
    size_t i = g->i + 1;
    bool another = l->part == KC_W_MORE && KC_STREQ(l->text, "another");
    if (!another && !(l->part == KC_W_ARTICLE && l->text[0] == 'a'))
        return false;
    while (kc_grammar_at(g, i)->part == KC_W_MORE || kc_grammar_at(g, i)->part == KC_W_FILLER ||
           kc_grammar_at(g, i)->part == KC_W_NAME)
        i++;
    return another ? kc_grammar_at(g, i)->part != KC_W_NUMBER
                   : kc_grammar_at(g, i)->part == KC_W_POD && kc_grammar_at(g, i)->word->num == 1;
}

void kc_part_direction(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    if (l->part == KC_W_DIRECTION && (g->c->states || g->c->asks) && !kc_clause_has_own_verb(g->c)) {
        g->c->hints |= KC_H_STATE; /* "is web up" */
        kc_grammar_decides(g, l);
        return;
    }
    int *to = l->part == KC_W_MORE ? &g->c->more : &g->c->sign;
    if (*to && *to != l->word->sign)
        kc_grammar_odd(g);
    *to = l->word->sign;
    g->c->hints |= KC_STREQ(l->text, "off") ? KC_H_OFF : 0;
    g->c->away |= l->part == KC_W_DIRECTION && l->word->bare == KC_BARE_CHANGE;
    kc_grammar_decides(g, l);
    if (kc_grammar_is_one(g, l))
        kc_grammar_number(g, l, (struct kc_quantity){.num = 1, .den = 1});
}

/* A word between "to" and what it belongs to. */
static bool is_small(enum kc_part p)
{
    return p == KC_W_ARTICLE || p == KC_W_FILLER || p == KC_W_PLEASE || p == KC_W_POD;
}

void kc_part_preposition(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    size_t next = g->i + 1;
    while (is_small(kc_grammar_at(g, next)->part))
        next++;
    enum kc_part p = kc_grammar_at(g, next)->part;
    if (l->part == KC_W_IN) {
        /* "in web", "in half"; places are words no more. */
        if (p == KC_W_UNKNOWN)
            kc_reading_ask_place(g->r, l->at, kc_grammar_at(g, next)->end, kc_grammar_at(g, next)->text);
        else if (p == KC_W_NUMBER && kc_grammar_at(g, next)->quantity.unit == KC_UNIT_FRACTION)
            g->c->in_parts = true;
        else if (p != KC_W_NAME && p != KC_W_KIND && p != KC_W_NOUN && p != KC_W_SLOT)
            kc_grammar_odd(g);
    } else if (l->part == KC_W_FOR) {
        if (p == KC_W_NUMBER)
            kc_grammar_odd(g);
    } else {
        g->prep = l->part == KC_W_EQUALS ? KC_W_TO : l->part;
    }
}

void kc_part_noun(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    uint64_t hints = l->word->hints;
    /* "logs of web and events of cart" */
    bool types = g->c->n_kinds || g->c->pods; /* "pods and events" */
    if (g->joined && kc_grammar_before(g) != KC_W_STOP && hints & KC_ANY_READ && (g->c->hints & KC_ANY_READ || types) &&
        !(hints & g->c->hints) &&
        (g->c->n_targets || kc_grammar_before(g) == KC_W_AND || kc_grammar_before(g) == KC_W_COMMA)) {
        kc_grammar_finish(g);
        kc_grammar_begin(g, true);
    }
    g->c->hints |= hints;
    if (kc_grammar_lists_scopes(g, g->i)) {
        g->scope = KC_H_LIMIT | KC_H_REQUEST;
        g->c->both_scopes = true;
    } else if (hints & (KC_H_LIMIT | KC_H_REQUEST)) {
        g->scope = hints & (KC_H_LIMIT | KC_H_REQUEST);
    }
    kc_grammar_decides(g, l);
}

/* A measure: of what clause and words around it say; an m is millicores where CPU is spoken of. */
void kc_part_measure(struct kc_grammar *g)
{
    struct kc_lexeme *l = &g->r->words.v[g->i];
    uint64_t hints = g->c->hints | g->c->lent_hints;
    bool next_cpu = kc_grammar_at(g, g->i + 1)->part == KC_W_NOUN && kc_grammar_at(g, g->i + 1)->word->hints & KC_H_CPU;
    size_t digits = strspn(l->raw, "0123456789");
    if (l->part == KC_W_DURATION && digits && KC_STREQ(l->raw + digits, "m") && (hints & KC_H_CPU || next_cpu)) {
        l->slot = KC_SLOT_CPU;
        l->text = l->raw;
    } else if (l->part == KC_W_DURATION) {
        if (!(hints & KC_H_LOGS) && kc_clause_want(g->c) != KC_WANT_WAIT) {
            kc_grammar_odd(g);
            return;
        }
        l->slot = KC_SLOT_SINCE;
    } else {
        l->slot = l->part == KC_W_CPU ? KC_SLOT_CPU : KC_SLOT_MEMORY;
    }
    kc_grammar_add_slot(g, l);
}
