/* Thousands of lives of a request, each with its own luck, from its creation to its end. */
#include "world.h"

#define LIVES   8000
#define EVENTS  60  /* turns in which things happen; afterwards only time passes */
#define TURNS   400 /* by then every life is over */
#define EFFECTS 200 /* in one visit */

/* What one visit knows. It dies with the visit. */
struct process {
    struct world *w;
    struct kc_chatrequest cr;
    bool stale; /* cr is not the newest: a write of it will be refused */
    struct kc_observed o;
    struct kc_step_progress steps[MAX_PLAN];
    struct kc_former former[MAX_PLAN];
    bool not_done[MAX_PLAN];
    struct kc_judged_approval judged[KC_MAX_APPROVALS];
};

/* How an effect went. */
enum went { ON, OVER };

static enum went crash(struct process *p)
{
    if (!chance(p->w, 15))
        return ON;
    tally.crashes++;
    return OVER;
}

static enum kc_progress progress_of(const char *result)
{
    static const struct {
        const char *result;
        enum kc_progress progress;
    } rows[] = {{"Accepted", KC_STEP_DONE},   {"Observed", KC_STEP_DONE},   {"Conflict", KC_STEP_WAITING},
                {"NotDone", KC_STEP_WAITING}, {"NotSent", KC_STEP_WAITING}, {"Refused", KC_STEP_REFUSED},
                {"Unknown", KC_STEP_LOST}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (KC_STREQ(rows[i].result, result))
            return rows[i].progress;
    abort();
}

static void replay_intents(struct process *p)
{
    const struct world *w = p->w;

    for (size_t i = 0; i < w->n_intents; i++) {
        const struct intent *in = &w->intents[i];
        struct kc_step_progress *s = &p->steps[in->step];
        s->before = in->plan < w->n_former;
        s->attempts++;
        s->progress = in->result ? progress_of(in->result) : KC_STEP_OPEN;
        s->message = kc_or(in->message, "");
        s->done_at = in->time;
        s->not_sent += in->result && KC_STREQ(in->result, "NotSent");
        p->not_done[in->step] |= in->result && KC_STREQ(in->result, "NotDone");
    }
    for (size_t i = 0; i < w->n_steps; i++) {
        INSIST(w, !p->steps[i].before || w->verified[i] == VERIFIED); /* nothing follows what is not done */
        p->steps[i].verified = w->verified[i] == VERIFIED;
        p->steps[i].broken = w->verified[i] == BROKEN;
        p->steps[i].message = kc_or(w->verified_message[i], kc_or(p->steps[i].message, ""));
    }
}

static void look_back(struct process *p)
{
    memcpy(p->former, p->w->former, sizeof p->former);
    p->o.n_former = p->w->n_former;
    for (size_t i = 0; i < p->o.n_former; i++)
        p->former[i].steps = p->steps;
}

static void observe(struct process *p, struct world *w)
{
    *p = (struct process){.w = w, .cr = w->cr, .stale = chance(w, 8)};
    if (p->stale) {
        p->cr = w->older;
        tally.stale_looks++;
    }
    p->o = (struct kc_observed){.cr = &p->cr,
                                .cluster = CLUSTER,
                                .seal_present = true,
                                .seal_valid = w->seal_fits,
                                .nonce_owner = w->planned ? UID : "",
                                .run_owner = w->n_intents ? UID : "",
                                .recorded = w->finished,
                                .plan = w->planned ? &w->plan : NULL,
                                .plan_digest = w->altered ? DIGEST_B : w->plan_digest,
                                .recorded_digest = w->plan_digest,
                                .steps = p->steps,
                                .former = p->former,
                                .approvals = p->judged};
    look_back(p);
    replay_intents(p);
}

/* PUT or PATCH of the ChatRequest, with the resourceVersion that the visit knows as precondition. */
static enum went write_request(struct process *p)
{
    struct world *w = p->w;
    enum kc_phase before = kc_phase_of(&w->cr.status.conditions), after = kc_phase_of(&p->cr.status.conditions);

    if (crash(p) == OVER || p->stale)
        return OVER;
    INSIST(w, !kc_phase_final(before) || after == before);
    INSIST(w, !kc_phase_final(after) || after == w->finished.phase);
    w->older = w->cr;
    w->cr.status = p->cr.status;
    w->cr.meta.finalizers = p->cr.meta.finalizers;
    w->version++;
    return crash(p);
}

static void enter(struct process *p, enum kc_phase phase, const char *reason, const char *message)
{
    kc_phase_enter(&p->cr.status.conditions, phase, reason, message, 1, p->w->now);
}

static enum went finish(struct process *p, enum kc_phase phase, const char *reason, const char *message)
{
    struct world *w = p->w;

