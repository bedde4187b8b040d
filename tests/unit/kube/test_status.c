#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/client.h"

#define STATUS(rest) "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\"," rest "}"

static void test_status(void **state)
{
    static const struct {
        const char *name;
        int http;
        const char *body;
        enum kc_class class;
        int status;
        int64_t retry_after_ms;
        const char *reason, *message;
    } cases[] = {
        {"not found", 404, STATUS("\"message\":\"pods \\\"x\\\" not found\",\"reason\":\"NotFound\",\"code\":404"),
         KC_NOT_FOUND, 404, 0, "NotFound", "pods \"x\" not found"},
        {"forbidden", 403, STATUS("\"message\":\"no\",\"reason\":\"Forbidden\",\"code\":403"), KC_FORBIDDEN, 403, 0,
         "Forbidden", "no"},
        {"already exists", 409, STATUS("\"message\":\"there\",\"reason\":\"AlreadyExists\",\"code\":409"), KC_CONFLICT,
         409, 0, "AlreadyExists", "there"},
        {"expired", 410, STATUS("\"message\":\"too old\",\"reason\":\"Expired\",\"code\":410"), KC_GONE, 410, 0,
         "Expired", "too old"},
        {"watch error", 0, STATUS("\"message\":\"too old\",\"reason\":\"Expired\",\"code\":410"), KC_GONE, 410, 0,
         "Expired", "too old"},
        {"invalid", 422, STATUS("\"message\":\"bad\",\"reason\":\"Invalid\",\"code\":422"), KC_INVALID, 422, 0,
         "Invalid", "bad"},
        {"throttled", 429,
         STATUS(
             "\"message\":\"slow\",\"reason\":\"TooManyRequests\",\"details\":{\"retryAfterSeconds\":7},\"code\":429"),
         KC_RETRY, 429, 7000, "TooManyRequests", "slow"},
        {"silly delay", 429, STATUS("\"message\":\"slow\",\"details\":{\"retryAfterSeconds\":-7},\"code\":429"),
         KC_RETRY, 429, 0, "TooManyRequests", "slow"},
        {"no message", 500, STATUS("\"reason\":\"InternalError\",\"code\":500"), KC_RETRY, 500, 0, "InternalError",
         "the API server answered with HTTP status 500: InternalError"},
        {"text", 404, "404 page not found\n", KC_NOT_FOUND, 404, 0, "NotFound",
         "the API server answered with HTTP status 404: 404 page not found"},
        {"control characters", 502, "bad\x1b[31m gateway", KC_RETRY, 502, 0, "UnexpectedStatus",
         "the API server answered with HTTP status 502: bad?[31m gateway"},
        {"another object", 409, "{\"kind\":\"Pod\",\"message\":\"x\"}", KC_CONFLICT, 409, 0, "Conflict",
         "the API server answered with HTTP status 409: {\"kind\":\"Pod\",\"message\":\"x\"}"},
        {"nothing", 503, "", KC_RETRY, 503, 0, "ServiceUnavailable", "the API server answered with HTTP status 503"},
        {"broken", 410, "{\"kind\":\"Status\"", KC_GONE, 410, 0, "Gone",
         "the API server answered with HTTP status 410: {\"kind\":\"Status\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err = {0};
        assert_false(kc_status_fail(&err, cases[i].http, cases[i].body, strlen(cases[i].body)));
        if (err.class != cases[i].class || err.http_status != cases[i].status ||
            err.retry_after_ms != cases[i].retry_after_ms || strcmp(err.reason, cases[i].reason) != 0 ||
            strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s: %s %d %lld %s: %s", cases[i].name, kc_class_name(err.class), err.http_status,
                     (long long)err.retry_after_ms, err.reason, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
