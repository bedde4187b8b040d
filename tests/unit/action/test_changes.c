#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/record.h"

static json_t *read_json(struct kc_arena *a, const char *text)
{
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 16, "test", &err);
    if (!v)
        fail_msg("%s: %s", text, err.message);
    return v;
}

/* What a change says of a path is found there again, but where a scalar has become a parent or a text a number. */
static void found_again(struct kc_arena *a, const json_t *object, const char *path, const char *value)
{
    const char *is = kc_object_field(a, object, path);
    if (!KC_STREQ(is, value) && !KC_STREQ(is, "{...}") && !KC_STREQ(is, "[...]") && *value != '"')
        fail_msg("%s is \"%s\", not \"%s\"", path, is, value);
}

/* "path: from -> to\n" for each */
static const char *diff(struct kc_arena *a, const char *before, const char *after)
{
    KC_BUF_SCOPE out = {0};
    struct kc_change *v;
    const json_t *x = read_json(a, before), *y = read_json(a, after);
    size_t n = kc_changes_between(a, x, y, &v);
    for (size_t i = 0; i < n; i++) {
        found_again(a, x, v[i].path, v[i].from);
        found_again(a, y, v[i].path, v[i].to);
        kc_buf_printf(&out, "%s: %s -> %s\n", v[i].path, v[i].from, v[i].to);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static void shows_fields(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *after, *diff;
    } cases[] = {
        {"nothing", "{\"a\":1}", "{\"a\":1}", ""},
        {"a number", "{\"spec\":{\"replicas\":3}}", "{\"spec\":{\"replicas\":5}}", "spec.replicas: 3 -> 5\n"},
        {"sorted", "{\"b\":1,\"a\":1,\"c\":1}", "{\"c\":2,\"a\":2,\"b\":2}", "a: 1 -> 2\nb: 1 -> 2\nc: 1 -> 2\n"},
        {"added", "{}", "{\"a\":{\"b\":true,\"c\":\"x\"}}", "a.b:  -> true\na.c:  -> x\n"},
        {"removed", "{\"a\":[1,2]}", "{}", "a[0]: 1 -> \na[1]: 2 -> \n"},
        {"null is absent", "{\"a\":null}", "{}", ""},
        {"empty text is not", "{\"a\":\"\"}", "{}", "a: \"\" -> \n"},
        {"empty parents", "{}", "{\"a\":{},\"b\":[]}", "a:  -> {}\nb:  -> []\n"},
        {"filled", "{\"a\":{}}", "{\"a\":{\"b\":1}}", "a.b:  -> 1\n"},
        {"text and number", "{\"a\":\"5\"}", "{\"a\":5}", "a: \"5\" -> 5\n"},
        {"another kind of value", "{\"a\":{\"b\":1}}", "{\"a\":[7]}", "a.b: 1 -> \na[0]:  -> 7\n"},
        {"a scalar for a parent", "{\"a\":3}", "{\"a\":{\"b\":1}}", "a: 3 -> \na.b:  -> 1\n"},
        {"fractions", "{\"a\":1.5}", "{\"a\":2.5}", "a: 1.5 -> 2.5\n"},
        {"odd names", "{\"metadata\":{\"labels\":{\"example.com/tier\":\"a\",\"x]\":\"a\",\"\":\"a\"}}}",
         "{\"metadata\":{\"labels\":{\"example.com/tier\":\"b\",\"x]\":\"b\",\"\":\"b\"}}}",
         "metadata.labels[\"\"]: a -> b\nmetadata.labels[\"x]\"]: a -> b\nmetadata.labels[example.com/tier]: a -> b\n"},
        {"what moves by itself",
         "{\"metadata\":{\"generation\":1,\"resourceVersion\":\"1\",\"managedFields\":[1],\"annotations\":"
         "{\"kubectl.kubernetes.io/last-applied-configuration\":\"x\"}},\"status\":{\"replicas\":1}}",
         "{\"metadata\":{\"generation\":2,\"resourceVersion\":\"2\",\"managedFields\":[2],\"annotations\":"
         "{\"kubectl.kubernetes.io/last-applied-configuration\":\"y\"}},\"status\":{\"replicas\":2}}",
         ""},
        {"status elsewhere", "{\"spec\":{\"status\":1}}", "{\"spec\":{\"status\":2}}", "spec.status: 1 -> 2\n"},
        {"containers by name",
         "{\"containers\":[{\"name\":\"web\",\"image\":\"a\"},{\"name\":\"log\",\"image\":\"l\"}]}",
         "{\"containers\":[{\"name\":\"new\",\"image\":\"n\"},{\"name\":\"web\",\"image\":\"b\"},{\"name\":\"log\","
         "\"image\":\"l\"}]}",
         "containers[name=new].image:  -> n\ncontainers[name=new].name:  -> new\ncontainers[name=web].image: a -> b\n"},
        {"order", "{\"initContainers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"initContainers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}",
         "initContainers: name=a, name=b -> name=b, name=a\n"},
        {"env", "{\"env\":[{\"name\":\"A\",\"value\":\"1\"}]}", "{\"env\":[{\"name\":\"A\",\"value\":\"2\"}]}",
         "env[name=A].value: 1 -> 2\n"},
        {"ports of containers", "{\"ports\":[{\"containerPort\":80,\"name\":\"a\"}]}",
         "{\"ports\":[{\"containerPort\":80,\"name\":\"b\"}]}", "ports[containerPort=80].name: a -> b\n"},
        {"ports by protocol too", "{\"ports\":[{\"port\":53,\"protocol\":\"TCP\"},{\"port\":53,\"protocol\":\"UDP\"}]}",
         "{\"ports\":[{\"port\":53,\"protocol\":\"TCP\"},{\"port\":53,\"protocol\":\"UDP\",\"nodePort\":3}]}",
         "ports[port=53,protocol=UDP].nodePort:  -> 3\n"},
        {"no key for all items", "{\"env\":[{\"name\":\"A\"},{}]}", "{\"env\":[{\"name\":\"B\"},{}]}",
         "env[0].name: A -> B\n"},
        {"the same key twice", "{\"env\":[{\"name\":\"A\"},{\"name\":\"A\"}]}",
         "{\"env\":[{\"name\":\"A\"},{\"name\":\"B\"}]}", "env[1].name: A -> B\n"},
        {"lists of text", "{\"args\":[\"a\",\"b\"]}", "{\"args\":[\"a\",\"c\",\"d\"]}",
         "args[1]: b -> c\nargs[2]:  -> d\n"},
        {"a Scale without replicas has none", "{\"kind\":\"Scale\",\"spec\":{\"replicas\":3}}",
         "{\"kind\":\"Scale\",\"spec\":{}}", "spec.replicas: 3 -> 0\n"},
        {"a Scale without spec either", "{\"kind\":\"Scale\"}", "{\"kind\":\"Scale\",\"spec\":{\"replicas\":1}}",
         "spec.replicas: 0 -> 1\n"},
        {"other kinds are as they are", "{\"kind\":\"Shard\",\"spec\":{\"replicas\":3}}",
         "{\"kind\":\"Shard\",\"spec\":{}}", "spec.replicas: 3 -> \n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        const char *got = diff(a, cases[i].before, cases[i].after);
        if (!KC_STREQ(got, cases[i].diff))
            fail_msg("%s:\n%s", cases[i].name, got);
    }
}

static void never_shows_a_secret(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *got = diff(
        a, "{\"kind\":\"Secret\",\"type\":\"Opaque\",\"data\":{\"password\":\"b2xk\",\"gone\":\"aGlkZGVu\"}}",
        "{\"kind\":\"Secret\",\"type\":\"Opaque\",\"data\":{\"password\":\"bmV3\"},\"stringData\":{\"k\":\"plain\"},"
        "\"metadata\":{\"labels\":{\"a\":\"seen\"}}}");
    static const char *const hidden[] = {"b2xk", "bmV3", "aGlkZGVu", "plain"};
    for (size_t i = 0; i < 4; i++)
        assert_null(strstr(got, hidden[i]));
    assert_non_null(strstr(got, "data.gone: sha256:"));
    assert_non_null(strstr(got, "data.password: sha256:"));
    assert_non_null(strstr(got, "stringData.k:  -> sha256:"));
    assert_non_null(strstr(got, "metadata.labels.a:  -> seen\n"));
    /* Not even when the data is no map at all. */
    got = diff(a, "{\"kind\":\"Secret\",\"data\":\"sesame\"}", "{\"kind\":\"Secret\",\"data\":[\"open\"]}");
    assert_null(strstr(got, "sesame"));
    assert_null(strstr(got, "open"));
}

static void cuts_long_values_but_tells_them_apart(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE x = {0};
    struct kc_change *v;
    kc_buf_puts(&x, "\xC3\xBC");
    while (x.len < 1000)
        kc_buf_puts(&x, "\xC3\xBC");
    json_t *before = json_pack("{s:s}", "a", kc_buf_str(&x));
    kc_buf_puts(&x, "!");
    json_t *after = json_pack("{s:s}", "a", kc_buf_str(&x));
    assert_int_equal(kc_changes_between(a, before, after, &v), 1);
    assert_true(strlen(v[0].from) < 320);
    assert_non_null(strstr(v[0].from, "... (1000 bytes, sha256:"));
    assert_string_not_equal(v[0].from, v[0].to);
    assert_true(kc_utf8_valid(v[0].from, strlen(v[0].from), NULL));
    json_decref(before);
    json_decref(after);
}

static void reads_single_fields(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *scale = read_json(a, "{\"kind\":\"Scale\",\"spec\":{}}");
    assert_string_equal(kc_object_field(a, scale, "spec.replicas"), "0");
    assert_string_equal(kc_object_field(a, scale, "spec.other"), "");
    json_t *shard = read_json(a, "{\"spec\":{\"replicas\":7,\"on\":true,\"name\":\"x\"}}");
    assert_string_equal(kc_object_field(a, shard, "spec.replicas"), "7");
    assert_string_equal(kc_object_field(a, shard, "spec.on"), "true");
    assert_string_equal(kc_object_field(a, shard, "spec.name"), "x");
    json_t *secret = read_json(a, "{\"kind\":\"Secret\",\"data\":{\"a\":\"c2VjcmV0\"}}");
    assert_null(strstr(kc_object_field(a, secret, "data.a"), "c2VjcmV0"));
}

static void what_differs_between_dry_runs_is_volatile(void **state)
{
    (void)state;
    struct kc_change first[] = {{.path = "a", .from = "", .to = "1"},
                                {.path = "b", .from = "", .to = "1"},
                                {.path = "c", .from = "", .to = "1"},
                                {.path = "spec.replicas", .from = "3", .to = "5"}};
    const struct kc_change second[] = {{.path = "a", .from = "", .to = "1"},
                                       {.path = "b", .from = "", .to = "2"},
                                       {.path = "spec.replicas", .from = "3", .to = "6"}};
    const struct kc_set_field sets[] = {{.path = "spec.replicas", .value = "5"}};
    kc_changes_mark_volatile(first, 4, second, 3, sets, 1);
    assert_false(first[0].volatile_value);
    assert_true(first[1].volatile_value);
    assert_true(first[2].volatile_value);
    assert_false(first[3].volatile_value);
}

static void agreement(void **state)
{
    (void)state;
    static const struct kc_change expected[] = {{.path = "a", .from = "1", .to = "2"},
                                                {.path = "t", .from = "", .to = "now", .volatile_value = true}};
    static const struct {
        const char *name;
        struct kc_change now[3];
        size_t n;
        bool agrees;
    } cases[] = {
        {"the same", {{.path = "a", .from = "1", .to = "2"}, {.path = "t", .from = "", .to = "now"}}, 2, true},
        {"a volatile one moved",
         {{.path = "a", .from = "1", .to = "2"}, {.path = "t", .from = "", .to = "later"}},
         2,
         true},
        {"a volatile one is missing", {{.path = "a", .from = "1", .to = "2"}}, 1, true},
        {"another start", {{.path = "a", .from = "0", .to = "2"}}, 1, false},
        {"another end", {{.path = "a", .from = "1", .to = "3"}}, 1, false},
        {"nothing", {{0}}, 0, false},
        {"one more behind", {{.path = "a", .from = "1", .to = "2"}, {.path = "z", .from = "", .to = "1"}}, 2, false},
        {"one more between", {{.path = "a", .from = "1", .to = "2"}, {.path = "b", .from = "", .to = "1"}}, 2, false},
        {"one more in front", {{.path = "A", .from = "", .to = "1"}, {.path = "a", .from = "1", .to = "2"}}, 2, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kc_changes_agree(expected, 2, cases[i].now, cases[i].n) != cases[i].agrees)
            fail_msg("%s", cases[i].name);
    assert_true(kc_changes_agree(NULL, 0, NULL, 0));
}

static const char *fingerprint(struct kc_arena *a, const char *object)
{
    struct kc_err err = {0};
    const char *f = kc_object_fingerprint(a, read_json(a, object), &err);
    if (!f)
        fail_msg("%s: %s", object, err.message);
    return kc_or(f, "");
}

static void fingerprints_move_only_with_what_was_asked_for(void **state)
{
    (void)state;
    static const char base[] =
        "{\"kind\":\"X\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\",\"generation\":1,"
        "\"managedFields\":[1]},\"spec\":{\"a\":1},\"status\":{\"b\":1}}";
    static const struct {
        const char *object;
        bool same;
    } cases[] = {
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"2\",\"generation\":2},\"spec\":{\"a\":1}}",
         true},
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"a\":2}}", false},
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"y\"}},\"spec\":{\"a\":1}}", false},
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"a\":1.5}}", false},
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"a\":9007199254740993}}", false},
        {"{\"kind\":\"X\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"a\":\"x\\u0000y\"}}", false},
    };
    KC_ARENA_SCOPE(a);
    const char *seen[8], *first = fingerprint(a, base);
    assert_true(kc_str_starts(first, "sha256:"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seen[i] = fingerprint(a, cases[i].object);
        assert_int_equal(KC_STREQ(seen[i], first), cases[i].same);
        for (size_t j = 1; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_fields),
        cmocka_unit_test(never_shows_a_secret),
        cmocka_unit_test(cuts_long_values_but_tells_them_apart),
        cmocka_unit_test(reads_single_fields),
        cmocka_unit_test(what_differs_between_dry_runs_is_volatile),
        cmocka_unit_test(agreement),
        cmocka_unit_test(fingerprints_move_only_with_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