    if (crash(p) == OVER)
        return OVER;
    if (w->finished.phase == KC_PHASE_NONE)
        w->finished = (struct kc_ending){.phase = phase, .reason = reason, .message = message};
    INSIST(w, w->finished.phase == phase && KC_STREQ(w->finished.reason, reason));
    p->o.recorded = w->finished;
    enter(p, phase, reason, message);
    return write_request(p);
}

static enum went plan(struct process *p)
{
    struct world *w = p->w;

    INSIST(w, w->n_intents == 0);
    w->plan = plan_new(w->a, w->n_steps);
    for (size_t i = 0; i < w->n_steps; i++) {
        const struct object *o = &w->objects[i];
        if (o->gone)
            return finish(p, KC_REFUSED, "DryRunRefused", "not found");
        w->plan.steps[i] = scale_step(w->a, i, o->replicas, 5, kc_arena_printf(w->a, "%d", o->uid), w->effects[i]);
        if (w->deferred[i])
            defer_step(&w->plan.steps[i]);
    }
    if (crash(p) == OVER)
        return OVER;
    w->planned = true;
    w->plan_digest = plan_digest(w->a, &w->plan);
    p->o.plan = &w->plan;
    p->o.plan_digest = p->o.recorded_digest = p->cr.status.plan.digest = w->plan_digest;
    p->o.nonce_owner = UID;
    return crash(p);
}

static struct intent *last_intent(struct world *w, size_t step)
{
    for (size_t i = w->n_intents; i-- > 0;)
        if (w->intents[i].step == step)
            return &w->intents[i];
    return NULL;
}

/* The API server would do more than the command says. */
static void meddle_with_preview(struct world *w, struct kc_record_step *s)
{
    struct kc_change *changes = kc_arena_array(w->a, 2, sizeof *changes);

    changes[0] = s->changes[0];
    changes[1] = (struct kc_change){.path = "spec.suspended", .from = "", .to = "true"};
    s->changes = changes;
    s->n_changes = 2;
}

/* The current plan becomes one that was. */
static void step_back(struct world *w)
{
    w->former_plan[w->n_former] = w->plan;
    w->former_as_described[w->n_former] = w->as_described;
    w->former[w->n_former] = (struct kc_former){&w->former_plan[w->n_former], w->plan_digest, NULL};
    w->n_former++;
}

static enum went follow(struct process *p, const struct kc_do *what)
{
    struct world *w = p->w;
    size_t next = 0;

    INSIST(w, KC_STREQ(what->why, KC_WHY_DEFERRED) && (!what->anew || w->n_former));
    while (w->verified[next] == VERIFIED)
        next++;
    INSIST(w, next < w->n_steps && w->deferred[next] && !last_intent(w, next));
    if (w->objects[next].gone) {
        p->o.failure = (struct kc_ending){KC_PHASE_FAILED, "StepRefused", "not found"};
        return ON;
    }
    if (crash(p) == OVER)
        return OVER;
    if (!what->anew)
        step_back(w);
    const struct kc_former *last = &w->former[w->n_former - 1];
    w->plan = plan_new(w->a, w->n_steps);
    memcpy(w->plan.steps, last->plan->steps, w->n_steps * sizeof *w->plan.steps);
    w->plan.follows = last->digest;
    w->plan.why = KC_WHY_DEFERRED;
    w->plan.steps[next] = scale_step(w->a, next, w->objects[next].replicas, 5,
                                     kc_arena_printf(w->a, "%d", w->objects[next].uid), w->effects[next]);
    bool meddled = draw(w, 4) == 0;
    if (meddled)
        meddle_with_preview(w, &w->plan.steps[next]);
    w->as_described = !meddled && w->effects[next] != KC_DESTRUCTIVE;
    w->plan_digest = plan_digest(w->a, &w->plan);
    *(w->as_described ? &tally.as_described : &tally.otherwise) += 1;
    tally.anew += what->anew;
    for (size_t i = 0; i < w->n_steps; i++)
        p->steps[i].before = p->steps[i].progress == KC_STEP_DONE;
    look_back(p);
    p->o.plan_digest = p->o.recorded_digest = p->cr.status.plan.digest = w->plan_digest;
    return crash(p) == OVER ? OVER : write_request(p);
}

static enum went judge(struct process *p)
{
    const struct world *w = p->w;

