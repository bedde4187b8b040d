#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/audit/row.h"

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char *groups[] = {"system:authenticated", "sre"}, *scopes[] = {"a", "b"}, *blobs[] = {DIGEST};
static const struct kc_extra extras[] = {{"example.com/scopes", {scopes, 2}}};

static struct kc_row full(json_t *detail)
{
    return (struct kc_row){
        .type = KC_ROW_INTENT,
        .time = INT64_C(1795427280123),
        .cluster_uid = "c-1",
        .who = {.username = "ana", .uid = "u-1", .groups = {groups, 2}, .extras = extras, .n_extras = 1},
        .request_ns = "shop",
        .request_name = "bump",
        .request_uid = "r-1",
        .plan_digest = DIGEST,
        .step = "1",
        .command = "kubectl scale deployment/checkout --namespace=shop --replicas=5",
        .target = "apps/v1/Deployment/shop/checkout",
        .result = "Pending",
        .reason = "Approved",
        .message = "\"quoted\"\n\xe2\x86\x92",
        .blobs = {blobs, 1},
        .detail = detail,
        .claims = {.once = "o", .nonce = "n", .run = "s", .attempt = 2}};
}

static void canonical_bytes(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *detail = json_pack("{s:i, s:[s]}", "generation", 7, "b", "x");
    struct kc_row r = full(detail);
    size_t len;
    const char *entry = kc_row_encode(a, &r, &len, NULL);
    assert_non_null(entry);
    assert_string_equal(
        entry,
        "{\"blobs\":[\"" DIGEST "\"],\"claims\":{\"attempt\":2,\"nonce\":\"n\",\"once\":\"o\",\"run\":\"s\"},"
        "\"cluster\":\"c-1\",\"command\":\"kubectl scale deployment/checkout --namespace=shop --replicas=5\","
        "\"detail\":{\"b\":[\"x\"],\"generation\":7},\"message\":\"\\\"quoted\\\"\\n\xe2\x86\x92\",\"planDigest\":"
        "\"" DIGEST "\",\"reason\":\"Approved\",\"request\":{\"name\":\"bump\",\"namespace\":\"shop\",\"uid\":\"r-1\"},"
        "\"result\":\"Pending\",\"step\":\"1\",\"target\":\"apps/v1/Deployment/shop/checkout\",\"time\":1795427280123,"
        "\"type\":\"Intent\",\"v\":1,\"who\":{\"extra\":{\"example.com/scopes\":[\"a\",\"b\"]},"
        "\"groups\":[\"system:authenticated\",\"sre\"],\"uid\":\"u-1\",\"username\":\"ana\"}}");
    assert_int_equal(len, strlen(entry));
    struct kc_row smallest = {.type = KC_ROW_DENIED};
    assert_string_equal(kc_row_encode(a, &smallest, &len, NULL), "{\"time\":0,\"type\":\"Denied\",\"v\":1}");
}

static void round_trip(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *detail = json_pack("{s:i}", "generation", 7);
    struct kc_row r = full(detail), back;
    size_t len, len2;
    for (unsigned t = 0; t < KC_ROW_TYPES; t++) {
        r.type = t;
        const char *entry = kc_row_encode(a, &r, &len, NULL);
        assert_true(kc_row_decode(a, entry, len, &back, NULL));
        assert_int_equal(back.type, t);
        assert_string_equal(back.message, r.message);
        assert_int_equal(back.claims.attempt, 2);
        assert_string_equal(back.who.extras[0].values.v[1], "b");
        const char *again = kc_row_encode(a, &back, &len2, NULL);
        assert_non_null(again);
        assert_string_equal(again, entry);
    }
}

