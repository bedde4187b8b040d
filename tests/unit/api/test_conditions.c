#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/chatrequest.h"

static void test_init(void **state)
{
    (void)state;
    struct kc_conditions c;
    memset(&c, 0x5a, sizeof c);
    kc_conditions_init(&c, 3, 1000);
    assert_true(c.present);
    for (int t = 0; t < KC_CONDITION_TYPES; t++) {
        enum kc_truth expected = t == KC_RECONCILING ? KC_TRUE : t == KC_STALLED ? KC_FALSE : KC_UNKNOWN;
        assert_int_equal(c.v[t].status, expected);
        assert_string_equal(c.v[t].reason, "Pending");
        assert_string_equal(c.v[t].message, "");
        assert_int_equal(c.v[t].last_transition_time, 1000);
        assert_int_equal(c.v[t].observed_generation, 3);
    }
    assert_int_equal(kc_phase_of(&c), KC_PENDING);
}

static void test_transition_time(void **state)
{
    (void)state;
    struct kc_conditions c;
    kc_conditions_init(&c, 1, 1000);
    kc_condition_set(&c, KC_PLANNED, KC_TRUE, "Planned", "one step", 1, 2000);
    assert_int_equal(c.v[KC_PLANNED].last_transition_time, 2000);
    kc_condition_set(&c, KC_PLANNED, KC_TRUE, "Replanned", NULL, 2,
                     3000); /* same status: another reason moves no time */
    assert_int_equal(c.v[KC_PLANNED].last_transition_time, 2000);
    assert_string_equal(c.v[KC_PLANNED].reason, "Replanned");
    assert_string_equal(c.v[KC_PLANNED].message, "");
    assert_int_equal(c.v[KC_PLANNED].observed_generation, 2);
    kc_condition_set(&c, KC_PLANNED, KC_FALSE, "Stale", "", 2, 4000);
    assert_int_equal(c.v[KC_PLANNED].last_transition_time, 4000);
}

/* Unknown is what a zeroed condition reads as: the first set has to stamp it all the same. */
static void test_follows(void **state)
{
    static const struct kc_condition before = {KC_TRUE, "Answers", "fine", 1000, 3};
    static const struct {
        const char *name;
        struct kc_condition now;
        bool same;
        int64_t time;
    } cases[] = {
        {"the same", {KC_TRUE, "Answers", "fine", 2000, 3}, true, 1000},
        {"another message", {KC_TRUE, "Answers", "slow", 2000, 3}, false, 1000},
        {"another reason", {KC_TRUE, "BuiltIn", "fine", 2000, 3}, false, 1000},
        {"another generation", {KC_TRUE, "Answers", "fine", 2000, 4}, false, 1000},
        {"another status", {KC_FALSE, "Answers", "fine", 2000, 3}, false, 2000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kc_condition now = cases[i].now;
        if (kc_condition_follows(&now, &before) != cases[i].same || now.last_transition_time != cases[i].time)
            fail_msg("%s: %lld", cases[i].name, (long long)now.last_transition_time);
    }
    struct kc_condition first = cases[0].now;
    assert_false(kc_condition_follows(&first, NULL));
    assert_int_equal(first.last_transition_time, 2000);
}

static void test_first_set_stamps_unknown(void **state)
{
    (void)state;
    struct kc_conditions c = {0};
    kc_condition_set(&c, KC_EXECUTED, KC_UNKNOWN, "OutcomeUnknown", "", 1, 2000);
    assert_true(c.present);
    assert_int_equal(c.v[KC_EXECUTED].last_transition_time, 2000);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(kc_condition_name(KC_PLANNED), "Planned");
    assert_string_equal(kc_condition_name(KC_STALLED), "Stalled");
    assert_string_equal(kc_condition_name(KC_CONDITION_TYPES), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),    cmocka_unit_test(test_transition_time),
        cmocka_unit_test(test_follows), cmocka_unit_test(test_first_set_stamps_unknown),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
}
