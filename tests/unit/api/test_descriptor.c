/* Every row is described and bounded, and the decoder's checks agree with the patterns that the API server enforces. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/tables.h"

static void check_table(const struct kc_table *t, const char *path);

static void check_row(const struct kc_field *f, const char *path)
{
    char here[256];
    snprintf(here, sizeof here, "%s.%s", path, f->kind == KC_FIELD_INLINE ? "" : f->name);
    bool sized = f->kind == KC_FIELD_STRING || f->kind == KC_FIELD_INT || f->kind == KC_FIELD_STRINGS ||
                 f->kind == KC_FIELD_EXTRAS || f->kind == KC_FIELD_OBJECTS || f->kind == KC_FIELD_CONDITIONS;
    bool has_items = f->kind == KC_FIELD_STRINGS || f->kind == KC_FIELD_EXTRAS;
    bool has_count = f->kind == KC_FIELD_OBJECTS || f->kind == KC_FIELD_EXTRAS;
    if (f->kind != KC_FIELD_INLINE &&
        (!f->description || strlen(f->description) < 10 || f->description[strlen(f->description) - 1] != '.'))
        fail_msg("%s has no sentence that describes it", here);
    if (sized && f->max <= 0)
        fail_msg("%s has no limit", here);
    if (has_items && f->item_max <= 0)
        fail_msg("%s has no limit for its items", here);
    if (has_count && f->count_offset == 0)
        fail_msg("%s does not say where its count is", here);
    if (f->kind == KC_FIELD_ENUM && !f->names)
        fail_msg("%s has no names", here);
    if (f->trim && f->kind == KC_FIELD_OBJECTS && f->table->fields[0].kind != KC_FIELD_STRING)
        fail_msg("%s has no place for the mark of a cut: the first field of its items has to be a string", here);
    if (f->trim && f->kind == KC_FIELD_STRING && f->max < 64)
        fail_msg("%s is too small for the mark of a cut", here);
    if (f->table)
        check_table(f->table, here);
}

static void check_table(const struct kc_table *t, const char *path)
{
    assert_true(t->n > 0 && t->size > 0);
    for (size_t i = 0; i < t->n; i++)
        check_row(&t->fields[i], path);
}

static void test_rows_are_described_and_bounded(void **state)
{
    (void)state;
    check_table(&kc_chatrequest_table, "");
}

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(kc_table_find(&kc_spec_table, "prompt")->name, "prompt");
    const struct kc_table *approval = kc_table_find(&kc_spec_table, "approvals")->table;
    assert_string_equal(kc_table_find(approval, "username")->name, "username"); /* through the inlined identity */
    assert_null(kc_table_find(&kc_spec_table, "username"));
    assert_null(kc_table_find(&kc_spec_table, ""));
}

