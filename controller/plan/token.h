/* token: a prompt taken apart into words and marks. Private to plan.
 *
 * Quotes and brackets are dropped, ASCII letters become small, typographic quotes and signs become their ASCII ones.
 * Shell characters stay in their words, so that nothing understands them.
 */
#pragma once

#include "controller/base/arena.h"

#define KC_MAX_TOKENS 512

enum kc_mark {
    KC_MARK_WORD,
    KC_MARK_COMMA, /* also a line's end and a dash */
    KC_MARK_STOP,  /* . ; ! and an empty line */
    KC_MARK_QUERY, /* ? */
    KC_MARK_EQUALS /* = : */
};

struct kc_token {
    enum kc_mark mark;
    const char *text; /* a word as it is looked up: without "'s" */
    size_t at, len;   /* the bytes of the prompt that it came from, without quotes around it */
    bool quoted;
    bool possessive; /* "web's" */
};

struct kc_tokens {
    struct kc_token *v;
    size_t n;
};

/* Fails when there are more than KC_MAX_TOKENS. prompt is valid UTF-8. */
KC_CHECK bool kc_tokens_read(struct kc_arena *a, const char *prompt, struct kc_tokens *ret);
