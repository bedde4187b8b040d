#include "controller/reconcile/step.h"

#include <string.h>

#include "controller/action/succession.h"

static struct kc_do simply(enum kc_do_kind kind)
{
    return (struct kc_do){.kind = kind};
}

static struct kc_do on_step(enum kc_do_kind kind, size_t step)
{
    return (struct kc_do){.kind = kind, .step = step};
}

static struct kc_do wait_for(int64_t delay_ms)
{
    return (struct kc_do){.kind = KC_DO_WAIT, .delay_ms = delay_ms < 1 ? 1 : delay_ms};
}

static struct kc_do finish(enum kc_phase phase, const char *reason, const char *message)
{
    return (struct kc_do){.kind = KC_DO_FINISH, .ending = {.phase = phase, .reason = reason, .message = message}};
}

int64_t kc_deadline_at(const struct kc_chatrequest *cr)
{
    int64_t ms;

    if (!kc_duration_parse(cr->spec.deadline, &ms, NULL))
        ms = 15 * KC_MINUTE_MS;
    return cr->meta.creation_time + ms;
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

static bool has_started(const struct kc_step_progress *s)
{
    return s->attempts > 0 || s->progress != KC_STEP_WAITING;
}

/* Whether anything was begun, under whichever plan. */
static bool started(const struct kc_observed *o)
{
    for (size_t i = 0; o->plan && i < o->plan->n_steps; i++)
        if (has_started(&o->steps[i]))
            return true;
    return o->n_former > 0; /* nothing follows a plan of which nothing was done */
}

/* Whether the current plan was: until then it may be made anew. */
static bool begun(const struct kc_observed *o)
{
    for (size_t i = 0; o->plan && i < o->plan->n_steps; i++)
        if (!o->steps[i].before && has_started(&o->steps[i]))
            return true;
    return false;
}

static bool takes_back(const struct kc_plan_record *plan)
{
    return plan && KC_STREQ(kc_or(plan->why, ""), KC_WHY_ROLLBACK);
}

/* The plan that takes back what the ones before it did: the current one, or one that it follows because of its own
 * deferred steps. NULL: there is none. */
static const struct kc_plan_record *way_back(const struct kc_observed *o)
{
    if (takes_back(o->plan))
        return o->plan;
    for (size_t i = o->n_former; i-- > 0;)
        if (takes_back(o->former[i].plan))
            return o->former[i].plan;
    return NULL;
}

static bool is_read(const struct kc_observed *o, size_t step)
{
    return o->plan->steps[step].action.verb->deed == KC_DEED_READ;
}

static bool is_run(const struct kc_observed *o, size_t step)
{
    return o->plan->steps[step].action.verb->deed == KC_DEED_RUN;
}

static bool only_reads(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->plan->n_steps; i++)
        if (!is_read(o, i))
            return false;
    return true;
}

/* Once something was sent, the key must have been lost: not even a look is taken in the name of whoever stands there.
 */
