#include "controller/reconcile/step.h"

#include "controller/reconcile/endings.h"

static struct kc_do simply(enum kc_do_kind kind)
{
    return (struct kc_do){.kind = kind};
}

static struct kc_do on_step(enum kc_do_kind kind, size_t step)
{
    return (struct kc_do){.kind = kind, .step = step};
}

static struct kc_do with(enum kc_do_kind kind, size_t step, const struct kc_verdict *v)
{
    return (struct kc_do){.kind = kind, .step = step, .verdict = *v};
}

static struct kc_do wait_for(int64_t delay_ms)
{
    return (struct kc_do){.kind = KC_DO_WAIT, .delay_ms = delay_ms < 1 ? 1 : delay_ms};
}

static struct kc_do follow(const char *why)
{
    return (struct kc_do){.kind = KC_DO_FOLLOW, .why = why};
}

static bool held(const struct kc_chatrequest *cr)
{
    return kc_strs_has(&cr->meta.finalizers, KC_FINALIZER);
}

/* After the end: let go of the object, then keep it for as long as its author wants. */
static struct kc_do after_the_end(const struct kc_chatrequest *cr, int64_t now)
{
    if (held(cr))
        return simply(KC_DO_RELEASE);
    if (cr->spec.ttl_seconds_after_finished < 0 || cr->meta.deletion_time)
        return simply(KC_DO_NOTHING);
    const struct kc_condition *complete = &cr->status.conditions.v[KC_COMPLETE];
    int64_t over = complete->last_transition_time + cr->spec.ttl_seconds_after_finished * KC_SECOND_MS;
    return over <= now ? simply(KC_DO_DELETE) : wait_for(over - now);
}

/* What was sent already decides before anything else: an open intent, a refusal, a change that has to be verified. The
 * parts of a group are sent one after the other and then verified, what is put off meanwhile aside. */
static bool unfinished_business(const struct kc_observed *o, int64_t now, struct kc_arena *a, struct kc_do *ret)
{
    bool more = false;

    for (size_t i = 0; i < o->plan->n_steps; i++)
        if (o->steps[i].progress == KC_STEP_OPEN) {
            *ret = on_step(KC_DO_RECOVER, i);
            return true;
        }
    for (size_t i = 0, end = 0; i < o->plan->n_steps; i++) {
        const struct kc_step_progress *s = &o->steps[i];
        if (i == end) {
            end = kc_plan_group_end(o->plan, i);
            more = end - i > 1 && !kc_observed_is_over(o, now) && kc_observed_next_part(o, i, now) < end;
        }
        switch (s->progress) {
        case KC_STEP_LOST:
        case KC_STEP_REFUSED:
            *ret = kc_ending_step_fails(o, i, now, a);
            return true;
        case KC_STEP_DONE:
            if (s->verified || (more && !s->broken))
                break;
            if (s->broken)
                *ret = kc_ending_step_fails(o, i, now, a);
            else if (now >= kc_observed_verified_by(o, i))
                *ret = kc_ending_rollout_fails(o, i, now, a);
            else
                *ret = on_step(KC_DO_VERIFY, i);
            return true;
        case KC_STEP_OPEN:
        case KC_STEP_WAITING:
            if (end - i == 1)
                return false;
            break;
        }
    }
    return false;
}

static struct kc_verdict judge(const struct kc_observed *o, int64_t now, struct kc_arena *a,
                               const char **ret_difference)
{
    struct kc_verdict v;
    struct kc_guard_input in = {.spec = &o->cr->spec,
                                .created_at = o->cr->meta.creation_time,
                                .cluster = o->cluster,
                                .ns = o->cr->meta.ns,
                                .plan = o->plan,
                                .plan_digest = o->plan_digest,
                                .covering = kc_observed_covering(o, a, ret_difference),
                                .way_back = kc_observed_way_back(o) != NULL,
                                .next = kc_observed_first_waiting(o),
                                .policies = o->policies,
                                .approvals = o->judged ? o->approvals : NULL,
                                .n_approvals = o->judged ? o->n_approvals : 0,
                                .now = now};

    kc_guard_judge(a, &in, &v);
    return v;
}

static int64_t at_least(int64_t x, int64_t least)
{
    return x < least ? least : x;
}

/* A read that looked in this visit and has not found what it waits for: time is up, or it looks again later. Another
 * visit looks at once: something may have happened. */
static struct kc_do wait_on(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const struct kc_action *act = &o->plan->steps[i].action;
    const struct kc_step_progress *s = &o->steps[i];
    int64_t over = s->waits_since + act->verb->patience(act),
            again = at_least((now - s->waits_since) / 10, KC_WAIT_LEAST_MS);

    if (now >= over)
        return kc_ending_wait_fails(o, i, now, a);
    again = again > KC_WAIT_MOST_MS ? KC_WAIT_MOST_MS : again;
    again = over - now < again ? over - now : again;
    return wait_for(kc_deadline_at(o->cr) - now < again ? kc_deadline_at(o->cr) - now : again);
}