static void refuses_to_encode(void **state)
{
    (void)state;
    static const char *bad_utf8[] = {"\xff"}, *not_a_digest[] = {"sha256:XYZ"};
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *real = json_pack("{s:f}", "ratio", 0.5);
    KC_JSON_SCOPE *array = json_array();
    char *long_text = kc_arena_alloc(a, KC_ROW_MAX + 1);
    memset(long_text, 'x', KC_ROW_MAX);
    const struct {
        const char *name, *reason;
        struct kc_row row;
    } cases[] = {
        {"text that is not UTF-8", "InvalidText", {.message = "\xc3"}},
        {"a group that is not UTF-8", "InvalidText", {.who = {.groups = {bad_utf8, 1}}}},
        {"a blob that is no digest", "InvalidRow", {.blobs = {not_a_digest, 1}}},
        {"a time before 1970", "InvalidRow", {.time = -1}},
        {"no type", "InvalidRow", {.type = KC_ROW_TYPES}},
        {"a detail that is no object", "InvalidRow", {.detail = array}},
        {"a real number", NULL, {.detail = real}},
        {"too long", "RowTooLong", {.message = long_text}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        size_t len;
        if (kc_row_encode(a, &cases[i].row, &len, &err))
            fail_msg("%s: encoded", cases[i].name);
        assert_int_equal(err.class, KC_INVALID);
        if (cases[i].reason)
            assert_string_equal(err.reason, cases[i].reason);
    }
}

/* The longest row that fits is 65,535 bytes: a length in two bytes can say it. */
static void longest(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_row r = {.type = KC_ROW_DENIED, .message = "x"};
    size_t len, bare;
    assert_non_null(kc_row_encode(a, &r, &bare, NULL));
    char *text = kc_arena_alloc(a, KC_ROW_MAX + 2);
    memset(text, 'x', KC_ROW_MAX - bare + 1);
    r.message = text;
    const char *entry = kc_row_encode(a, &r, &len, NULL);
    assert_non_null(entry);
    assert_int_equal(len, KC_ROW_MAX);
    assert_true(kc_row_decode(a, entry, len, &(struct kc_row){0}, NULL));
    text[KC_ROW_MAX - bare + 1] = 'x';
    assert_null(kc_row_encode(a, &r, &len, NULL));
}

static void refuses_to_decode(void **state)
{
    (void)state;
    static const struct {
        const char *name, *entry;
    } cases[] = {
        {"nothing", ""},
        {"not JSON", "{"},
        {"no object", "[]"},
        {"white space", "{\"time\":0, \"type\":\"Denied\",\"v\":1}"},
        {"members out of order", "{\"type\":\"Denied\",\"time\":0,\"v\":1}"},
        {"an escape that is not needed", "{\"time\":0,\"type\":\"Denie\\u0064\",\"v\":1}"},
        {"a real number", "{\"time\":0.0,\"type\":\"Denied\",\"v\":1}"},
        {"twice the same member", "{\"time\":0,\"time\":0,\"type\":\"Denied\",\"v\":1}"},
        {"another version", "{\"time\":0,\"type\":\"Denied\",\"v\":2}"},
        {"no version", "{\"time\":0,\"type\":\"Denied\"}"},
        {"an unknown type", "{\"time\":0,\"type\":\"Invented\",\"v\":1}"},
        {"no type", "{\"time\":0,\"v\":1}"},
        {"no time", "{\"type\":\"Denied\",\"v\":1}"},
        {"a time before 1970", "{\"time\":-1,\"type\":\"Denied\",\"v\":1}"},
        {"something behind it", "{\"time\":0,\"type\":\"Denied\",\"v\":1}x"},
        {"a NUL in a string", "{\"message\":\"\\u0000\",\"time\":0,\"type\":\"Denied\",\"v\":1}"},
    };
    KC_ARENA_SCOPE(a);
    struct kc_row r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        if (kc_row_decode(a, cases[i].entry, strlen(cases[i].entry), &r, &err))
            fail_msg("%s: decoded", cases[i].name);
        assert_int_equal(err.class, KC_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_bytes), cmocka_unit_test(round_trip),        cmocka_unit_test(refuses_to_encode),
        cmocka_unit_test(longest),         cmocka_unit_test(refuses_to_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
