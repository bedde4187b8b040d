/* Dry runs of a whole plan -> what a person is shown -> the plan of record. */
#include <string.h>

#include "controller/reconcile/planning.h"

/* One object, or what a list is of: "pods in shop". */
static void show_targets(struct kc_visit *v, const struct kc_planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    struct kc_target t;

    if (s->plan.n_steps == 0)
        return;
    const struct kc_target_status *first = &s->plan.steps[0].target;
    t = (struct kc_target){.kind = first->kind, .group = first->group, .ns = first->ns, .name = first->name};
    const char *resource = kc_or(p->planned.steps[0].action.target.resource, first->kind);
    s->target = !kc_or(first->kind, NULL)  ? "the cluster"
                : kc_or(first->name, NULL) ? kc_target_show(v->a, &t)
                : kc_or(first->ns, NULL)   ? kc_arena_printf(v->a, "%s in %s", resource, first->ns)
                                           : resource;
    if (s->plan.n_steps > 1)
        s->target = kc_arena_printf(v->a, "%s + %zu more", s->target, s->plan.n_steps - 1);
}

/* In a column every letter counts: what all changes of a pod template begin with says nothing. */
static const char *short_path(const char *path)
{
    static const char template[] = "spec.template.spec.";

    return kc_str_starts(path, template) ? path + strlen(template) : path;
}

static const char *change_summary(struct kc_arena *a, const struct kc_change *c)
{
    return kc_arena_printf(a, "%s: %s → %s", short_path(c->path), kc_or(c->from, "(none)"), kc_or(c->to, "(none)"));
}

/* What is done to how many objects, and the change that all of them have. */
static const char *group_summary(struct kc_arena *a, const struct kc_planning *p, size_t end,
                                 const struct kc_step_status *s)
{
    const struct kc_action *first = &p->planned.steps[0].action;
    const char *plural = kc_or(first->target.resource, "objects");
    bool common = s->n_changes && !strchr(s->changes[0].path, ' ');

    for (size_t i = 1; i < end; i++) {
        const struct kc_action *act = &p->planned.steps[i].action;
        if (act->verb != first->verb)
            return p->planned.steps[0].whole;
        if (!KC_STREQ(act->target.kind, first->target.kind) || !KC_STREQ(act->target.group, first->target.group))
            plural = "objects";
    }
    return kc_arena_printf(a, "%s %zu %s%s%s", first->verb->name, end, plural, common ? " · " : "",
                           common ? change_summary(a, &s->changes[0]) : "");
}

static void show_summary(struct kc_visit *v, const struct kc_planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    const struct kc_step_status *first = s->plan.n_steps ? &s->plan.steps[0] : NULL;
    size_t end = first ? kc_planned_group_end(&p->planned, 0) : 0;

    if (!first)
        return;
    if (end > 1)
        s->summary = group_summary(v->a, p, end, first);
    else if (first->n_changes && kc_step_deed(&p->previews[0].record) != KC_DEED_CREATE)
        s->summary = change_summary(v->a, &first->changes[0]);
    else /* the first of the fields of something new says little */
        s->summary = p->previews[0].record.command;
    if (s->plan.n_steps > 1)
        s->summary = kc_arena_printf(v->a, "%s; %zu more step%s", s->summary, s->plan.n_steps - 1,
                                     s->plan.n_steps == 2 ? "" : "s");
}

void kc_preview_show(struct kc_visit *v, const struct kc_planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;

    s->plan = (struct kc_plan_status){.digest = ""};
    s->plan.steps = kc_arena_array(v->a, p->planned.n_steps, sizeof *s->plan.steps);
    for (size_t i = 0, end; i < p->planned.n_steps; i = end) {
        end = kc_planned_group_end(&p->planned, i);
        s->plan.steps[s->plan.n_steps] = kc_preview_group(v->a, p, i, end, s->plan.n_steps);
        s->plan.n_steps++;
    }
    show_targets(v, p);
    show_summary(v, p);
}

/* A manifest's values stay in the plan of record: the row has the digest of that. */
static json_t *change_detail(const struct kc_record_step *r, const struct kc_change *c)
{
    if (r->action.input)
        return json_pack("{s:s}", "path", c->path);
    return json_pack("{s:s, s:s, s:s}", "path", c->path, "from", c->from, "to", c->to);
}