    for (size_t i = 0; i < p->cr.spec.approvals.n; i++)
        p->judged[i] = (struct kc_judged_approval){.approval = &w->approvals[i],
                                                   .seal_valid = w->genuine[i],
                                                   .may_approve = may(w, w->approvals[i].who.username)};
    p->o.n_approvals = p->cr.spec.approvals.n;
    p->o.judged = true;
    return crash(p);
}

static enum went hold(struct process *p)
{
    static const char *ours[] = {KC_FINALIZER};

    if (!p->cr.meta.finalizers.n) {
        p->cr.meta.finalizers = (struct kc_strs){.v = ours, .n = 1};
        if (write_request(p) == OVER)
            return OVER;
    }
    enter(p, KC_EXECUTING, "Executing", "executing");
    return write_request(p);
}

static void record_outcome(struct process *p, size_t step, const char *result, const char *message)
{
    struct intent *in = last_intent(p->w, step);

    INSIST(p->w, !in->result);
    in->result = result;
    in->message = message;
    in->time = p->w->now;
    p->steps[step].progress = progress_of(result);
    p->steps[step].message = message;
    p->steps[step].done_at = p->w->now;
    p->steps[step].not_sent += KC_STREQ(result, "NotSent");
    p->not_done[step] |= KC_STREQ(result, "NotDone");
}

static void record_intent(struct process *p, size_t step)
{
    struct world *w = p->w;

    for (size_t i = 0; i < w->n_intents; i++)
        INSIST(w, w->intents[i].result); /* an open intent is recovered before anything else is begun */
    INSIST(w, p->steps[step].attempts - p->steps[step].not_sent < KC_MAX_ATTEMPTS);
    INSIST(w, w->n_intents < MAX_INTENTS);
    w->intents[w->n_intents++] = (struct intent){.plan = w->n_former,
                                                 .step = step,
                                                 .attempt = ++p->steps[step].attempts,
                                                 .uid = w->objects[step].uid,
                                                 .generation = w->objects[step].generation};
    p->steps[step].progress = KC_STEP_OPEN;
}

/* controller/exec's rule: what the object says of an intent whose answer is missing. */
static const char *found(const struct process *p, size_t step)
{
    const struct world *w = p->w;
    const struct object *o = &w->objects[step];
    const struct intent *in = last_intent(p->w, step);
    int64_t from;

    if (o->gone || o->uid != in->uid)
        return "Unknown";
    if (o->replicas == wanted(w, step))
        return "Observed";
    INSIST(w, kc_parse_int(w->plan.steps[step].changes[0].from, 0, 100, &from));
    return o->replicas == from && o->generation == in->generation ? "NotDone" : "Unknown";
}

static enum went recover(struct process *p, size_t step)
{
    static const char *const results[] = {"Observed", "NotDone", "Unknown"};
    const char *result = found(p, step);

    INSIST(p->w, p->steps[step].progress == KC_STEP_OPEN);
    for (size_t i = 0; i < 3; i++)
        tally.recovered[i] += KC_STREQ(results[i], result);
    if (crash(p) == OVER)
        return OVER;
    record_outcome(p, step, result, result);
    return crash(p);
}

/* Everything that has to be true, whatever led here, when a change leaves. */
static void check_send(const struct process *p, size_t step)
{
    const struct world *w = p->w;

    INSIST(w, w->finished.phase == KC_PHASE_NONE);
    INSIST(w, w->seal_fits && !w->altered);
    INSIST(w, !p->cr.spec.cancel && !p->cr.meta.deletion_time);
    INSIST(w, w->now < kc_deadline_at(&w->cr));
    INSIST(w, world_approved(w, p->cr.spec.approvals.n));
    INSIST(w, p->cr.meta.finalizers.n == 1 && kc_phase_of(&p->cr.status.conditions) == KC_EXECUTING);
    for (size_t i = 0; i < step; i++)
        INSIST(w, w->verified[i] == VERIFIED);
    for (size_t i = step; i < w->n_steps; i++)
        INSIST(w, w->verified[i] == UNVERIFIED);
}

static enum went send_change(struct process *p, size_t step)
{
    struct world *w = p->w;
    const struct object *o = &w->objects[step];
    size_t flight = w->n_flights++;

