/* Words or commands -> plan of record -> what a person is shown. */
#include "controller/ai/answer.h"
#include "controller/exec/gather.h"
#include "controller/exec/object.h"
#include "controller/exec/preview.h"
#include "controller/reconcile/visit.h"

struct planning {
    const struct kc_restmap *restmap;
    struct kc_inventory inventory;
    struct kc_planned planned;
    const char *reason; /* of planned.outcome, when that is KC_PLAN_REFUSED */
    struct kc_step_preview *previews;
    bool accepted;
    const char *refusal; /* of the first step that was refused */
    struct kc_asked asked;
    const char *doubt; /* how the built-in planner reads it otherwise; "": it does not, or is not sure */
    int64_t began;
};

static bool finish(struct kc_visit *v, enum kc_phase phase, const char *reason, const char *message, struct kc_err *err)
{
    struct kc_ending e = {.phase = phase, .reason = reason, .message = message};

    return kc_perform_finish(v, &e, err);
}

/* One object, or what a list is of: "pods in shop". */
static void show_targets(struct kc_visit *v, const struct planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    struct kc_target t;

    if (s->plan.n_steps == 0)
        return;
    const struct kc_target_status *first = &s->plan.steps[0].target;
    t = (struct kc_target){.kind = first->kind, .group = first->group, .ns = first->ns, .name = first->name};
    const char *resource = kc_or(p->planned.steps[0].action.target.resource, first->kind);
    s->target = kc_or(first->name, NULL) ? kc_target_show(v->a, &t)
                : kc_or(first->ns, NULL) ? kc_arena_printf(v->a, "%s in %s", resource, first->ns)
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

static void show_summary(struct kc_visit *v)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    const struct kc_step_status *first = s->plan.n_steps ? &s->plan.steps[0] : NULL;

    if (!first)
        return;
    s->summary = first->n_changes
                     ? kc_arena_printf(v->a, "%s: %s → %s", short_path(first->changes[0].path),
                                       kc_or(first->changes[0].from, "(none)"), kc_or(first->changes[0].to, "(none)"))
                     : first->command;
    if (s->plan.n_steps > 1)
        s->summary = kc_arena_printf(v->a, "%s; %zu more step%s", s->summary, s->plan.n_steps - 1,
                                     s->plan.n_steps == 2 ? "" : "s");
}

static void show_steps(struct kc_visit *v, const struct planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;

    s->plan = (struct kc_plan_status){.digest = "", .n_steps = p->planned.n_steps};
    s->plan.steps = kc_arena_array(v->a, p->planned.n_steps, sizeof *s->plan.steps);
    for (size_t i = 0; i < p->planned.n_steps; i++)
        s->plan.steps[i] = p->previews[i].status;
    show_targets(v, p);
    show_summary(v);
}

/* The preview's facts for its audit row: what was asked of the API server and what it said. */
static json_t *preview_detail(const struct planning *p)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < p->planned.n_steps; i++) {
        const struct kc_step_status *s = &p->previews[i].status;
        json_t *changes = json_array();
        for (size_t j = 0; j < s->n_changes; j++)
            json_array_append_new(changes, json_pack("{s:s, s:s, s:s}", "path", s->changes[j].path, "from",
                                                     s->changes[j].from, "to", s->changes[j].to));
        json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "step", s->id, "command", s->command,
                                               "outcome", s->dry_run_outcome, "message", s->dry_run_message, "changes",
                                               changes, "undo", s->rollback));
    }
    return json_pack("{s:o}", "steps", steps);
}

/* What was planned and previewed, in one transaction; the record is a blob that the plan's row names. */
static bool record_plan(struct kc_visit *v, const struct planning *p, const struct kc_plan_record *record,
                        const char *digest, struct kc_err *err)
{
    size_t len;
    const char *bytes = kc_plan_record_encode(v->a, record, &len, err);
    if (!bytes)
        return false;
    const char *blob_digest = kc_digest_string(v->a, bytes, len);
    struct kc_row rows[2] = {kc_visit_row(v, KC_ROW_PLANNED), kc_visit_row(v, KC_ROW_PREVIEWED)};
    struct kc_blob blob = {.bytes = bytes, .len = len};
    KC_JSON_SCOPE *planned = json_pack("{s:s}", "planner", v->cr.status.planner.provider);
    KC_JSON_SCOPE *previewed = preview_detail(p);
    struct kc_audit_batch batch = {.rows = rows, .n_rows = 2, .blobs = &blob, .n_blobs = 1};

    rows[0].plan_digest = rows[1].plan_digest = digest;
    rows[0].result = "Planned";
    rows[0].reason = rows[1].reason = "DryRunAccepted";
    rows[0].detail = planned;
    rows[0].blobs = (struct kc_strs){.v = &blob_digest, .n = 1};
    rows[1].result = "Accepted";
    rows[1].detail = previewed;
    return kc_visit_record(v, &batch, err);
}