/* The preview's facts for its audit row: what was asked of the API server and what it said. */
static json_t *preview_detail(const struct kc_planning *p)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < p->planned.n_steps; i++) {
        const struct kc_step_status *s = &p->previews[i].status;
        const struct kc_record_step *r = &p->previews[i].record;
        json_t *changes = json_array();
        for (size_t j = 0; j < s->n_changes; j++)
            json_array_append_new(changes, change_detail(r, &s->changes[j]));
        json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "step", s->id, "command", r->command,
                                               "outcome", s->dry_run_outcome, "message", s->dry_run_message, "changes",
                                               changes, "undo", s->rollback));
    }
    return json_pack("{s:o}", "steps", steps);
}

/* What was planned and previewed, in one transaction; the record is a blob that the plan's row names. */
static bool record_plan(struct kc_visit *v, const struct kc_planning *p, const struct kc_plan_record *record,
                        const char *digest, struct kc_err *err)
{
    size_t len;
    const char *bytes = kc_plan_record_encode(v->a, record, &len, err);
    if (!bytes)
        return false;
    const char *blob_digest = kc_digest_string(v->a, bytes, len);
    struct kc_row rows[2] = {kc_visit_row(v, KC_ROW_PLANNED), kc_visit_row(v, KC_ROW_PREVIEWED)};
    struct kc_blob blob = {.bytes = bytes, .len = len};
    KC_JSON_SCOPE *planned = json_pack("{s:s}", "planner", kc_or(v->cr.status.planner.provider, ""));
    if (p->rolls_back)
        json_object_set_new(planned, "rollbackOf", json_string(p->rolls_back));
    KC_JSON_SCOPE *previewed = preview_detail(p);
    struct kc_audit_batch batch = {.rows = rows, .n_rows = 2, .blobs = &blob, .n_blobs = 1};

    if (*record->follows)
        json_object_update_new(planned, json_pack("{s:s, s:s, s:s}", "follows", record->follows, "why", record->why,
                                                  "cause", record->cause));
    rows[0].plan_digest = rows[1].plan_digest = digest;
    rows[0].result = "Planned";
    rows[0].reason = rows[1].reason = "DryRunAccepted";
    rows[0].detail = planned;
    rows[0].blobs = (struct kc_strs){.v = &blob_digest, .n = 1};
    rows[1].result = "Accepted";
    rows[1].detail = previewed;
    return kc_visit_record(v, &batch, err);
}

bool kc_preview_refused(struct kc_visit *v, const struct kc_planning *p, struct kc_err *err)
{
    struct kc_row row = kc_visit_row(v, KC_ROW_PREVIEWED);
    KC_JSON_SCOPE *detail = preview_detail(p);
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};
    struct kc_ending ending = {.phase = KC_REFUSED, .reason = "DryRunRefused", .message = p->refusal};

    row.result = "Refused";
    row.reason = "DryRunRefused";
    row.message = p->refusal;
    row.detail = detail;
    return kc_visit_record(v, &batch, err) && kc_perform_finish(v, &ending, err);
}

bool kc_preview_record(struct kc_visit *v, const struct kc_planning *p, struct kc_err *err)
{
    struct kc_plan_record plan, *r = &plan;

    plan = (struct kc_plan_record){.requester = v->cr.spec.requested_by.who,
                                   .cluster_uid = v->chat->cluster.uid,
                                   .request_uid = v->cr.meta.uid,
                                   .made_at = kc_unix_ms(),
                                   .doubt = kc_or(p->doubt, ""),
                                   .follows = kc_or(p->follows, ""),
                                   .why = kc_or(p->why, ""),
                                   .cause_reason = p->cause ? p->cause->reason : "",
                                   .cause = p->cause ? p->cause->message : "",
                                   .expires_at = kc_deadline_at(&v->cr),
                                   .n_steps = p->planned.n_steps};
    r->steps = kc_arena_array(v->a, r->n_steps, sizeof *r->steps);
    for (size_t i = 0; i < r->n_steps; i++)
        r->steps[i] = p->previews[i].record;
    const char *digest = kc_plan_digest(v->a, r, err);
    if (!digest || !record_plan(v, p, r, digest, err))
        return false;
    kc_visit_take_plan(v, r, digest);
    v->rolls_back = p->rolls_back;
    v->cr.status.plan.digest = digest;
    v->cr.status.plan.expires_at = r->expires_at;
    return true;
}

