/* Steps that are several changes: in which order their parts are sent, put off and verified, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"
#include "tests/unit/guard/policies.h"

#define STEPS 4 /* three parts of one step, and a step behind them */

struct scene {
    struct kc_arena *a;
    struct kc_chatrequest cr;
    struct kc_plan_record plan;
    struct kc_step_progress steps[STEPS];
    struct kc_approval given;
    struct kc_judged_approval judged;
    struct kc_observed o;
};

static const char *finalizers[] = {KC_FINALIZER};

/* Approved and executing. */
static void scene_init(struct scene *s, struct kc_arena *a)
{
    static const char *const parts[STEPS] = {"scale deployment/shop/web-0", "scale deployment/shop/web-1",
                                             "scale deployment/shop/web-2", ""};

    *s = (struct scene){.a = a, .cr = request_new(), .plan = plan_new(a, STEPS)};
    for (size_t i = 0; i < STEPS; i++) {
        s->plan.steps[i] = scale_step(a, i, 3, 5, "o-1", KC_MUTATING);
        s->plan.steps[i].part = parts[i];
        s->plan.steps[i].group = i / 3;
        s->steps[i].message = "";
    }
    s->o = observed_new(&s->cr, &s->plan);
    s->o.steps = s->steps;
    s->o.judged = true;
    s->o.approvals = &s->judged;
    s->o.n_approvals = 1;
    s->o.policies = no_policies(a);
    s->o.plan_digest = s->o.recorded_digest = s->cr.status.plan.digest = plan_digest(a, &s->plan);
    s->given = (struct kc_approval){.who = {.username = "ana"},
                                    .decision = KC_APPROVE,
                                    .plan_digest = s->o.plan_digest,
                                    .confirm = "",
                                    .comment = "",
                                    .time = NOW - KC_SECOND_MS};
    s->cr.spec.approvals = (struct kc_approvals){&s->given, 1};
    s->judged = (struct kc_judged_approval){.approval = &s->given, .seal_valid = true, .may_approve = true};
    s->cr.meta.finalizers = (struct kc_strs){.v = finalizers, .n = 1};
    kc_phase_enter(&s->cr.status.conditions, KC_EXECUTING, "Test", "shown before", 1, NOW - KC_SECOND_MS);
}

static void sent(struct scene *s, size_t i)
{
    s->steps[i] = (struct kc_step_progress){
        .progress = KC_STEP_DONE, .attempts = 1, .done_at = NOW - KC_SECOND_MS, .message = "sent"};
}

static void verified(struct scene *s, size_t i)
{
    sent(s, i);
    s->steps[i].verified = true;
}

static void put_off(struct scene *s, size_t i, int times, int64_t ago)
{
    s->steps[i].put_offs = times;
    s->steps[i].put_off_at = NOW - ago;
    s->steps[i].message = "poddisruptionbudget/shop/web needs 3 healthy pods and has 3 currently";
}

static void nothing_sent(struct scene *s)
{
    (void)s;
}
static void one_sent(struct scene *s)
{
    sent(s, 0);
}
static void all_sent(struct scene *s)
{
    for (size_t i = 0; i < 3; i++)
        sent(s, i);
}
static void some_verified(struct scene *s)
{
    all_sent(s);
    verified(s, 0);
    verified(s, 1);
}
static void all_verified(struct scene *s)
{
    some_verified(s);
    verified(s, 2);
}
static void open_behind_a_put_off_one(struct scene *s)
{
    sent(s, 0);
    put_off(s, 1, 1, 0);
    s->steps[2].progress = KC_STEP_OPEN;
}
static void first_put_off(struct scene *s)
{
    put_off(s, 0, 1, KC_MINUTE_MS);
}
static void one_left_and_due(struct scene *s)
{
    sent(s, 0);
    put_off(s, 1, 3, 4 * KC_SECOND_MS);
    sent(s, 2);
}
static void one_left_not_due(struct scene *s)
{
    sent(s, 0);
    put_off(s, 1, 3, 3 * KC_SECOND_MS);
    sent(s, 2);
}
static void one_waits(struct scene *s)
{
    verified(s, 0);
    put_off(s, 1, 3, 3 * KC_SECOND_MS);
    verified(s, 2);
}
static void one_has_waited_long(struct scene *s)
{
    one_waits(s);
    put_off(s, 1, 20, KC_SECOND_MS);
}
static void one_waits_at_the_deadline(struct scene *s)
{
    one_waits(s);
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS;
}
static void one_waits_shortly_before_the_deadline(struct scene *s)
{
    one_waits(s);
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS + 300;
}
static void cancelled_with_one_sent(struct scene *s)
{
    one_sent(s);
    s->cr.spec.cancel = true;
}
static void refused_in_the_middle(struct scene *s)
{
    sent(s, 0);
    s->steps[1].progress = KC_STEP_REFUSED;
    s->steps[1].message = "exceeded quota";
}
static void found_broken(struct scene *s)
{
    sent(s, 0);
    s->steps[0].broken = true;
    s->steps[0].message = "somebody changed it again";
}
static void all_there_is(struct scene *s)
{
    all_verified(s);
    verified(s, 3);
}
static void the_only_step(struct scene *s)
{
    all_verified(s);
    s->plan.n_steps = 3;
    s->o.plan_digest = s->o.recorded_digest = plan_digest(s->a, &s->plan);
}

