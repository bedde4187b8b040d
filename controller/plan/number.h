/* number: quantities in digits and English words. Private to plan. */
#pragma once

#include <stdint.h>

#include "controller/plan/token.h"

/* Every larger number reads as this one: more than anything that can be asked for. */
#define KC_NUMBER_MAX INT64_C(1000000000000)

enum kc_unit {
    KC_UNIT_COUNT,    /* five, 5, a dozen, -1 */
    KC_UNIT_PERCENT,  /* 50 %, fifty percent: num/den is 50/1 */
    KC_UNIT_TIMES,    /* 3x, twice, three times */
    KC_UNIT_FRACTION, /* half, two thirds */
};

struct kc_quantity {
    enum kc_unit unit;
    int64_t num, den; /* not reduced; num is never negative */
    char sign;        /* '+', '-': as written before it; 0: none */
};

/* The quantity that begins at token i. Returns the number of tokens that it takes, 0: none. */
size_t kc_number_read(const struct kc_tokens *t, size_t i, struct kc_quantity *ret);
