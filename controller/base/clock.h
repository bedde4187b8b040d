/* clock: monotonic time for durations, wall time for records, RFC 3339 for the wire. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "controller/base/err.h"

#define KC_SECOND_MS INT64_C(1000)
#define KC_MINUTE_MS INT64_C(60000)
#define KC_HOUR_MS   INT64_C(3600000)

int64_t kc_mono_ms(void); /* CLOCK_MONOTONIC, milliseconds */
int64_t kc_mono_us(void);
int64_t kc_boot_ms(void); /* CLOCK_BOOTTIME: goes on while the machine sleeps; for promises to others */
int64_t kc_unix_ms(void); /* CLOCK_REALTIME, milliseconds since 1970 UTC */

/* "2026-11-23T09:48:00Z" as metav1.Time writes it (seconds, UTC). */
#define KC_TIME_LEN 32
const char *kc_time_format(char out[KC_TIME_LEN], int64_t unix_ms);
/* "2026-11-23T09:48:00.123456Z" as metav1.MicroTime writes it; our clocks give three digits, the rest are zero. */
const char *kc_time_format_micro(char out[KC_TIME_LEN], int64_t unix_ms);
/* RFC 3339 with any offset and fraction. Fails with INVALID. */
KC_CHECK bool kc_time_parse(const char *s, int64_t *ret_unix_ms, struct kc_err *err);

/* kubectl's age: "12s", "3m", "2m5s" below ten minutes, "3h", "2d" (k8s.io/apimachinery duration.HumanDuration). */
const char *kc_duration_human(char out[16], int64_t ms);
/* Go duration syntax ("90s", "1h30m", "500ms"). Fails with INVALID on anything else, a sign, or more than 10 years. */
KC_CHECK bool kc_duration_parse(const char *s, int64_t *ret_ms, struct kc_err *err);
