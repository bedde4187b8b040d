/* reading: the prompt on its way from words to clauses. Private to plan.
 *
 * Each pass takes what it understands out of the words, or answers: then the reading is over (kc_reading_done).
 */
#pragma once

#include "controller/plan/answer.h"
#include "controller/plan/lexer.h"

struct kc_reading {
    struct kc_arena *a;
    const struct kc_plan_input *in;
    const struct kc_verb *verb; /* what every clause so far comes to */
    struct kc_lexemes words;
    struct kc_strs purposes; /* "before the sale": why it is wanted */
    struct kc_planned *ret;
};

static inline bool kc_reading_done(const struct kc_reading *r)
{
    return r->ret->outcome != KC_PLAN_MADE;
}

/* "in the shop namespace", "-n shop" -> KC_W_PLACE. Asks about a namespace that is not the request's. */
void kc_reading_places(struct kc_reading *r);
/* The words from at to end speak of a namespace that is not the request's. */
void kc_reading_ask_place(struct kc_reading *r, size_t at, size_t end, const char *ns);
/* Takes reasons out. Asks when one holds a number, a time, a negation, a condition or something to do. */
void kc_reading_purposes(struct kc_reading *r);
/* Refuses what asks for something else; asks about conditions, times, negations and all that is no plain request. */
void kc_reading_blockers(struct kc_reading *r);

/* What the prompt says from one word to another, white space made even. */
const char *kc_reading_quote(const struct kc_reading *r, size_t at, size_t end);
/* Removes n words at i. */
void kc_reading_cut(struct kc_reading *r, size_t i, size_t n);
/* What this version can do, for refusals. */
extern const char kc_reading_can[];
