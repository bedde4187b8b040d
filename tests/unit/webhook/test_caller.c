#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reviews.h"
#include "webhook/caller.h"

static struct kc_identity decoded(struct kc_arena *a, const char *user_info)
{
    struct kc_identity who;
    assert_true(kc_caller_decode(a, parse(a, user_info), &who, NULL));
    return who;
}

static void test_decode(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_identity who = decoded(a, "{'username':'ana','uid':'u','groups':['g','h'],'extra':{'scopes':['r','w'],"
                                        "'authentication.kubernetes.io/pod-name':['x'],"
                                        "'authentication.kubernetes.io.example.com/x':['y']}}");
    assert_string_equal(who.username, "ana");
    assert_string_equal(who.uid, "u");
    assert_int_equal(who.groups.n, 2);
    assert_int_equal(who.n_extras, 2); /* the prefix ends in a slash: another domain is not meant */
    who = decoded(a, "{'username':'ana','uid':null,'groups':null,'extra':null}");
    assert_string_equal(who.uid, "");
    assert_int_equal(who.groups.n + who.n_extras, 0);
}

static void test_claims(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *words; /* words NULL: says nothing wrong */
    } cases[] = {
        {"{}", NULL},
        {"{'username':''}", NULL},
        {"{'username':'ana','uid':'u','groups':['h']}", NULL},
        {"{'username':'ana','groups':[]}", NULL},
        {"{'username':'Ana'}", "by.username: \"Ana\" is not you (\"ana\")"},
        {"{'uid':'v'}", "by.uid: \"v\" is not you (\"u\")"},
        {"{'groups':['g','k']}", "by.groups: you (\"ana\") are not a member of \"k\""},
    };
    KC_ARENA_SCOPE(a);
    struct kc_identity who = decoded(a, "{'username':'ana','uid':'u','groups':['g','h']}");
    assert_true(kc_caller_claim(NULL, "by", &who, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        bool ok = kc_caller_claim(parse(a, cases[i].claim), "by", &who, &err);
        if (ok != (cases[i].words == NULL) ||
            (!ok && (err.class != KC_FORBIDDEN || !strstr(err.message, cases[i].words))))
            fail_msg("%s: %s", cases[i].claim, ok ? "taken" : err.message);
    }
}

static void test_equal(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const char *const different[] = {
        "{'username':'bob','uid':'u','groups':['g','h'],'extra':{'a':['1'],'b':['2']}}",
        "{'username':'ana','uid':'','groups':['g','h'],'extra':{'a':['1'],'b':['2']}}",
        "{'username':'ana','uid':'u','groups':['g'],'extra':{'a':['1'],'b':['2']}}",
        "{'username':'ana','uid':'u','groups':['g','h'],'extra':{'a':['1'],'b':['3']}}",
        "{'username':'ana','uid':'u','groups':['g','h'],'extra':{'a':['1']}}",
    };
    struct kc_identity who =
        decoded(a, "{'username':'ana','uid':'u','groups':['g','h'],'extra':{'a':['1'],'b':['2']}}");
    struct kc_identity same =
        decoded(a, "{'extra':{'b':['2'],'a':['1']},'groups':['g','h'],'uid':'u','username':'ana'}");
    assert_true(kc_caller_equal(&who, &same));
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        struct kc_identity other = decoded(a, different[i]);
        if (kc_caller_equal(&who, &other))
            fail_msg("%s", different[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