static const struct row {
    const char *name;
    void (*arrange)(struct scene *s);
    enum kc_do_kind kind;
    size_t step;
    int64_t delay_ms;
    enum kc_phase phase;
    const char *reason, *says;
} rows[] = {
    {"the first part", nothing_sent, .kind = KC_DO_EXECUTE, .step = 0},
    {"the next is sent before the first is verified", one_sent, .kind = KC_DO_EXECUTE, .step = 1},
    {"all are sent: now they are verified", all_sent, .kind = KC_DO_VERIFY, .step = 0},
    {"verified one after the other", some_verified, .kind = KC_DO_VERIFY, .step = 2},
    {"the step behind waits for all of them", all_verified, .kind = KC_DO_EXECUTE, .step = 3},
    {"an open intent behind one that was put off", open_behind_a_put_off_one, .kind = KC_DO_RECOVER, .step = 2},
    {"what was put off lets the others go first", first_put_off, .kind = KC_DO_EXECUTE, .step = 1},
    {"what was put off comes again before others are verified", one_left_and_due, .kind = KC_DO_EXECUTE, .step = 1},
    {"until then others are verified", one_left_not_due, .kind = KC_DO_VERIFY, .step = 0},
    {"nothing else to do", one_waits, .kind = KC_DO_WAIT, .delay_ms = KC_SECOND_MS},
    {"it waits longer each time", one_has_waited_long, .kind = KC_DO_WAIT, .delay_ms = 14 * KC_SECOND_MS},
    {"never past the deadline", one_waits_shortly_before_the_deadline, .kind = KC_DO_WAIT, .delay_ms = 300},
    {"the deadline", one_waits_at_the_deadline, .kind = KC_DO_FINISH, .phase = KC_EXPIRED, .reason = "DeadlineExceeded",
     .says = "passed: 2/3 scaled; deployment/shop/web-1 waits: poddisruptionbudget/shop/web needs 3 healthy pods"},
    {"cancelled: what was sent is verified first", cancelled_with_one_sent, .kind = KC_DO_VERIFY, .step = 0},
    {"one is refused", refused_in_the_middle, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "StepRefused",
     .says = "step 1 (scale deployment/shop/web-1): exceeded quota"},
    {"one is found broken", found_broken, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "VerificationFailed", .says = "step 1 (scale deployment/shop/web-0): somebody"},
    {"people see two steps", all_there_is, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Verified",
     .says = "all 2 steps"},
    {"people see one step", the_only_step, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Verified",
     .says = "3/3 scaled and verified"},
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct row *r = &rows[i];
        struct scene s;

        scene_init(&s, a);
        r->arrange(&s);
        struct kc_do what = kc_step(&s.o, NOW, a);
        if (what.kind != r->kind || what.step != r->step)
            fail_msg("%s: %d of step %zu", r->name, (int)what.kind, what.step);
        if (what.kind == KC_DO_WAIT && what.delay_ms != r->delay_ms)
            fail_msg("%s: waits %lld ms", r->name, (long long)what.delay_ms);
        if (what.kind != KC_DO_FINISH)
            continue;
        if (what.ending.phase != r->phase || !KC_STREQ(what.ending.reason, r->reason) ||
            !strstr(what.ending.message, r->says))
            fail_msg("%s: %s: %s", r->name, what.ending.reason, what.ending.message);
    }
}

static void test_due(void **state)
{
    static const struct {
        int times;
        int64_t seconds;
    } delays[] = {{1, 1}, {2, 2}, {3, 4}, {4, 8}, {5, 15}, {34, 15}, {35, 60}, {1000, 60}};
    (void)state;

    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        struct kc_step_progress s = {.put_offs = delays[i].times, .put_off_at = NOW};
        assert_true(kc_step_due(&s) == NOW + delays[i].seconds * KC_SECOND_MS);
    }
    assert_true(kc_step_due(&(struct kc_step_progress){.put_offs = 0}) == 0);
}

static void test_what_is_said(void **state)
{
    KC_ARENA_SCOPE(a);
    struct scene s;
    (void)state;

    scene_init(&s, a);
    assert_string_equal(kc_step_parts(a, &s.plan, s.steps, 0), "0/3 scaled");
    assert_string_equal(kc_step_parts(a, &s.plan, s.steps, 3), "");
    refused_in_the_middle(&s);
    assert_string_equal(kc_step_parts(a, &s.plan, s.steps, 0),
                        "1/3 scaled; deployment/shop/web-1 failed: exceeded quota");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
