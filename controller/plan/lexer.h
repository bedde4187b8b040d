/* lexer: tokens -> words with a meaning: the vocabulary's, quantities, types, names of objects. Private to plan. */
#pragma once

#include "controller/plan/number.h"
#include "controller/plan/resolve.h"
#include "controller/plan/vocabulary.h"

struct kc_lexeme {
    enum kc_part part;
    const struct kc_word *word;    /* its row; NULL for what is not of the vocabulary */
    struct kc_quantity quantity;   /* KC_W_NUMBER */
    const struct kc_mapping *kind; /* KC_W_KIND */
    bool plural;                   /* KC_W_KIND: "deployments" */
    struct kc_mention name;        /* KC_W_NAME; KC_W_UNKNOWN: name only */
    bool scalable;                 /* KC_W_NAME: an object of this name that the verb applies to is there */
    const char *text;              /* of its first token */
    size_t at, end;                /* bytes of the prompt */
};

struct kc_lexemes {
    struct kc_lexeme *v;
    size_t n;
};

void kc_lexemes_read(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_verb *verb,
                     const struct kc_tokens *tokens, struct kc_lexemes *ret);
