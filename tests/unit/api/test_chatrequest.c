/* What identifies a request, and the names of its values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/chatrequest.h"

static struct kc_chatrequest decoded(struct kc_arena *a, const char *spec)
{
    char *text = kc_arena_printf(a, "{\"metadata\":{\"name\":\"bump\",\"namespace\":\"shop\"},\"spec\":%s}", spec);
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 16, "test", &err);
    struct kc_chatrequest cr = {0};
    if (!v || !kc_chatrequest_decode(a, v, true, &cr, &err))
        fail_msg("%s", err.message);
    return cr;
}

static const char *digest(struct kc_arena *a, const char *spec)
{
    struct kc_chatrequest cr = decoded(a, spec);
    struct kc_err err = {0};
    const char *d = kc_chatrequest_spec_digest(a, &cr.spec, &err);
    assert_non_null(d);
    return d;
}

static void test_immutable(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr =
        decoded(a, "{\"prompt\":\"p\",\"cancel\":true,\"commands\":[\"c\"],\"requestedBy\":{\"username\":\"ana\"}}");
    struct kc_err err = {0};
    assert_string_equal(kc_chatrequest_immutable(a, &cr.spec, &err),
                        "{\"commands\":[\"c\"],\"context\":{\"cluster\":\"in-cluster\"},\"deadline\":\"15m\","
                        "\"prompt\":\"p\"}");
    assert_string_equal(cr.spec.requested_by.who.username, "ana"); /* untouched */
}

static void test_spec_digest(void **state)
{
    (void)state;
    static const struct {
        const char *name, *spec;
        bool same;
    } cases[] = {
        {"defaults spelt out",
         "{\"prompt\":\"p\",\"context\":{\"cluster\":\"in-cluster\",\"namespaces\":[]},\"deadline\":\"15m\","
         "\"readOnly\":false,\"commands\":[],\"approvals\":[],\"cancel\":false}",
         true},
        {"cancelled", "{\"prompt\":\"p\",\"cancel\":true}", true},
        {"stamped", "{\"prompt\":\"p\",\"requestedBy\":{\"username\":\"ana\"}}", true},
        {"another prompt", "{\"prompt\":\"q\"}", false},
        {"another cluster", "{\"prompt\":\"p\",\"context\":{\"cluster\":\"other\"}}", false},
        {"namespaces", "{\"prompt\":\"p\",\"context\":{\"namespaces\":[\"shop\"]}}", false},
        {"commands", "{\"prompt\":\"p\",\"commands\":[\"c\"]}", false},
        {"read only", "{\"prompt\":\"p\",\"readOnly\":true}", false},
        {"deadline", "{\"prompt\":\"p\",\"deadline\":\"2h\"}", false},
        {"rolls back", "{\"prompt\":\"p\",\"rollbackOf\":\"r\"}", false},
        {"overwrites", "{\"prompt\":\"p\",\"overwriteLaterChanges\":true}", false},
        {"does not", "{\"prompt\":\"p\",\"overwriteLaterChanges\":false}", true},
        {"rolls back on failure", "{\"prompt\":\"p\",\"onFailure\":\"Rollback\"}", false},
        {"kept for no time", "{\"prompt\":\"p\",\"ttlSecondsAfterFinished\":0}", false},
    };
    KC_ARENA_SCOPE(a);
    const char *plain = digest(a, "{\"prompt\":\"p\"}");
    assert_true(kc_str_starts(plain, "sha256:"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (KC_STREQ(digest(a, cases[i].spec), plain) != cases[i].same)
            fail_msg("%s: digest is %s", cases[i].name, cases[i].same ? "another" : "the same");
}

static void test_namespaces(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = decoded(a, "{\"prompt\":\"p\"}");
    struct kc_strs ns = kc_chatrequest_namespaces(a, &cr);
    assert_int_equal(ns.n, 1);
    assert_string_equal(ns.v[0], "shop");
    cr = decoded(a, "{\"prompt\":\"p\",\"context\":{\"namespaces\":[\"pay\",\"shop\"]}}");
    ns = kc_chatrequest_namespaces(a, &cr);
    assert_int_equal(ns.n, 2);
    assert_string_equal(ns.v[0], "pay");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(kc_effect_name(KC_READ_ONLY), "ReadOnly");
    assert_string_equal(kc_effect_name(KC_EFFECT_NONE), "");
    assert_string_equal(kc_risk_name(KC_RISK_CRITICAL), "Critical");
    assert_string_equal(kc_reversible_name(KC_IRREVERSIBLE), "Irreversible");
    assert_string_equal(kc_decision_name(KC_REJECT), "Reject");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_immutable),
        cmocka_unit_test(test_spec_digest),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("chatrequest", tests, NULL, NULL);
}
