#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/heap.h"

#define N 200

static int64_t pop(struct kc_heap *h)
{
    struct kc_heap_node *n = kc_heap_first(h);
    kc_heap_remove(h, n);
    assert_int_equal(n->index, 0);
    return n->at;
}

static void test_smallest_first(void **state)
{
    (void)state;
    struct kc_heap h = {0};
    struct kc_heap_node nodes[N] = {0};
    assert_null(kc_heap_first(&h));
    for (size_t i = 0; i < N; i++) {
        nodes[i].at = (int64_t)(i * 7919 % 101) - 50;
        kc_heap_push(&h, &nodes[i]);
    }
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < N; i++) {
        int64_t at = pop(&h);
        assert_true(at >= last);
        last = at;
    }
    assert_null(kc_heap_first(&h));
    kc_heap_finish(&h);
}

static void check(const struct kc_heap *h)
{
    for (size_t i = 1; i <= h->count; i++) {
        assert_int_equal(h->nodes[i]->index, i);
        if (i > 1)
            assert_true(h->nodes[i / 2]->at <= h->nodes[i]->at);
    }
}

static void test_removal_from_anywhere_keeps_the_order(void **state)
{
    (void)state;
    unsigned random = 1;
    struct kc_heap h = {0};
    struct kc_heap_node nodes[N] = {0};
    for (int round = 0; round < 20000; round++) {
        random = random * 1103515245U + 12345U;
        struct kc_heap_node *n = &nodes[random / 65536 % N];
        if (n->index) {
            kc_heap_remove(&h, n);
            assert_int_equal(n->index, 0);
        } else {
            n->at = (int64_t)(random / 256 % 64);
            kc_heap_push(&h, n);
        }
        if (round % 97 == 0)
            check(&h);
    }
    check(&h);
    size_t on = 0;
    for (size_t i = 0; i < N; i++)
        on += nodes[i].index != 0;
    assert_int_equal(on, h.count);
    kc_heap_finish(&h);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(nodes[i].index, 0);
}

static void test_removing_what_is_not_there(void **state)
{
    (void)state;
    struct kc_heap h = {0};
    struct kc_heap_node in = {.at = 1}, out = {.at = 0};
    kc_heap_push(&h, &in);
    kc_heap_remove(&h, &out);
    assert_ptr_equal(kc_heap_first(&h), &in);
    kc_heap_remove(&h, &in);
    kc_heap_remove(&h, &in);
    assert_int_equal(h.count, 0);
    kc_heap_finish(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest_first),
        cmocka_unit_test(test_removal_from_anywhere_keeps_the_order),
        cmocka_unit_test(test_removing_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
