#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"

static void test_strings(void **state)
{
    (void)state;
    const char *v[] = {"get", "list"};
    struct kc_strs s = {v, 2};
    assert_true(kc_strs_has(&s, "list"));
    assert_false(kc_strs_has(&s, "lis"));
    assert_false(kc_strs_has(&(struct kc_strs){0}, ""));
    assert_true(kc_str_starts("kube-system", "kube-"));
    assert_false(kc_str_starts("kub", "kube-"));
    assert_true(kc_str_ends("a.k8s.io", ".k8s.io"));
    assert_false(kc_str_ends("io", ".k8s.io"));
    assert_true(kc_str_ends("x", ""));
    assert_string_equal(kc_or("", "x"), "x");
    assert_string_equal(kc_or(NULL, "x"), "x");
    assert_string_equal(kc_or("y", "x"), "y");
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s;
        size_t len, wrong_at, count; /* wrong_at == len: valid */
    } cases[] = {
        {"empty", "", 0, 0, 0},
        {"ASCII with NUL", "a\0b", 3, 3, 3},
        {"two bytes", "\xC2\x80\xDF\xBF", 4, 4, 2},
        {"three bytes", "\xE0\xA0\x80\xEF\xBF\xBF", 6, 6, 2},
        {"around the surrogates", "\xED\x9F\xBF\xEE\x80\x80", 6, 6, 2},
        {"four bytes", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8, 8, 2},
        {"lone continuation", "a\x80", 2, 1, 0},
        {"overlong two", "\xC1\xBF", 2, 0, 0},
        {"overlong three", "ab\xE0\x9F\xBF", 5, 2, 0},
        {"overlong four", "\xF0\x8F\xBF\xBF", 4, 0, 0},
        {"first surrogate", "\xED\xA0\x80", 3, 0, 0},
        {"last surrogate", "\xED\xBF\xBF", 3, 0, 0},
        {"beyond U+10FFFF", "\xF4\x90\x80\x80", 4, 0, 0},
        {"five bytes", "\xF8\x88\x80\x80\x80", 5, 0, 0},
        {"FF", "\xFF", 1, 0, 0},
        {"cut after one", "a\xE2", 2, 1, 0},
        {"cut after two", "a\xE2\x82", 3, 1, 0},
        {"cut after three", "\xF0\x9F\x98", 3, 0, 0},
        {"ASCII instead of a continuation", "\xE2\x82z", 3, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* An exact copy, so that ASan sees a byte read too many. */
        char *s = malloc(cases[i].len + !cases[i].len);
        memcpy(s, cases[i].s, cases[i].len);
        size_t at = 99;
        bool valid = kc_utf8_valid(s, cases[i].len, &at);
        if (valid != (cases[i].wrong_at == cases[i].len) || (!valid && at != cases[i].wrong_at))
            fail_msg("%s: %d at %zu", cases[i].name, valid, at);
        if (valid && kc_utf8_count(s, cases[i].len) != cases[i].count)
            fail_msg("%s: %zu characters", cases[i].name, kc_utf8_count(s, cases[i].len));
        free(s);
    }
    uint32_t c = 0;
    assert_int_equal(kc_utf8_decode("\xE2\x82\xAC.", 4, &c), 3);
    assert_int_equal(c, 0x20AC);
    assert_int_equal(kc_utf8_decode("", 0, &c), 0);
}

static size_t encode(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(leads[more] | c);
    return more + 1;
}

static void test_deceptive_characters(void **state)
{
    (void)state;
    static const uint32_t found[] = {
        0x01,   0x08,   0x0B,   0x0D,   0x1B,   0x1F,    0x7F,    0x80,    0x9B,    0x9F,    0xAD,
        0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F,  0x2028,  0x2029,  0x202A,  0x202E,  0x2060,
        0x2066, 0x2069, 0x3164, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0xE007F, 0xE0100, 0xE01EF,
    };
    static const uint32_t passed[] = {'\t',   '\n',   ' ',    '~',    0xA0,   0xE9,   0x0623,  0x05D0,
                                      0x2019, 0x2026, 0x2192, 0x4E2D, 0xFE0F, 0xFFFD, 0x1F600, 0x10FFFF};
    char s[8] = "ab";
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        size_t at = 99, len = 2 + encode(s + 2, found[i]);
        if (kc_text_deceptive(s, len, &at) != found[i] || at != 2)
            fail_msg("U+%04X passed", found[i]);
    }
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        size_t len = 2 + encode(s + 2, passed[i]);
        if (kc_text_deceptive(s, len, NULL) != 0)
            fail_msg("U+%04X did not pass", passed[i]);
    }
    size_t at = 99;
    assert_int_equal(kc_text_deceptive("a\0b", 3, &at), 0xFFFD);
    assert_int_equal(at, 1);
    assert_int_equal(kc_text_deceptive("abc\xE2\x80", 5, &at), 0xFFFD);
    assert_int_equal(at, 3);
}

