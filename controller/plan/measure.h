/* measure: quantities with a unit: durations, memory, CPU. Private to plan. */
#pragma once

#include "controller/plan/number.h"
#include "controller/plan/vocabulary.h"

struct kc_measure {
    enum kc_part part; /* KC_W_DURATION, KC_W_MEMORY, KC_W_CPU */
    const char *text;  /* as kubectl takes it: "90m", "512Mi", "250m" */
    int64_t ms;        /* durations */
    bool one_token;    /* "500m": what a bare m means depends on what is measured */
};

/* The measure that begins at token i ("10m", "half an hour", "2 gigs", "512Mi", "1.5 cores"); prompt is what the tokens
 * were read from. Returns the number of tokens that it takes, 0: none. */
size_t kc_measure_read(struct kc_arena *a, const char *prompt, const struct kc_tokens *t, size_t i,
                       struct kc_measure *ret);
