#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/base/yaml.h"

enum { MAX = 65536 };

static json_t *parse(const char *yaml, struct kc_err *err)
{
    *err = (struct kc_err){0};
    return kc_yaml_parse(yaml, strlen(yaml), MAX, "input", err);
}

/* What kubectl create --dry-run=client -o json makes of each (kubectl 1.34). */
static void test_values(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"y", "true"},
        {"n", "false"},
        {"yes", "true"},
        {"On", "true"},
        {"OFF", "false"},
        {"true", "true"},
        {"tRue", "\"tRue\""},
        {"\"yes\"", "\"yes\""},
        {"12", "12"},
        {"-7", "-7"},
        {"+1", "1"},
        {"0x1F", "31"},
        {"0o17", "15"},
        {"017", "15"},
        {"08", "8"},
        {"0b11", "3"},
        {"-0b11", "-3"},
        {"1_000", "1000"},
        {"_1", "\"_1\""},
        {"-_1", "-1"},
        {"0x", "\"0x\""},
        {"1:20", "\"1:20\""},
        {"1e3", "1000"},
        {"1.50", "1.5"},
        {".5", "0.5"},
        {"5.", "5"},
        {"-.5e-3", "-0.00050000000000000001"},
        {"1e400", "\"1e400\""},
        {"9007199254740993", "9007199254740993"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"2001-01-01", "\"2001-01-01\""},
        {"1.2.3", "\"1.2.3\""},
        {"!!str 123", "\"123\""},
        {"! 12", "\"12\""},
        {"!foo bar", "\"bar\""},
        {"!!float 1", "1"},
        {"!!int \"3\"", "3"},
        {"!!binary aGVs\n bG8=", "\"hello\""},
        {"\"a\\0b\"", "\"a\\u0000b\""},
        {"a b", "\"a b\""},
        {"- 1\n- [2, {a: b}]", "[1,[2,{\"a\":\"b\"}]]"},
        {"a:\n  - b: 1\n    c: ~\nd: null", "{\"a\":[{\"b\":1,\"c\":null}],\"d\":null}"},
        {"{yes: 1, 2: 3, 1.5: 4, 017: 5}", "{\"true\":1,\"2\":3,\"1.5\":4,\"15\":5}"},
        {"a: |\n  one\n  two\nb: >-\n  one\n  two", "{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\"}"},
        {"a: &x {p: 1}\nb: *x\nc: [*x, *x]", "{\"a\":{\"p\":1},\"b\":{\"p\":1},\"c\":[{\"p\":1},{\"p\":1}]}"},
        {"x: &x {p: 1, q: 2}\na:\n  <<: *x\n  q: 3\n  r: 4",
         "{\"x\":{\"p\":1,\"q\":2},\"a\":{\"q\":3,\"r\":4,\"p\":1}}"},
        {"a:\n  <<: [{p: 1}, {p: 2, q: 3}]", "{\"a\":{\"p\":1,\"q\":3}}"},
        {"\"<<\": 1", "{\"<<\":1}"},
        {"{\"a\": \"\\ud83d\\ude00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}"},
        {"\t{\n\t\"a\":\t[1,\n\t2]}\n", "{\"a\":[1,2]}"},
        {"{a: b}", "{\"a\":\"b\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err;
        KC_JSON_SCOPE *documents = parse(cases[i].yaml, &err);
        if (!documents)
            fail_msg("%s: %s", cases[i].yaml, err.message);
        assert_int_equal(json_array_size(documents), 1);
        char *json = json_dumps(json_array_get(documents, 0), JSON_COMPACT | JSON_ENCODE_ANY);
        if (strcmp(json, cases[i].json) != 0)
            fail_msg("%s: %s instead of %s", cases[i].yaml, json, cases[i].json);
        free(json);
    }
}

static void test_documents(void **state)
{
    static const struct {
        const char *yaml;
        size_t n;
    } cases[] = {
        {"", 0},
        {"---\n", 0},
        {"# nothing\n", 0},
        {"null", 0},
        {"a: 1", 1},
        {"---\n---\na: 1\n---\n# c\n---\nb: 2\n...\n", 2},
        {"--- 1\n--- 2\n", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err;
        KC_JSON_SCOPE *documents = parse(cases[i].yaml, &err);
        if (!documents)
            fail_msg("%s: %s", cases[i].yaml, err.message);
        assert_int_equal(json_array_size(documents), cases[i].n);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"a: 1\na: 2", "input: line 2, column 1: a key that is there already: a"},
        {"a: {b: 1, b: 2}", "input: line 1, column 11: a key that is there already: b"},
        {"a: *nothing", "line 1, column 4: an alias to an anchor that is not complete before it: nothing"},
        {"a: &a [*a]", "an alias to an anchor that is not complete before it: a"},
        {"a: [1", "line "},
        {"a: b: c", "line 1, column 5"},
        {"\ta: b", "line 1"},
        {"a: .inf", "line 1, column 4: JSON has neither infinity nor NaN"},
        {"~: 1", "a key must be a string, a number or a boolean"},
        {"? [a]\n: 1", "a key must be a string"},
        {"a:\n  <<: 1", "<< needs a mapping"},
        {"a:\n  <<: {}\n  <<: {}", "<< stands twice"},
        {"!!int x", "the value does not fit its tag"},
        {"!!binary '?'", "!!binary needs base64"},
        {"\"\\0\": 1", "a key with a NUL character"},
        {"a: \xff", "input: line "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err;
        KC_JSON_SCOPE *documents = parse(cases[i].yaml, &err);
        if (documents)
            fail_msg("%s: accepted", cases[i].yaml);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].yaml, err.message, cases[i].message);
    }
}

static void test_bounds(void **state)
{
    struct kc_err err = {0};
    KC_BUF_SCOPE b = {0};
    (void)state;

    /* A billion laughs. */
    kc_buf_puts(&b, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 10; i++) {
        kc_buf_printf(&b, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            kc_buf_printf(&b, "%s*a%d", j ? ", " : "", i - 1);
        kc_buf_puts(&b, "]\n");
    }
    assert_null(kc_yaml_parse(b.data, b.len, MAX, "laughs", &err));
    assert_non_null(strstr(err.message, "too large once its aliases are expanded"));

    kc_buf_clear(&b);
    for (int i = 0; i < 100; i++)
        kc_buf_putc(&b, '[');
    err = (struct kc_err){0};
    assert_null(kc_yaml_parse(b.data, b.len, MAX, "deep", &err));
    assert_non_null(strstr(err.message, "nested too deeply"));

    err = (struct kc_err){0};
    assert_null(kc_yaml_parse("a: 12345", 8, 7, "long", &err));
    assert_string_equal(err.reason, "TooLarge");

    err = (struct kc_err){0};
    assert_null(kc_yaml_read_file("/does/not/exist.yaml", MAX, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_true(kc_str_starts(err.message, "/does/not/exist.yaml: "));
}

/* Aliases are copies: who changes one place does not change the other. */
static void test_alias_is_a_copy(void **state)
{
    struct kc_err err;
    (void)state;
    KC_JSON_SCOPE *documents = parse("a: &x {p: 1}\nb: *x", &err);
    json_t *root = json_array_get(documents, 0);
    json_object_set_new(json_object_get(root, "a"), "p", json_integer(2));
    assert_int_equal(kc_json_int(root, "b.p", 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_documents),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_alias_is_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
