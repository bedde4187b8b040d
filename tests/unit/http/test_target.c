#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/http/target.h"
#include "tests/unit/http/cert.h"

static void test_urls(void **state)
{
    static const struct {
        const char *url, *server_name, *base_url, *host, *connect_to;
    } cases[] = {
        {"https://127.0.0.1:6443", NULL, "https://127.0.0.1:6443", NULL, NULL},
        {"https://k8s.example.org/", NULL, "https://k8s.example.org", NULL, NULL},
        {"https://rancher.example.org/k8s/clusters/c-1/", NULL, "https://rancher.example.org/k8s/clusters/c-1", NULL,
         NULL},
        {"https://10.0.0.1:6443/", "kubernetes", "https://kubernetes:6443", "Host: 10.0.0.1:6443",
         "kubernetes:6443:10.0.0.1:6443"},
        {"https://[::1]:6443", "kubernetes", "https://kubernetes:6443", "Host: [::1]:6443",
         "kubernetes:6443:[::1]:6443"},
        {"https://10.0.0.1", "kubernetes", "https://kubernetes", "Host: 10.0.0.1", "kubernetes:443:10.0.0.1:443"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err = {0};
        const struct kc_http_tls tls = {.server_name = cases[i].server_name};
        struct kc_http_target *t = kc_http_target_create(cases[i].url, &tls, &err);
        if (!t) {
            fail_msg("%s: %s", cases[i].url, err.message);
            return;
        }
        assert_string_equal(t->base_url, cases[i].base_url);
        assert_string_equal(t->host ? t->host : "", cases[i].host ? cases[i].host : "");
        assert_string_equal(t->connect_to ? t->connect_to->data : "", cases[i].connect_to ? cases[i].connect_to : "");
        kc_http_target_unref(kc_http_target_ref(t));
        kc_http_target_unref(t);
    }
}

static void test_refused(void **state)
{
    struct test_cert one, other;
    test_cert_make(&one);
    test_cert_make(&other);
    const struct {
        const char *url;
        struct kc_http_tls tls;
        const char *message;
    } cases[] = {
        {"", {0}, "cannot be read"},
        {"127.0.0.1:6443", {0}, "https://host:port"},
        {"ftp://example.org", {0}, "scheme ftp"},
        {"https://ana:hunter2@example.org", {0}, "user name or password"},
        {"https://example.org/?x=hunter2", {0}, "must end after its path"},
        {"https://a", {.ca_pem = "hunter2"}, "no PEM certificate"},
        {"https://a", {.cert_pem = one.cert}, "a client certificate without its key"},
        {"https://a", {.key_pem = one.key}, "a client key without its certificate"},
        {"https://a", {.cert_pem = "hunter2", .key_pem = one.key}, "the client certificate holds no PEM certificate"},
        {"https://a", {.cert_pem = one.cert, .key_pem = "hunter2"}, "the client key is no PEM private key"},
        {"https://a", {.cert_pem = one.cert, .key_pem = other.key}, "does not belong"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err = {0};
        struct kc_http_target *t = kc_http_target_create(cases[i].url, &cases[i].tls, &err);
        if (t || err.class != KC_INVALID || !strstr(err.message, cases[i].message) || strstr(err.message, "hunter2"))
            fail_msg("%s (%zu): %s", cases[i].url, i, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_urls), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
