/* clause: one wish of a prompt: a verb, a number, one or more names. Private to plan. */
#pragma once

#include "controller/plan/reading.h"

enum kc_role { KC_ROLE_BARE, KC_ROLE_TO, KC_ROLE_BY };

struct kc_clause {
    const struct kc_word *verb; /* NULL: none; the clause before lends its own */
    size_t verb_at, verb_end;   /* in the prompt */
    bool lent;                  /* the verb is the one before's, and so is whether "more" was said there */
    int sign;                   /* "up", "down" */
    int more;                   /* "more", "fewer" */
    bool lent_more;
    bool has_amount;
    enum kc_role role;
    struct kc_quantity amount;
    bool has_from;
    struct kc_quantity from; /* "from 3 to 5" */
    size_t sentence;         /* which of the prompt it stands in */
    const struct kc_mapping *kind;
    size_t kind_word;  /* its place among the words and one, while it waits for a name; else 0 */
    bool kind_for_all; /* "deployments web and cart" */
    struct kc_mention *targets;
    size_t n_targets;
    bool takes_from;   /* "two pods from web" */
    bool away;         /* "two pods off web" */
    bool amount_first; /* "two pods to web and cart" */
    bool in_parts;     /* "in half" */
    bool each;
    size_t at, end; /* the words that decided, in the prompt */
};

struct kc_clauses {
    struct kc_clause *v;
    size_t n;
};

/* Words -> clauses. Asks about every word that has no place in one. */
void kc_clauses_read(struct kc_reading *r, struct kc_clauses *ret);

/* The number of replicas that the clause asks of an object that has some. False: it asks, or refuses. *ret_how is how
 * it was reckoned ("2 + 3"), or "". */
KC_CHECK bool kc_clause_replicas(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o,
                                 int32_t *ret, const char **ret_how);
