/* clause: one wish of a prompt: a verb, what it is about, values, names. Private to plan.
 *
 * A clause holds what was said in it, in the order of the words, whatever the verb will make of it: frame.c decides
 * which verb of kubectl it comes to, and asks about everything that this verb has no use for.
 */
#pragma once

#include "controller/plan/reading.h"

#define KC_MAX_CLAUSES KC_MAX_STEPS
#define KC_MAX_KINDS   8

enum kc_role { KC_ROLE_BARE, KC_ROLE_TO, KC_ROLE_BY };

struct kc_clause {
    const struct kc_word *verb; /* NULL: none; the clause before lends its own */
    size_t verb_at, verb_end;   /* in the prompt */
    bool lent;                  /* the verb is the one before's, and so is whether "more" was said there */
    uint64_t hints;             /* KC_H_* of all its words */
    uint64_t lent_hints;        /* those that the clause before lends */

    /* a number */
    int sign; /* "up", "down" */
    int more; /* "more", "fewer" */
    bool lent_more;
    bool has_amount;
    enum kc_role role;
    struct kc_quantity amount;
    const char *amount_raw; /* as it was written */
    bool has_from;
    struct kc_quantity from; /* "from 3 to 5" */
    bool takes_from;         /* "two pods from web" */
    bool away;               /* "two pods off web" */
    bool amount_first;       /* "two pods to web and cart" */
    bool in_parts;           /* "in half" */
    bool each;

    /* objects */
    const struct kc_mapping *kind;
    bool kind_for_all; /* "deployments web and cart" */
    size_t kind_word;  /* place of kind among the words and one, while it waits for a name; else 0 */
    const struct kc_mapping *kinds[KC_MAX_KINDS]; /* all types that were said */
    size_t n_kinds;
    struct kc_mention *targets;
    size_t n_targets;
    size_t named_pods;  /* of them: names that pods have, and nothing else */
    const char *suffix; /* "service" of "the web service" */
    bool pods;          /* "pods", rather than replicas or instances */
    bool plural;        /* "pods", not "pod" */
    bool counts;        /* "replicas": what is counted was said */
    bool both_scopes;   /* "request and limit" */
    bool all;           /* "all", "every" */
    bool everywhere;    /* in all namespaces */
    const char *ns;     /* a place that was said before any name, or without one */
    int pronoun;        /* 1: it, 2: them, 3: the rest */
    bool asks;          /* begins as a question does: what, which, is */
    bool states;        /* "web is down" */
    bool other;         /* asks for what no verb here does */

    const struct kc_lexeme **slots; /* values and states, in the order of the words */
    size_t n_slots;

    size_t sentence; /* which of the prompt it stands in */
    size_t at, end;  /* the words that decided, in the prompt */
};

struct kc_clauses {
    struct kc_clause *v;
    size_t n;
    size_t *odd; /* words without a place, by their number */
    size_t n_odd;
};

/* Words -> clauses. Words that have no place in one are listed; a prompt that contradicts itself is asked about. */
void kc_clauses_read(struct kc_reading *r, struct kc_clauses *ret);
/* Pronouns and shared objects -> names; statements that are not the request are dropped. */
void kc_clauses_link(struct kc_reading *r, struct kc_clauses *c);
/* Asks about the words without a place. */
void kc_clauses_ask_odd(struct kc_reading *r, const struct kc_clauses *c, const struct kc_pick *pick);

/* The number of replicas that the clause asks of an object that has some. False: it asks, or refuses. *ret_how is how
 * it was reckoned ("2 + 3"), or "". */
KC_CHECK bool kc_clause_replicas(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o,
                                 int32_t *ret, const char **ret_how);
/* The first slot of that kind; NULL: none. */
const struct kc_lexeme *kc_clause_slot(const struct kc_clause *c, enum kc_slot slot);
static inline enum kc_want kc_clause_want(const struct kc_clause *c)
{
    return c->verb ? c->verb->want : KC_WANT_NOTHING;
}
