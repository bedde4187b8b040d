/* kubectl's dialect of JSONPath: golden/jsonpath.txt holds what kubectl 1.34 answers for golden/jsonpath.json: a path,
 * then = and the text, & and the text with -o jsonpath-as-json, or ! and the error. tests/integration/reads asks the
 * real kubectl again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/show/jsonpath.h"
#include "controller/show/show.h"

#define GOLDEN KC_SOURCE_DIR "/tests/unit/show/golden/"

static const json_t *load(struct kc_arena *a, const char *path)
{
    json_error_t e;
    json_t *v = json_load_file(path, 0, &e);

    if (!v)
        fail_msg("%s: %s", path, e.text);
    kc_arena_defer(a, (void (*)(void *))json_decref, v);
    return v;
}

static void evaluate(struct kc_arena *a, const char *text, const json_t *data, char how, struct kc_buf *out)
{
    struct kc_err err = {0};
    const struct kc_jsonpath *path = kc_jsonpath_parse(a, text, &err);
    bool ok = path && kc_jsonpath_print(a, path, data, true, how == '&', out, &err);

    if (!ok)
        kc_buf_clear(out);
    if (!ok)
        kc_buf_puts(out, err.message);
    if (ok != (how != '!'))
        fail_msg("%s: %s %s", text, ok ? "found" : "failed:", kc_buf_str(out));
}

static void like_kubectl(void **state)
{
    KC_ARENA_SCOPE(a);
    const json_t *data = load(a, GOLDEN "jsonpath.json");
    FILE *f = fopen(GOLDEN "jsonpath.txt", "r");
    char *line = NULL;
    size_t cap = 0, n = 0, wrong = 0;

    (void)state;
    assert_non_null(f);
    while (getline(&line, &cap, f) > 0) {
        KC_BUF_SCOPE out = {0};
        json_error_t e;
        json_t *path = json_loads(line, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &e);
        const char *how = line + e.position + 1;
        json_t *want = json_loads(how + 2, JSON_DECODE_ANY, &e);
        assert_non_null(path);
        assert_non_null(want);
        evaluate(a, json_string_value(path), data, *how, &out);
        const char *got = kc_buf_str(&out), *expected = json_string_value(want);
        if (*how == '!' ? !strstr(got, expected) : strcmp(got, expected) != 0) {
            print_error("%s\n  ours:      %s\n  kubectl's: %s\n", json_string_value(path), got, expected);
            wrong++;
        }
        json_decref(path);
        json_decref(want);
        n++;
    }
    free(line);
    fclose(f);
    assert_int_equal(wrong, 0);
    assert_true(n >= 150);
}

static void relaxed(void **state)
{
    static const char *const same[] = {"metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"};
    static const char *const wrong[] = {"", "{", "}", "{}", "{.a}{.b}", "a}"};
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_string_equal(kc_jsonpath_relaxed(a, same[i], &err), "{.metadata.name}");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(kc_jsonpath_relaxed(a, wrong[i], &err));
}

static void missing_keys(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const json_t *data = load(a, GOLDEN "jsonpath.json");
    const struct kc_jsonpath *path = kc_jsonpath_parse(a, "{.metadata.nosuch}", &err);
    KC_BUF_SCOPE out = {0};

    (void)state;
    assert_non_null(path);
    assert_false(kc_jsonpath_print(a, path, data, false, false, &out, &err));
    assert_non_null(strstr(err.message, "nosuch is not found"));
    assert_int_equal(err.class, KC_INVALID);
}

/* A short path that would visit a value for every two of a thousand steps down is refused, not carried out. */
static void bounded(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE path = {0};
    KC_BUF_SCOPE out = {.limit = 1 << 16};
    struct kc_err err = {0};
    json_t *deep = json_object();

    (void)state;
    for (int i = 0; i < 60; i++)
        deep = json_pack("{s:O, s:o}", "a", deep, "b", deep);
    kc_arena_defer(a, (void (*)(void *))json_decref, deep);
    const struct kc_jsonpath *p = kc_jsonpath_parse(a, "{...*...*}", &err);
    assert_non_null(p);
    assert_false(kc_jsonpath_print(a, p, deep, true, false, &out, &err));
    assert_non_null(strstr(err.message, "make it narrower"));
    /* Nor does a filter that only asks whether something exists go on for ever. */
    p = kc_jsonpath_parse(a, "{.x[?(@...*)]}", &err);
    json_t *list = json_pack("{s:[O]}", "x", deep);
    kc_arena_defer(a, (void (*)(void *))json_decref, list);
    assert_non_null(p);
    assert_false(kc_jsonpath_print(a, p, list, true, false, &out, &err));
    assert_non_null(strstr(err.message, "make it narrower"));
}

static void terminals_are_safe(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    struct kc_err err = {0};
    json_t *data = json_pack("{s:s}", "x", "\033[31mred\a");
    const struct kc_jsonpath *p = kc_jsonpath_parse(a, "{.x}{.}", &err);

    (void)state;
    kc_arena_defer(a, (void (*)(void *))json_decref, data);
    assert_non_null(p);
    assert_true(kc_jsonpath_print(a, p, data, true, false, &out, &err));
    assert_string_equal(kc_buf_str(&out), "^[[31mred?");
}

static void values(void **state)
{
    static const struct {
        double d;
        const char *fmt, *json;
    } cases[] = {{1, "1", "1"},
                 {0.1, "0.1", "0.1"},
                 {1e-5, "1e-05", "0.00001"},
                 {1e-7, "1e-07", "1e-7"},
                 {123456789, "1.23456789e+08", "123456789"},
                 {1e21, "1e+21", "1e+21"},
                 {-2.5, "-2.5", "-2.5"},
                 {1e20, "1e+20", "100000000000000000000"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_BUF_SCOPE fmt = {0};
        KC_BUF_SCOPE json = {0};
        kc_show_real(&fmt, cases[i].d, KC_REAL_FMT);
        kc_show_real(&json, cases[i].d, KC_REAL_JSON);
        assert_string_equal(kc_buf_str(&json), cases[i].json);
        assert_string_equal(kc_buf_str(&fmt), cases[i].fmt);
    }
    KC_BUF_SCOPE out = {0};
    json_t *v = json_pack("{s:[i,s,n,b],s:{s:f}}", "b", 1, "x", 1, "a", "c", 1.5);
    kc_show_value(&out, v);
    assert_string_equal(kc_buf_str(&out), "map[a:map[c:1.5] b:[1 x <nil> true]]");
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_kubectl),       cmocka_unit_test(relaxed),
        cmocka_unit_test(missing_keys),       cmocka_unit_test(bounded),
        cmocka_unit_test(terminals_are_safe), cmocka_unit_test(values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