/* A plan that the API server would not take is shown and recorded, and ends there: nobody is asked to approve it. */
static bool refused_preview(struct kc_visit *v, const struct planning *p, struct kc_err *err)
{
    struct kc_row row = kc_visit_row(v, KC_ROW_PREVIEWED);
    KC_JSON_SCOPE *detail = preview_detail(p);
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};

    row.result = "Refused";
    row.reason = "DryRunRefused";
    row.message = p->refusal;
    row.detail = detail;
    return kc_visit_record(v, &batch, err) && finish(v, KC_REFUSED, "DryRunRefused", p->refusal, err);
}

static bool make_record(struct kc_visit *v, const struct planning *p, struct kc_err *err)
{
    struct kc_plan_record *r = &v->plan;

    *r = (struct kc_plan_record){.requester = v->cr.spec.requested_by.who,
                                 .cluster_uid = v->chat->cluster.uid,
                                 .request_uid = v->cr.meta.uid,
                                 .made_at = kc_unix_ms(),
                                 .doubt = p->doubt,
                                 .expires_at = kc_deadline_at(&v->cr),
                                 .n_steps = p->planned.n_steps};
    r->steps = kc_arena_array(v->a, r->n_steps, sizeof *r->steps);
    for (size_t i = 0; i < r->n_steps; i++)
        r->steps[i] = p->previews[i].record;
    const char *digest = kc_plan_digest(v->a, r, err);
    if (!digest || !record_plan(v, p, r, digest, err))
        return false;
    kc_visit_take_plan(v, digest);
    v->o.recorded_digest = digest;
    v->cr.status.plan.digest = digest;
    v->cr.status.plan.expires_at = r->expires_at;
    return true;
}

static bool preview_all(struct kc_visit *v, struct planning *p, struct kc_err *err)
{
    p->accepted = true;
    p->previews = kc_arena_array(v->a, p->planned.n_steps, sizeof *p->previews);
    for (size_t i = 0; i < p->planned.n_steps; i++) {
        if (!kc_preview_step(&v->chat->cluster, p->restmap, &v->cr.spec.requested_by.who, &p->planned.steps[i], i, v->a,
                             &p->previews[i], err))
            return false;
        if (!p->previews[i].accepted && p->accepted) {
            p->accepted = false;
            p->refusal = kc_step_message(v->a, p->planned.n_steps, i, p->previews[i].status.command,
                                         p->previews[i].status.dry_run_message);
        }
    }
    return true;
}

static void show_planner(struct kc_visit *v, const struct planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    bool model = p->asked.how == KC_ASKED_PLANNED;
    int64_t took = model ? p->asked.latency_ms : (kc_mono_us() - p->began + 500) / 1000;

    s->planner.provider = v->cr.spec.commands.n ? "Commands" : model ? p->asked.provider : KC_AI_BUILTIN;
    s->planner.model = model ? p->asked.model : "";
    s->planner.latency = kc_arena_printf(v->a, "%lldms", (long long)took);
    s->planner.message = *p->doubt ? kc_arena_printf(v->a, "the built-in planner reads the same words as: %s", p->doubt)
                                   : kc_or(p->asked.note, "");
}

static void refuse(struct planning *p, const char *reason, const char *message)
{
    p->planned = (struct kc_planned){.outcome = KC_PLAN_REFUSED, .question = message};
    p->reason = reason;
}

/* Where the built-in planner is sure of the words and a model reads them otherwise, people are told. */
static void compare_readings(struct kc_visit *v, struct planning *p, const struct kc_plan_input *in)
{
    struct kc_planned builtin = {0};
    const char *other;

    kc_plan_words(v->a, in, &builtin);
    if (p->planned.outcome != KC_PLAN_MADE || builtin.outcome != KC_PLAN_MADE)
        return;
    other = kc_ai_difference(v->a, &p->planned, &builtin, p->restmap);
    p->doubt = kc_or(other, "");
}

/* By a model where one is to be asked, else by the built-in planner. */
static bool plan_words(struct kc_visit *v, struct planning *p, const struct kc_plan_input *in, struct kc_err *err)
{
    if (!kc_perform_ask(v, in, &p->asked, err))
        return false;
    if (*p->asked.refused)
        refuse(p, "ProviderNotFound", p->asked.refused);
    else if (p->asked.how == KC_ASKED_PLANNED) {
        p->planned = p->asked.planned;
        compare_readings(v, p, in);
    } else if (p->asked.how != KC_ASKED_WAITING)
        kc_plan_words(v->a, in, &p->planned);
    return true;
}

