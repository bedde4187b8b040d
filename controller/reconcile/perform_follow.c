/* Plans that follow a plan: deferred steps are previewed when their turn comes (action/succession.h); what a failed
 * plan did is taken back. */
#include "controller/action/succession.h"
#include "controller/reconcile/planning.h"
#include "controller/reconcile/rollback.h"

/* The plan that is followed, and how far it came. */
struct base {
    const struct kc_plan_record *plan;
    const char *digest;
    const struct kc_step_progress *steps;
    size_t next; /* first step that is not done */
};

static struct base base_of(const struct kc_visit *v, const struct kc_do *what)
{
    struct base b = {.plan = &v->plan, .digest = v->o.plan_digest, .steps = v->steps};
    struct kc_plan_record *copy = kc_arena_alloc(v->a, sizeof *copy);

    if (what->anew) {
        const struct kc_former *last = &v->o.former[v->o.n_former - 1];
        b = (struct base){.plan = last->plan, .digest = last->digest, .steps = last->steps};
    }
    *copy = *b.plan; /* v->plan becomes the one that follows */
    b.plan = copy;
    while (b.next < copy->n_steps && b.steps[b.next].progress == KC_STEP_DONE)
        b.next++;
    return b;
}

/* What stands between a step and its preview: the first step that makes what it needs. */
static bool needs(struct kc_visit *v, const struct kc_planned *p, size_t i, size_t from, size_t *ret_step,
                  const char **ret_what)
{
    for (size_t j = from; j < i; j++)
        if (kc_action_needs(v->a, &p->steps[i].action, &p->steps[j].action, ret_what)) {
            *ret_step = j;
            return true;
        }
    return false;
}

/* What can be told of a new object without the API server: what its request states. */
static void describe(struct kc_visit *v, struct kc_step_preview *p)
{
    struct kc_record_step *r = &p->record;
    struct kc_err ignored = {0};

    if (kc_step_deed(r) != KC_DEED_CREATE || !r->request.method)
        return;
    const json_t *body =
        kc_json_parse_in(v->a, r->request.body, r->request.body_len, KC_PLAN_MAX_BYTES, "body", &ignored);
    r->n_changes = body ? kc_changes_between(v->a, NULL, body, &r->changes) : 0;
    p->status.changes = r->changes;
    p->status.n_changes = r->n_changes;
}

/* Steps as people count them. */
static size_t number_of(const struct kc_planned *p, size_t step)
{
    size_t n = 0;

    for (size_t i = 0; i <= step; i = kc_planned_group_end(p, i))
        n++;
    return n;
}

static void put_off(struct kc_visit *v, struct kc_step_preview *p, size_t by, const char *what)
{
    p->accepted = true;
    p->missing = false;
    p->record.deferred = true;
    describe(v, p);
    p->status.rbac = "asked when its turn comes";
    p->status.dry_run_outcome = "Deferred";
    p->status.dry_run_message =
        kc_arena_printf(v->a, "needs %s, which step %zu creates: previewed again when its turn comes", what, by);
}

void kc_preview_defer(struct kc_visit *v, struct kc_planning *p)
{
    const char *what;
    size_t by;

    for (size_t i = 0; i < p->planned.n_steps; i++)
        if (p->previews[i].missing && needs(v, &p->planned, i, 0, &by, &what))
            put_off(v, &p->previews[i], number_of(&p->planned, by), what);
}

/* Steps that are as they were stay as they were shown: with warnings, reach and result, which no record tells. */
static void keep_shown(struct kc_visit *v, const struct base *b, const struct kc_plan_status *shown)
{
    struct kc_plan_status *now = &v->cr.status.plan;

    for (size_t i = 0, group = 0; i < b->plan->n_steps; i = kc_plan_group_end(b->plan, i), group++)
        if (group < shown->n_steps && KC_STREQ(shown->steps[group].command, now->steps[group].command) &&
            b->plan->steps[i].deferred == v->plan.steps[i].deferred)
            now->steps[group] = shown->steps[group];
    now->why = shown->why;
    now->before = shown->before;
    now->n_before = shown->n_before;
}

/* Evidence first: what the API server said, as a row. */
static bool refused(struct kc_visit *v, const struct base *b, const struct kc_step_preview *p, struct kc_err *err)
{
    struct kc_row row = kc_visit_step_row(v, KC_ROW_PREVIEWED, b->next);
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};

    row.result = "Refused";
    row.reason = "DryRunRefused";
    row.message = p->status.dry_run_message;
    if (!kc_visit_record(v, &batch, err))
        return false;
    v->o.failure = (struct kc_ending){.phase = KC_PHASE_FAILED,
                                      .reason = "StepRefused",
                                      .message = kc_step_message(v->a, b->plan, b->next, p->status.dry_run_message)};
    return true;
}

