/* Secrets and last-applied annotations leave no value behind, and equal values stay equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/exec/redact.h"

#define HIDDEN "aHVudGVyMg=="

static json_t *parse(const char *quoted)
{
    KC_ARENA_SCOPE(a);
    char *s = kc_arena_strdup(a, quoted);
    struct kc_err err = {0};

    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = kc_json_parse(s, strlen(s), 1 << 16, "object", &err);
    if (!v)
        fail_msg("%s: %s", err.message, s);
    return v;
}

#define SECRET "'data':{'p':'" HIDDEN "','q':'" HIDDEN "','r':'other'},'stringData':{'s':'" HIDDEN "'},'type':'Opaque'"
#define APPLIED                                                                                                        \
    "'metadata':{'name':'x','annotations':{'kubectl.kubernetes.io/last-applied-configuration':'" HIDDEN                \
    "','keep':'me'}}"

static void nothing_is_left(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "{'kind':'Secret','metadata':{'name':'x'}," SECRET "}",
        "{'kind':'Secret'," APPLIED "}",
        "{'kind':'Deployment'," APPLIED "}",
        "{'kind':'PartialObjectMetadata'," APPLIED "}",
        "{'kind':'SecretList','items':[{" SECRET "},{" APPLIED "}]}",
        "{'kind':'List','items':[{'kind':'Secret'," SECRET "}]}",
        "{'kind':'Table','rows':[{'cells':['x'],'object':{'kind':'PartialObjectMetadata'," APPLIED
        "}},{'object':{'kind':"
        "'Secret'," SECRET "}}]}",
    };
    const struct kc_redact_key key = {{1, 2, 3}};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        KC_JSON_SCOPE *o = parse(objects[i]);
        kc_redact(o, &key);
        char *text = json_dumps(o, JSON_COMPACT);
        assert_null(strstr(text, HIDDEN));
        assert_non_null(strstr(text, "hmac:"));
        if (strstr(objects[i], "keep"))
            assert_non_null(strstr(text, "\"keep\":\"me\""));
        free(text);
    }
}

static void equal_values_stay_equal(void **state)
{
    (void)state;
    const struct kc_redact_key key = {{1}}, other_key = {{2}};
    KC_JSON_SCOPE *one = parse("{'kind':'Secret'," SECRET "}");
    KC_JSON_SCOPE *two = parse("{'kind':'Secret'," SECRET "}");
    kc_redact(one, &key);
    kc_redact(two, &other_key);
    assert_string_equal(kc_json_str(one, "data.p"), kc_json_str(one, "data.q"));
    assert_string_equal(kc_json_str(one, "data.p"), kc_json_str(one, "stringData.s"));
    assert_string_not_equal(kc_json_str(one, "data.p"), kc_json_str(one, "data.r"));
    assert_string_not_equal(kc_json_str(one, "data.p"), kc_json_str(two, "data.p"));
    assert_string_equal(kc_json_str(one, "type"), "Opaque");
}

static void other_kinds_are_left_alone(void **state)
{
    (void)state;
    const struct kc_redact_key key = {{1}};
    KC_JSON_SCOPE *o = parse("{'kind':'ConfigMap','metadata':{'annotations':{'a':'b'}},'data':{'p':'v'}}");
    KC_JSON_SCOPE *same = json_deep_copy(o);
    kc_redact(o, &key);
    assert_true(json_equal(o, same));
    kc_redact(NULL, &key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(equal_values_stay_equal),
        cmocka_unit_test(other_kinds_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