    check_send(p, step);
    record_intent(p, step);
    w->flights[flight] = (struct flight){.on = true, .step = step, .uid = o->uid, .version = o->version};
    if (crash(p) == OVER) {
        w->flights[flight].on = draw(w, 2); /* before or after it left */
        return OVER;
    }
    p->o.judged = false;
    if (chance(w, 10)) { /* no connection, or 429 */
        w->flights[flight].on = false;
        record_outcome(p, step, "NotSent", "connection refused");
        return OVER;
    }
    if (chance(w, 6))
        return ON; /* a cut connection; the request may still be on its way */
    if (chance(w, 10))
        world_meddle(w, step);
    if (chance(w, 20)) {
        w->flights[flight].on = false;
        record_outcome(p, step, "Refused", "exceeded quota");
        return crash(p);
    }
    bool accepted = world_arrive(w, flight);
    if (crash(p) == OVER)
        return OVER;
    if (chance(w, 8))
        return ON; /* the answer is lost */
    tally.conflicts += !accepted;
    record_outcome(p, step, accepted ? "Accepted" : "Conflict", "the object has been modified");
    return crash(p);
}

static enum went execute(struct process *p, size_t step)
{
    struct world *w = p->w;
    const struct object *o = &w->objects[step];
    int64_t from, uid;

    if (p->not_done[step]) { /* looked for once more: the request that was given up may have arrived since */
        const char *now = found(p, step);
        if (KC_STREQ(now, "Observed")) {
            record_intent(p, step);
            record_outcome(p, step, now, "an earlier attempt arrived late");
            return crash(p);
        }
        if (KC_STREQ(now, "Unknown"))
            return finish(p, KC_STALE, "OutcomeUnknown", "it moved");
    }
    INSIST(w, kc_parse_int(w->plan.steps[step].changes[0].from, 0, 100, &from));
    INSIST(w, kc_parse_int(w->plan.steps[step].uid, 1, 1000, &uid));
    if (o->gone || o->uid != uid || o->replicas != from)
        return finish(p, KC_STALE, "Drifted", "not as previewed");
    return send_change(p, step);
}

static enum went verify(struct process *p, size_t step, int64_t *again)
{
    struct world *w = p->w;
    const struct object *o = &w->objects[step];
    bool holds = !o->gone && o->replicas == wanted(w, step);

    if (holds && w->now < o->ready_at) {
        *again = KC_VERIFY_EVERY_MS;
        enter(p, KC_VERIFYING, "RollingOut", "4 of 5 replicas available");
        write_request(p);
        return OVER;
    }
    if (crash(p) == OVER)
        return OVER;
    w->verified[step] = holds ? VERIFIED : BROKEN;
    p->steps[step].verified = holds;
    p->steps[step].broken = !holds;
    w->verified_message[step] = p->steps[step].message = holds ? "available" : "somebody changed it again";
    return crash(p);
}

static void check_await(const struct process *p, const struct kc_do *what)
{
    INSIST(p->w, *what->verdict.message);
    INSIST(p->w, what->verdict.waits ? p->w->law == UNKNOWN_LAW && *what->verdict.reason
                                     : what->verdict.granted < what->verdict.required);
    tally.held_up += what->verdict.waits;
    INSIST(p->w, what->delay_ms == kc_deadline_at(&p->cr) - p->w->now);
}

/* An end is true: nothing is called a success that was not done and looked at, nothing is left open. */
static void check_end(const struct process *p, const struct kc_ending *e)
{
    const struct world *w = p->w;
    int applied = 0;

    INSIST(w, kc_phase_final(e->phase) && *e->reason && *e->message);
    INSIST(w, !KC_STREQ(e->reason, "Suspended") || w->law == SUSPENDED);
    tally.suspended += w->law == SUSPENDED && KC_STREQ(e->reason, "Suspended");
    for (size_t i = 0; i < w->n_steps; i++) {
        applied += w->applied[i];
        INSIST(w, e->phase != KC_SUCCEEDED || w->verified[i] == VERIFIED);
    }
    for (size_t i = 0; i < w->n_intents; i++)
        INSIST(w, w->intents[i].result || w->seal_was_wrong || w->altered);
    if (strstr(e->message, "before anything was changed"))
        INSIST(w, applied == 0 || w->late);
}

static enum went perform(struct process *p, const struct kc_do *what, int64_t *again)
{
    struct world *w = p->w;

