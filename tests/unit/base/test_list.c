#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/list.h"

struct item {
    char name;
    struct kc_node node;
};

static const char *names(const struct kc_list *l, char out[8])
{
    size_t n = 0;
    for (struct kc_node *at = kc_list_first(l); at; at = kc_list_after(l, at))
        out[n++] = KC_CONTAINER(at, struct item, node)->name;
    out[n] = '\0';
    return out;
}

static void test_appends_in_order_and_removes_anywhere(void **state)
{
    (void)state;
    struct kc_list l;
    struct item a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    char out[8];
    kc_list_init(&l);
    assert_true(kc_list_empty(&l));
    assert_null(kc_list_first(&l));
    kc_list_remove(&a.node);
    kc_list_append(&l, &a.node);
    kc_list_append(&l, &b.node);
    kc_list_append(&l, &c.node);
    assert_string_equal(names(&l, out), "abc");
    kc_list_remove(&b.node);
    kc_list_remove(&b.node);
    assert_string_equal(names(&l, out), "ac");
    kc_list_append(&l, &b.node);
    kc_list_remove(&a.node);
    assert_string_equal(names(&l, out), "cb");
    kc_list_remove(&c.node);
    kc_list_remove(&b.node);
    assert_true(kc_list_empty(&l));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_in_order_and_removes_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
