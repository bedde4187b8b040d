#include "controller/reconcile/endings.h"

static struct kc_do finish(enum kc_phase phase, const char *reason, const char *message)
{
    return (struct kc_do){.kind = KC_DO_FINISH, .ending = {.phase = phase, .reason = reason, .message = message}};
}

struct kc_do kc_ending_recorded(const struct kc_observed *o)
{
    return finish(o->recorded.phase, o->recorded.reason, o->recorded.message);
}

/* Once something was sent, the key must have been lost: not even a look is taken in the name of whoever stands there.
 */
struct kc_do kc_ending_seal_is_wrong(const struct kc_observed *o)
{
    if (kc_observed_started(o))
        return finish(KC_PHASE_FAILED, "SealInvalid",
                      "spec.requestedBy.seal does not fit this request any more: no further step is started, and what "
                      "became of the last one was not looked up; the audit log has what was sent");
    if (!o->seal_present)
        return finish(
            KC_REFUSED, "SealMissing",
            "spec.requestedBy carries no seal: the request was written while kubechat's admission webhook was "
            "away. Create it again.");
    return finish(KC_REFUSED, "SealInvalid",
                  "spec.requestedBy.seal does not fit this request: it was changed after admission, or restored or "
                  "copied from another object. Create the request again.");
}

/* A nonce seals one object, and a spec runs once: restores, copies and GitOps tools that create a deleted request again
 * must not run it a second time. */
bool kc_ending_taken(const struct kc_observed *o, struct kc_arena *a, struct kc_do *ret)
{
    const struct kc_meta *m = &o->cr->meta;

    if (*o->nonce_owner && !KC_STREQ(o->nonce_owner, m->uid)) {
        const char *message = kc_arena_printf(
            a, "spec.requestedBy.seal belongs to another object (uid %s): create the request anew", o->nonce_owner);
        *ret = finish(KC_REFUSED, "SealReplayed", message);
        return true;
    }
    if (*o->run_owner && !KC_STREQ(o->run_owner, m->uid)) {
        const char *message = kc_arena_printf(a,
                                              "a request %s/%s with this very spec ran already (uid %s): nothing is "
                                              "done twice. To run it again, give it another name",
                                              m->ns, m->name, o->run_owner);
        *ret = finish(KC_REFUSED, "AlreadyRan", message);
        return true;
    }
    return false;
}

struct kc_do kc_ending_plan_altered(const struct kc_observed *o, struct kc_arena *a)
{
    const char *what = *o->plan_digest ? "has the digest " : "cannot be read";
    const char *message =
        kc_arena_printf(a, "the stored plan %s%s, it was recorded with the digest %s: nothing more of it runs", what,
                        o->plan_digest, o->recorded_digest);

    return finish(KC_PHASE_FAILED, "PlanAltered", message);
}

struct kc_do kc_ending_former_altered(void)
{
    return finish(KC_PHASE_FAILED, "PlanAltered",
                  "a plan that was carried out before the current one cannot be read, or is not the one that this one "
                  "follows: nothing more runs");
}

/* What ended it while a way back was on: people have to know why there was one. */
static const char *with_cause(const struct kc_observed *o, const char *message, struct kc_arena *a)
{
    const struct kc_plan_record *back = kc_observed_way_back(o);

    return !back ? message
                 : kc_arena_printf(a,
                                   "%s (the way back was planned since this failed: %s; what was not taken back "
                                   "stays)",
                                   message, back->cause);
}

struct kc_do kc_ending_plan_empty(void)
{
    return finish(KC_REFUSED, "EmptyPlan", "the plan has no step: nothing would be done. Ask again in other words");
}

struct kc_do kc_ending_guarded(const struct kc_observed *o, const struct kc_verdict *v, struct kc_arena *a)
{
    const char *message = with_cause(o, v->message, a);
    struct kc_do what = v->refused ? finish(KC_REFUSED, v->reason, message) : finish(KC_REJECTED, "Rejected", message);

