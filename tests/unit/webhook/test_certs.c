#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "controller/base/clock.h"
#include "webhook/certs.h"

#define NOW INT64_C(1800000000000)
#define DAY (24 * KC_HOUR_MS)

static const char *name_list[] = {"kubechat-webhook.kubechat-system.svc", "localhost", "127.0.0.1", "::1"};
static const struct kc_strs names = {name_list, 4}, no_names = {0};

struct fixture {
    struct kc_arena *a;
    struct kc_pem_pair ca, other_ca, cert;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct kc_err err = {0};
    f.a = kc_arena_create();
    assert_true(kc_ca_create(f.a, "test CA", NOW, 1000 * DAY, &f.ca, &err));
    assert_true(kc_ca_create(f.a, "test CA", NOW, 1000 * DAY, &f.other_ca, &err));
    assert_true(kc_cert_issue(f.a, &f.ca, &names, NOW, 90 * DAY, &f.cert, &err));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    kc_arena_destroy(((struct fixture *)*state)->a);
    return 0;
}

static void test_good(void **state)
{
    struct fixture *f = *state;
    const char *why = "untouched";
    assert_true(kc_cert_good(f->cert.cert, f->ca.cert, &names, NOW, &why));
    assert_string_equal(why, "untouched");
    assert_true(kc_cert_good(f->cert.cert, f->ca.cert, &names, NOW + 59 * DAY, NULL));
    assert_true(kc_cert_good(f->ca.cert, f->ca.cert, &no_names, NOW + 600 * DAY, NULL));
    const char *both = kc_arena_printf(f->a, "%s%s", f->other_ca.cert, f->ca.cert);
    assert_true(kc_cert_good(f->cert.cert, both, &names, NOW, NULL));
}

static void test_not_good(void **state)
{
    struct fixture *f = *state;
    static const char *foreign[] = {"127.0.0.1", "example.com"};
    static const char *foreign_ip[] = {"127.0.0.2"};
    const struct {
        const char *cert, *ca;
        struct kc_strs names;
        int64_t now;
        const char *why;
    } cases[] = {
        {"", f->ca.cert, names, NOW, "not a PEM certificate"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", f->ca.cert, names, NOW,
         "not a PEM certificate"},
        {f->ca.key, f->ca.cert, names, NOW, "not a PEM certificate"},
        {f->cert.cert, f->ca.cert, names, NOW + 61 * DAY, "less than a third"},
        {f->cert.cert, f->ca.cert, names, NOW + 90 * DAY, "expired"},
        {f->cert.cert, f->ca.cert, names, NOW - DAY, "not valid yet"},
        {f->cert.cert, f->other_ca.cert, names, NOW, "not signed"},
        {f->cert.cert, "", names, NOW, "not signed"},
        {f->ca.cert, f->ca.cert, names, NOW, "not signed"}, /* a CA is no server */
        {f->cert.cert, f->ca.cert, {foreign, 2}, NOW, "does not cover"},
        {f->cert.cert, f->ca.cert, {foreign_ip, 1}, NOW, "does not cover"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "good";
        bool good = kc_cert_good(cases[i].cert, cases[i].ca, &cases[i].names, cases[i].now, &why);
        if (good || !strstr(why, cases[i].why))
            fail_msg("case %zu: %s, want: %s", i, why, cases[i].why);
    }
}

static void test_renewal_comes_before_expiry(void **state)
{
    struct fixture *f = *state;
    int64_t at = kc_cert_renew_at(f->cert.cert);
    assert_in_range(at, NOW + 59 * DAY, NOW + 60 * DAY);
    assert_true(kc_cert_good(f->cert.cert, f->ca.cert, &names, at - 1000, NULL));
    assert_false(kc_cert_good(f->cert.cert, f->ca.cert, &names, at, NULL));
    assert_int_equal(kc_cert_expires_at(f->cert.cert), NOW + 90 * DAY);
    assert_int_equal(kc_cert_renew_at("nonsense"), 0);
}

static void test_pairs(void **state)
{
    struct fixture *f = *state;
    struct kc_pem_pair mixed = {f->cert.cert, f->ca.key}, none = {"", ""};
    assert_true(kc_pem_pair_matches(&f->cert));
    assert_true(kc_pem_pair_matches(&f->ca));
    assert_false(kc_pem_pair_matches(&mixed));
    assert_false(kc_pem_pair_matches(&none));
}

static void test_names_are_checked(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"", "a,DNS:evil", "*.example.com", "127.0.0.1,IP:10.0.0.1", "has space"};
    struct kc_pem_pair out;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *list[] = {wrong[i]};
        struct kc_strs one = {list, 1};
        struct kc_err err = {0};
        assert_false(kc_cert_issue(f->a, &f->ca, &one, NOW, DAY, &out, &err));
        assert_int_equal(err.class, KC_INVALID);
    }
    struct kc_err err = {0};
    assert_false(kc_cert_issue(f->a, &f->ca, &no_names, NOW, DAY, &out, &err));
    struct kc_pem_pair keyless = {f->ca.cert, ""};
    assert_false(kc_cert_issue(f->a, &keyless, &names, NOW, DAY, &out, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_not_good),
        cmocka_unit_test(test_renewal_comes_before_expiry),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_names_are_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
