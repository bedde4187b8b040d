#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/json.h"

static json_t *parse(struct kc_arena *a, const char *s)
{
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 20, "test", &err);
    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static void test_parse_errors_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s, *message;
    } cases[] = {
        {"empty", "", "body: empty, a JSON object or array was expected"},
        {"scalar", "1", "body: line 1, column 1: '[' or '{' expected"},
        {"cut", "{\"a\":1", "body: line 1, column 6: '}' expected"},
        {"rubbish after", "{} x", "body: line 1, column 4: end of file expected"},
        {"duplicate", "{\"a\":1,\n \"a\":2}", "body: line 2, column 4: duplicate object key near '\"a\"'"},
        {"token is not repeated", "{\"password\" \"hunter2\"}", "body: line 1, column 21: ':' expected"},
        {"too large", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]", "body: 40 bytes, at most 32 are allowed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        json_t *v = kc_json_parse(cases[i].s, strlen(cases[i].s), 32, "body", &err);
        if (v || err.class != KC_INVALID || strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s: %s", cases[i].name, err.message);
        assert_null(v);
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s;
    } cases[] = {
        {"overlong UTF-8", "[\"\xC0\x80\"]"},
        {"raw new line", "[\"a\nb\"]"},
        {"lone surrogate", "[\"\\ud800\"]"},
        {"NaN", "[NaN]"},
        {"trailing comma", "[1,]"},
        {"single quotes", "{'a':1}"},
        {"leading zero", "[01]"},
        {"comment", "[1/**/]"},
        {"beyond int64", "[9223372036854775808]"},
        {"beyond double", "[1e999]"},
        {"NUL in a name", "{\"\\u0000\":1}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        if (kc_json_parse(cases[i].s, strlen(cases[i].s), 100, "body", &err) || err.class != KC_INVALID)
            fail_msg("%s was accepted", cases[i].name);
    }
}

static const char *nest(struct kc_buf *out, size_t depth, const char *open, const char *close)
{
    kc_buf_clear(out);
    for (size_t i = 0; i < depth; i++)
        kc_buf_puts(out, open);
    kc_buf_puts(out, "[\"[[{{\\\"[[\"]");
    for (size_t i = 0; i < depth; i++)
        kc_buf_puts(out, close);
    return kc_buf_str(out);
}

static void test_depth(void **state)
{
    (void)state;
    struct kc_err err = {0};
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE b = {0};
    parse(a, nest(&b, KC_JSON_DEPTH - 1, "[", "]"));
    parse(a, nest(&b, KC_JSON_DEPTH - 1, "{\"\":", "}"));
    nest(&b, KC_JSON_DEPTH, "\n[", "]");
    assert_null(kc_json_parse(b.data, b.len, b.len, "body", &err));
    assert_string_equal(err.message, "body: line 65, column 2: nested deeper than 64 levels");
    nest(&b, KC_JSON_DEPTH, "{\"\":", "}");
    assert_null(kc_json_parse(b.data, b.len, b.len, "body", &err));

    /* Width is no depth. */
    kc_buf_clear(&b);
    kc_buf_puts(&b, "[[]");
    while (b.len < 1000)
        kc_buf_puts(&b, ",[{}]");
    kc_buf_putc(&b, ']');
    parse(a, b.data);
}

static void test_accessors(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const json_t *v =
        parse(a, "{\"metadata\":{\"name\":\"checkout\",\"annotations\":{\"kubechat.io/by\":\"ana\",\"n\":1}},"
                 "\"spec\":{\"replicas\":3,\"paused\":true,\"nul\":\"a\\u0000b\",\"real\":1.0}}");
    assert_string_equal(kc_json_str(v, "metadata.name"), "checkout");
    assert_null(kc_json_str(v, "metadata"));
    assert_null(kc_json_str(v, "metadata.nam"));
    assert_null(kc_json_str(v, "metadata.name.x"));
    assert_null(kc_json_str(v, "spec.replicas"));
    assert_null(kc_json_str(v, "spec.nul"));
    assert_int_equal(json_string_length(kc_json_at(v, "spec.nul")), 3);
    assert_null(kc_json_at(NULL, "a"));
    assert_ptr_equal(kc_json_at(v, ""), v);
    assert_int_equal(kc_json_int(v, "spec.replicas", 9), 3);
    assert_int_equal(kc_json_int(v, "spec.real", 9), 9);
    assert_int_equal(kc_json_int(v, "spec.gone", 9), 9);
    assert_true(kc_json_bool(v, "spec.paused", false));
    assert_true(kc_json_bool(v, "spec.replicas", true));
    assert_false(kc_json_bool(v, "spec.gone", false));
    assert_string_equal(kc_json_map_get(v, "metadata.annotations", "kubechat.io/by"), "ana");
    assert_null(kc_json_map_get(v, "metadata.annotations", "n"));
    assert_null(kc_json_map_get(v, "metadata.labels", "n"));
    assert_null(kc_json_map_get(kc_json_at(v, "metadata"), "", "nothing"));
    assert_string_equal(kc_json_map_get(kc_json_at(v, "metadata"), "", "name"), "checkout");
}

static void test_canonical_forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s, *canonical;
    } cases[] = {
        {"empty object", " { } ", "{}"},
        {"empty array", "[ ]", "[]"},
        {"constants", "[null, true, false]", "[null,true,false]"},
        {"order and spaces", "{\"b\": 1, \"a\": [ 2 , {\"d\":{}, \"c\":\"\"} ]}",
         "{\"a\":[2,{\"c\":\"\",\"d\":{}}],\"b\":1}"},
        {"order by bytes", "{\"\xC3\xA9\":1,\"z\":2,\"Z\":3,\"\":4,\"zz\":5,\"10\":6,\"9\":7}",
         "{\"\":4,\"10\":6,\"9\":7,\"Z\":3,\"z\":2,\"zz\":5,\"\xC3\xA9\":1}"},
        {"integers", "[0,-0,-1,9007199254740991,-9007199254740991]", "[0,0,-1,9007199254740991,-9007199254740991]"},
        {"escapes", "[\"\\u0001\\u0008\\t\\n\\u000B\\f\\r\\u001F\\\"\\\\\\/\\u007f\"]",
         "[\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\x7f\"]"},
        {"UTF-8", "[\"\\u20ac\\ud83d\\ude00\\u2028\"]", "[\"\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x80\xA8\"]"},
        {"escaped name", "{\"a\\\"\\n\":1}", "{\"a\\\"\\n\":1}"},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        size_t len = 0;
        char *s = kc_json_canonical_in(a, parse(a, cases[i].s), &len, &err);
        if (!s || strcmp(s, cases[i].canonical) != 0 || len != strlen(s))
            fail_msg("%s: %s %s", cases[i].name, s ? s : "", err.message);
    }
}

