/* Every decision of kc_step, one row each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"
#include "tests/unit/guard/policies.h"

#define STEPS 2

/* What step() is shown: two mutating steps, planned and waiting for approval, until a row's arrange() changes it. */
struct scene {
    struct kc_arena *a;
    struct kc_chatrequest cr;
    struct kc_plan_record plan;
    struct kc_step_progress steps[STEPS];
    struct kc_plan_record was; /* the plan that plan follows, once there is one */
    struct kc_step_progress was_steps[STEPS];
    struct kc_former former[1];
    struct kc_approval given[2];
    struct kc_judged_approval judged[2];
    struct kc_observed o;
};

static const char *finalizers[] = {"example.com/other", KC_FINALIZER};

static void show(struct scene *s, enum kc_phase phase)
{
    kc_phase_enter(&s->cr.status.conditions, phase, "Test", "shown before", 1, NOW - KC_SECOND_MS);
}

static void redigest(struct scene *s)
{
    s->o.plan_digest = s->o.recorded_digest = s->cr.status.plan.digest = plan_digest(s->a, &s->plan);
}

static void scene_init(struct scene *s, struct kc_arena *a)
{
    *s = (struct scene){.a = a, .cr = request_new(), .plan = plan_new(a, STEPS)};
    for (size_t i = 0; i < STEPS; i++) {
        s->plan.steps[i] = scale_step(a, i, 3, 5, "o-1", KC_MUTATING);
        s->steps[i].message = "";
    }
    s->o = observed_new(&s->cr, &s->plan);
    s->o.steps = s->steps;
    s->o.approvals = s->judged;
    s->o.policies = no_policies(a);
    redigest(s);
    show(s, KC_AWAITING_APPROVAL);
}

/* One more approval, good in every way until the caller spoils it. */
static struct kc_judged_approval *give(struct scene *s, const char *username)
{
    size_t i = s->cr.spec.approvals.n++;

    s->given[i] = (struct kc_approval){.who = {.username = username},
                                       .decision = KC_APPROVE,
                                       .plan_digest = s->o.plan_digest,
                                       .confirm = "",
                                       .comment = "",
                                       .time = NOW - KC_SECOND_MS};
    s->cr.spec.approvals.v = s->given;
    s->judged[i] = (struct kc_judged_approval){.approval = &s->given[i], .seal_valid = true, .may_approve = true};
    s->o.n_approvals = i + 1;
    s->o.judged = true;
    return &s->judged[i];
}

static void hold(struct scene *s)
{
    s->cr.meta.finalizers = (struct kc_strs){.v = finalizers, .n = 2};
    show(s, KC_EXECUTING);
}

static void progress(struct scene *s, size_t i, enum kc_progress p, int attempts, const char *message)
{
    s->steps[i] = (struct kc_step_progress){
        .progress = p, .attempts = attempts, .done_at = NOW - KC_SECOND_MS, .message = message};
}

static void done(struct scene *s, size_t i)
{
    progress(s, i, KC_STEP_DONE, 1, "5 of 5 replicas available");
    s->steps[i].verified = true;
}

static void destructive(struct scene *s)
{
    s->plan.steps[1].effect = KC_DESTRUCTIVE;
    redigest(s);
}

static void end(struct scene *s, enum kc_phase phase)
{
    s->o.recorded = (struct kc_ending){.phase = phase, .reason = "R", .message = "the end"};
}

