#include "controller/base/backoff.h"

#include <limits.h>

#include "controller/base/digest.h"

int64_t kc_backoff_next(struct kc_backoff *b)
{
    int64_t delay = b->base_ms;
    for (unsigned i = 0; i < b->tries && delay > 0 && delay < b->max_ms; i++)
        delay = delay > INT64_MAX / 2 ? INT64_MAX : delay * 2;
    if (delay > b->max_ms)
        delay = b->max_ms;
    if (b->tries < UINT_MAX)
        b->tries++;
    if (delay <= 1)
        return 1;
    uint64_t random;
    kc_random(&random, sizeof random);
    int64_t half = delay / 2;
    return delay - half + (int64_t)(random % (uint64_t)(half + 1));
}

void kc_backoff_reset(struct kc_backoff *b)
{
    b->tries = 0;
}