static struct kc_do seal_is_wrong(const struct kc_observed *o)
{
    if (started(o))
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
static bool taken(const struct kc_observed *o, struct kc_arena *a, struct kc_do *ret)
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

static bool plan_is_current(const struct kc_observed *o)
{
    return o->plan && KC_STREQ(kc_or(o->cr->status.plan.digest, ""), o->plan_digest);
}

const char *kc_step_message(struct kc_arena *a, const struct kc_plan_record *plan, size_t step, const char *message)
{
    const struct kc_record_step *s = &plan->steps[step];
    const char *part = kc_or(s->part, "");

    if (kc_plan_groups(plan) > 1)
        return kc_arena_printf(a, "step %zu (%s): %s", kc_plan_group_of(plan, step) + 1, *part ? part : s->command,
                               message);
    return *part ? kc_arena_printf(a, "%s: %s", part, message) : message;
}

static const char *of_step(const struct kc_observed *o, size_t i, const char *message, struct kc_arena *a)
{
    return kc_step_message(a, o->plan, i, message);
}

/* A pod takes as long to end as its grace period says: what is deleted together with others has the whole request's
 * time. */
static int64_t verified_by(const struct kc_observed *o, size_t i)
{
    const struct kc_record_step *s = &o->plan->steps[i];
    int64_t by = o->steps[i].done_at + KC_VERIFY_FOR_MS, deadline = kc_deadline_at(o->cr);

    return s->action.verb->deed == KC_DEED_DELETE && *kc_or(s->part, "") && deadline > by ? deadline : by;
}

static bool changed_by(const struct kc_plan_record *plan, const struct kc_step_progress *steps)
{
    for (size_t i = 0; plan && i < plan->n_steps; i++)
        if (steps[i].progress == KC_STEP_DONE && plan->steps[i].action.verb->deed != KC_DEED_READ)
            return true;
    return false;
}

/* Whether something is other than before the request came. */
static bool changed(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->n_former; i++)
        if (changed_by(o->former[i].plan, o->former[i].steps))
            return true;
    return changed_by(o->plan, o->steps);
}

static struct kc_do follow(const char *why)
{
    return (struct kc_do){.kind = KC_DO_FOLLOW, .why = why};
}

/* The plan cannot go on. What it did is taken back where that was asked for, and still may be. */
static struct kc_do fails(const struct kc_observed *o, const struct kc_ending *end, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    const struct kc_plan_record *back = way_back(o);
    bool stopped = cr->spec.cancel || cr->meta.deletion_time;

    if (back)
        return finish(KC_PHASE_FAILED, "RollbackFailed",
                      kc_arena_printf(a, "%s; not everything that was done before could be taken back: %s", back->cause,
                                      end->message));
    if (cr->spec.on_failure != KC_ON_FAILURE_ROLLBACK || !changed(o))
        return finish(end->phase, end->reason, end->message);
    if (stopped || now >= kc_deadline_at(cr))
        return finish(end->phase, end->reason,
                      kc_arena_printf(a, "%s; what was done before stays: %s", end->message,
                                      stopped ? "the request was cancelled" : "spec.deadline has passed"));
    struct kc_do what = follow(KC_WHY_ROLLBACK);
    what.ending = *end;
    return what;
}

static struct kc_do fails_with(const struct kc_observed *o, enum kc_phase phase, const char *reason,
                               const char *message, int64_t now, struct kc_arena *a)
{
    const struct kc_ending end = {.phase = phase, .reason = reason, .message = message};

    return fails(o, &end, now, a);
}

static struct kc_do rollout_timeout(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const char *last = kc_or(o->cr->status.conditions.v[KC_VERIFIED].message, "");
    const char *message =
        kc_arena_printf(a, "the change was made but did not roll out within 5m%s%s", *last ? ": " : "", last);

    return fails_with(o, KC_PHASE_FAILED, "RolloutTimeout", of_step(o, i, message, a), now, a);
}

/* What is put off for good takes no more time than this of what else could be done. */
int64_t kc_step_due(const struct kc_step_progress *s)
{
    enum { QUICK = 4, OFTEN = 34 };

    if (s->put_offs == 0)
        return 0;
    if (s->put_offs <= QUICK)
        return s->put_off_at + (KC_SECOND_MS << (s->put_offs - 1));
    return s->put_off_at + (s->put_offs <= OFTEN ? 15 * KC_SECOND_MS : KC_MINUTE_MS);
}

static bool over(const struct kc_observed *o, int64_t now)
{
    return o->cr->spec.cancel || o->cr->meta.deletion_time || now >= kc_deadline_at(o->cr);
}

/* The next part to send of the group that begins at first: one that was never put off goes before one whose time has
 * come; n_steps: none right now. */