static void is_new(struct scene *s)
{
    s->o.plan = NULL;
    s->o.plan_digest = s->o.recorded_digest = s->cr.status.plan.digest = "";
    s->o.nonce_owner = "";
    s->cr.status.conditions = (struct kc_conditions){0};
}
static void status_not_written(struct scene *s)
{
    s->cr.status.plan.digest = "";
}
static void waits(struct scene *s)
{
    (void)s;
}
static void not_judged(struct scene *s)
{
    give(s, "ana");
    s->o.judged = false;
}
static void approved(struct scene *s)
{
    give(s, "ana");
}
static void approved_and_held(struct scene *s)
{
    give(s, "ana");
    hold(s);
    show(s, KC_AWAITING_APPROVAL);
}
static void executing(struct scene *s)
{
    give(s, "ana");
    hold(s);
}
static void finalizer_taken_away(struct scene *s)
{
    executing(s);
    s->cr.meta.finalizers.n = 1;
}
static void forged(struct scene *s)
{
    give(s, "ana")->seal_valid = false;
}
static void no_right(struct scene *s)
{
    executing(s);
    s->judged[0].may_approve = false;
}
static void for_another_plan(struct scene *s)
{
    executing(s);
    s->given[0].plan_digest = DIGEST_B;
}
static void too_old(struct scene *s)
{
    executing(s);
    s->given[0].time = NOW - KC_IDENTITY_VALID_MS - 1;
}
static void rejected(struct scene *s)
{
    executing(s);
    give(s, "bob");
    s->given[1].decision = KC_REJECT;
    s->given[1].comment = "not before the sale";
}
static void destructive_by_requester(struct scene *s)
{
    destructive(s);
    executing(s);
    s->given[0].confirm = CLUSTER "/shop";
}
static void destructive_unconfirmed(struct scene *s)
{
    destructive(s);
    give(s, "bob");
    hold(s);
}
static void destructive_confirmed(struct scene *s)
{
    destructive_unconfirmed(s);
    s->given[0].confirm = CLUSTER "/shop";
}
static void open_intent(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_OPEN, 1, "");
}
static void open_and_cancelled(struct scene *s)
{
    open_intent(s);
    s->cr.spec.cancel = true;
}
static void open_and_deleted(struct scene *s)
{
    open_intent(s);
    s->cr.meta.deletion_time = NOW - 1;
}
static void open_and_too_late(struct scene *s)
{
    open_intent(s);
    s->cr.spec.deadline = "1s";
}
static void open_and_taken(struct scene *s)
{
    open_intent(s);
    s->o.nonce_owner = s->o.run_owner = UID_ELSE;
}
static void open_and_rejected(struct scene *s)
{
    open_intent(s);
    s->given[0].decision = KC_REJECT;
}
static void second_open(struct scene *s)
{
    executing(s);
    done(s, 0);
    progress(s, 1, KC_STEP_OPEN, 3, "");
}
static void open_and_seal_lost(struct scene *s)
{
    open_intent(s);
    s->o.seal_valid = false;
}
static void not_rolled_out(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_DONE, 1, "");
    show(s, KC_VERIFYING);
}
static void cancelled_while_rolling_out(struct scene *s)
{
    not_rolled_out(s);
    s->cr.spec.cancel = true;
}
static void rolls_out_a_bit_longer(struct scene *s)
{
    not_rolled_out(s);
    s->steps[0].done_at = NOW - KC_ROLLOUT_MS + 1;
}
static void never_rolled_out(struct scene *s)
{
    not_rolled_out(s);
    s->cr.status.conditions.v[KC_VERIFIED].message = "3 of 5 replicas available";
    s->steps[0].done_at = NOW - KC_ROLLOUT_MS;
}
static void policies_not_known(struct scene *s)
{
    executing(s);
    s->o.policies = NULL;
}
static void reads_and_policies_not_known(struct scene *s)
{
    s->plan.steps[0].effect = s->plan.steps[1].effect = KC_READ_ONLY;
    redigest(s);
    hold(s);
    s->o.policies = NULL;
}
static void two_persons(struct scene *s)
{
    s->o.policies = policies_of(s->a, "{'two': {'approvals': [{'required': 2, 'allowRequester': true}]}}", NULL);
}
static void stricter_while_executing(struct scene *s)
{
    executing(s);
    two_persons(s);
}
static void stricter_and_met(struct scene *s)
{
    stricter_while_executing(s);
    give(s, "bob");
}
static void suspend(struct scene *s)
{
    s->o.policies = policies_of(s->a, "{'freeze': {'match': {'namespaces': ['shop']}, 'suspend': true}}", NULL);
}
static void suspended_while_waiting(struct scene *s)
{
    suspend(s);
}
static void suspended_after_approval(struct scene *s)
{
    executing(s);
    suspend(s);
}
static void suspended_between_steps(struct scene *s)
{
    executing(s);
    done(s, 0);
    suspend(s);
}
static void suspended_while_rolling_out(struct scene *s)
{
    not_rolled_out(s);
    suspend(s);
}
static void suspended_with_an_open_intent(struct scene *s)
{
    open_intent(s);
    suspend(s);
}
static void suspended_where_only_done_steps_are(struct scene *s)
{
    executing(s);
    done(s, 0);
    s->plan.steps[1].action.target.ns = "pay";
    redigest(s);
    s->given[0].plan_digest = s->o.plan_digest;
    suspend(s);
}
static void unreadable_policy(struct scene *s)
{
    executing(s);
    s->o.policies = policies_of(s->a, "{'newer': {'windows': []}}", NULL);
}
static void broken(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_DONE, 1, "spec.replicas is 4, it was set to 5");
    s->steps[0].broken = true;
}
static void lost(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_LOST, 1, "web-0 moved");
}
static void refused_by_server(struct scene *s)
{
    executing(s);
    done(s, 0);
    progress(s, 1, KC_STEP_REFUSED, 1, "exceeded quota: pods");
}
static void first_done(struct scene *s)
{
    executing(s);
    done(s, 0);
}
static void first_done_not_judged(struct scene *s)
{
    first_done(s);
    s->o.judged = false;
}
static void first_done_right_revoked(struct scene *s)
{
    first_done(s);
    s->judged[0].may_approve = false;
}
static void first_done_cancelled(struct scene *s)
{
    first_done(s);
    s->cr.spec.cancel = true;
}
static void first_done_deleted(struct scene *s)
{
    first_done(s);
    s->cr.meta.deletion_time = NOW;
}
static void first_done_too_late(struct scene *s)
{
    first_done(s);
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS;
}
static void first_done_status_lost(struct scene *s)
{
    first_done(s);
    s->cr.status.plan.digest = "";
}
static void first_done_run_is_ours(struct scene *s)
{
    first_done(s);
    s->o.run_owner = UID;
}
static void all_done(struct scene *s)
{
    first_done(s);
    done(s, 1);
}
static void all_done_cancelled_too_late(struct scene *s)
{
    all_done(s);
    s->cr.spec.cancel = true;
    s->cr.meta.deletion_time = NOW;
    s->cr.spec.deadline = "1s";
}
static void one_step_done(struct scene *s)
{
    s->plan.n_steps = 1;
    redigest(s);
    executing(s);
    done(s, 0);
}
static void unsealed(struct scene *s)
{
    executing(s);
    s->o.seal_present = s->o.seal_valid = false;
}
static void wrongly_sealed(struct scene *s)
{
    executing(s);
    s->o.seal_valid = false;
}
static void wrongly_sealed_done(struct scene *s)
{
    all_done(s);
    s->o.seal_valid = false;
}
static void replayed(struct scene *s)
{
    executing(s);
    s->o.nonce_owner = UID_ELSE;
}
static void ran_before(struct scene *s)
{
    is_new(s);
    s->o.run_owner = UID_ELSE;
}
static void altered(struct scene *s)
{
    executing(s);
    s->plan.steps[0].action.flags = (const char *const[]){"500", NULL};
    s->o.plan_digest = s->cr.status.plan.digest = plan_digest(s->a, &s->plan);
    s->given[0].plan_digest = s->o.plan_digest;
}
static void altered_after_the_start(struct scene *s)
{
    open_intent(s);
    s->o.recorded_digest = DIGEST_B;
}
static void unreadable(struct scene *s)
{
    executing(s);
    s->o.plan = NULL;
    s->o.plan_digest = "";
}
static void fifth_attempt(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_WAITING, KC_MAX_ATTEMPTS - 1, "the object has been modified");
}
static void not_taken_so_far(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_WAITING, 2 * KC_MAX_ATTEMPTS, "too many requests");
    s->steps[0].not_sent = KC_MAX_ATTEMPTS + 1;
}
static void sixth_attempt(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_WAITING, KC_MAX_ATTEMPTS, "the object has been modified");
}
static void cancelled_at_once(struct scene *s)
{
    is_new(s);
    s->cr.spec.cancel = true;
}
static void cancelled_after_a_conflict(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_WAITING, 1, "the object has been modified");
    s->cr.spec.cancel = true;
}
static void deleted_at_once(struct scene *s)
{
    is_new(s);
    s->cr.meta.deletion_time = NOW;
}
static void on_the_deadline(struct scene *s)
{
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS;
}
static void before_the_deadline(struct scene *s)
{
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS + 1;
}
static void too_late_to_plan(struct scene *s)
{
    is_new(s);
    on_the_deadline(s);
}
static void changes_but_read_only(struct scene *s)
{
    executing(s);
    s->cr.spec.read_only = true;
}
static void by_a_service_account(struct scene *s)
{
    s->cr.spec.requested_by.who.username = "system:serviceaccount:ci:bot";
    give(s, "ana");
    hold(s);
}
static void identity_too_old(struct scene *s)
{
    executing(s);
    s->cr.spec.deadline = "48h";
    s->cr.meta.creation_time = NOW - KC_IDENTITY_VALID_MS - 1;
}
static void empty_plan(struct scene *s)
{
    s->plan.n_steps = 0;
    redigest(s);
    executing(s);
}
static void end_not_shown(struct scene *s)
{
    all_done(s);
    end(s, KC_SUCCEEDED);
}
static void other_end_shown(struct scene *s)
{
    executing(s);
    end(s, KC_PHASE_FAILED);
    show(s, KC_SUCCEEDED);
}
static void over(struct scene *s)
{
    end(s, KC_REJECTED);
    show(s, KC_REJECTED);
}
static void over_held(struct scene *s)
{
    hold(s);
    over(s);
}
static void over_store_lost(struct scene *s)
{
    is_new(s);
    show(s, KC_SUCCEEDED);
}
static void over_seal_lost(struct scene *s)
{
    over(s);
    s->o.seal_valid = false;
}
static void kept_a_while(struct scene *s)
{
    over(s);
    s->cr.spec.ttl_seconds_after_finished = 60;
}
static void kept_long_enough(struct scene *s)
{
    over(s);
    s->cr.spec.ttl_seconds_after_finished = 1;
}
static void over_and_being_deleted(struct scene *s)
{
    kept_long_enough(s);
    s->cr.meta.deletion_time = NOW;
}