    what.verdict = *v;
    return what;
}

struct kc_do kc_ending_cancelled(const struct kc_observed *o, struct kc_arena *a)
{
    const char *message = kc_observed_changed(o)
                              ? "cancelled: the steps that were executed stay, no further step is started"
                              : "cancelled before anything was changed";

    return finish(KC_CANCELLED, o->cr->spec.cancel ? "Cancelled" : "Deleted", with_cause(o, message, a));
}

struct kc_do kc_ending_expired(const struct kc_observed *o, struct kc_arena *a)
{
    const struct kc_plan_record *back = kc_observed_way_back(o);

    if (back)
        return finish(KC_PHASE_FAILED, "NotRolledBack",
                      kc_arena_printf(a,
                                      "%s; not everything that was done before was taken back: spec.deadline (%s after "
                                      "creation) passed first",
                                      back->cause, o->cr->spec.deadline));
    const char *message = kc_arena_printf(
        a, "spec.deadline (%s after creation) passed before every step had started: ask again", o->cr->spec.deadline);

    for (size_t i = 0; o->plan && i < o->plan->n_steps; i++)
        if (o->steps[i].progress == KC_STEP_WAITING && o->steps[i].put_offs) {
            while (i > 0 && kc_record_together(&o->plan->steps[i - 1], &o->plan->steps[i]))
                i--;
            message = kc_arena_printf(a, "spec.deadline (%s after creation) passed: %s", o->cr->spec.deadline,
                                      kc_step_parts(a, o->plan, o->steps, i));
            break;
        }

    return finish(KC_EXPIRED, "DeadlineExceeded", message);
}

/* The plan cannot go on. What it did is taken back where that was asked for, and still may be. */
static struct kc_do fails(const struct kc_observed *o, const struct kc_ending *end, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    const struct kc_plan_record *back = kc_observed_way_back(o);
    bool stopped = cr->spec.cancel || cr->meta.deletion_time;

    if (back)
        return finish(KC_PHASE_FAILED, "RollbackFailed",
                      kc_arena_printf(a, "%s; not everything that was done before could be taken back: %s", back->cause,
                                      end->message));
    if (cr->spec.on_failure != KC_ON_FAILURE_ROLLBACK || !kc_observed_changed(o))
        return finish(end->phase, end->reason, end->message);
    if (stopped || now >= kc_deadline_at(cr))
        return finish(end->phase, end->reason,
                      kc_arena_printf(a, "%s; what was done before stays: %s", end->message,
                                      stopped ? "the request was cancelled" : "spec.deadline has passed"));
    return (struct kc_do){.kind = KC_DO_FOLLOW, .why = KC_WHY_ROLLBACK, .ending = *end};
}

struct kc_do kc_ending_fails(const struct kc_observed *o, int64_t now, struct kc_arena *a)
{
    return fails(o, &o->failure, now, a);
}

static struct kc_do fails_with(const struct kc_observed *o, enum kc_phase phase, const char *reason,
                               const char *message, int64_t now, struct kc_arena *a)
{
    const struct kc_ending end = {.phase = phase, .reason = reason, .message = message};

    return fails(o, &end, now, a);
}

static const char *of_step(const struct kc_observed *o, size_t i, const char *message, struct kc_arena *a)
{
    return kc_step_message(a, o->plan, i, message);
}

struct kc_do kc_ending_step_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const struct kc_step_progress *s = &o->steps[i];
    const char *message = of_step(o, i, s->message, a);

    if (s->progress == KC_STEP_LOST)
        return fails_with(o, KC_STALE, "OutcomeUnknown", message, now, a);
    if (s->progress == KC_STEP_REFUSED)
        return fails_with(o, KC_PHASE_FAILED, "StepRefused", message, now, a);
    return fails_with(o, KC_PHASE_FAILED, kc_observed_is_run(o, i) ? "CommandFailed" : "VerificationFailed", message,
                      now, a);
}

