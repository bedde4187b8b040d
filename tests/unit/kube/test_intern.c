#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/intern.h"

static void equal_strings_are_one(void **state)
{
    struct kc_intern *t = kc_intern_create();
    char copy[] = "shop";

    (void)state;
    const char *a = kc_intern_get(t, "shop"), *b = kc_intern_get(t, copy);
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, copy);
    assert_int_equal(kc_intern_count(t), 1);
    kc_intern_put(t, a);
    assert_string_equal(b, "shop");
    assert_int_equal(kc_intern_count(t), 1);
    kc_intern_put(t, b);
    assert_int_equal(kc_intern_count(t), 0);
    kc_intern_unref(t);
}

static void nothing_needs_no_memory(void **state)
{
    struct kc_intern *t = kc_intern_create();

    (void)state;
    assert_string_equal(kc_intern_get(t, NULL), "");
    assert_ptr_equal(kc_intern_get(t, NULL), kc_intern_get(t, ""));
    assert_int_equal(kc_intern_count(t), 0);
    kc_intern_put(t, kc_intern_get(t, ""));
    assert_null(kc_intern_unref(t));
    assert_null(kc_intern_unref(NULL));
}

/* Comes and goes: what is left is what is in use, and all of it is found. */
static void churn_leaves_nothing(void **state)
{
    struct kc_intern *t = kc_intern_create();
    const char *held[1000] = {0};
    char s[32];

    (void)state;
    for (size_t i = 0; i < 50000; i++) {
        size_t at = i * 7919 % 1000;
        snprintf(s, sizeof(s), "value-%zu", i * 31 % 5000);
        if (held[at])
            kc_intern_put(t, held[at]);
        held[at] = kc_intern_get(t, s);
        assert_string_equal(held[at], s);
    }
    assert_true(kc_intern_count(t) <= 1000);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(s, sizeof(s), "%s", held[i]);
        const char *again = kc_intern_get(t, s);
        assert_ptr_equal(again, held[i]);
        kc_intern_put(t, again);
        kc_intern_put(t, held[i]);
    }
    assert_int_equal(kc_intern_count(t), 0);
    kc_intern_unref(t);
}

static void what_is_not_utf8_is_cleaned(void **state)
{
    struct kc_intern *t = kc_intern_create();

    (void)state;
    const char *a = kc_intern_get(t, "im\xff"
                                     "age\xc3"),
               *b = kc_intern_get(t, "im?age?");
    assert_string_equal(a, "im?age?");
    assert_ptr_equal(a, b);
    kc_intern_put(t, a);
    kc_intern_put(t, b);
    assert_int_equal(kc_intern_count(t), 0);
    kc_intern_unref(t);
}

static void *take_and_give(void *arg)
{
    struct kc_intern *t = arg;
    char s[16];

    for (int i = 0; i < 20000; i++) {
        snprintf(s, sizeof(s), "%d", i % 5);
        const char *a = kc_intern_get(t, s);
        if (strcmp(a, s) != 0)
            return (void *)1;
        kc_intern_put(t, a);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    struct kc_intern *t = kc_intern_create();
    pthread_t threads[4];
    void *wrong;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, t), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(kc_intern_count(t), 0);
    kc_intern_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_strings_are_one), cmocka_unit_test(nothing_needs_no_memory),
        cmocka_unit_test(churn_leaves_nothing),  cmocka_unit_test(what_is_not_utf8_is_cleaned),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
