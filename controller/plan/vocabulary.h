/* vocabulary: the words that the built-in planner understands, as data. Private to plan.
 *
 * Adding a word is adding it to a row. A word that is in no row and names no object is never passed over: it becomes a
 * question.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KC_PHRASE_WORDS 4 /* of the longest entry */

enum kc_part {
    KC_W_UNKNOWN,
    /* not from the table: the lexer finds them */
    KC_W_NUMBER,
    KC_W_NAME,  /* of an object, or TYPE/NAME */
    KC_W_KIND,  /* a type that the server has */
    KC_W_PLACE, /* "in shop", "-n shop": made of several by place.c */
    KC_W_COMMA,
    KC_W_STOP,
    KC_W_QUERY,
    KC_W_EQUALS,
    /* what is wanted */
    KC_W_VERB,
    KC_W_DIRECTION, /* up, down */
    KC_W_MORE,      /* more, another, fewer */
    KC_W_TO,
    KC_W_BY,
    KC_W_FROM,
    KC_W_IN,
    KC_W_FOR,
    KC_W_LINK,   /* of, on, with */
    KC_W_POD,    /* pods, replicas: what is counted */
    KC_W_SUFFIX, /* "checkout service": says no more than the name */
    KC_W_NAMESPACE,
    KC_W_NAMESPACE_FLAG,
    KC_W_AND,
    KC_W_EACH,
    KC_W_SHOULD, /* "web should have 6" */
    KC_W_HAVE,   /* only together with another verb */
    /* says nothing, but marks how a sentence goes on */
    KC_W_FILLER,
    KC_W_ARTICLE,
    KC_W_PERSON,
    KC_W_MODAL, /* can, could: a request in the form of a question */
    KC_W_PLEASE,
    /* why it is wanted */
    KC_W_BECAUSE,      /* what follows is a reason, not a condition */
    KC_W_PURPOSE_VERB, /* behind "to" */
    KC_W_EVENT,
    /* what stops a plan */
    KC_W_NOT,
    KC_W_IF,
    KC_W_TIME,
    KC_W_ALL,
    KC_W_PRONOUN,
    KC_W_VAGUE,
    KC_W_BOUND,
    KC_W_OTHER,    /* a request for something else */
    KC_W_QUESTION, /* why, how */
    KC_W_KUBECTL,
    KC_W_PARTS
};

/* What a verb makes of a number without "to" or "by". */
enum kc_bare { KC_BARE_ASK, KC_BARE_SET, KC_BARE_CHANGE };

struct kc_word {
    const char *words; /* that mean the same here: "right now, asap" */
    enum kc_part part;
    int sign; /* more: 1, less: -1 */
    enum kc_bare bare;
    uint8_t num, den; /* "double": 2/1, "a pod": 1; num 0: none */
    bool wish;        /* "need": says no more than that something is wanted; gives way to another verb */
    bool creates; /* "start": without a number, or with a mere number, it asks for something else, or says too little */
    bool light;   /* "go": as common in reasons as in requests */
    bool sentence; /* because: what follows may speak of objects; before: it may not */
    bool removes;  /* "remove": without a number it asks for something else */
};

/* The row of the words that begin at given[0], of n; the longest counts. *ret_n: how many. NULL: none. */
const struct kc_word *kc_vocabulary_find(const char *const *given, size_t n, size_t *ret_n);
/* The row of part that word is a form of: "deleting", "restarted". */
const struct kc_word *kc_vocabulary_form(const char *word, enum kc_part part);