static struct kc_do read_next(const struct kc_observed *o, size_t i, const struct kc_verdict *v, int64_t now,
                              struct kc_arena *a)
{
    return o->steps[i].looked_at ? wait_on(o, i, now, a) : with(KC_DO_READ, i, v);
}

/* Why it waits: for whose approval, and what for if that is not the first time. */
static struct kc_do await(const struct kc_observed *o, const struct kc_verdict *v, const char *difference, int64_t now,
                          struct kc_arena *a)
{
    struct kc_do what = with(KC_DO_AWAIT, 0, v);

    what.delay_ms = kc_deadline_at(o->cr) - now;
    what.ending = (struct kc_ending){KC_AWAITING_APPROVAL, "ApprovalNeeded", v->message};
    if (v->waits) {
        what.ending.reason = v->reason;
    } else if (kc_observed_takes_back(o->plan)) {
        what.ending.reason = "RollbackPlanned";
        what.ending.message = kc_arena_printf(a, "%s; the way back is planned: %s", o->plan->cause, v->message);
    } else if (*difference) {
        what.ending.reason = "PlanChanged";
        what.ending.message = kc_arena_printf(a, "%s; %s", difference, v->message);
    }
    return what;
}

/* No plan that people have seen: there is none yet, or the visit that made it died before it wrote the status. */
static struct kc_do make_plan(const struct kc_observed *o)
{
    struct kc_do what;

    if (!o->plan || !o->n_former)
        return simply(KC_DO_PLAN);
    what = follow(o->plan->why);
    what.anew = true;
    if (kc_observed_takes_back(o->plan))
        what.ending = (struct kc_ending){KC_PHASE_FAILED, o->plan->cause_reason, o->plan->cause};
    return what;
}

static struct kc_do guarded(const struct kc_observed *o, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    const char *difference;
    struct kc_verdict v = judge(o, now, a, &difference);

    if (v.refused || v.rejected)
        return kc_ending_guarded(o, &v, a);
    if (v.waits || v.granted < v.required)
        return await(o, &v, difference, now, a);
    size_t next = kc_observed_first_waiting(o), first = next;
    if (kc_observed_only_reads(o))
        return read_next(o, next, &v, now, a);
    if (!held(cr) || kc_phase_of(&cr->status.conditions) != KC_EXECUTING)
        return with(KC_DO_HOLD, 0, &v);
    if (kc_observed_is_read(o, next))
        return read_next(o, next, &v, now, a);
    if (o->plan->steps[next].deferred)
        return follow(KC_WHY_DEFERRED);
    while (first > 0 && kc_record_together(&o->plan->steps[first - 1], &o->plan->steps[next]))
        first--;
    next = kc_observed_next_part(o, first, now);
    int64_t give_up = kc_observed_gives_up_at(o, first);
    if (now >= give_up)
        return kc_ending_drain_fails(o, first, now, a);
    if (next == o->plan->n_steps)
        return wait_for((kc_observed_next_due(o, first) < give_up ? kc_observed_next_due(o, first) : give_up) - now);
    if (o->steps[next].attempts - o->steps[next].not_sent >= KC_MAX_ATTEMPTS)
        return kc_ending_attempts_fail(o, next, now, a);
    return with(KC_DO_EXECUTE, next, &v);
}

struct kc_do kc_step(const struct kc_observed *o, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    enum kc_phase shown = kc_phase_of(&cr->status.conditions);
    struct kc_do what;

    if (o->recorded.phase != KC_PHASE_NONE && o->recorded.phase != shown)
        return kc_ending_recorded(o);
    /* An end is never undone, not even when the store that recorded it was lost. */
    if (kc_phase_final(shown))
        return after_the_end(cr, now);
    if (!o->seal_valid)
        return kc_ending_seal_is_wrong(o);
    if (!KC_STREQ(o->plan_digest, o->recorded_digest))
        return kc_ending_plan_altered(o, a);
    if (kc_observed_former_altered(o))
        return kc_ending_former_altered();
    if (o->failure.phase != KC_PHASE_NONE)
        return kc_ending_fails(o, now, a);
    if (kc_observed_started(o) && unfinished_business(o, now, a, &what))
        return what;
    if (kc_observed_started(o) && kc_observed_first_waiting(o) == o->plan->n_steps)
        return kc_ending_went_well(o, a);
    if (kc_ending_taken(o, a, &what))
        return what;
    if (cr->spec.cancel || cr->meta.deletion_time)
        return kc_ending_cancelled(o, a);
    if (now >= kc_deadline_at(cr))
        return kc_ending_expired(o, a);
    if (!kc_observed_plan_is_current(o) && !kc_observed_begun(o))
        return make_plan(o);
    if (o->plan->n_steps == 0)
        return kc_ending_plan_empty();
    if (cr->spec.approvals.n && !o->judged)
        return simply(KC_DO_JUDGE);
    return guarded(o, now, a);
}