    tally.effects[what->kind]++;
    INSIST(w, what->step == 0 || what->step < w->n_steps);
    switch (what->kind) {
    case KC_DO_NOTHING:
        return OVER;
    case KC_DO_WAIT:
        INSIST(w, what->delay_ms > 0);
        *again = what->delay_ms;
        return OVER;
    case KC_DO_PLAN:
        return plan(p);
    case KC_DO_JUDGE:
        return judge(p);
    case KC_DO_FOLLOW:
        return follow(p, what);
    case KC_DO_AWAIT:
        check_await(p, what);
        enter(p, KC_AWAITING_APPROVAL, "ApprovalNeeded", what->verdict.message);
        if (write_request(p) == ON)
            *again = what->delay_ms;
        return OVER;
    case KC_DO_HOLD:
        return hold(p);
    case KC_DO_EXECUTE:
        return execute(p, what->step);
    case KC_DO_READ:
        break; /* the world's plans have no reads: test_step.c has them */
    case KC_DO_RECOVER:
        return recover(p, what->step);
    case KC_DO_VERIFY:
        return verify(p, what->step, again);
    case KC_DO_FINISH:
        if (w->finished.phase == KC_PHASE_NONE)
            check_end(p, &what->ending);
        return finish(p, what->ending.phase, what->ending.reason, what->ending.message);
    case KC_DO_RELEASE:
        p->cr.meta.finalizers.n = 0;
        return write_request(p);
    case KC_DO_DELETE:
        w->exists = p->stale;
        return OVER;
    }
    fail_msg("life %u: effect %d", w->seed, (int)what->kind);
    return OVER;
}

/* One visit of a process: until it has to wait, dies, or a write of it is refused. When to come back; < 0: when the
 * object changes; 0: soon, for it failed. */
static int64_t visit(struct world *w)
{
    struct process p;

    observe(&p, w);
    for (int i = 0; i < EFFECTS; i++) {
        int64_t again = 0;
        p.o.policies = world_law(w);
        struct kc_do what = kc_step(&p.o, w->now, w->a);
        if (perform(&p, &what, &again) == OVER)
            return what.kind == KC_DO_NOTHING ? -1 : again;
        w->now += draw(w, 50);
    }
    fail_msg("life %u: more than %d effects in one visit", w->seed, EFFECTS);
    return 0;
}

static void live(unsigned seed)
{
    KC_ARENA_SCOPE(a);
    struct world w;

    world_init(&w, a, seed);
    for (int turn = 0; turn < TURNS && w.exists; turn++) {
        w.quiet = turn >= EVENTS;
        world_turn(&w);
        int64_t again = w.exists ? visit(&w) : -1;
        if (again < 0 && w.quiet && w.exists) {
            INSIST(&w, w.finished.phase != KC_PHASE_NONE && w.cr.meta.finalizers.n == 0);
            tally.ends[w.finished.phase]++;
            return;
        }
        w.now += w.quiet && again > 0 ? again : 0;
    }
    if (w.exists)
        fail_msg("life %u: no end, it is %s", seed, kc_phase_name(kc_phase_of(&w.cr.status.conditions)));
}

static unsigned number_of(const char *variable, unsigned otherwise)
{
    const char *value = getenv(variable);
    int64_t number;

    return value && kc_parse_int(value, 0, INT32_MAX, &number) ? (unsigned)number : otherwise;
}

/* Lives in which nothing much happens would prove nothing. */
static void check_tally(unsigned lives)
{
    static const enum kc_phase ends[] = {KC_SUCCEEDED, KC_PHASE_FAILED, KC_REJECTED, KC_EXPIRED,
                                         KC_CANCELLED, KC_STALE,        KC_REFUSED};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (tally.ends[ends[i]] < 10)
            fail_msg("only %zu of %u lives ended %s", tally.ends[ends[i]], lives, kc_phase_name(ends[i]));
    for (size_t i = 0; i < sizeof tally.effects / sizeof *tally.effects; i++)
        if (i != KC_DO_READ && tally.effects[i] < 10)
            fail_msg("effect %zu was asked for %zu times", i, tally.effects[i]);
    for (size_t i = 0; i < 3; i++)
        assert_true(tally.recovered[i] > 10);
    assert_true(tally.as_described > 100 && tally.otherwise > 100 && tally.anew > 10);
    assert_true(tally.suspended > 50 && tally.held_up > 50);
    assert_true(tally.crashes > 100 && tally.stale_looks > 100 && tally.conflicts > 50 && tally.late > 50);
}

/* KC_REPLAY_FROM and KC_REPLAY_LIVES choose others: one that failed once more, or many for a night. */
static void test_lives(void **state)
{
    (void)state;
    unsigned from = number_of("KC_REPLAY_FROM", 0), n = number_of("KC_REPLAY_LIVES", LIVES);

    for (unsigned seed = from; seed < from + n; seed++)
        live(seed);
    if (n >= LIVES)
        check_tally(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lives)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