static size_t next_part(const struct kc_observed *o, size_t first, int64_t now)
{
    size_t end = kc_plan_group_end(o->plan, first), next = o->plan->n_steps;

    for (size_t i = first; i < end; i++) {
        const struct kc_step_progress *s = &o->steps[i];
        if (s->progress != KC_STEP_WAITING || now < kc_step_due(s))
            continue;
        if (s->put_offs == 0)
            return i;
        if (next == o->plan->n_steps)
            next = i;
    }
    return next;
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
            more = end - i > 1 && !over(o, now) && next_part(o, i, now) < end;
        }
        switch (s->progress) {
        case KC_STEP_LOST:
            *ret = fails_with(o, KC_STALE, "OutcomeUnknown", of_step(o, i, s->message, a), now, a);
            return true;
        case KC_STEP_REFUSED:
            *ret = fails_with(o, KC_PHASE_FAILED, "StepRefused", of_step(o, i, s->message, a), now, a);
            return true;
        case KC_STEP_DONE:
            if (s->verified || (more && !s->broken))
                break;
            if (s->broken)
                *ret = fails_with(o, KC_PHASE_FAILED, is_run(o, i) ? "CommandFailed" : "VerificationFailed",
                                  of_step(o, i, s->message, a), now, a);
            else if (now >= verified_by(o, i))
                *ret = rollout_timeout(o, i, now, a);
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

/* When the first of the parts that were put off comes again. */
static int64_t next_due(const struct kc_observed *o, size_t first)
{
    size_t end = kc_plan_group_end(o->plan, first);
    int64_t due = INT64_MAX;

    for (size_t i = first; i < end; i++)
        if (o->steps[i].progress == KC_STEP_WAITING && kc_step_due(&o->steps[i]) < due)
            due = kc_step_due(&o->steps[i]);
    return due < kc_deadline_at(o->cr) ? due : kc_deadline_at(o->cr);
}

static size_t first_waiting(const struct kc_observed *o)
{
    size_t i = 0;

    while (i < o->plan->n_steps && o->steps[i].progress != KC_STEP_WAITING)
        i++;
    return i;
}

/* The plans before whose approvals hold for this one too: its last one if it is covered by it, and so on. Why that one
 * does not cover it: *ret_difference; "": it does, or there is none. */
static struct kc_strs covering(const struct kc_observed *o, struct kc_arena *a, const char **ret_difference)
{
    const char **v = kc_arena_array(a, o->n_former, sizeof *v), *difference;
    const struct kc_plan_record *plan = o->plan;
    struct kc_strs out = {.v = v};

    *ret_difference = "";
    for (size_t i = o->n_former; i-- > 0; plan = o->former[i].plan) {
        if (!kc_plan_covers(a, o->former[i].plan, o->former[i].digest, plan, &difference)) {
            if (plan == o->plan)
                *ret_difference = difference;
            break;
        }
        v[out.n++] = o->former[i].digest;
    }
    return out;
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
                                .covering = covering(o, a, ret_difference),
                                .way_back = way_back(o) != NULL,
                                .next = first_waiting(o),
                                .policies = o->policies,
                                .approvals = o->judged ? o->approvals : NULL,
                                .n_approvals = o->judged ? o->n_approvals : 0,
                                .now = now};

    kc_guard_judge(a, &in, &v);
    return v;
}

static struct kc_do with(enum kc_do_kind kind, size_t step, const struct kc_verdict *v)
{
    return (struct kc_do){.kind = kind, .step = step, .verdict = *v};
}