/* Steps whose turn has not come are previewed along where they can be: whoever has to approve anew does so once. */
static bool preview_deferred(struct kc_visit *v, const struct base *b, struct kc_planning *p, struct kc_err *err)
{
    const char *ignored_what;
    size_t ignored_by;

    for (size_t i = b->next; i < p->planned.n_steps; i++) {
        const struct kc_planned_step *s = &p->planned.steps[i];
        struct kc_step_preview again;
        if (!b->plan->steps[i].deferred || s->action.verb->deed == KC_DEED_READ ||
            needs(v, &p->planned, i, b->next, &ignored_by, &ignored_what))
            continue;
        if (!kc_preview_step(&v->chat->cluster, p->restmap, &v->cr.spec.requested_by.who, s, i, v->a, &again, err))
            return false;
        if (again.accepted)
            p->previews[i] = again;
        else if (i == b->next)
            return refused(v, b, &again, err);
    }
    return true;
}

static struct kc_planned_step planned_step(const struct kc_record_step *s)
{
    bool is_part = *kc_or(s->part, "") != '\0';

    return (struct kc_planned_step){.action = s->action,
                                    .reason = s->reason,
                                    .group = s->group,
                                    .part = is_part ? s->part : NULL,
                                    .whole = is_part ? s->whole : NULL,
                                    .all = s->all};
}

static bool follow_deferred(struct kc_visit *v, const struct base *b, struct kc_planning *p, struct kc_err *err)
{
    size_t n = b->plan->n_steps;

    p->doubt = b->plan->doubt;
    p->planned = (struct kc_planned){.steps = kc_arena_array(v->a, n, sizeof *p->planned.steps), .n_steps = n};
    p->previews = kc_arena_array(v->a, n, sizeof *p->previews);
    for (size_t i = 0; i < n; i++) {
        p->planned.steps[i] = planned_step(&b->plan->steps[i]);
        kc_preview_of_record(v->a, p->restmap, &b->plan->steps[i], i, &p->previews[i]);
    }
    return preview_deferred(v, b, p, err);
}

/* There is no way back: the end says what failed, and why what it did stays. */
static bool stays(struct kc_visit *v, const struct kc_ending *cause, const char *why, struct kc_err *err)
{
    struct kc_ending end = {.phase = KC_PHASE_FAILED,
                            .reason = "NotRolledBack",
                            .message =
                                kc_arena_printf(v->a, "%s; what was done before stays: %s", cause->message, why)};

    return kc_perform_finish(v, &end, err);
}

static bool plan_way_back(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    struct kc_done done;
    struct kc_rollback made;

    if (!kc_rollback_gather(v->chat, &v->cr.spec.requested_by.who, v->cr.meta.name, v->cr.meta.uid, v->a, &done, err))
        return false;
    const struct kc_rollback_input in = {
        .name = done.name, .restmap = p->restmap, .v = done.steps, .n = done.n, .overwrite = false};
    kc_rollback_plan(v->a, &in, &made);
    p->planned = made.planned;
    p->accepted = made.planned.outcome == KC_PLAN_MADE;
    p->refusal = made.planned.question;
    return !p->accepted || kc_preview_plan(v, p, err);
}

/* What came of the steps so far: they are shown no more as steps of the plan. */
static void remember(struct kc_visit *v, const struct kc_plan_status *shown)
{
    struct kc_plan_status *now = &v->cr.status.plan;

    now->why = KC_WHY_ROLLBACK;
    now->before = kc_arena_array(v->a, shown->n_steps + 1, sizeof *now->before);
    for (size_t i = 0; i < shown->n_steps; i++)
        if (kc_or(shown->steps[i].result, NULL))
            now->before[now->n_before++] = (struct kc_step_before){shown->steps[i].command, shown->steps[i].result};
}

static bool follow_with_way_back(struct kc_visit *v, const struct base *b, const struct kc_do *what,
                                 struct kc_planning *p, struct kc_err *err)
{
    const struct kc_plan_status shown = v->cr.status.plan;

    p->cause = &what->ending;
    p->doubt = b->plan->doubt;
    if (!plan_way_back(v, p, err))
        return false;
    if (!p->accepted)
        return stays(v, p->cause, p->refusal, err);
    kc_preview_show(v, p);
    if (!kc_preview_record(v, p, err))
        return false;
    remember(v, &shown);
    v->o.failure = (struct kc_ending){.phase = KC_PHASE_NONE}; /* it was the plan's before */
    return kc_visit_write(v, err);
}

bool kc_perform_follow(struct kc_visit *v, const struct kc_do *what, struct kc_err *err)
{
    const struct base b = base_of(v, what);
    const struct kc_plan_status shown = v->cr.status.plan;
    struct kc_planning p = {.follows = b.digest, .why = what->why};

    if (!kc_planning_begin(v, &p, err))
        return false;
    if (KC_STREQ(what->why, KC_WHY_ROLLBACK))
        return follow_with_way_back(v, &b, what, &p, err);
    p.rolls_back = v->rolls_back;
    if (!follow_deferred(v, &b, &p, err))
        return false;
    if (v->o.failure.phase != KC_PHASE_NONE)
        return true;
    kc_preview_show(v, &p);
    if (!kc_preview_record(v, &p, err))
        return false;
    keep_shown(v, &b, &shown);
    return kc_visit_write(v, err); /* before anything of it is begun: who looks sees what runs */
}
