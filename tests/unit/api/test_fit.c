/* Statuses that are too large for the API, brought within its limits without hiding that something was cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/tables.h"

static char *text_of(struct kc_arena *a, const char *unit, size_t n)
{
    char *s = kc_arena_alloc(a, strlen(unit) * n + 1);
    for (size_t i = 0; i < n * strlen(unit); i++)
        s[i] = unit[i % strlen(unit)];
    return s;
}

static struct kc_chatrequest_status blank(void)
{
    return (struct kc_chatrequest_status){.audit = {.first = -1, .last = -1}};
}

static size_t bytes_of(const struct kc_chatrequest_status *s)
{
    KC_JSON_SCOPE *v = kc_chatrequest_encode_status(s);
    return json_dumpb(v, NULL, 0, JSON_COMPACT);
}

/* The API server's view: what was fitted decodes, so it is within every limit. */
static void assert_acceptable(struct kc_arena *a, const struct kc_chatrequest_status *s)
{
    KC_JSON_SCOPE *v = kc_chatrequest_encode_status(s);
    struct kc_chatrequest_status back;
    struct kc_err err = {0};
    if (!kc_table_decode(a, &kc_status_table, v, "status", true, &back, &err))
        fail_msg("%s", err.message);
    assert_true(bytes_of(s) <= KC_MAX_STATUS_BYTES);
}

static void test_what_fits_stays(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest_status s = blank();
    s.summary = text_of(a, "ö", 1024);
    const char *before = s.summary;
    assert_true(kc_chatrequest_fit_status(a, &s));
    assert_ptr_equal(s.summary, before);
}

static void test_long_text(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest_status s = blank();
    s.summary = text_of(a, "ö", 5000);
    assert_true(kc_chatrequest_fit_status(a, &s));
    assert_acceptable(a, &s);
    char *end = kc_arena_printf(a, "ö… %d more characters", 5000 - (1024 - 40));
    assert_true(kc_str_ends(s.summary, end));
    assert_true(kc_utf8_valid(s.summary, strlen(s.summary), NULL));
}

static void test_many_changes(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_change changes[267];
    for (size_t i = 0; i < KC_COUNT(changes); i++)
        changes[i] = (struct kc_change){kc_arena_printf(a, "spec.f%zu", i), "1", "2", false};
    struct kc_step_status step = {.id = "1", .command = "c", .changes = changes, .n_changes = KC_COUNT(changes)};
    struct kc_chatrequest_status s = blank();
    s.plan = (struct kc_plan_status){.steps = &step, .n_steps = 1};
    assert_true(kc_chatrequest_fit_status(a, &s));
    assert_acceptable(a, &s);
    const struct kc_step_status *cut = &s.plan.steps[0];
    assert_int_equal(cut->n_changes, 256);
    assert_string_equal(cut->changes[254].path, "spec.f254");
    assert_string_equal(cut->changes[255].path, "… 12 more changes");
    assert_int_equal(step.n_changes, KC_COUNT(changes)); /* the caller's own is left alone */
    assert_string_equal(changes[255].path, "spec.f255");
}

static void test_many_strings(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *names[40];
    for (size_t i = 0; i < KC_COUNT(names); i++)
        names[i] = "deployment/shop/checkout";
    struct kc_chatrequest_status s = blank();
    s.candidates = (struct kc_strs){names, KC_COUNT(names)};
    assert_true(kc_chatrequest_fit_status(a, &s));
    assert_acceptable(a, &s);
    assert_int_equal(s.candidates.n, 32);
    assert_string_equal(s.candidates.v[31], "… 9 more candidates");
}

/* 32 steps, each at every limit: some 40 MB. */
static void test_everything_at_once(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *message = text_of(a, "\n", 5000); /* two bytes in JSON */
    const char *lines[32];
    for (size_t i = 0; i < KC_COUNT(lines); i++)
        lines[i] = message;
    struct kc_change changes[256];
    for (size_t i = 0; i < KC_COUNT(changes); i++)
        changes[i] = (struct kc_change){message, message, message, true};
    struct kc_step_status steps[KC_MAX_STEPS];
    for (size_t i = 0; i < KC_COUNT(steps); i++)
        steps[i] = (struct kc_step_status){.id = "1",
                                           .command = "kubectl get pods",
                                           .reason = message,
                                           .rbac = message,
                                           .dry_run_message = message,
                                           .changes = changes,
                                           .n_changes = KC_COUNT(changes),
                                           .warnings = {lines, 32},
                                           .policies = {lines, 32},
                                           .blast_radius = message,
                                           .result = message};
    struct kc_chatrequest_status s = blank();
    s.plan = (struct kc_plan_status){.steps = steps, .n_steps = KC_COUNT(steps)};
    s.candidates = (struct kc_strs){lines, 32};
    kc_phase_enter(&s.conditions, KC_PHASE_FAILED, "StepFailed", message, 1, 1000);
    s.summary = "short stays";
    assert_true(kc_chatrequest_fit_status(a, &s));
    assert_acceptable(a, &s);
    assert_string_equal(s.summary, "short stays");
    assert_int_equal(s.plan.n_steps, KC_MAX_STEPS);
    assert_string_equal(s.plan.steps[31].command, "kubectl get pods");
    assert_int_equal(kc_phase_of(&s.conditions), KC_PHASE_FAILED);
}

static void test_what_may_not_be_cut(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_step_status step = {.id = "1", .command = text_of(a, "k", 163841)};
    struct kc_chatrequest_status s = blank(), before;
    s.plan = (struct kc_plan_status){.steps = &step, .n_steps = 1};
    s.summary = text_of(a, "s", 2000);
    before = s;
    assert_false(kc_chatrequest_fit_status(a, &s));
    assert_memory_equal(&s, &before, sizeof s);
    const char *field = NULL;
    assert_false(kc_table_fit(a, &kc_status_table, &s, 4096, 128, &field));
    assert_string_equal(field, "command");

    struct kc_step_status steps[KC_MAX_STEPS + 1];
    for (size_t i = 0; i < KC_COUNT(steps); i++)
        steps[i] = (struct kc_step_status){.id = "1", .command = "c"};
    s = blank();
    s.plan = (struct kc_plan_status){.steps = steps, .n_steps = KC_COUNT(steps)};
    assert_false(kc_chatrequest_fit_status(a, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fits_stays),    cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_many_changes),       cmocka_unit_test(test_many_strings),
        cmocka_unit_test(test_everything_at_once), cmocka_unit_test(test_what_may_not_be_cut),
    };
    return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