static void read_instead(struct scene *s, size_t i)
{
    s->plan.steps[i].action.verb = kc_verb_find("get");
    s->plan.steps[i].action.flags = NULL;
    s->plan.steps[i].effect = KC_READ_ONLY;
    s->plan.steps[i].command = "kubectl get deployment/web --namespace=shop";
    s->plan.steps[i].request = (struct kc_api_request){0};
    s->plan.steps[i].n_changes = 0;
}
static void reads(struct scene *s)
{
    for (size_t i = 0; i < STEPS; i++)
        read_instead(s, i);
    redigest(s);
    show(s, KC_PREVIEWING);
}
static void was_read(struct scene *s, size_t i)
{
    progress(s, i, KC_STEP_DONE, 0, "7 pods: 7 Running");
    s->steps[i].verified = true;
}
static void first_was_read(struct scene *s)
{
    reads(s);
    was_read(s, 0);
}
static void all_were_read(struct scene *s)
{
    reads(s);
    for (size_t i = 0; i < STEPS; i++)
        was_read(s, i);
}
static void read_refused(struct scene *s)
{
    first_was_read(s);
    progress(s, 1, KC_STEP_REFUSED, 0, "pods is forbidden");
}
static void reads_cancelled(struct scene *s)
{
    first_was_read(s);
    s->cr.spec.cancel = true;
}
static void secret_read(struct scene *s)
{
    reads(s);
    s->plan.steps[0].effect = KC_MUTATING;
    redigest(s);
}
static void secret_read_approved(struct scene *s)
{
    secret_read(s);
    give(s, "ana");
}
/* The last step waits for 2m, and began so long ago. */
static void wait_instead(struct scene *s, int64_t began_ms)
{
    const struct kc_flag_value flags[] = {{"for", "condition=Available"}, {"timeout", "2m"}};
    struct kc_record_step *step = &s->plan.steps[STEPS - 1];
    struct kc_target t = step->action.target;
    struct kc_err err = {0};

    read_instead(s, STEPS - 1);
    if (!kc_action_make(s->a, "wait", &t, flags, 2, NULL, 0, &step->action, &err))
        fail_msg("%s", err.message);
    step->command = "kubectl wait deployment/web-1 --namespace=shop --for=condition=Available --timeout=2m";
    redigest(s);
    s->given[0].plan_digest = s->o.plan_digest;
    s->steps[STEPS - 1].waits_since = began_ms ? NOW - began_ms : 0;
}
static void looked(struct scene *s)
{
    s->steps[STEPS - 1].looked_at = NOW;
    s->steps[STEPS - 1].message = "condition Available is False";
}
static void wait_new(struct scene *s)
{
    first_was_read(s);
    wait_instead(s, 0);
}
static void wait_in_another_visit(struct scene *s)
{
    first_was_read(s);
    wait_instead(s, KC_MINUTE_MS);
}
static void wait_looked(struct scene *s)
{
    first_was_read(s);
    wait_instead(s, KC_SECOND_MS);
    looked(s);
}
static void wait_for_long(struct scene *s)
{
    wait_in_another_visit(s);
    looked(s);
}
static void wait_for_longer(struct scene *s)
{
    wait_for_long(s);
    s->steps[STEPS - 1].waits_since = NOW - 119 * KC_SECOND_MS;
}
static void wait_near_the_deadline(struct scene *s)
{
    wait_for_long(s);
    s->cr.spec.deadline = "62s";
}
static void wait_past_the_deadline(struct scene *s)
{
    wait_for_long(s);
    s->cr.spec.deadline = "60s";
}
static void wait_is_over(struct scene *s)
{
    wait_for_long(s);
    s->steps[STEPS - 1].waits_since = NOW - 2 * KC_MINUTE_MS;
}
static void wait_was_over_in_another_visit(struct scene *s)
{
    wait_is_over(s);
    s->steps[STEPS - 1].looked_at = 0;
}
static void wait_cancelled(struct scene *s)
{
    wait_for_long(s);
    s->cr.spec.cancel = true;
}
static void change_then_wait(struct scene *s)
{
    executing(s);
    done(s, 0);
    wait_instead(s, KC_SECOND_MS);
}
static void change_then_wait_looked(struct scene *s)
{
    change_then_wait(s);
    looked(s);
}
static void change_then_wait_in_vain(struct scene *s)
{
    executing(s);
    done(s, 0);
    wait_instead(s, 3 * KC_MINUTE_MS);
    looked(s);
}
static void change_then_read(struct scene *s)
{
    executing(s);
    read_instead(s, 1);
    redigest(s);
    s->given[0].plan_digest = s->o.plan_digest;
    done(s, 0);
}
static void read_then_change(struct scene *s)
{
    executing(s);
    read_instead(s, 0);
    redigest(s);
    s->given[0].plan_digest = s->o.plan_digest;
}