static const char *repeat(char c, size_t n)
{
    static char out[300];
    memset(out, c, n);
    out[n] = '\0';
    return out;
}

static void test_dns_names(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        bool label, subdomain;
    } cases[] = {
        {"a", true, true},          {"0", true, true},        {"shop-1", true, true}, {"a--b", true, true},
        {"a.b", false, true},       {"a-1.b.c", false, true}, {"", false, false},     {"-a", false, false},
        {"a-", false, false},       {"A", false, false},      {"a_b", false, false},  {"a..b", false, false},
        {".a", false, false},       {"a.", false, false},     {"a.-b", false, false}, {"a-.b", false, false},
        {"\xC3\xA9", false, false}, {"a b", false, false},    {"a/b", false, false},  {"a\n", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kc_dns_label_valid(cases[i].s) != cases[i].label ||
            kc_dns_subdomain_valid(cases[i].s) != cases[i].subdomain)
            fail_msg("\"%s\"", cases[i].s);
    assert_true(kc_dns_label_valid(repeat('a', 63)));
    assert_false(kc_dns_label_valid(repeat('a', 64)));
    assert_true(kc_dns_subdomain_valid(repeat('a', 253)));
    assert_false(kc_dns_subdomain_valid(repeat('a', 254)));
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        int64_t min, max;
        bool ok;
        int64_t value;
    } cases[] = {
        {"0", 0, 10, true, 0},
        {"10", 0, 10, true, 10},
        {"11", 0, 10, false, 0},
        {"-1", 0, 10, false, 0},
        {"-5", -5, 10, true, -5},
        {"-6", -5, 10, false, 0},
        {"007", 0, 10, true, 7},
        {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
        {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
        {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
        {"", INT64_MIN, INT64_MAX, false, 0},
        {"-", INT64_MIN, INT64_MAX, false, 0},
        {"--1", INT64_MIN, INT64_MAX, false, 0},
        {"+1", INT64_MIN, INT64_MAX, false, 0},
        {" 1", INT64_MIN, INT64_MAX, false, 0},
        {"1 ", INT64_MIN, INT64_MAX, false, 0},
        {"1.0", INT64_MIN, INT64_MAX, false, 0},
        {"0x1", INT64_MIN, INT64_MAX, false, 0},
        {"1e3", INT64_MIN, INT64_MAX, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 42;
        bool ok = kc_parse_int(cases[i].s, cases[i].min, cases[i].max, &value);
        if (ok != cases[i].ok || value != (ok ? cases[i].value : 42))
            fail_msg("\"%s\": %d, %jd", cases[i].s, ok, (intmax_t)value);
    }
}

static void test_edit_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t limit, distance;
    } cases[] = {
        {"", "", 3, 0},          {"scale", "scale", 3, 0},    {"", "abc", 5, 3},           {"scale", "scael", 3, 1},
        {"scale", "sale", 3, 1}, {"scale", "scales", 3, 1},   {"scale", "skale", 3, 1},    {"kitten", "sitting", 5, 3},
        {"ca", "abc", 5, 3},     {"rollout", "delete", 2, 3}, {"rollout", "delete", 0, 1}, {"ab", "ba", 1, 1},
        {"abcd", "badc", 2, 2},  {"abcdef", "badcfe", 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t there = kc_edit_distance(cases[i].a, cases[i].b, cases[i].limit);
        size_t back = kc_edit_distance(cases[i].b, cases[i].a, cases[i].limit);
        if (there != cases[i].distance || back != there)
            fail_msg("%s, %s within %zu: %zu and %zu", cases[i].a, cases[i].b, cases[i].limit, there, back);
    }
    char far[1000];
    memset(far, 'x', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    assert_int_equal(kc_edit_distance(far, far, 2), 0);
    assert_int_equal(kc_edit_distance(far, far + 1, 2), 3);
    assert_int_equal(kc_edit_distance(repeat('x', 255), "x", 300), 254);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),   cmocka_unit_test(test_utf8),     cmocka_unit_test(test_deceptive_characters),
        cmocka_unit_test(test_dns_names), cmocka_unit_test(test_integers), cmocka_unit_test(test_edit_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
