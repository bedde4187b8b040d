/* grammar: words -> clauses, word by word. Private to plan, and there to clause*.c.
 *
 * clause.c begins and ends clauses and gives each word to the reader of its part; clause_verb.c, clause_object.c and
 * clause_value.c have the readers. A reader looks at the words around its own, never changes an earlier clause, and
 * lists a word that it has no place for as odd.
 */
#pragma once

#include "controller/plan/clause.h"

/* Hints of which each is a way to look at something. */
#define KC_ANY_READ                                                                                                    \
    (KC_H_LOGS | KC_H_EVENTS | KC_H_USAGE | KC_H_HISTORY | KC_H_DETAILS | KC_H_ROLLOUT | KC_H_STATUS | KC_H_TROUBLE)

struct kc_grammar {
    struct kc_reading *r;
    struct kc_clauses out;
    struct kc_clause *c; /* the one being read */
    size_t i;            /* the word being read */
    enum kc_part prep;   /* "to", "by", "from" that waits for what follows it; else KC_W_FILLER */
    bool joined;         /* a comma or "and" stands between the last name and here */
    size_t sentence;
    const char *place; /* "in shop, ...": said before any name of the sentence */
    uint64_t scope;    /* whether limits or requests were spoken of last */
};

const struct kc_lexeme *kc_grammar_at(const struct kc_grammar *g, size_t i);
enum kc_part kc_grammar_before(const struct kc_grammar *g);
void kc_grammar_decides(struct kc_grammar *g,
                        const struct kc_lexeme *l); /* the word belongs to what is quoted as the reason */
void kc_grammar_odd(struct kc_grammar *g);          /* the word has no place */
void kc_grammar_finish(struct kc_grammar *g);
void kc_grammar_begin(struct kc_grammar *g, bool lend); /* lend: the verb of the clause before */
void kc_grammar_add_target(struct kc_grammar *g, struct kc_clause *c, struct kc_mention m);
void kc_grammar_add_slot(struct kc_grammar *g, struct kc_lexeme *l);
void kc_grammar_verb(struct kc_grammar *g, const struct kc_lexeme *l);
void kc_grammar_number(struct kc_grammar *g, const struct kc_lexeme *l, struct kc_quantity q);
/* "a pod", "an extra web replica", "another one": one. */
bool kc_grammar_is_one(const struct kc_grammar *g, const struct kc_lexeme *l);
bool kc_clause_has_own_verb(const struct kc_clause *c);
bool kc_clause_is_empty(const struct kc_clause *c);
bool kc_word_reads(const struct kc_word *verb); /* NULL: no */

/* "limit" of "request and limit": what is said of one is said of both. */
bool kc_grammar_lists_scopes(const struct kc_grammar *g, size_t i);

/* The readers. */
void kc_part_verb(struct kc_grammar *g);
void kc_part_participle(struct kc_grammar *g);
void kc_part_state(struct kc_grammar *g);
void kc_part_name(struct kc_grammar *g);
void kc_part_kind(struct kc_grammar *g);
void kc_part_place(struct kc_grammar *g);
void kc_part_direction(struct kc_grammar *g);
void kc_part_preposition(struct kc_grammar *g);
void kc_part_have(struct kc_grammar *g);
void kc_part_be(struct kc_grammar *g);
void kc_part_noun(struct kc_grammar *g);
void kc_part_measure(struct kc_grammar *g);
void kc_part_unknown(struct kc_grammar *g);
void kc_part_pod(struct kc_grammar *g);
void kc_part_suffix(struct kc_grammar *g);
void kc_part_pronoun(struct kc_grammar *g);