/* The first change that nothing takes back; NULL: there is none. It was approved as such. */
static const char *stays(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->n_former && !takes_back(o->former[i].plan); i++) {
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

static struct kc_do went_well(const struct kc_observed *o, struct kc_arena *a)
{
    size_t groups = kc_plan_groups(o->plan);

    if (way_back(o))
        return taken_back(o, way_back(o), a);
    if (o->plan->n_steps == 1)
        return finish(KC_SUCCEEDED, is_read(o, 0) ? "Read" : "Verified", o->steps[0].message);
    if (only_reads(o))
        return finish(KC_SUCCEEDED, "Read", kc_arena_printf(a, "all %zu steps read", groups));
    if (groups == 1)
        return finish(KC_SUCCEEDED, "Verified",
                      kc_arena_printf(a, "%s and verified", kc_step_parts(a, o->plan, o->steps, 0)));
    return finish(KC_SUCCEEDED, "Verified", kc_arena_printf(a, "all %zu steps executed and verified", groups));
}

static struct kc_do plan_altered(const struct kc_observed *o, struct kc_arena *a)
{
    const char *what = *o->plan_digest ? "has the digest " : "cannot be read";
    const char *message =
        kc_arena_printf(a, "the stored plan %s%s, it was recorded with the digest %s: nothing more of it runs", what,
                        o->plan_digest, o->recorded_digest);

    return finish(KC_PHASE_FAILED, "PlanAltered", message);
}

/* The plans before are those that the later ones name, each by its digest. */
static bool former_altered(const struct kc_observed *o)
{
    const struct kc_plan_record *plan = o->plan;

    for (size_t i = o->n_former; plan && i-- > 0; plan = o->former[i].plan)
        if (!*o->former[i].digest || !KC_STREQ(kc_or(plan->follows, ""), o->former[i].digest))
            return true;
    return plan && *kc_or(plan->follows, "");
}

static struct kc_do former_plan_altered(void)
{
    return finish(KC_PHASE_FAILED, "PlanAltered",
                  "a plan that was carried out before the current one cannot be read, or is not the one that this one "
                  "follows: nothing more runs");
}

/* What ended it while a way back was on: people have to know why there was one. */
static const char *with_cause(const struct kc_observed *o, const char *message, struct kc_arena *a)
{
    const struct kc_plan_record *back = way_back(o);

    return !back ? message
                 : kc_arena_printf(a,
                                   "%s (the way back was planned since this failed: %s; what was not taken back "
                                   "stays)",
                                   message, back->cause);
}

static struct kc_do cancelled(const struct kc_observed *o, struct kc_arena *a)
{
    const char *message = changed(o) ? "cancelled: the steps that were executed stay, no further step is started"
                                     : "cancelled before anything was changed";

    return finish(KC_CANCELLED, o->cr->spec.cancel ? "Cancelled" : "Deleted", with_cause(o, message, a));
}

static struct kc_do too_many_attempts(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a)
{
    const char *message = kc_arena_printf(a, "%d attempts were in vain (the last: %s): ask again when it is quiet",
                                          KC_MAX_ATTEMPTS, o->steps[i].message);

    return fails_with(o, KC_STALE, "Conflict", of_step(o, i, message, a), now, a);
}

/* kubectl drain --timeout: from the first change on. INT64_MAX: none was given. */
static int64_t gives_up_at(const struct kc_observed *o, size_t first)
{
    size_t end = kc_plan_group_end(o->plan, first);
    const char *timeout = kc_action_flag(&o->plan->steps[end - 1].action, "timeout");
    int64_t begun = INT64_MAX, ms;

    if (!*kc_or(o->plan->steps[first].part, "") || !timeout || !kc_duration_parse(timeout, &ms, NULL) || ms == 0)
        return INT64_MAX;
    for (size_t i = first; i < end; i++) {
        int64_t at = o->steps[i].done_at ? o->steps[i].done_at : o->steps[i].put_off_at;
        if (at && at < begun)
            begun = at;
    }
    return begun == INT64_MAX ? begun : begun + ms;
}

static struct kc_do gave_up(const struct kc_observed *o, size_t first, int64_t now, struct kc_arena *a)
{
    const char *timeout = kc_action_flag(&o->plan->steps[kc_plan_group_end(o->plan, first) - 1].action, "timeout");
    const char *message =
        kc_arena_printf(a, "--timeout=%s passed: %s", timeout, kc_step_parts(a, o->plan, o->steps, first));

    return fails_with(o, KC_PHASE_FAILED, "Timeout", message, now, a);
}

static struct kc_do expired(const struct kc_observed *o, struct kc_arena *a)
{
    const struct kc_plan_record *back = way_back(o);

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

    if (now >= over) {
        const char *timeout = kc_action_flag(act, "timeout");
        const char *message = kc_arena_printf(a, "timed out waiting for the condition on %s after %s: %s",
                                              kc_action_show(a, act), kc_or(timeout, "30s"), s->message);
        return fails_with(o, KC_PHASE_FAILED, "WaitTimeout", of_step(o, i, message, a), now, a);
    }
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
    } else if (takes_back(o->plan)) {
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
    if (takes_back(o->plan))
        what.ending = (struct kc_ending){KC_PHASE_FAILED, o->plan->cause_reason, o->plan->cause};
    return what;
}

static struct kc_do guarded(const struct kc_observed *o, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    const char *difference;
    struct kc_verdict v = judge(o, now, a, &difference);
    struct kc_do what;

    if (v.refused || v.rejected) {
        what = with(KC_DO_FINISH, 0, &v);
        what.ending = (struct kc_ending){.phase = v.refused ? KC_REFUSED : KC_REJECTED,
                                         .reason = v.refused ? v.reason : "Rejected",
                                         .message = with_cause(o, v.message, a)};
        return what;
    }
    if (v.waits || v.granted < v.required)
        return await(o, &v, difference, now, a);
    size_t next = first_waiting(o), first = next;
    if (only_reads(o))
        return read_next(o, next, &v, now, a);
    if (!held(cr) || kc_phase_of(&cr->status.conditions) != KC_EXECUTING)
        return with(KC_DO_HOLD, 0, &v);
    if (is_read(o, next))
        return read_next(o, next, &v, now, a);
    if (o->plan->steps[next].deferred)
        return follow(KC_WHY_DEFERRED);
    while (first > 0 && kc_record_together(&o->plan->steps[first - 1], &o->plan->steps[next]))
        first--;
    next = next_part(o, first, now);
    int64_t give_up = gives_up_at(o, first);
    if (now >= give_up)
        return gave_up(o, first, now, a);
    if (next == o->plan->n_steps)
        return wait_for((next_due(o, first) < give_up ? next_due(o, first) : give_up) - now);
    if (o->steps[next].attempts - o->steps[next].not_sent >= KC_MAX_ATTEMPTS)
        return too_many_attempts(o, next, now, a);
    return with(KC_DO_EXECUTE, next, &v);
}

struct kc_do kc_step(const struct kc_observed *o, int64_t now, struct kc_arena *a)
{
    const struct kc_chatrequest *cr = o->cr;
    enum kc_phase shown = kc_phase_of(&cr->status.conditions);
    struct kc_do what;

    if (o->recorded.phase != KC_PHASE_NONE && o->recorded.phase != shown)
        return finish(o->recorded.phase, o->recorded.reason, o->recorded.message);
    /* An end is never undone, not even when the store that recorded it was lost. */
    if (kc_phase_final(shown))
        return after_the_end(cr, now);
    if (!o->seal_valid)
        return seal_is_wrong(o);
    if (!KC_STREQ(o->plan_digest, o->recorded_digest))
        return plan_altered(o, a);
    if (former_altered(o))
        return former_plan_altered();
    if (o->failure.phase != KC_PHASE_NONE)
        return fails(o, &o->failure, now, a);
    if (started(o) && unfinished_business(o, now, a, &what))
        return what;
    if (started(o) && first_waiting(o) == o->plan->n_steps)
        return went_well(o, a);
    if (taken(o, a, &what))
        return what;
    if (cr->spec.cancel || cr->meta.deletion_time)
        return cancelled(o, a);
    if (now >= kc_deadline_at(cr))
        return expired(o, a);
    if (!plan_is_current(o) && !begun(o))
        return make_plan(o);
    if (o->plan->n_steps == 0)
        return finish(KC_REFUSED, "EmptyPlan", "the plan has no step: nothing would be done. Ask again in other words");
    if (cr->spec.approvals.n && !o->judged)
        return simply(KC_DO_JUDGE);
    return guarded(o, now, a);
}