/* One step of two has been executed; the other one needs what it made. */
static void deferred_next(struct scene *s)
{
    defer_step(&s->plan.steps[1]);
    redigest(s);
    executing(s);
    done(s, 0);
}
static void deferred_right_revoked(struct scene *s)
{
    deferred_next(s);
    s->judged[0].may_approve = false;
}
static void deferred_suspended(struct scene *s)
{
    deferred_next(s);
    suspend(s);
}
static void deferred_cancelled(struct scene *s)
{
    deferred_next(s);
    s->cr.spec.cancel = true;
}
static void deferred_too_late(struct scene *s)
{
    deferred_next(s);
    s->cr.spec.deadline = "1s";
}
static void deferred_read(struct scene *s)
{
    change_then_read(s);
    s->plan.steps[1].deferred = true;
    redigest(s);
    s->given[0].plan_digest = s->o.plan_digest;
}

/* The plan that has been approved and begun becomes the one before; its steps stay what they are until spoiled. */
static void succeed(struct scene *s, const char *why)
{
    struct kc_record_step *steps = kc_arena_array(s->a, STEPS, sizeof *steps);

    memcpy(steps, s->plan.steps, STEPS * sizeof *steps);
    s->was = s->plan;
    memcpy(s->was_steps, s->steps, sizeof s->was_steps);
    s->former[0] = (struct kc_former){&s->was, s->o.plan_digest, s->was_steps};
    s->o.former = s->former;
    s->o.n_former = 1;
    s->plan.steps = steps;
    s->plan.follows = s->o.plan_digest;
    s->plan.why = why;
}
static void followed(struct scene *s)
{
    deferred_next(s);
    succeed(s, KC_WHY_DEFERRED);
    s->plan.steps[1] = scale_step(s->a, 1, 3, 5, "o-2", KC_MUTATING);
    s->steps[0].before = true;
    redigest(s);
}
static void followed_not_shown(struct scene *s)
{
    followed(s);
    s->cr.status.plan.digest = s->former[0].digest;
}
static void followed_not_shown_cancelled(struct scene *s)
{
    followed_not_shown(s);
    s->cr.spec.cancel = true;
}
static void followed_not_shown_too_late(struct scene *s)
{
    followed_not_shown(s);
    s->cr.spec.deadline = "1s";
}
static void followed_begun_not_shown(struct scene *s)
{
    followed_not_shown(s);
    progress(s, 1, KC_STEP_OPEN, 1, "");
}
static void followed_and_done(struct scene *s)
{
    followed(s);
    done(s, 1);
}
static void followed_judged_anew(struct scene *s)
{
    followed(s);
    s->o.judged = false;
}
static void followed_no_approval(struct scene *s)
{
    followed(s);
    s->cr.spec.approvals.n = s->o.n_approvals = 0;
}
static void followed_otherwise(struct scene *s)
{
    struct kc_change *changes = kc_arena_array(s->a, 2, sizeof *changes);

    followed(s);
    changes[0] = (struct kc_change){.path = "spec.paused", .from = "", .to = "true"};
    changes[1] = s->plan.steps[1].changes[0];
    s->plan.steps[1].changes = changes;
    s->plan.steps[1].n_changes = 2;
    redigest(s);
}
static void followed_otherwise_status_forged(struct scene *s)
{
    followed_otherwise(s);
    s->cr.status.approvals.required = s->cr.status.approvals.granted = 1;
    s->cr.status.plan.digest = s->former[0].digest; /* as if the old plan still stood */
    progress(s, 1, KC_STEP_WAITING, 1, "the object has been modified");
}
static void followed_otherwise_approved(struct scene *s)
{
    followed_otherwise(s);
    s->given[0].plan_digest = s->o.plan_digest;
}
static void followed_otherwise_suspended(struct scene *s)
{
    followed_otherwise_approved(s);
    suspend(s);
}
static void followed_otherwise_rejected(struct scene *s)
{
    followed_otherwise(s);
    s->given[0].decision = KC_REJECT;
}
static void followed_otherwise_cancelled(struct scene *s)
{
    followed_otherwise(s);
    s->cr.spec.cancel = true;
}
static void followed_otherwise_too_late(struct scene *s)
{
    followed_otherwise(s);
    s->cr.meta.creation_time = NOW - 15 * KC_MINUTE_MS;
}
static void followed_otherwise_seal_lost(struct scene *s)
{
    followed_otherwise(s);
    s->o.seal_valid = false;
}
/* The other step, which was not deferred, is another one now. */
static void followed_by_something_else(struct scene *s)
{
    followed(s);
    s->plan.steps[0] = scale_step(s->a, 0, 3, 500, "o-1", KC_MUTATING);
    redigest(s);
}
static void followed_for_no_reason(struct scene *s)
{
    followed(s);
    s->plan.why = "";
    redigest(s);
}
static void former_rewritten(struct scene *s)
{
    followed(s);
    s->was.steps[1].deferred = false;
    s->former[0].digest = plan_digest(s->a, &s->was);
}
static void former_unreadable(struct scene *s)
{
    followed(s);
    s->former[0] = (struct kc_former){.plan = NULL, .digest = "", .steps = s->was_steps};
}
/* A plan that was approved once is put in the place of the one that followed it. */
static void former_put_back(struct scene *s)
{
    followed(s);
    s->plan = s->was;
    redigest(s);
}
static void former_hidden(struct scene *s)
{
    followed(s);
    s->o.n_former = 0;
}