/* What was listed -> plan -> preview. False only for what is worth trying again. */
static bool look_and_plan(struct kc_visit *v, struct planning *p, enum kc_listing listing, struct kc_err *err)
{
    const struct kc_chatrequest *cr = &v->cr;
    struct kc_plan_input in = {
        .prompt = cr->spec.prompt, .namespaces = kc_chatrequest_namespaces(v->a, cr), .inventory = &p->inventory};
    struct kc_err e = {0};

    if (!kc_gather(&v->chat->cluster, p->restmap, &cr->spec.requested_by.who, &in.namespaces, listing, v->a,
                   &p->inventory, &e)) {
        if (kc_is_refusal(&e) || e.class == KC_NOT_FOUND) {
            refuse(p, e.class != KC_NOT_FOUND ? "Forbidden" : "NamespaceNotFound", kc_arena_strdup(v->a, e.message));
            return true;
        }
        *err = e;
        return false;
    }
    p->began = kc_mono_us();
    p->reason = "NotPlannable";
    p->doubt = "";
    if (cr->spec.commands.n)
        kc_plan_commands(v->a, &cr->spec.commands, &in, &p->planned);
    else if (!plan_words(v, p, &in, err))
        return false;
    if (p->asked.how == KC_ASKED_WAITING)
        return true;
    show_planner(v, p);
    if (p->planned.n_steps > KC_MAX_STEPS)
        refuse(p, "TooManySteps",
               kc_arena_printf(v->a, "the plan has %zu steps, at most %d may be asked for at once: split the request",
                               p->planned.n_steps, KC_MAX_STEPS));
    return p->planned.outcome != KC_PLAN_MADE || preview_all(v, p, err);
}

static const struct kc_object *listed(const struct kc_inventory *inv, const struct kc_target *t)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].name, t->name) && KC_STREQ(inv->v[i].ns, t->ns) &&
            KC_STREQ(inv->v[i].mapping->kind, t->kind) && KC_STREQ(inv->v[i].mapping->group, t->group))
            return &inv->v[i];
    return NULL;
}

/* Whether the objects that were previewed are what the planner took them for: "three more" counts from what was listed.
 */
static bool as_listed(const struct planning *p)
{
    for (size_t i = 0; i < p->planned.n_steps; i++) {
        if (p->planned.steps[i].action.verb->deed == KC_DEED_READ)
            continue; /* it was read: there is nothing that it counts from */
        const struct kc_object *o = listed(&p->inventory, &p->planned.steps[i].action.target);
        const json_t *before = p->previews[i].before;
        if (!o || !before || (o->replicas >= 0 && o->replicas != kc_json_int(before, "spec.replicas", 0)))
            return false;
    }
    return true;
}

static bool wait_for_model(struct kc_visit *v, const struct planning *p, int64_t *ret_wait_ms, struct kc_err *err)
{
    *ret_wait_ms = p->asked.wait_ms;
    kc_visit_enter(v, KC_PLANNING, "AskingModel",
                   kc_arena_printf(v->a, "asking the model %s of provider %s", p->asked.model, p->asked.provider));
    return kc_visit_write(v, err);
}

/* A plan made of the API server's cache is kept if the preview, which reads the objects themselves, bears it out.
 * Nobody is asked back or refused before the current state has been looked at. */
static bool plan_with(struct kc_visit *v, struct planning *p, int64_t *ret_wait_ms, struct kc_err *err)
{
    if (!look_and_plan(v, p, KC_LIST_CACHED, err))
        return false;
    if (p->asked.how == KC_ASKED_WAITING)
        return wait_for_model(v, p, ret_wait_ms, err);
    if ((p->planned.outcome != KC_PLAN_MADE || !as_listed(p)) && !look_and_plan(v, p, KC_LIST_CURRENT, err))
        return false;
    switch (p->planned.outcome) {
    case KC_PLAN_QUESTION:
        v->cr.status.question = p->planned.question;
        v->cr.status.candidates = p->planned.candidates;
        return finish(v, KC_NEEDS_CLARIFICATION, "Ambiguous", p->planned.question, err);
    case KC_PLAN_REFUSED:
        return finish(v, KC_REFUSED, p->reason, p->planned.question, err);
    case KC_PLAN_MADE:
        break;
    }
    show_steps(v, p);
    return p->accepted ? make_record(v, p, err) : refused_preview(v, p, err);
}

static void let_go(void *map)
{
    kc_restmap_unref(map);
}

bool kc_perform_plan(struct kc_visit *v, int64_t *ret_wait_ms, struct kc_err *err)
{
    struct planning p = {0};
    struct kc_err e = {0};

    if (!KC_STREQ(v->cr.spec.cluster, v->chat->cluster.name))
        return finish(v, KC_REFUSED, "UnknownCluster",
                      kc_arena_printf(v->a, "spec.context.cluster: no cluster \"%s\" is registered here; known: %s",
                                      v->cr.spec.cluster, v->chat->cluster.name),
                      err);
    if (!kc_guard_requester(&v->cr.spec.requested_by.who, &e))
        return finish(v, KC_REFUSED, "RequesterRefused", kc_arena_strdup(v->a, e.message), err);
    struct kc_restmap_ref *map = kc_discovery_get(v->chat->cluster.discovery);
    if (!map)
        return kc_fail(err, KC_RETRY, "DiscoveryPending", "the cluster's API has not been discovered yet");
    kc_arena_defer(v->a, let_go, map);
    p.restmap = kc_restmap_of(map);
    bool ok = plan_with(v, &p, ret_wait_ms, err);
    if (ok && *ret_wait_ms == 0)
        kc_perform_ask_done(v);
    return ok;
}