static void test_formats_agree_with_their_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s;
        const struct kc_format *format;
        bool expected, rule_refuses; /* rule_refuses: right by the pattern, wrong by the rule beside it */
    } cases[] = {
        {"label", "shop", &kc_format_dns_label, true, false},
        {"label of one", "a", &kc_format_dns_label, true, false},
        {"label with dash", "prod-eu-1", &kc_format_dns_label, true, false},
        {"label empty", "", &kc_format_dns_label, false, false},
        {"label upper case", "Shop", &kc_format_dns_label, false, false},
        {"label with dot", "a.b", &kc_format_dns_label, false, false},
        {"label ends in dash", "a-", &kc_format_dns_label, false, false},
        {"label starts with dash", "-a", &kc_format_dns_label, false, false},
        {"hours", "1h", &kc_format_duration, true, false},
        {"all units", "1h2m3s4ms", &kc_format_duration, true, false},
        {"fraction", "1.5h", &kc_format_duration, true, false},
        {"the longest", "720h", &kc_format_duration, true, false},
        {"longer", "720h1ms", &kc_format_duration, false, true},
        {"nothing", "0s", &kc_format_duration, false, true},
        {"overflow", "99999999999999999999h", &kc_format_duration, false, true},
        {"no unit", "90", &kc_format_duration, false, false},
        {"no number", "h", &kc_format_duration, false, false},
        {"sign", "-1h", &kc_format_duration, false, false},
        {"plus", "+1h", &kc_format_duration, false, false},
        {"space", "1h 2m", &kc_format_duration, false, false},
        {"days", "1d", &kc_format_duration, false, false},
        {"microseconds", "1us", &kc_format_duration, false, false},
        {"bare fraction", ".5h", &kc_format_duration, false, false},
        {"open fraction", "1.h", &kc_format_duration, false, false},
        {"empty duration", "", &kc_format_duration, false, false},
        {"digest", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", &kc_format_plan_digest,
         true, false},
        {"digest in upper case", "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
         &kc_format_plan_digest, false, false},
        {"digest too short", "sha256:0123", &kc_format_plan_digest, false, false},
        {"digest too long", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
         &kc_format_plan_digest, false, false},
        {"digest without name", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         &kc_format_plan_digest, false, false},
        {"nonce", "0123456789abcdef0123456789abcdef", &kc_format_nonce, true, false},
        {"nonce too short", "0123456789abcdef0123456789abcde", &kc_format_nonce, false, false},
        {"nonce with a letter", "0123456789abcdef0123456789abcdeg", &kc_format_nonce, false, false},
        {"seal", "v1:AAAA+/0=", &kc_format_seal, true, false},
        {"seal unpadded", "v1:AAAA", &kc_format_seal, true, false},
        {"seal of padding", "v1:==", &kc_format_seal, false, false},
        {"seal overpadded", "v1:A===", &kc_format_seal, false, false},
        {"seal goes on", "v1:A=A", &kc_format_seal, false, false},
        {"seal of another version", "v2:AAAA", &kc_format_seal, false, false},
        {"reason", "DryRunRefused", &kc_format_condition_reason, true, false},
        {"reason of one", "A", &kc_format_condition_reason, true, false},
        {"reason with marks", "A_b,c:d9", &kc_format_condition_reason, true, false},
        {"reason ends in comma", "A,", &kc_format_condition_reason, false, false},
        {"reason starts with digit", "9A", &kc_format_condition_reason, false, false},
        {"reason with space", "A b", &kc_format_condition_reason, false, false},
        {"reason empty", "", &kc_format_condition_reason, false, false},
        {"subdomain", "a.b-c.d", &kc_format_dns_subdomain, true, false},
        {"subdomain with an empty part", "a..b", &kc_format_dns_subdomain, false, false},
        {"subdomain ends in dot", "a.", &kc_format_dns_subdomain, false, false},
        {"pattern of everything", "*", &kc_format_name_pattern, true, false},
        {"pattern of a name", "shop", &kc_format_name_pattern, true, false},
        {"pattern of a beginning", "prod-*", &kc_format_name_pattern, true, false},
        {"pattern empty", "", &kc_format_name_pattern, false, false},
        {"pattern of two stars", "a**", &kc_format_name_pattern, false, false},
        {"pattern with a star within", "a*b", &kc_format_name_pattern, false, false},
        {"pattern starts with dash", "-a*", &kc_format_name_pattern, false, false},
        {"pattern in upper case", "A*", &kc_format_name_pattern, false, false},
        {"pattern ends in dash", "a-", &kc_format_name_pattern, false, false},
        {"kind", "Pod", &kc_format_kind, true, false},
        {"kind with group", "Ingress.networking.k8s.io", &kc_format_kind, true, false},
        {"kind in lower case", "pod", &kc_format_kind, false, false},
        {"kind ends in dot", "Pod.", &kc_format_kind, false, false},
        {"kind with a group in upper case", "Pod.Apps", &kc_format_kind, false, false},
        {"kind empty", "", &kc_format_kind, false, false},
        {"key", "tier", &kc_format_label_key, true, false},
        {"key with domain", "example.com/Tier_1", &kc_format_label_key, true, false},
        {"key with marks", "a.b_c-d", &kc_format_label_key, true, false},
        {"key without domain", "/a", &kc_format_label_key, false, false},
        {"key without name", "example.com/", &kc_format_label_key, false, false},
        {"key with two slashes", "a/b/c", &kc_format_label_key, false, false},
        {"key starts with dash", "-a", &kc_format_label_key, false, false},
        {"key ends in dash", "a-", &kc_format_label_key, false, false},
        {"key with space", "a b", &kc_format_label_key, false, false},
        {"key empty", "", &kc_format_label_key, false, false},
    };
    for (size_t i = 0; i < KC_COUNT(cases); i++) {
        regex_t pattern;
        assert_int_equal(regcomp(&pattern, cases[i].format->pattern, REG_EXTENDED | REG_NOSUB), 0);
        bool by_pattern = regexec(&pattern, cases[i].s, 0, NULL, 0) == 0;
        regfree(&pattern);
        if (cases[i].format->matches(cases[i].s) != cases[i].expected)
            fail_msg("%s: the decoder's check says otherwise", cases[i].name);
        if (by_pattern != (cases[i].expected || cases[i].rule_refuses))
            fail_msg("%s: the pattern says otherwise", cases[i].name);
        if (cases[i].rule_refuses)
            assert_non_null(cases[i].format->rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_described_and_bounded),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_formats_agree_with_their_patterns),
    };
    return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