static void test_not_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *s, *message;
    } cases[] = {
        {"[1.5]", "[0]: a number with a fraction or exponent has no canonical form: write it as a string"},
        {"{\"a\":{\"b\":[1,{\"c\":1e2}]}}",
         "a.b[1].c: a number with a fraction or exponent has no canonical form: write it as a string"},
        {"{\"n\":9007199254740992}", "n: an integer beyond 2^53-1 has no canonical form: write it as a string"},
        {"{\"n\":-9007199254740992}", "n: an integer beyond 2^53-1 has no canonical form: write it as a string"},
        {"{\"n\":[\"a\\u0000\"]}", "n[0]: a string with a NUL character has no canonical form"},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        assert_null(kc_json_canonical_in(a, parse(a, cases[i].s), NULL, &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_string_equal(err.message, cases[i].message);
    }
    struct kc_err err = {0};
    assert_null(kc_json_canonical_in(a, NULL, NULL, &err));
    assert_string_equal(err.message, "value: absent");
    KC_JSON_SCOPE *bad = json_stringn_nocheck("\xFF", 1);
    assert_null(kc_json_canonical_in(a, bad, NULL, &err));
    assert_string_equal(err.message, "value: a string that is not valid UTF-8 has no canonical form");
}

static void test_canonical_depth(void **state)
{
    (void)state;
    struct kc_err err = {0};
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *v = json_array();
    for (int i = 1; i < KC_JSON_DEPTH; i++) {
        json_t *outer = json_array();
        assert_int_equal(json_array_append_new(outer, v), 0);
        v = outer;
    }
    assert_non_null(kc_json_canonical_in(a, v, NULL, &err));
    json_t *outer = json_array();
    assert_int_equal(json_array_append_new(outer, v), 0);
    v = outer;
    assert_null(kc_json_canonical_in(a, v, NULL, &err));
    assert_int_equal(err.class, KC_INVALID);
}

static void test_canonical_within_a_limit(void **state)
{
    (void)state;
    struct kc_err err = {0};
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE b = {.limit = 5};
    assert_true(kc_json_canonical(parse(a, "[123]"), &b, &err));
    kc_buf_clear(&b);
    assert_false(kc_json_canonical(parse(a, "[1234]"), &b, &err));
    assert_string_equal(err.message, "the canonical form is longer than 5 bytes");
}

static void test_quote(void **state)
{
    (void)state;
    KC_BUF_SCOPE b = {0};
    kc_json_quote(&b, "a\0\x7f\xC3\xA9\"\\\x1F", 8);
    assert_string_equal(kc_buf_str(&b), "\"a\\u0000\x7f\xC3\xA9\\\"\\\\\\u001f\"");
    kc_buf_clear(&b);
    kc_json_quote(&b, "x\xFFy\xE2\x82", 5);
    assert_string_equal(kc_buf_str(&b), "\"x\xEF\xBF\xBDy\xEF\xBF\xBD\xEF\xBF\xBD\"");
    kc_buf_clear(&b);
    kc_json_quote(&b, "", 0);
    assert_string_equal(kc_buf_str(&b), "\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_errors_name_the_place),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_accessors),
        cmocka_unit_test(test_canonical_forms),
        cmocka_unit_test(test_not_canonical),
        cmocka_unit_test(test_canonical_depth),
        cmocka_unit_test(test_canonical_within_a_limit),
        cmocka_unit_test(test_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
