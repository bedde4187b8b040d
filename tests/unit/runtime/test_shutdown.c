#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/runtime/shutdown.h"

/* Whether the client still takes calls: nobody listens at the discard port. */
static const char *failure(struct kc_http_client *http, struct kc_http_target *nobody, struct kc_arena *a)
{
    const struct kc_http_request req = {.target = nobody, .method = "GET", .path = "/", .timeout_ms = 2000};
    struct kc_http_response res;
    struct kc_err err = {0};

    assert_false(kc_http_do(http, &req, a, &res, &err));
    return kc_arena_strdup(a, err.reason);
}

static void nothing_happens_without_a_signal(void **state)
{
    (void)state;
    struct kc_http_client *http = kc_http_client_create(NULL);
    struct kc_shutdown *s = kc_shutdown_create(http, 10, NULL);

    assert_non_null(s);
    assert_false(kc_shutdown_asked(s, 30));
    assert_null(kc_shutdown_destroy(s));
    kc_http_client_destroy(http);
}

static void a_signal_closes_the_client_after_the_grace(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_http_client *http = kc_http_client_create(NULL);
    struct kc_http_target *nobody = kc_http_target_create("https://127.0.0.1:9", &(struct kc_http_tls){0}, NULL);
    struct kc_shutdown *s = kc_shutdown_create(http, 2000, NULL);

    kill(getpid(), SIGTERM);
    assert_true(kc_shutdown_asked(s, 20000));
    assert_true(kc_shutdown_asked(s, 0));
    assert_string_equal(failure(http, nobody, a), "ConnectionFailed");
    int64_t end = kc_mono_ms() + 30000;
    while (!KC_STREQ(failure(http, nobody, a), "ShuttingDown") && kc_mono_ms() < end)
        usleep(10000);
    assert_string_equal(failure(http, nobody, a), "ShuttingDown");
    kc_shutdown_destroy(s);
    kc_http_target_unref(nobody);
    kc_http_client_destroy(http);
}

static void who_ends_in_time_keeps_the_client(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_http_client *http = kc_http_client_create(NULL);
    struct kc_http_target *nobody = kc_http_target_create("https://127.0.0.1:9", &(struct kc_http_tls){0}, NULL);
    struct kc_shutdown *s = kc_shutdown_create(http, 60000, NULL);
    int64_t began = kc_mono_ms();

    kill(getpid(), SIGINT);
    assert_true(kc_shutdown_asked(s, 20000));
    kc_shutdown_destroy(s);
    assert_true(kc_mono_ms() - began < 50000);
    assert_string_equal(failure(http, nobody, a), "ConnectionFailed");
    kc_http_target_unref(nobody);
    kc_http_client_destroy(http);
}

int main(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_happens_without_a_signal),
        cmocka_unit_test(a_signal_closes_the_client_after_the_grace),
        cmocka_unit_test(who_ends_in_time_keeps_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
