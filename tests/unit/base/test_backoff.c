#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/backoff.h"

static void test_delays_double_up_to_the_longest(void **state)
{
    (void)state;
    struct kc_backoff b = {.base_ms = 100, .max_ms = 1500};
    static const int64_t full[] = {100, 200, 400, 800, 1500, 1500};
    for (size_t i = 0; i < sizeof full / sizeof *full; i++) {
        int64_t delay = kc_backoff_next(&b);
        assert_in_range(delay, full[i] / 2, full[i]);
    }
    assert_int_equal(b.tries, 6);
    kc_backoff_reset(&b);
    assert_in_range(kc_backoff_next(&b), 50, 100);
}

static void test_delays_spread_over_the_upper_half(void **state)
{
    (void)state;
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 2000; i++) {
        struct kc_backoff b = {.base_ms = 1000, .max_ms = 1000};
        int64_t delay = kc_backoff_next(&b);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_in_range(least, 500, 525);
    assert_in_range(most, 975, 1000);
}

static void test_extremes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct kc_backoff b;
        int64_t least, most;
    } cases[] = {
        {"nothing set", {0}, 1, 1},
        {"one millisecond", {.base_ms = 1, .max_ms = 1, .tries = 5}, 1, 1},
        {"longest below base", {.base_ms = 500, .max_ms = 10}, 5, 10},
        {"no overflow", {.base_ms = 3, .max_ms = INT64_MAX, .tries = 4000000}, INT64_MAX / 2, INT64_MAX},
        {"tries stay at the end", {.base_ms = 8, .max_ms = 8, .tries = UINT32_MAX}, 4, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_backoff b = cases[i].b;
        int64_t delay = kc_backoff_next(&b);
        if (delay < cases[i].least || delay > cases[i].most || b.tries < cases[i].b.tries)
            fail_msg("%s: %jd after %u tries", cases[i].name, (intmax_t)delay, b.tries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays_double_up_to_the_longest),
        cmocka_unit_test(test_delays_spread_over_the_upper_half),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
