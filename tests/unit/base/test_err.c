#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/buf.h"
#include "controller/base/err.h"
#include "controller/base/text.h"

static void test_fail_replaces_everything(void **state)
{
    (void)state;
    struct kc_err err = {.class = KC_RETRY, .http_status = 503, .retry_after_ms = 9, .reason = "x", .message = "y"};
    assert_false(kc_fail(&err, KC_NOT_FOUND, "NotFound", "deployment %s not found", "shop/checkout"));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_int_equal(err.http_status, 0);
    assert_int_equal(err.retry_after_ms, 0);
    assert_string_equal(err.reason, "NotFound");
    assert_string_equal(err.message, "deployment shop/checkout not found");
    kc_err_clear(&err);
    assert_int_equal(err.class, KC_NONE);
    assert_string_equal(err.message, "");
}

static void test_null_is_nowhere_to_store(void **state)
{
    (void)state;
    assert_false(kc_fail(NULL, KC_FATAL, "X", "%d", 1));
    assert_false(kc_wrap(NULL, "x"));
    kc_err_clear(NULL);
    struct kc_err err = {0};
    assert_false(kc_fail(&err, KC_FATAL, NULL, "no reason"));
    assert_string_equal(err.reason, "");
}

static void test_wrap_puts_context_in_front(void **state)
{
    (void)state;
    struct kc_err err = {0};
    kc_fail(&err, KC_RETRY, "Timeout", "no answer within %d s", 5);
    err.http_status = 504;
    assert_false(kc_wrap(&err, "patch %s", "shop/checkout"));
    assert_false(kc_wrap(&err, "step 2"));
    assert_string_equal(err.message, "step 2: patch shop/checkout: no answer within 5 s");
    assert_int_equal(err.class, KC_RETRY);
    assert_int_equal(err.http_status, 504);
    assert_string_equal(err.reason, "Timeout");
}

static void test_arguments_may_come_from_the_error_itself(void **state)
{
    (void)state;
    struct kc_err err = {0};
    kc_fail(&err, KC_RETRY, "Inner", "inner");
    kc_fail(&err, KC_FATAL, err.reason, "gave up: %s", err.message);
    assert_string_equal(err.message, "gave up: inner");
    assert_string_equal(err.reason, "Inner");
    kc_wrap(&err, "%s", err.reason);
    assert_string_equal(err.message, "Inner: gave up: inner");
}

/* Whatever the length, what is left of a long message is whole characters. */
static void test_cut_at_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < 4; c++)
        for (size_t ahead = 0; ahead < 4; ahead++) {
            KC_BUF_SCOPE long_text = {0};
            kc_buf_add(&long_text, "....", ahead);
            while (long_text.len < 2000)
                kc_buf_puts(&long_text, characters[c]);
            const char *text = kc_buf_str(&long_text);
            struct kc_err err = {0};
            kc_fail(&err, KC_INVALID, text, "%s", text);
            size_t len = strlen(err.message), wide = strlen(characters[c]);
            assert_true(len + wide >= sizeof err.message && len < sizeof err.message);
            assert_int_equal((len - ahead) % wide, 0);
            assert_true(kc_utf8_valid(err.message, len, NULL));
            assert_true(kc_utf8_valid(err.reason, strlen(err.reason), NULL));
            kc_wrap(&err, "%s", "context");
            assert_true(kc_str_starts(err.message, "context: "));
            assert_true(kc_utf8_valid(err.message, strlen(err.message), NULL));
            kc_wrap(&err, "%s", text);
            assert_memory_equal(err.message, text, len);
        }
}

static void test_class_names(void **state)
{
    (void)state;
    static const char *const names[] = {"None",      "Retry",   "Conflict",    "Gone", "NotFound",
                                        "Forbidden", "Invalid", "Unavailable", "Fatal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(kc_class_name((enum kc_class)i), names[i]);
}

static void test_class_of_http(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum kc_class class;
    } cases[] = {
        {0, KC_RETRY},       {200, KC_NONE},      {201, KC_NONE},      {307, KC_INVALID}, {400, KC_INVALID},
        {401, KC_FORBIDDEN}, {403, KC_FORBIDDEN}, {404, KC_NOT_FOUND}, {405, KC_INVALID}, {406, KC_INVALID},
        {408, KC_RETRY},     {409, KC_CONFLICT},  {410, KC_GONE},      {413, KC_INVALID}, {415, KC_INVALID},
        {422, KC_INVALID},   {429, KC_RETRY},     {500, KC_RETRY},     {503, KC_RETRY},   {504, KC_RETRY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kc_class_of_http(cases[i].status) != cases[i].class)
            fail_msg("%d is %s", cases[i].status, kc_class_name(kc_class_of_http(cases[i].status)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_replaces_everything),
        cmocka_unit_test(test_null_is_nowhere_to_store),
        cmocka_unit_test(test_wrap_puts_context_in_front),
        cmocka_unit_test(test_arguments_may_come_from_the_error_itself),
        cmocka_unit_test(test_cut_at_a_character),
        cmocka_unit_test(test_class_names),
        cmocka_unit_test(test_class_of_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
