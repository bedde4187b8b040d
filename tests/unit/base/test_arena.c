#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/arena.h"

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 3000; size += 7) {
            unsigned char *p = kc_arena_alloc(a, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            if (size)
                memset(p, 0xA5, size);
        }
        kc_arena_reset(a);
    }
}

static void test_allocations_do_not_overlap(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 4096, 5000, 16383, 16384, 16385, 70000, 1, 3};
    enum { N = sizeof sizes / sizeof *sizes };
    unsigned char *p[N];
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < N; i++) {
        p[i] = kc_arena_alloc(a, sizes[i]);
        if (sizes[i])
            memset(p[i], (int)i, sizes[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            if (p[i][j] != i)
                fail_msg("byte %zu of allocation %zu (%zu bytes) was overwritten", j, i, sizes[i]);
    assert_ptr_not_equal(p[0], p[1]);
}

static void test_size_counts_what_was_handed_out(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    assert_int_equal(kc_arena_size(a), 0);
    kc_arena_alloc(a, 10);
    kc_arena_array(a, 100, 1000);
    assert_int_equal(kc_arena_size(a), 100010);
    kc_arena_reset(a);
    assert_int_equal(kc_arena_size(a), 0);
}

static void test_copies(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    char text[] = "deployment";
    char *copy = kc_arena_strdup(a, text);
    text[0] = 'X';
    assert_string_equal(copy, "deployment");
    assert_null(kc_arena_strdup(a, NULL));
    assert_null(kc_arena_strndup(a, NULL, 4));
    assert_string_equal(kc_arena_strndup(a, copy, 6), "deploy");
    assert_string_equal(kc_arena_strndup(a, copy, 600), "deployment");
    assert_memory_equal(kc_arena_memdup(a, "a\0b", 3), "a\0b", 3);
    assert_non_null(kc_arena_memdup(a, NULL, 0));
}

static void test_printf(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    assert_string_equal(kc_arena_printf(a, "%s/%d", "shop", 3), "shop/3");
    assert_string_equal(kc_arena_printf(a, "%s", ""), "");
    for (int width = 250; width < 260; width++) {
        char *s = kc_arena_printf(a, "%*d", width, 7);
        assert_int_equal(strlen(s), width);
        assert_int_equal(s[width - 1], '7');
    }
}

static char calls[8];

static void note(void *arg)
{
    calls[strlen(calls)] = *(const char *)arg;
}

static void test_deferred_calls_run_last_first_and_once(void **state)
{
    (void)state;
    memset(calls, 0, sizeof calls);
    struct kc_arena *a = kc_arena_create();
    kc_arena_defer(a, note, "1");
    kc_arena_defer(a, note, "2");
    kc_arena_reset(a);
    assert_string_equal(calls, "21");
    kc_arena_defer(a, note, "3");
    assert_null(kc_arena_destroy(a));
    assert_string_equal(calls, "213");
    assert_null(kc_arena_destroy(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_allocations_do_not_overlap),
        cmocka_unit_test(test_size_counts_what_was_handed_out),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_printf),
        cmocka_unit_test(test_deferred_calls_run_last_first_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