struct kc_do kc_ending_rollout_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const char *last = kc_or(o->cr->status.conditions.v[KC_VERIFIED].message, "");
    char within[16];
    const char *message =
        kc_arena_printf(a, "the change was made but did not roll out within %s%s%s",
                        kc_duration_human(within, kc_observed_rollout_ms(o)), *last ? ": " : "", last);

    return fails_with(o, KC_PHASE_FAILED, "RolloutTimeout", of_step(o, i, message, a), now, a);
}

struct kc_do kc_ending_attempts_fail(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const char *message = kc_arena_printf(a, "%d attempts were in vain (the last: %s): ask again when it is quiet",
                                          KC_MAX_ATTEMPTS, o->steps[i].message);

    return fails_with(o, KC_STALE, "Conflict", of_step(o, i, message, a), now, a);
}

struct kc_do kc_ending_wait_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const struct kc_action *act = &o->plan->steps[i].action;
    const char *timeout = kc_action_flag(act, "timeout");
    const char *message = kc_arena_printf(a, "timed out waiting for the condition on %s after %s: %s",
                                          kc_action_show(a, act), kc_or(timeout, "30s"), o->steps[i].message);

    return fails_with(o, KC_PHASE_FAILED, "WaitTimeout", of_step(o, i, message, a), now, a);
}

struct kc_do kc_ending_drain_fails(const struct kc_observed *o, size_t first, int64_t now, struct kc_arena *a)
{
    const char *timeout = kc_action_flag(&o->plan->steps[kc_plan_group_end(o->plan, first) - 1].action, "timeout");
    const char *message =
        kc_arena_printf(a, "--timeout=%s passed: %s", timeout, kc_step_parts(a, o->plan, o->steps, first));

    return fails_with(o, KC_PHASE_FAILED, "Timeout", message, now, a);
}

/* The first change that nothing takes back; NULL: there is none. It was approved as such. */
static const char *stays(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->n_former && !kc_observed_takes_back(o->former[i].plan); i++) {
        const struct kc_former *f = &o->former[i];
        for (size_t j = 0; j < f->plan->n_steps; j++)
            if (f->steps[j].progress == KC_STEP_DONE && f->plan->steps[j].action.verb->deed != KC_DEED_READ &&
                f->plan->steps[j].reversible == KC_IRREVERSIBLE)
                return f->plan->steps[j].command;
    }
    return NULL;
}

static struct kc_do taken_back(const struct kc_observed *o, const struct kc_plan_record *back, struct kc_arena *a)
{
    const char *left = stays(o);
    size_t n = kc_plan_groups(o->plan);
    const char *message =
        kc_arena_printf(a, "%s; what was done before was taken back (%zu step%s)", back->cause, n, n == 1 ? "" : "s");

    if (!left)
        return finish(KC_ROLLED_BACK, "RolledBack", message);
    return finish(KC_PHASE_FAILED, "PartlyRolledBack",
                  kc_arena_printf(a, "%s, but for what cannot be: %s", message, left));
}

struct kc_do kc_ending_went_well(const struct kc_observed *o, struct kc_arena *a)
{
    size_t groups = kc_plan_groups(o->plan);

    if (kc_observed_way_back(o))
        return taken_back(o, kc_observed_way_back(o), a);
    if (o->plan->n_steps == 1)
        return finish(KC_SUCCEEDED, kc_observed_is_read(o, 0) ? "Read" : "Verified", o->steps[0].message);
    if (kc_observed_only_reads(o))
        return finish(KC_SUCCEEDED, "Read", kc_arena_printf(a, "all %zu steps read", groups));
    if (groups == 1)
        return finish(KC_SUCCEEDED, "Verified",
                      kc_arena_printf(a, "%s and verified", kc_step_parts(a, o->plan, o->steps, 0)));
    return finish(KC_SUCCEEDED, "Verified", kc_arena_printf(a, "all %zu steps executed and verified", groups));
}
