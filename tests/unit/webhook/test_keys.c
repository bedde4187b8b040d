#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "controller/base/clock.h"
#include "webhook/keys.h"

#define NOW      INT64_C(1800000000000)
#define DAY      (24 * KC_HOUR_MS)
#define LAST_DAY INT64_C(4380) /* 12 years */

static const char *name_list[] = {"kubechat-webhook.kubechat-system.svc", "127.0.0.1"};
static const char *more_list[] = {"kubechat-webhook.kubechat-system.svc", "127.0.0.1", "example.com"};
static const struct kc_strs names = {name_list, 2}, more_names = {more_list, 3};

static struct kc_webhook_keys fresh(struct kc_arena *a)
{
    struct kc_webhook_keys k;
    bool changed;
    assert_true(kc_webhook_keys_decode(a, NULL, &k, NULL));
    assert_false(k.has_seal);
    assert_true(kc_webhook_keys_renew(a, &k, &names, NOW, &changed, NULL));
    assert_true(changed);
    assert_true(k.has_seal);
    return k;
}

static size_t certificates(const char *pem)
{
    size_t n = 0;
    for (; (pem = strstr(pem, "BEGIN CERTIFICATE")); pem++)
        n++;
    return n;
}

static void test_first_start(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k = fresh(a), other = fresh(a);
    assert_true(kc_cert_good(k.serving.cert, k.bundle, &names, NOW, NULL));
    assert_string_equal(k.bundle, k.ca.cert);
    assert_memory_not_equal(k.seal.b, other.seal.b, sizeof k.seal.b);
}

static void test_survives_the_secret(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k = fresh(a), back;
    KC_JSON_SCOPE *secret = json_pack("{s:s,s:{s:s}}", "kind", "Secret", "metadata", "resourceVersion", "7");
    kc_webhook_keys_encode(a, &k, secret);
    assert_string_equal(kc_json_str(secret, "metadata.resourceVersion"), "7");
    assert_true(kc_webhook_keys_decode(a, secret, &back, NULL));
    assert_memory_equal(&back.seal, &k.seal, sizeof k.seal);
    assert_string_equal(back.serving.key, k.serving.key);
    bool changed;
    assert_true(kc_webhook_keys_renew(a, &back, &names, NOW, &changed, NULL));
    assert_false(changed);
    assert_string_equal(back.serving.cert, k.serving.cert);
}

static void test_serving_certificate_is_renewed_in_time(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k = fresh(a), later = k;
    bool changed;
    assert_true(kc_webhook_keys_renew(a, &later, &names, NOW + 61 * DAY, &changed, NULL));
    assert_true(changed);
    assert_string_not_equal(later.serving.cert, k.serving.cert);
    assert_string_equal(later.ca.cert, k.ca.cert);
    assert_memory_equal(&later.seal, &k.seal, sizeof k.seal);
    later = k;
    assert_true(kc_webhook_keys_renew(a, &later, &more_names, NOW, &changed, NULL));
    assert_true(changed);
    assert_true(kc_cert_good(later.serving.cert, later.bundle, &more_names, NOW, NULL));
}

/* At no moment is a certificate shown that the bundle of the round before does not trust. */
static void test_authority_is_replaced_without_a_gap(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k = fresh(a);
    bool changed;
    unsigned authorities = 0;
    for (int64_t day = 7; day <= LAST_DAY; day += 7) {
        struct kc_webhook_keys before = k;
        int64_t now = NOW + day * DAY;
        assert_true(kc_webhook_keys_renew(a, &k, &names, now, &changed, NULL));
        if (!kc_cert_good(k.serving.cert, before.bundle, &names, now, NULL))
            fail_msg("day %d: the certificate is not trusted by the bundle of a week ago", (int)day);
        assert_in_range(certificates(k.bundle), 1, 2);
        assert_memory_equal(&k.seal, &before.seal, sizeof k.seal);
        if (!KC_STREQ(k.ca.cert, before.ca.cert)) {
            authorities++;
            assert_non_null(strstr(k.bundle, before.ca.cert));
            assert_ptr_equal(strstr(k.bundle, k.ca.cert), k.bundle);
        }
    }
    assert_int_equal(authorities, 3);
    assert_int_equal(certificates(k.bundle), 1); /* the second has expired by now */
}

static void test_damage(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k = fresh(a), read;
    struct kc_err err = {0};
    bool changed;
    KC_JSON_SCOPE *secret = json_object();
    kc_webhook_keys_encode(a, &k, secret);
    json_t *data = json_object_get(secret, "data");

    json_object_set_new(data, "tls.crt", json_string("!not base64!"));
    json_object_set_new(data, "ca.key", json_string(""));
    assert_true(kc_webhook_keys_decode(a, secret, &read, &err));
    assert_true(kc_webhook_keys_renew(a, &read, &names, NOW, &changed, &err));
    assert_true(changed);
    assert_true(kc_cert_good(read.serving.cert, read.bundle, &names, NOW, NULL));
    assert_non_null(strstr(read.bundle, k.ca.cert)); /* other replicas still show what it signed */

    static const char *const seals[] = {"c2hvcnQ=", "", "!"};
    for (size_t i = 0; i < sizeof seals / sizeof *seals; i++) {
        json_object_set_new(data, "seal.key", json_string(seals[i]));
        assert_false(kc_webhook_keys_decode(a, secret, &read, &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_non_null(strstr(err.message, "seal.key"));
    }
    json_object_del(data, "seal.key");
    assert_true(kc_webhook_keys_decode(a, secret, &read, &err));
    assert_false(read.has_seal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_start),
        cmocka_unit_test(test_survives_the_secret),
        cmocka_unit_test(test_serving_certificate_is_renewed_in_time),
        cmocka_unit_test(test_authority_is_replaced_without_a_gap),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
