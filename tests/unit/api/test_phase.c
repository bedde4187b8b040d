/* Phases as rows of conditions, and what kstatus and kubectl wait make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/chatrequest.h"

static enum kc_truth of(const struct kc_conditions *c, enum kc_condition_type t)
{
    return c->v[t].status;
}

/* kstatus (sigs.k8s.io/cli-utils), the rule for kinds that it does not know: Reconciling True is InProgress, Stalled
 * True is Failed, neither is Current. */
static const char *kstatus(const struct kc_conditions *c)
{
    if (of(c, KC_RECONCILING) == KC_TRUE)
        return "InProgress";
    return of(c, KC_STALLED) == KC_TRUE ? "Failed" : "Current";
}

static void check_phase(const struct kc_conditions *c, enum kc_phase p)
{
    bool success = p == KC_SUCCEEDED, final = kc_phase_final(p);
    assert_int_equal(kc_phase_of(c), p);
    assert_string_equal(kstatus(c), success ? "Current" : final ? "Failed" : "InProgress");
    assert_int_equal(of(c, KC_COMPLETE) == KC_TRUE, success);
    assert_int_equal(of(c, KC_FAILED) == KC_TRUE, final && !success);
    assert_int_equal(of(c, KC_RECONCILING), final ? KC_FALSE : KC_TRUE);
    assert_int_equal(of(c, KC_STALLED), final && !success ? KC_TRUE : KC_FALSE);
    for (int t = 0; t < KC_CONDITION_TYPES; t++) {
        assert_true(strlen(c->v[t].reason) > 0);
        assert_non_null(c->v[t].message);
    }
}

static void test_every_phase_from_every_phase(void **state)
{
    (void)state;
    static const char *const reasons[] = {NULL, "", "Expired", "Succeeded", "DryRunRefused"};
    for (int from = KC_PENDING; from < KC_PHASES; from++)
        for (int to = KC_PENDING; to < KC_PHASES; to++)
            for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++) {
                struct kc_conditions c = {0};
                kc_phase_enter(&c, (enum kc_phase)from, reasons[r], "before", 1, 1000);
                check_phase(&c, (enum kc_phase)from);
                kc_phase_enter(&c, (enum kc_phase)to, reasons[r], "after", 2, 2000);
                check_phase(&c, (enum kc_phase)to);
                for (int t = 0; t < KC_CONDITION_TYPES; t++)
                    assert_int_equal(c.v[t].observed_generation, 2);
            }
}

/* Long random walks, with single conditions set in between as the reconciler does. */
static void test_walks(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    struct kc_conditions c = {0};
    for (int i = 0; i < 100000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        kc_condition_set(&c, (enum kc_condition_type)(x % KC_CONDITION_TYPES), (enum kc_truth)(x / 16 % 3), "Because",
                         "of it", i, i);
        enum kc_phase p = (enum kc_phase)(KC_PENDING + (int)(x / 64 % (KC_PHASES - KC_PENDING)));
        kc_phase_enter(&c, p, "Because", "", i, i);
        check_phase(&c, p);
    }
}

/* Planned, Previewed, Approved, Executed, Verified after a request that went straight to the phase. */
static void test_how_far_it_came(void **state)
{
    (void)state;
    static const struct {
        enum kc_phase before, phase;
        const char *expected;
    } cases[] = {
        {KC_PENDING, KC_PENDING, "?????"},
        {KC_PENDING, KC_PLANNING, "-????"},
        {KC_PLANNING, KC_PREVIEWING, "+-???"},
        {KC_PREVIEWING, KC_AWAITING_APPROVAL, "++-??"},
        {KC_AWAITING_APPROVAL, KC_EXECUTING, "+++-?"},
        {KC_EXECUTING, KC_VERIFYING, "++++-"},
        {KC_VERIFYING, KC_SUCCEEDED, "+++++"},
        {KC_PENDING, KC_CANCELLED, "-----"},
        {KC_PLANNING, KC_NEEDS_CLARIFICATION, "-----"},
        {KC_PREVIEWING, KC_REFUSED, "+----"},
        {KC_AWAITING_APPROVAL, KC_REJECTED, "++---"},
        {KC_AWAITING_APPROVAL, KC_EXPIRED, "++---"},
        {KC_EXECUTING, KC_STALE, "+++--"},
        {KC_EXECUTING, KC_PHASE_FAILED, "+++--"},
        {KC_VERIFYING, KC_ROLLED_BACK, "++++-"},
        {KC_EXECUTING, KC_REJECTED, "++---"}, /* an approval taken for given is withdrawn by the rejection */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_conditions c;
        kc_conditions_init(&c, 1, 1000);
        kc_phase_enter(&c, cases[i].before, NULL, NULL, 1, 1000);
        kc_phase_enter(&c, cases[i].phase, NULL, NULL, 1, 2000);
        for (int t = KC_PLANNED; t <= KC_VERIFIED; t++)
            if ("?+-"[c.v[t].status] != cases[i].expected[t])
                fail_msg("%s after %s: %s is %c, not %c", kc_phase_name(cases[i].phase), kc_phase_name(cases[i].before),
                         kc_condition_name((enum kc_condition_type)t), "?+-"[c.v[t].status], cases[i].expected[t]);
    }
}