static void way_back(struct scene *s)
{
    refused_by_server(s);
    succeed(s, KC_WHY_ROLLBACK);
    s->plan.cause_reason = "StepRefused";
    s->plan.cause = "step 2 (kubectl scale): exceeded quota: pods";
    s->plan.n_steps = 1;
    s->plan.steps[0] = scale_step(s->a, 0, 5, 3, "o-1", KC_MUTATING);
    memset(s->steps, 0, sizeof s->steps);
    s->steps[0].message = s->steps[1].message = "";
    redigest(s);
}
/* onFailure: Rollback, and something that fails after something was done. */
static void fails_refused(struct scene *s)
{
    refused_by_server(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_by_drift(struct scene *s)
{
    first_done(s);
    s->o.failure = (struct kc_ending){KC_STALE, "Drifted", "web-1 changed since the preview"};
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_broken(struct scene *s)
{
    broken(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_rolling_out(struct scene *s)
{
    never_rolled_out(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_before_anything(struct scene *s)
{
    executing(s);
    progress(s, 0, KC_STEP_REFUSED, 1, "exceeded quota: pods");
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_after_reads(struct scene *s)
{
    read_refused(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void fails_and_is_cancelled(struct scene *s)
{
    fails_refused(s);
    s->cr.spec.cancel = true;
}
static void fails_too_late(struct scene *s)
{
    fails_refused(s);
    s->cr.spec.deadline = "1s";
}
static void fails_with_lost_seal(struct scene *s)
{
    fails_refused(s);
    s->o.seal_valid = false;
}
static void stopped_not_failed(struct scene *s)
{
    first_done_cancelled(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void suspended_not_failed(struct scene *s)
{
    suspended_between_steps(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void rejected_not_failed(struct scene *s)
{
    first_done(s);
    give(s, "bob");
    s->given[1].decision = KC_REJECT;
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
/* It failed under a plan that another one followed: that it did something counts. */
static void follower_fails(struct scene *s)
{
    followed(s);
    progress(s, 1, KC_STEP_REFUSED, 1, "exceeded quota: pods");
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void way_back_at_once(struct scene *s)
{
    way_back(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
    s->cr.spec.approvals.n = s->o.n_approvals = 0;
    s->o.policies = policies_of(s->a, "{'back': {'rollback': {'automatic': true}}}", NULL);
}
static void way_back_of_a_destructive_step_at_once(struct scene *s)
{
    way_back_at_once(s);
    s->plan.steps[0].effect = KC_DESTRUCTIVE;
    redigest(s);
}
static void way_back_not_automatic(struct scene *s)
{
    way_back_at_once(s);
    s->o.policies = policies_of(
        s->a, "{'back': {'rollback': {'automatic': true}}, 'careful': {'rollback': {'automatic': false}}}", NULL);
}
static void way_back_another_policy_asks(struct scene *s)
{
    way_back_at_once(s);
    s->o.policies =
        policies_of(s->a, "{'back': {'rollback': {'automatic': true}}, 'two': {'approvals': [{'required': 2}]}}", NULL);
}
static void way_back_policy_only_warns(struct scene *s)
{
    way_back_at_once(s);
    s->o.policies = policies_of(s->a, "{'back': {'enforcement': 'Warn', 'rollback': {'automatic': true}}}", NULL);
}
static void way_back_at_once_suspended(struct scene *s)
{
    way_back_at_once(s);
    s->o.policies = policies_of(s->a, "{'back': {'rollback': {'automatic': true}}, 'freeze': {'suspend': true}}", NULL);
}
static void way_back_at_once_cancelled(struct scene *s)
{
    way_back_at_once(s);
    s->cr.spec.cancel = true;
}
/* What lets a way back run at once says nothing of other plans. */
static void at_once_but_no_way_back(struct scene *s)
{
    s->o.policies = policies_of(s->a, "{'back': {'rollback': {'automatic': true}}}", NULL);
}
static void way_back_not_shown(struct scene *s)
{
    way_back(s);
    s->cr.status.plan.digest = s->former[0].digest;
}
static void way_back_approved(struct scene *s)
{
    way_back(s);
    s->given[0].plan_digest = s->o.plan_digest;
}
static void way_back_not_held(struct scene *s)
{
    way_back_approved(s);
    show(s, KC_AWAITING_APPROVAL);
}
static void way_back_suspended(struct scene *s)
{
    way_back_approved(s);
    suspend(s);
}
static void way_back_open(struct scene *s)
{
    way_back_approved(s);
    progress(s, 0, KC_STEP_OPEN, 1, "");
}
static void way_back_done(struct scene *s)
{
    way_back_approved(s);
    done(s, 0);
}
static void way_back_refused(struct scene *s)
{
    way_back_approved(s);
    progress(s, 0, KC_STEP_REFUSED, 1, "web-0 is locked");
}
static void way_back_fails_again(struct scene *s)
{
    way_back_refused(s);
    s->cr.spec.on_failure = KC_ON_FAILURE_ROLLBACK;
}
static void way_back_done_but_for_one(struct scene *s)
{
    way_back_done(s);
    s->was.steps[0].reversible = KC_IRREVERSIBLE;
}

static void way_back_cancelled(struct scene *s)
{
    way_back(s);
    s->cr.spec.cancel = true;
}
static void way_back_too_late(struct scene *s)
{
    way_back(s);
    s->cr.spec.deadline = "1s";
}
static void way_back_rejected(struct scene *s)
{
    way_back(s);
    s->given[0].decision = KC_REJECT;
}
static void drifted(struct scene *s)
{
    first_done(s);
    s->o.failure = (struct kc_ending){KC_STALE, "Drifted", "web-1 changed since the preview"};
}
static void way_back_drifted(struct scene *s)
{
    way_back_approved(s);
    s->o.failure = (struct kc_ending){KC_STALE, "Drifted", "web-0 changed since the preview"};
}

static const struct row {
    const char *name;
    void (*arrange)(struct scene *s);
    enum kc_do_kind kind;
    size_t step;
    const char *why; /* FOLLOW */
    bool anew;
    int64_t delay_ms;
    enum kc_phase phase;
    const char *reason;
    const char *says; /* part of the message */
} rows[] = {
    {"new", is_new, .kind = KC_DO_PLAN},
    {"the plan's status was lost in a crash", status_not_written, .kind = KC_DO_PLAN},
    {"nobody approved", waits, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"approvals have to be judged in every visit", not_judged, .kind = KC_DO_JUDGE},
    {"approved", approved, .kind = KC_DO_HOLD},
    {"held, not shown yet", approved_and_held, .kind = KC_DO_HOLD},
    {"approved, held, shown", executing, .kind = KC_DO_EXECUTE, .step = 0},
    {"somebody removed our finalizer", finalizer_taken_away, .kind = KC_DO_HOLD},
    {"forged approval", forged, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"approver without the right", no_right, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"approval of another plan", for_another_plan, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"approval of yesterday", too_old, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"rejected after an approval", rejected, .kind = KC_DO_FINISH, .phase = KC_REJECTED, .reason = "Rejected",
     .says = "bob: not before the sale"},
    {"destructive: the requester's own", destructive_by_requester, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"destructive: without the words", destructive_unconfirmed, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"destructive: another's, with the words", destructive_confirmed, .kind = KC_DO_EXECUTE},

    {"reads need nobody", reads, .kind = KC_DO_READ, .step = 0},
    {"reads go on", first_was_read, .kind = KC_DO_READ, .step = 1},
    {"all were read", all_were_read, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Read",
     .says = "steps read"},
    {"a read is refused", read_refused, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "StepRefused",
     .says = "pods is forbidden"},
    {"reads are cancelled", reads_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Cancelled",
     .says = "before anything was changed"},
    {"reading a Secret needs an approval", secret_read, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"reading a Secret, approved: no finalizer", secret_read_approved, .kind = KC_DO_READ, .step = 0},
    {"a read after a change", change_then_read, .kind = KC_DO_READ, .step = 1},
    {"a read before a change", read_then_change, .kind = KC_DO_READ, .step = 0},

    {"a wait looks", wait_new, .kind = KC_DO_READ, .step = 1},
    {"a wait looks first in every visit", wait_in_another_visit, .kind = KC_DO_READ, .step = 1},
    {"a wait that has just begun", wait_looked, .kind = KC_DO_WAIT, .delay_ms = KC_WAIT_LEAST_MS},
    {"a wait gets patient", wait_for_long, .kind = KC_DO_WAIT, .delay_ms = KC_WAIT_MOST_MS},
    {"a wait looks when its time is over", wait_for_longer, .kind = KC_DO_WAIT, .delay_ms = KC_SECOND_MS},
    {"a wait ends with the deadline", wait_near_the_deadline, .kind = KC_DO_WAIT, .delay_ms = 2 * KC_SECOND_MS},
    {"a wait past the deadline", wait_past_the_deadline, .kind = KC_DO_FINISH, .phase = KC_EXPIRED,
     .reason = "DeadlineExceeded", .says = "spec.deadline"},
    {"a wait in vain", wait_is_over, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "WaitTimeout",
     .says = "timed out waiting for the condition on deployment/shop/web-1 after 2m: condition Available is False"},
    {"a restart slept past a wait's time: one more look", wait_was_over_in_another_visit, .kind = KC_DO_READ,
     .step = 1},
    {"a wait is cancelled", wait_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Cancelled",
     .says = "before anything was changed"},
    {"a wait after a change", change_then_wait, .kind = KC_DO_READ, .step = 1},
    {"a wait after a change looked", change_then_wait_looked, .kind = KC_DO_WAIT, .delay_ms = KC_WAIT_LEAST_MS},
    {"a wait after a change, in vain", change_then_wait_in_vain, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "WaitTimeout", .says = "step 2 (kubectl wait"},

    {"open intent", open_intent, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent, cancelled", open_and_cancelled, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent, deleted", open_and_deleted, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent, deadline over", open_and_too_late, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent, another claims the run", open_and_taken, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent, rejected", open_and_rejected, .kind = KC_DO_RECOVER, .step = 0},
    {"open intent of the second step", second_open, .kind = KC_DO_RECOVER, .step = 1},
    {"open intent, the seal fits no more", open_and_seal_lost, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "SealInvalid", .says = "not looked up"},
    {"rolling out", not_rolled_out, .kind = KC_DO_VERIFY, .step = 0},
    {"rolling out, cancelled", cancelled_while_rolling_out, .kind = KC_DO_VERIFY, .step = 0},
    {"rolling out for nearly five minutes", rolls_out_a_bit_longer, .kind = KC_DO_VERIFY, .step = 0},
    {"never rolled out", never_rolled_out, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "RolloutTimeout",
     .says = "3 of 5 replicas available"},
    {"found broken before the crash", broken, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "VerificationFailed", .says = "step 1 (kubectl scale deployment/web-0"},
    {"outcome unknown", lost, .kind = KC_DO_FINISH, .phase = KC_STALE, .reason = "OutcomeUnknown",
     .says = "web-0 moved"},
    {"refused by the API server", refused_by_server, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "StepRefused", .says = "replicas=5): exceeded quota: pods"},
    {"second step", first_done, .kind = KC_DO_EXECUTE, .step = 1},
    {"second step: judged again", first_done_not_judged, .kind = KC_DO_JUDGE},
    {"second step: the right is gone", first_done_right_revoked, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"second step: never planned anew", first_done_status_lost, .kind = KC_DO_EXECUTE, .step = 1},
    {"second step: the run is ours", first_done_run_is_ours, .kind = KC_DO_EXECUTE, .step = 1},
    {"cancelled between steps", first_done_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled", .says = "executed stay"},
    {"deleted between steps", first_done_deleted, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Deleted",
     .says = "executed stay"},
    {"deadline between steps", first_done_too_late, .kind = KC_DO_FINISH, .phase = KC_EXPIRED,
     .reason = "DeadlineExceeded", .says = "15m after creation"},
    {"done", all_done, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Verified", .says = "all 2 steps"},
    {"done before it was stopped", all_done_cancelled_too_late, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED,
     .reason = "Verified"},
    {"one step speaks for itself", one_step_done, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Verified",
     .says = "5 of 5 replicas available"},

    {"no seal", unsealed, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "SealMissing"},
    {"wrong seal", wrongly_sealed, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "SealInvalid"},
    {"wrong seal after the work", wrongly_sealed_done, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "SealInvalid"},
    {"another object's seal", replayed, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "SealReplayed",
     .says = UID_ELSE},
    {"created again", ran_before, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "AlreadyRan", .says = UID_ELSE},
    {"altered plan, status altered to fit", altered, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered"},
    {"altered plan, intent open", altered_after_the_start, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered", .says = DIGEST_B},
    {"unreadable plan", unreadable, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "PlanAltered",
     .says = "cannot be read"},
    {"last attempt", fifth_attempt, .kind = KC_DO_EXECUTE, .step = 0},
    {"attempts that were not taken do not count", not_taken_so_far, .kind = KC_DO_EXECUTE, .step = 0},
    {"no attempt left", sixth_attempt, .kind = KC_DO_FINISH, .phase = KC_STALE, .reason = "Conflict",
     .says = "the object has been modified"},
    {"cancelled at once", cancelled_at_once, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Cancelled",
     .says = "before anything"},
    {"cancelled after a conflict", cancelled_after_a_conflict, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled", .says = "before anything"},
    {"deleted at once", deleted_at_once, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Deleted"},
    {"on the deadline", on_the_deadline, .kind = KC_DO_FINISH, .phase = KC_EXPIRED, .reason = "DeadlineExceeded"},
    {"a moment before the deadline", before_the_deadline, .kind = KC_DO_AWAIT, .delay_ms = 1},
    {"too late to plan", too_late_to_plan, .kind = KC_DO_FINISH, .phase = KC_EXPIRED, .reason = "DeadlineExceeded"},
    {"policies not known", policies_not_known, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"reads, policies not known", reads_and_policies_not_known, .kind = KC_DO_EXECUTE, .step = 0},
    {"policy not readable", unreadable_policy, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"stricter since it was approved", stricter_while_executing, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS},
    {"stricter since, and met", stricter_and_met, .kind = KC_DO_EXECUTE, .step = 0},
    {"suspended while waiting", suspended_while_waiting, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "Suspended", .says = "policy freeze"},
    {"suspended after approval", suspended_after_approval, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "Suspended", .says = "policy freeze"},
    {"suspended between steps", suspended_between_steps, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "Suspended", .says = "1 of 2 steps had been executed and stay"},
    {"suspended while rolling out", suspended_while_rolling_out, .kind = KC_DO_VERIFY, .step = 0},
    {"suspended with an open intent", suspended_with_an_open_intent, .kind = KC_DO_RECOVER, .step = 0},
    {"suspended where only done steps are", suspended_where_only_done_steps_are, .kind = KC_DO_EXECUTE, .step = 1},
    {"changes in a read-only request", changes_but_read_only, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "ReadOnlyRequest"},
    {"changes for a service account", by_a_service_account, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "ServiceAccountChange"},
    {"identity of the day before", identity_too_old, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "IdentityTooOld"},
    {"a plan of nothing", empty_plan, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "EmptyPlan"},

    {"a deferred step's turn", deferred_next, .kind = KC_DO_FOLLOW, .why = KC_WHY_DEFERRED},
    {"a deferred step's turn, the right is gone", deferred_right_revoked, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS},
    {"a deferred step's turn, suspended", deferred_suspended, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "Suspended", .says = "1 of 2 steps had been executed and stay"},
    {"a deferred step's turn, cancelled", deferred_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled", .says = "executed stay"},
    {"a deferred step's turn, deadline", deferred_too_late, .kind = KC_DO_FINISH, .phase = KC_EXPIRED,
     .reason = "DeadlineExceeded"},
    {"a deferred read is just read", deferred_read, .kind = KC_DO_READ, .step = 1},
    {"followed as described: one approval does", followed, .kind = KC_DO_EXECUTE, .step = 1},
    {"followed: judged again", followed_judged_anew, .kind = KC_DO_JUDGE},
    {"followed, nobody approved", followed_no_approval, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS,
     .reason = "ApprovalNeeded"},
    {"followed, a crash before the status", followed_not_shown, .kind = KC_DO_FOLLOW, .why = KC_WHY_DEFERRED,
     .anew = true},
    {"followed, a crash, cancelled", followed_not_shown_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled", .says = "executed stay"},
    {"followed, a crash, deadline", followed_not_shown_too_late, .kind = KC_DO_FINISH, .phase = KC_EXPIRED,
     .reason = "DeadlineExceeded"},
    {"followed and begun, the status is an old one", followed_begun_not_shown, .kind = KC_DO_RECOVER, .step = 1},
    {"followed and done", followed_and_done, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "Verified",
     .says = "all 2 steps"},
    {"followed otherwise: the old approval does not do", followed_otherwise, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS, .reason = "PlanChanged", .says = "spec.paused: (none) -> true; waiting for"},
    {"followed otherwise, status forged", followed_otherwise_status_forged, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS, .reason = "PlanChanged"},
    {"followed otherwise, approved anew", followed_otherwise_approved, .kind = KC_DO_EXECUTE, .step = 1},
    {"followed otherwise, approved anew, suspended", followed_otherwise_suspended, .kind = KC_DO_FINISH,
     .phase = KC_REFUSED, .reason = "Suspended"},
    {"followed otherwise, rejected", followed_otherwise_rejected, .kind = KC_DO_FINISH, .phase = KC_REJECTED,
     .reason = "Rejected"},
    {"followed otherwise, cancelled", followed_otherwise_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled", .says = "executed stay"},
    {"followed otherwise, deadline", followed_otherwise_too_late, .kind = KC_DO_FINISH, .phase = KC_EXPIRED,
     .reason = "DeadlineExceeded"},
    {"followed otherwise, seal lost", followed_otherwise_seal_lost, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "SealInvalid"},
    {"followed by other steps than were approved", followed_by_something_else, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS, .reason = "PlanChanged", .says = "step 1 (kubectl scale"},
    {"followed for no reason", followed_for_no_reason, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS,
     .reason = "PlanChanged"},
    {"the plan before was rewritten", former_rewritten, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered"},
    {"the plan before cannot be read", former_unreadable, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered"},
    {"the plan before once more", former_put_back, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered"},
    {"the plan before is not there", former_hidden, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PlanAltered"},

    {"drifted between steps", drifted, .kind = KC_DO_FINISH, .phase = KC_STALE, .reason = "Drifted",
     .says = "web-1 changed"},
    {"way back: the old approval does not do", way_back, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS,
     .reason = "RollbackPlanned", .says = "exceeded quota: pods; the way back is planned: waiting for"},
    {"fails, the way back is planned", fails_refused, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .phase = KC_PHASE_FAILED, .reason = "StepRefused", .says = "exceeded quota: pods"},
    {"drifted, the way back is planned", fails_by_drift, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .phase = KC_STALE, .reason = "Drifted", .says = "web-1 changed"},
    {"broken, the way back is planned", fails_broken, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .phase = KC_PHASE_FAILED, .reason = "VerificationFailed"},
    {"not rolled out, the way back is planned", fails_rolling_out, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .phase = KC_PHASE_FAILED, .reason = "RolloutTimeout"},
    {"a follower fails, the way back is planned", follower_fails, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .phase = KC_PHASE_FAILED, .reason = "StepRefused"},
    {"fails before anything: nothing to take back", fails_before_anything, .kind = KC_DO_FINISH,
     .phase = KC_PHASE_FAILED, .reason = "StepRefused"},
    {"fails after reads: nothing to take back", fails_after_reads, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "StepRefused"},
    {"fails and is cancelled: it stays", fails_and_is_cancelled, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "StepRefused", .says = "what was done before stays: the request was cancelled"},
    {"fails on the deadline: it stays", fails_too_late, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "StepRefused", .says = "what was done before stays: spec.deadline"},
    {"fails, the seal fits no more", fails_with_lost_seal, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "SealInvalid"},
    {"cancelled is no failure", stopped_not_failed, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Cancelled"},
    {"suspended is no failure", suspended_not_failed, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "Suspended"},
    {"rejected is no failure", rejected_not_failed, .kind = KC_DO_FINISH, .phase = KC_REJECTED, .reason = "Rejected"},
    {"way back at once", way_back_at_once, .kind = KC_DO_EXECUTE, .step = 0},
    {"way back at once, destructive", way_back_of_a_destructive_step_at_once, .kind = KC_DO_EXECUTE, .step = 0},
    {"way back, one policy wants it approved", way_back_not_automatic, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS, .reason = "RollbackPlanned"},
    {"way back, another policy asks for approvals", way_back_another_policy_asks, .kind = KC_DO_AWAIT,
     .delay_ms = 14 * KC_MINUTE_MS, .reason = "RollbackPlanned", .says = "two approvals"},
    {"way back, the policy only warns", way_back_policy_only_warns, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS,
     .reason = "RollbackPlanned"},
    {"way back at once, suspended", way_back_at_once_suspended, .kind = KC_DO_FINISH, .phase = KC_REFUSED,
     .reason = "Suspended"},
    {"way back at once, cancelled", way_back_at_once_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED,
     .reason = "Cancelled"},
    {"at once, but no way back", at_once_but_no_way_back, .kind = KC_DO_AWAIT, .delay_ms = 14 * KC_MINUTE_MS,
     .reason = "ApprovalNeeded"},
    {"way back, refused: there is no way back from it", way_back_fails_again, .kind = KC_DO_FINISH,
     .phase = KC_PHASE_FAILED, .reason = "RollbackFailed"},
    {"way back, done but for what cannot be", way_back_done_but_for_one, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED,
     .reason = "PartlyRolledBack", .says = "but for what cannot be: kubectl scale"},
    {"way back, a crash before the status", way_back_not_shown, .kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK,
     .anew = true, .phase = KC_PHASE_FAILED, .reason = "StepRefused", .says = "exceeded quota"},
    {"way back, approved", way_back_approved, .kind = KC_DO_EXECUTE, .step = 0},
    {"way back, approved, not shown", way_back_not_held, .kind = KC_DO_HOLD},
    {"way back, suspended", way_back_suspended, .kind = KC_DO_FINISH, .phase = KC_REFUSED, .reason = "Suspended",
     .says = "exceeded quota"},
    {"way back, open intent", way_back_open, .kind = KC_DO_RECOVER, .step = 0},
    {"way back, done", way_back_done, .kind = KC_DO_FINISH, .phase = KC_ROLLED_BACK, .reason = "RolledBack",
     .says = "exceeded quota: pods; what was done before was taken back"},
    {"way back, refused", way_back_refused, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "RollbackFailed",
     .says = "web-0 is locked"},
    {"way back, drifted", way_back_drifted, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "RollbackFailed",
     .says = "web-0 changed"},
    {"way back, cancelled", way_back_cancelled, .kind = KC_DO_FINISH, .phase = KC_CANCELLED, .reason = "Cancelled",
     .says = "exceeded quota"},
    {"way back, deadline", way_back_too_late, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "NotRolledBack",
     .says = "spec.deadline"},
    {"way back, rejected", way_back_rejected, .kind = KC_DO_FINISH, .phase = KC_REJECTED, .reason = "Rejected",
     .says = "exceeded quota"},

    {"ended, not shown", end_not_shown, .kind = KC_DO_FINISH, .phase = KC_SUCCEEDED, .reason = "R", .says = "the end"},
    {"ended, another end shown", other_end_shown, .kind = KC_DO_FINISH, .phase = KC_PHASE_FAILED, .reason = "R",
     .says = "the end"},
    {"over", over, .kind = KC_DO_NOTHING},
    {"over, held", over_held, .kind = KC_DO_RELEASE},
    {"over, the store was lost", over_store_lost, .kind = KC_DO_NOTHING},
    {"over, the seal fits no more", over_seal_lost, .kind = KC_DO_NOTHING},
    {"over, kept for a while", kept_a_while, .kind = KC_DO_WAIT, .delay_ms = 59 * KC_SECOND_MS},
    {"over, kept long enough", kept_long_enough, .kind = KC_DO_DELETE},
    {"over, being deleted", over_and_being_deleted, .kind = KC_DO_NOTHING},
};

static void check_row(const struct row *r, const struct kc_do *what)
{
    const char *reason = kc_or(what->ending.reason, ""), *message = kc_or(what->ending.message, "");

    bool awaits = r->kind == KC_DO_AWAIT;

    if (what->kind == r->kind && what->step == r->step && what->delay_ms == r->delay_ms &&
        what->ending.phase == (awaits ? KC_AWAITING_APPROVAL : r->phase) &&
        KC_STREQ(kc_or(what->why, ""), kc_or(r->why, "")) && what->anew == r->anew &&
        ((awaits && !r->reason) || KC_STREQ(reason, kc_or(r->reason, ""))) && strstr(message, kc_or(r->says, "")) &&
        ((r->kind != KC_DO_FINISH && !awaits) || *message))
        return;
    fail_msg("%s: effect %d (%s), step %zu, delay %lld, end %s %s \"%s\"", r->name, (int)what->kind,
             kc_or(what->why, ""), what->step, (long long)what->delay_ms, kc_phase_name(what->ending.phase), reason,
             message);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        scene_init(&s, a);
        rows[i].arrange(&s);
        struct kc_do what = kc_step(&s.o, NOW, a);
        check_row(&rows[i], &what);
    }
}

/* What people and the performer are told along with the decision. */
static void test_verdict_goes_along(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;

    scene_init(&s, a);
    destructive_unconfirmed(&s);
    struct kc_do what = kc_step(&s.o, NOW, a);
    assert_int_equal(what.verdict.required, 1);
    assert_int_equal(what.verdict.granted, 0);
    assert_string_equal(what.verdict.confirm, CLUSTER "/shop");
    assert_non_null(strstr(what.verdict.message, "bob"));

    scene_init(&s, a);
    executing(&s);
    what = kc_step(&s.o, NOW, a);
    assert_int_equal(what.verdict.granted, 1);
    assert_int_equal(what.verdict.n_said, STEPS);
    assert_string_equal(what.verdict.said[1].v[0], "default: one approval");
}

/* The same input gives the same answer, and the input is left alone. */
static void test_pure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s, before;
        scene_init(&s, a);
        rows[i].arrange(&s);
        memcpy(&before, &s, sizeof s);
        struct kc_do first = kc_step(&s.o, NOW, a), second = kc_step(&s.o, NOW, a);
        assert_memory_equal(&before, &s, sizeof s);
        check_row(&rows[i], &first);
        check_row(&rows[i], &second);
    }
}

static void test_deadline(void **state)
{
    (void)state;
    static const struct {
        const char *deadline;
        int64_t ms;
    } cases[] = {
        {"15m", 15 * KC_MINUTE_MS},
        {"90s", 90 * KC_SECOND_MS},
        {"1h30m", 90 * KC_MINUTE_MS},
        /* What admission would have refused counts as the default. */
        {"", 15 * KC_MINUTE_MS},
        {"-5m", 15 * KC_MINUTE_MS},
        {"soon", 15 * KC_MINUTE_MS},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_chatrequest cr = request_new();
        cr.spec.deadline = cases[i].deadline;
        assert_int_equal(kc_deadline_at(&cr), cr.meta.creation_time + cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_verdict_goes_along),
        cmocka_unit_test(test_pure),
        cmocka_unit_test(test_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
