#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/buf.h"

static void test_starts_empty(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {0};
    assert_string_equal(kc_buf_str(&b), "");
    kc_buf_consume(&b, 3);
    kc_buf_clear(&b);
    kc_buf_add(&b, NULL, 0);
    assert_int_equal(b.len, 0);
}

static void test_appends_and_stays_terminated(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {0};
    kc_buf_puts(&b, "ab");
    kc_buf_putc(&b, 'c');
    kc_buf_add(&b, "d\0e", 3);
    kc_buf_printf(&b, "%s=%d", "f", 7);
    assert_int_equal(b.len, 9);
    assert_memory_equal(b.data, "abcd\0ef=7", 10);
}

static void test_grows_at_every_length(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; i < 5000; i++) {
        kc_buf_putc(&b, (char)('a' + i % 26));
        assert_int_equal(b.data[b.len], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], 'a' + (int)(i % 26));
}

static void test_printf_longer_than_its_scratch(void **state)
{
    (void)state;
    for (int width = 254; width < 259; width++) {
        KC_BUF_SCOPE b = {0};
        kc_buf_printf(&b, "%*d", width, 42);
        assert_int_equal(b.len, width);
        assert_string_equal(b.data + width - 2, "42");
    }
}

static void test_limit_keeps_a_prefix(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {.limit = 5};
    kc_buf_puts(&b, "12345");
    assert_false(b.overflow);
    kc_buf_clear(&b);
    kc_buf_puts(&b, "123");
    kc_buf_puts(&b, "456");
    assert_true(b.overflow);
    kc_buf_putc(&b, 'x');
    kc_buf_printf(&b, "%300d", 1);
    assert_string_equal(kc_buf_str(&b), "123");
    kc_buf_clear(&b);
    assert_false(b.overflow);
    kc_buf_printf(&b, "%d", 123456);
    assert_true(b.overflow);
    assert_int_equal(b.len, 0);
}

static void test_consume(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {0};
    kc_buf_puts(&b, "line one\nline two");
    kc_buf_consume(&b, 9);
    assert_string_equal(kc_buf_str(&b), "line two");
    kc_buf_consume(&b, 0);
    assert_int_equal(b.len, 8);
    kc_buf_consume(&b, 1000);
    assert_string_equal(kc_buf_str(&b), "");
}

static void test_steal_and_finish_leave_an_empty_buffer(void **state)
{
    (void)state;
    struct kc_buf b = {.limit = 9};
    char *empty = kc_buf_steal(&b);
    assert_string_equal(empty, "");
    free(empty);
    kc_buf_puts(&b, "mine");
    char *s = kc_buf_steal(&b);
    assert_string_equal(s, "mine");
    free(s);
    assert_string_equal(kc_buf_str(&b), "");
    kc_buf_puts(&b, "again");
    kc_buf_finish(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.limit, 9);
    kc_buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_empty),
        cmocka_unit_test(test_appends_and_stays_terminated),
        cmocka_unit_test(test_grows_at_every_length),
        cmocka_unit_test(test_printf_longer_than_its_scratch),
        cmocka_unit_test(test_limit_keeps_a_prefix),
        cmocka_unit_test(test_consume),
        cmocka_unit_test(test_steal_and_finish_leave_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
