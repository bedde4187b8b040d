/* reading: the prompt on its way from words to clauses. Private to plan.
 *
 * Each pass takes what it understands out of the words, or answers: then the reading is over (kc_reading_done). A
 * filler makes one slot of the words that say one value ("the last ten minutes" -> --since=10m).
 */
#pragma once

#include "controller/plan/answer.h"
#include "controller/plan/lexer.h"

struct kc_reading {
    struct kc_arena *a;
    const struct kc_plan_input *in;
    struct kc_lexemes words;
    struct kc_strs purposes;                         /* "before the sale": why it is wanted */
    struct kc_strs unused;                           /* words of a read that nothing was made of */
    const struct kc_object *satisfied[KC_MAX_STEPS]; /* have the number of replicas already */
    size_t n_satisfied;
    struct kc_planned *ret;
};

static inline bool kc_reading_done(const struct kc_reading *r)
{
    return r->ret->outcome != KC_PLAN_MADE;
}
/* The word at i; KC_W_STOP before the first and behind the last. */
const struct kc_lexeme *kc_reading_at(const struct kc_reading *r, size_t i);
static inline enum kc_part kc_reading_part(const struct kc_reading *r, size_t i)
{
    return kc_reading_at(r, i)->part;
}
/* Whether the word that begins at i touches the one before it: "team=payments". */
bool kc_reading_touches(const struct kc_reading *r, size_t i);

/* Fillers, in this order (planner.c). */
void kc_reading_titles(struct kc_reading *r);    /* "INC-4711:" */
void kc_reading_windows(struct kc_reading *r);   /* since, tail, previous, age */
void kc_reading_pairs(struct kc_reading *r);     /* KEY=VALUE, keys to take away, selectors */
void kc_reading_versions(struct kc_reading *r);  /* revisions, tags, images */
void kc_reading_bounds(struct kc_reading *r);    /* of an autoscaler */
void kc_reading_new_names(struct kc_reading *r); /* of what is created */
void kc_reading_ports(struct kc_reading *r);
void kc_reading_rights(struct kc_reading *r);     /* "am I allowed to delete" */
void kc_reading_fields(struct kc_reading *r);     /* "deployment.spec" */
void kc_reading_containers(struct kc_reading *r); /* "container nginx" */
/* "in the shop namespace", "-n shop" -> KC_W_PLACE. Asks about a namespace that is not the request's. */
void kc_reading_places(struct kc_reading *r);
/* The words from at to end speak of a namespace that is not the request's. */
void kc_reading_ask_place(struct kc_reading *r, size_t at, size_t end, const char *ns);
/* Takes reasons out. Asks when one holds a number, a time, a negation, a condition or something to do. */
void kc_reading_purposes(struct kc_reading *r);
/* For prompts that change something: refuses what asks for something else; asks about conditions, times, negations and
 * all that is no plain request. */
void kc_reading_blockers(struct kc_reading *r);

/* What the prompt says from one word to another, white space made even. */
const char *kc_reading_quote(const struct kc_reading *r, size_t at, size_t end);
/* Removes n words at i. */
void kc_reading_cut(struct kc_reading *r, size_t i, size_t n);
/* Makes one slot of n words at i. */
struct kc_lexeme *kc_reading_fill(struct kc_reading *r, size_t i, size_t n, enum kc_slot slot, const char *text);
/* Whether any word of the sentence around i hints at one of these (verbs and nouns). */
bool kc_reading_hints(const struct kc_reading *r, size_t i, uint64_t hints);
bool kc_reading_wants(const struct kc_reading *r, size_t i, enum kc_want want);
/* What this version can do, for refusals. */
extern const char kc_reading_can[];
