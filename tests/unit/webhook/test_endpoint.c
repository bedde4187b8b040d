#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "webhook/endpoint.h"

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *made, *host; /* made NULL: refused */
    } cases[] = {
        {"https://127.0.0.1:9443", "https://127.0.0.1:9443", "127.0.0.1"},
        {"https://127.0.0.1:0", "https://127.0.0.1:7777", "127.0.0.1"},
        {"https://hook.example.com", "https://hook.example.com:443", "hook.example.com"},
        {"https://hook.example.com/", "https://hook.example.com:443", "hook.example.com"},
        {"https://hook.example.com:9443/", "https://hook.example.com:9443", "hook.example.com"},
        {"https://[::1]:9443", "https://[::1]:9443", "::1"},
        {"https://[::1]", "https://[::1]:443", "::1"},
        {"http://127.0.0.1:9443", NULL, NULL},
        {"127.0.0.1:9443", NULL, NULL},
        {"", NULL, NULL},
        {"https://", NULL, NULL},
        {"https://:9443", NULL, NULL},
        {"https://[::1", NULL, NULL},
        {"https://host:", NULL, NULL},
        {"https://host:65536", NULL, NULL},
        {"https://host:-1", NULL, NULL},
        {"https://host:9443/path", NULL, NULL},
        {"https://host/path", NULL, NULL},
        {"https://host?x", NULL, NULL},
        {"https://user@host", NULL, NULL},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_endpoint e;
        struct kc_err err = {0};
        bool ok = kc_endpoint_make(a, cases[i].url, 7777, "kubechat-system", "kubechat-webhook", &e, &err);
        if (ok != (cases[i].made != NULL))
            fail_msg("%s: %s", cases[i].url, ok ? "accepted" : err.message);
        if (!ok) {
            assert_int_equal(err.class, KC_INVALID);
            continue;
        }
        assert_string_equal(e.url, cases[i].made);
        assert_string_equal(e.host, cases[i].host);
    }
}

static void test_names(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_endpoint e;
    assert_true(kc_endpoint_make(a, NULL, 1, "ns", "svc", &e, NULL));
    struct kc_strs names = kc_endpoint_names(a, &e);
    assert_int_equal(names.n, 4);
    assert_string_equal(names.v[0], "svc.ns.svc");
    assert_string_equal(names.v[1], "svc.ns.svc.cluster.local");
    assert_true(kc_endpoint_make(a, "https://127.0.0.1:1", 1, "ns", "svc", &e, NULL));
    assert_int_equal(kc_endpoint_names(a, &e).n, 4);
    assert_true(kc_endpoint_make(a, "https://hook.example.com", 1, "ns", "svc", &e, NULL));
    names = kc_endpoint_names(a, &e);
    assert_string_equal(names.v[names.n - 1], "hook.example.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