/* Conditions that no kc_phase_enter() made, as after an edit by hand. */
static void test_odd_conditions(void **state)
{
    (void)state;
    static const char *const reasons[] = {"", "Executing", "Succeeded", "SomethingElse"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct kc_conditions c;
        kc_conditions_init(&c, 1, 1000);
        kc_condition_set(&c, KC_FAILED, KC_TRUE, "Because", "", 1, 1000);
        kc_condition_set(&c, KC_STALLED, KC_TRUE, reasons[i], "", 1, 1000);
        assert_int_equal(kc_phase_of(&c), KC_PHASE_FAILED);
    }
}

static void test_who_carries_the_reason(void **state)
{
    (void)state;
    struct kc_conditions c = {0};
    kc_phase_enter(&c, KC_AWAITING_APPROVAL, "ApprovalMissing", "one approval is missing", 1, 1000);
    assert_string_equal(c.v[KC_APPROVED].reason, "ApprovalMissing");
    assert_string_equal(c.v[KC_APPROVED].message, "one approval is missing");
    assert_int_equal(of(&c, KC_APPROVED), KC_FALSE);
    assert_string_equal(c.v[KC_RECONCILING].reason, "AwaitingApproval");
    assert_string_equal(c.v[KC_RECONCILING].message, "one approval is missing");
    assert_string_equal(c.v[KC_EXECUTED].reason, "Pending");

    kc_phase_enter(&c, KC_STALE, "TargetChanged", "somebody scaled it", 1, 2000);
    assert_string_equal(c.v[KC_FAILED].reason, "TargetChanged");
    assert_string_equal(c.v[KC_FAILED].message, "somebody scaled it");
    assert_string_equal(c.v[KC_STALLED].reason, "Stale");
    assert_string_equal(c.v[KC_STALLED].message, "somebody scaled it");
    assert_string_equal(c.v[KC_RECONCILING].message, "");
    assert_int_equal(of(&c, KC_PREVIEWED), KC_TRUE); /* it came that far */
    assert_int_equal(of(&c, KC_APPROVED), KC_FALSE);
}

static void test_a_better_reason_stays(void **state)
{
    (void)state;
    struct kc_conditions c = {0};
    kc_phase_enter(&c, KC_PREVIEWING, NULL, NULL, 1, 1000);
    kc_condition_set(&c, KC_APPROVED, KC_TRUE, "NotRequired", "it only reads", 1, 1500);
    kc_phase_enter(&c, KC_EXECUTING, NULL, NULL, 1, 2000);
    assert_string_equal(c.v[KC_APPROVED].reason, "NotRequired");
    kc_condition_set(&c, KC_EXECUTED, KC_FALSE, "Forbidden", "deployments is forbidden", 1, 2500);
    kc_phase_enter(&c, KC_PHASE_FAILED, "StepFailed", "step 1 failed", 1, 3000);
    assert_string_equal(c.v[KC_EXECUTED].reason, "Forbidden");
    assert_string_equal(c.v[KC_APPROVED].message, "it only reads");
    assert_string_equal(c.v[KC_VERIFIED].reason, "Failed");
}

/* What a phase is about takes its word over an older one. */
static void test_a_rejection_says_so(void **state)
{
    (void)state;
    struct kc_conditions c = {0};
    kc_phase_enter(&c, KC_AWAITING_APPROVAL, "ApprovalMissing", "one approval is missing", 1, 1000);
    kc_phase_enter(&c, KC_REJECTED, "RejectedByBen", "ben: not on a Friday", 1, 2000);
    assert_string_equal(c.v[KC_APPROVED].reason, "Rejected");
    assert_string_equal(c.v[KC_FAILED].reason, "RejectedByBen");
}

/* The reconciler may say on Reconciling what it waits for; the phase stays. */
static void test_waiting_keeps_the_phase(void **state)
{
    (void)state;
    for (int p = KC_PENDING; p < KC_SUCCEEDED; p++) {
        struct kc_conditions c = {0};
        kc_phase_enter(&c, (enum kc_phase)p, NULL, NULL, 1, 1000);
        kc_condition_set(&c, KC_RECONCILING, KC_TRUE, "AuditUnavailable", "the audit store is away", 1, 2000);
        assert_int_equal(kc_phase_of(&c), p);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int p = KC_PENDING; p < KC_PHASES; p++)
        assert_int_equal(kc_phase_of_name(kc_phase_name((enum kc_phase)p)), p);
    assert_string_equal(kc_phase_name(KC_PHASE_NONE), "");
    assert_int_equal(kc_phase_of_name(""), KC_PHASE_NONE);
    assert_int_equal(kc_phase_of_name(NULL), KC_PHASE_NONE);
    assert_int_equal(kc_phase_of_name("Thinking"), KC_PHASE_NONE);
    assert_false(kc_phase_final(KC_VERIFYING));
    assert_true(kc_phase_final(KC_SUCCEEDED));
    assert_true(kc_phase_final(KC_REFUSED));
    assert_false(kc_phase_final(KC_PHASE_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_phase_from_every_phase),
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_who_carries_the_reason),
        cmocka_unit_test(test_a_better_reason_stays),
        cmocka_unit_test(test_waiting_keeps_the_phase),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_how_far_it_came),
        cmocka_unit_test(test_odd_conditions),
        cmocka_unit_test(test_a_rejection_says_so),
    };
    return cmocka_run_group_tests_name("phase", tests, NULL, NULL);
}
