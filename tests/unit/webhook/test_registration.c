#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "webhook/registration.h"

static void test_points_every_webhook_at_us(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_endpoint by_service, by_url;
    assert_true(kc_endpoint_make(a, NULL, 1, "ns", "svc", &by_service, NULL));
    assert_true(kc_endpoint_make(a, "https://127.0.0.1:9443", 1, "ns", "svc", &by_url, NULL));
    KC_JSON_SCOPE *c = json_pack("{s:[{s:s,s:{s:{s:s}}},{s:s}]}", "webhooks", "name", "one", "clientConfig", "service",
                                 "name", "other", "name", "two");
    assert_true(kc_registration_set(a, c, &by_service, KC_MUTATE_PATH, "PEM"));
    assert_false(kc_registration_set(a, c, &by_service, KC_MUTATE_PATH, "PEM"));
    json_t *second = json_array_get(json_object_get(c, "webhooks"), 1);
    assert_string_equal(kc_json_str(second, "clientConfig.caBundle"), "UEVN");
    assert_string_equal(kc_json_str(second, "clientConfig.service.path"), "/mutate");
    assert_string_equal(kc_json_str(second, "name"), "two");

    assert_true(kc_registration_set(a, c, &by_url, KC_MUTATE_PATH, "PEM"));
    assert_null(kc_json_at(second, "clientConfig.service")); /* the API server takes one of the two */
    assert_string_equal(kc_json_str(second, "clientConfig.url"), "https://127.0.0.1:9443/mutate");
    assert_false(kc_registration_set(a, c, &by_url, KC_MUTATE_PATH, "PEM"));
    assert_true(kc_registration_set(a, c, &by_url, KC_MUTATE_PATH, "PEM2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_points_every_webhook_at_us)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