/* What a command says may hold secrets: it is kept locked or the command is not run. */
static void require_locker(const struct kc_visit *v, struct kc_step_preview *p)
{
    if (!p->accepted || v->chat->locker || p->record.action.verb->deed != KC_DEED_RUN)
        return;
    p->accepted = false;
    p->status.dry_run_outcome = "Refused";
    p->status.dry_run_message = "what the command says could not be kept confidential: the manager was started without "
                                "--capture-key-file: give it a key, then ask again";
}

/* Of step i, named where people see several or where it is a part. */
static const char *refusal(struct kc_arena *a, const struct kc_planning *p, size_t i)
{
    const char *message = p->previews[i].status.dry_run_message, *part = kc_or(p->planned.steps[i].part, "");
    size_t group = 0;

    if (kc_planned_groups(&p->planned) == 1)
        return *part ? kc_arena_printf(a, "%s: %s", part, message) : message;
    for (size_t end = kc_planned_group_end(&p->planned, 0); end <= i; end = kc_planned_group_end(&p->planned, end))
        group++;
    return kc_arena_printf(a, "step %zu (%s): %s", group + 1, *part ? part : p->previews[i].record.command, message);
}

/* Steps that are previewed at the same time. Each has an arena of its own, which the plan's keeps. */
struct wave {
    struct kc_visit *v;
    struct kc_planning *p;
    const size_t *steps; /* which they are */
    struct kc_arena **arenas;
    struct kc_err *errs;
};

static void preview_one(void *arg, size_t i)
{
    struct wave *w = arg;
    size_t step = w->steps[i];

    w->arenas[i] = kc_arena_create();
    if (!kc_preview_step(&w->v->chat->cluster, w->p->restmap, &w->v->cr.spec.requested_by.who,
                         &w->p->planned.steps[step], step, w->arenas[i], &w->p->previews[step], &w->errs[i]) &&
        w->errs[i].class == KC_NONE)
        kc_fail(&w->errs[i], KC_FATAL, "NoReason", "the preview of step %zu failed without saying why", step + 1);
}

static void let_arena_go(void *arena)
{
    kc_arena_destroy(arena);
}

static bool preview_wave(struct wave *w, size_t n, struct kc_err *err)
{
    w->arenas = kc_arena_array(w->v->a, n, sizeof(struct kc_arena *));
    w->errs = kc_arena_array(w->v->a, n, sizeof *w->errs);
    kc_pool_run(w->v->chat->pool, n, preview_one, w);
    for (size_t i = 0; i < n; i++)
        kc_arena_defer(w->v->a, let_arena_go, w->arenas[i]);
    for (size_t i = 0; i < n; i++)
        if (w->errs[i].class != KC_NONE) {
            *err = w->errs[i];
            return false;
        }
    return true;
}

/* Independent steps at once; what has to do with an earlier step after it. */
static bool preview_all(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    size_t *waves, *steps = kc_arena_array(v->a, p->planned.n_steps, sizeof *steps);
    size_t n_waves = kc_planned_waves(v->a, &p->planned, &waves);

    for (size_t wave = 0; wave < n_waves; wave++) {
        struct wave w = {.v = v, .p = p, .steps = steps};
        size_t n = 0;
        for (size_t i = 0; i < p->planned.n_steps; i++)
            if (waves[i] == wave)
                steps[n++] = i;
        if (!preview_wave(&w, n, err))
            return false;
    }
    return true;
}

bool kc_preview_plan(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    p->accepted = true;
    p->previews = kc_arena_array(v->a, p->planned.n_steps, sizeof *p->previews);
    if (!preview_all(v, p, err))
        return false;
    kc_preview_defer(v, p);
    kc_preview_note(v, p);
    for (size_t i = 0; i < p->planned.n_steps; i++) {
        require_locker(v, &p->previews[i]);
        if (!p->previews[i].accepted && p->accepted) {
            p->accepted = false;
            p->refusal = refusal(v->a, p, i);
        }
    }
    return true;
}
