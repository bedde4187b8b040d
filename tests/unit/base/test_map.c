#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "controller/base/map.h"

static void test_put_get_replace(void **state)
{
    (void)state;
    struct kc_map *m = kc_map_create(NULL);
    int one = 1, two = 2;
    char key[] = "shop/checkout";
    assert_null(kc_map_get(m, key));
    assert_false(kc_map_remove(m, key));
    kc_map_put(m, key, &one);
    key[0] = 'X';
    assert_null(kc_map_get(m, key));
    assert_ptr_equal(kc_map_get(m, "shop/checkout"), &one);
    kc_map_put(m, "shop/checkout", &two);
    kc_map_put(m, "", &one);
    assert_int_equal(kc_map_count(m), 2);
    assert_ptr_equal(kc_map_get(m, ""), &one);
    assert_ptr_equal(kc_map_take(m, "shop/checkout"), &two);
    assert_null(kc_map_take(m, "shop/checkout"));
    assert_int_equal(kc_map_count(m), 1);
    assert_null(kc_map_destroy(m));
    assert_null(kc_map_destroy(NULL));
}

static int freed;

static void count_free(void *value)
{
    freed++;
    free(value);
}

static void test_values_are_freed_once(void **state)
{
    (void)state;
    freed = 0;
    struct kc_map *m = kc_map_create(count_free);
    kc_map_put(m, "a", strdup("1"));
    kc_map_put(m, "a", strdup("2"));
    assert_int_equal(freed, 1);
    kc_map_put(m, "a", kc_map_get(m, "a"));
    assert_int_equal(freed, 1);
    assert_true(kc_map_remove(m, "a"));
    assert_int_equal(freed, 2);
    kc_map_put(m, "b", strdup("3"));
    kc_map_put(m, "c", strdup("4"));
    free(kc_map_take(m, "b"));
    assert_int_equal(freed, 2);
    kc_map_destroy(m);
    assert_int_equal(freed, 3);
}

/* Against a plain array, with many removals among neighbours. */
static void test_agrees_with_an_array(void **state)
{
    (void)state;
    enum { N = 500 };
    static int values[N];
    static bool there[N];
    char key[16];
    unsigned random = 7;
    struct kc_map *m = kc_map_create(NULL);
    for (int round = 0; round < 40000; round++) {
        random = random * 1103515245U + 12345U;
        size_t i = random / 65536 % N;
        (void)snprintf(key, sizeof key, "key-%zu", i);
        assert_ptr_equal(kc_map_get(m, key), there[i] ? &values[i] : NULL);
        if (there[i])
            assert_true(kc_map_remove(m, key));
        else
            kc_map_put(m, key, &values[i]);
        there[i] = !there[i];
    }
    size_t expected = 0;
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(key, sizeof key, "key-%zu", i);
        assert_ptr_equal(kc_map_get(m, key), there[i] ? &values[i] : NULL);
        expected += there[i];
    }
    assert_int_equal(kc_map_count(m), expected);

    size_t seen = 0;
    const char *name;
    void *value;
    for (size_t i = 0; kc_map_next(m, &i, &name, &value); seen++) {
        size_t at = (size_t)((int *)value - values);
        (void)snprintf(key, sizeof key, "key-%zu", at);
        assert_string_equal(name, key);
        assert_true(there[at]);
        there[at] = false;
    }
    assert_int_equal(seen, expected);
    kc_map_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_get_replace),
        cmocka_unit_test(test_values_are_freed_once),
        cmocka_unit_test(test_agrees_with_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
