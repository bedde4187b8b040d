#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/base/labels.h"

static const struct kc_label labels[] = {{"app", "web"}, {"tier", "front"}, {"empty", ""}};

static void requirements(void **state)
{
    static const struct {
        struct kc_requirement r;
        bool matches;
    } cases[] = {
        {{"app", "In", "web"}, true},         {{"app", "In", "db,web"}, true}, {{"app", "In", "we"}, false},
        {{"app", "In", "web2,x"}, false},     {{"none", "In", "web"}, false},  {{"empty", "In", ""}, true},
        {{"app", "NotIn", "web"}, false},     {{"app", "NotIn", "db"}, true},  {{"none", "NotIn", "web"}, true},
        {{"tier", "Exists", ""}, true},       {{"none", "Exists", ""}, false}, {{"tier", "DoesNotExist", ""}, false},
        {{"none", "DoesNotExist", ""}, true}, {{"app", "Gt", "1"}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (kc_selector_matches(&cases[i].r, 1, labels, 3) != cases[i].matches)
            fail_msg("%s %s %s", cases[i].r.key, cases[i].r.operator, cases[i].r.values);
}

static void all_have_to_hold(void **state)
{
    static const struct kc_requirement both[] = {{"app", "In", "web"}, {"tier", "In", "back"}};

    (void)state;
    assert_true(kc_selector_matches(both, 1, labels, 3));
    assert_false(kc_selector_matches(both, 2, labels, 3));
    assert_true(kc_selector_matches(NULL, 0, labels, 3)); /* an empty selector selects everything */
    assert_true(kc_selector_matches(NULL, 0, NULL, 0));
    assert_false(kc_selector_matches(both, 1, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requirements), cmocka_unit_test(all_have_to_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
