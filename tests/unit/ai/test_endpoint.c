#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/ai/endpoint.h"

/* reason "": it is taken, as origin and prefix. */
static const struct {
    const char *url, *reason, *origin, *prefix;
} cases[] = {
    {"http://127.0.0.1:8080/v1", "", "http://127.0.0.1:8080", "/v1"},
    {"http://127.9.9.9/", "", "http://127.9.9.9", ""},
    {"http://localhost:1/", "", "http://localhost:1", ""},
    {"http://[::1]:8080/v1/", "", "http://[::1]:8080", "/v1"},
    {"https://llama.models.svc/v1", "", "https://llama.models.svc", "/v1"},
    {"http://llama.models.svc.cluster.local:8000", "", "http://llama.models.svc.cluster.local:8000", ""},
    {"https://api.openai.com/v1", "EgressDenied", "", ""},
    {"http://10.0.0.1/v1", "EgressDenied", "", ""},
    {"http://llama/v1", "EgressDenied", "", ""},
    {"http://llama.models/v1", "EgressDenied", "", ""},
    {"http://svc/", "EgressDenied", "", ""},
    {"http://a.b.c.svc/", "EgressDenied", "", ""},
    {"http://.svc/", "EgressDenied", "", ""},
    {"http://llama.models.svc.example.com/", "EgressDenied", "", ""},
    {"http://llama.models.svc.cluster.local.evil.com/", "EgressDenied", "", ""},
    {"http://localhost.evil.com/", "EgressDenied", "", ""},
    {"http://127.0.0.1.evil.com/", "EgressDenied", "", ""},
    {"http://2130706434/", "", "http://127.0.0.2", ""}, /* curl reads a number as the address that it is */
    {"http://0x7f000001.example/", "EgressDenied", "", ""},
    {"http://ana:pw@127.0.0.1/", "BadEndpoint", "", ""},
    {"http://127.0.0.1@evil.com/", "BadEndpoint", "", ""},
    {"ftp://127.0.0.1/", "BadEndpoint", "", ""},
    {"file:///etc/passwd", "BadEndpoint", "", ""},
    {"http://127.0.0.1/v1?key=x", "BadEndpoint", "", ""},
    {"http://127.0.0.1/v1#x", "BadEndpoint", "", ""},
    {"127.0.0.1:8080", "BadEndpoint", "", ""},
    {"", "BadEndpoint", "", ""},
};

static void judges_where_prompts_may_go(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_ai_endpoint e = {0};
        struct kc_err err = {0};
        bool ok = kc_ai_endpoint_parse(a, cases[i].url, "cluster.local", &e, &err);
        print_message("%s: %s\n", cases[i].url, ok ? e.origin : err.reason);
        if (!*cases[i].reason) {
            assert_true(ok);
            assert_string_equal(e.origin, cases[i].origin);
            assert_string_equal(e.prefix, cases[i].prefix);
            continue;
        }
        assert_false(ok);
        assert_string_equal(err.reason, cases[i].reason);
        assert_null(strstr(err.message, "pw@"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(judges_where_prompts_may_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
