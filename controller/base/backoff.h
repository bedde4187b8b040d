/* backoff: growing delays with jitter, so that many clients of one broken server do not return together. */
#pragma once

#include <stdint.h>

struct kc_backoff {
    int64_t base_ms, max_ms; /* first and longest delay */
    unsigned tries;          /* delays handed out since the last reset */
};

/* base * 2^tries, at most max, times a random factor in [0.5, 1.0]. Never less than 1. */
int64_t kc_backoff_next(struct kc_backoff *b);
void kc_backoff_reset(struct kc_backoff *b);
