/* Times and durations: what is accepted is in range, and a time prints as one that reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/arena.h"
#include "controller/base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    int64_t ms, back;
    const char *s = kc_arena_strndup(a, (const char *)data, size);
    if (kc_time_parse(s, &ms, &err)) {
        char text[KC_TIME_LEN];
        kc_time_format_micro(text, ms);
        /* An offset may reach into the year before 0 or after 9999, which cannot be written. */
        bool in_range = ms >= INT64_C(-62167219200000) && ms < INT64_C(253402300800000);
        if (!kc_time_parse(text, &back, &err) || (in_range && back != ms))
            abort();
    } else if (err.class != KC_INVALID) {
        abort();
    }
    kc_err_clear(&err);
    if (kc_duration_parse(s, &ms, &err)) {
        char text[16];
        if (ms < 0 || ms > 87600 * KC_HOUR_MS || strlen(kc_duration_human(text, ms)) < 2)
            abort();
    } else if (err.class != KC_INVALID) {
        abort();
    }
    return 0;
}
