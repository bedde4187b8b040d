#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/runtime/grace.h"

static void who_ends_in_time_keeps_the_client(void **state)
{
    (void)state;
    struct kc_http_client *http = kc_http_client_create(NULL);
    struct kc_grace *g = kc_grace_begin(http, KC_MINUTE_MS);
    int64_t began = kc_mono_ms();

    assert_true(kc_grace_end(g));
    assert_in_range(kc_mono_ms() - began, 0, 30 * KC_SECOND_MS);
    assert_false(kc_http_client_closed(http));
    kc_http_client_destroy(http);
}

static void who_is_late_finds_it_closed(void **state)
{
    (void)state;
    struct kc_http_client *http = kc_http_client_create(NULL);
    int64_t began = kc_mono_ms();
    struct kc_grace *g = kc_grace_begin(http, 50);

    while (!kc_http_client_closed(http) && kc_mono_ms() < began + 40 * KC_SECOND_MS)
        usleep(1000);
    assert_in_range(kc_mono_ms() - began, 50, 30 * KC_SECOND_MS);
    assert_false(kc_grace_end(g));
    assert_true(kc_grace_end(NULL));
    kc_http_client_destroy(http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_ends_in_time_keeps_the_client),
        cmocka_unit_test(who_is_late_finds_it_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
