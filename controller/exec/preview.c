#include "controller/exec/preview.h"

#include <string.h>

#include "controller/action/request.h"
#include "controller/base/clock.h"
#include "controller/exec/access.h"
#include "controller/exec/look.h"
#include "controller/exec/notes.h"
#include "controller/exec/object.h"
#include "controller/exec/read.h"
#include "controller/plan/manager.h"
#include "controller/plan/rollback.h"

#define BOTH_DRY_RUNS 2

static void refuse(struct kc_arena *a, struct kc_step_preview *p, const struct kc_err *e)
{
    const char *way_out = e->class == KC_CONFLICT ? p->record.action.verb->on_conflict : NULL;

    p->accepted = false;
    p->missing = e->class == KC_NOT_FOUND;
    p->status.dry_run_outcome = "Refused";
    p->status.dry_run_message = kc_arena_printf(a, "%s%s%s", e->message, way_out ? ": " : "", kc_or(way_out, ""));
    p->status.rbac = e->class == KC_FORBIDDEN && e->http_status == 403 ? p->status.dry_run_message : "";
}

static struct kc_strs split_lines(struct kc_arena *a, const char *text)
{
    struct kc_strs out = {0};
    size_t lines = 0;

    for (const char *p = text; *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : p + strlen(p))
        lines++;
    out.v = kc_arena_array(a, lines + 1, sizeof *out.v);
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (len)
            out.v[out.n++] = kc_arena_strndup(a, text, len);
        text += len + (text[len] == '\n');
    }
    return out;
}

/* With its manifest, where there is room for it. */
static const char *whole_command(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_record_step *r)
{
    const char *whole = r->action.input ? kc_kubectl_render(a, &r->action, restmap) : r->command;

    return kc_utf8_count(whole, strlen(whole)) <= KC_STATUS_COMMAND_MAX ? whole : r->command;
}

static void describe(struct kc_arena *a, const struct kc_restmap *restmap, struct kc_step_preview *p)
{
    const struct kc_target t = kc_action_object(&p->record.action);

    p->status.command = whole_command(a, restmap, &p->record);
    p->status.effect = p->record.effect;
    p->status.reason = p->record.reason;
    p->status.target = (struct kc_target_status){
        .group = t.group, .version = t.version, .kind = t.kind, .ns = t.ns, .name = t.name, .uid = p->record.uid};
    p->status.changes = p->record.changes;
    p->status.n_changes = p->record.n_changes;
    p->status.reversible = p->record.reversible;
    p->status.rollback = p->record.undo;
    p->status.result = "";
}

static const char *find_controller(struct kc_arena *a, const json_t *object)
{
    const struct kc_marks m = kc_marks_of_json(a, object);

    return *m.owner_kind ? kc_arena_printf(a, "%s/%s", m.owner_kind, m.owner_name) : "";
}

/* What takes the step back, and what of it does not come back. */
static void find_undo(const struct kc_cluster *c, struct kc_arena *a, const struct kc_restmap *restmap,
                      const struct kc_looked *seen, const json_t *after, struct kc_step_preview *p)
{
    const struct kc_foresight f = {.seen = seen, .before = p->before, .after = after, .captures = c->captures};
    const char *note;

    kc_rollback_foresee(a, restmap, &f, &p->record, &note);
    if (!*note)
        return;
    const char *warning = kc_arena_printf(a, "way back: %s", note);
    kc_strs_unite(a, &p->status.warnings, &(struct kc_strs){&warning, 1});
}

static void compare(struct kc_arena *a, struct kc_record_step *r, const json_t *before, json_t *const *after)
{
    struct kc_change *second;

    if (r->action.verb->deed == KC_DEED_DELETE)
        return; /* the answer may be the object as it was, or nothing of it */
    r->n_changes = kc_changes_between(a, before, after[0], &r->changes);
    size_t n_second = kc_changes_between(a, before, after[1], &second);
    for (size_t i = 0; i < r->n_sets; i++) /* as the API server writes it: 0.5 is 500m */
        r->sets[i].value = kc_object_field(a, after[0], r->sets[i].path);
    kc_changes_mark_volatile(r->changes, r->n_changes, second, n_second, r->sets, r->n_sets);
}

/* The API server's warnings, and what the verb has to say itself. */
static struct kc_strs warnings_of(struct kc_arena *a, const struct kc_record_step *r, const struct kc_looked *seen,
                                  const char *from_server)
{
    const char *notice = r->action.verb->notice ? r->action.verb->notice(a, &r->action, seen) : NULL;

    return split_lines(a, notice ? kc_arena_printf(a, "%s\n%s", notice, kc_or(from_server, "")) : from_server);
}

/* What the action needs holds, and what it comes to. */
static bool make_request(struct kc_arena *a, const struct kc_looked *seen, struct kc_record_step *r, struct kc_err *err)
{
    const struct kc_verb *verb = r->action.verb;

    if ((verb->check && !verb->check(&r->action, seen, err)) || !verb->change(a, &r->action, seen, &r->request, err))
        return false;
    if (verb->sets)
        r->n_sets = verb->sets(a, &r->action, seen, &r->sets);
    return true;
}

/* That a disruption budget has no room right now is no refusal: the eviction waits for it. */
static bool comes_later(struct kc_arena *a, struct kc_step_preview *p, struct kc_err *e)
{
    if (!kc_is_put_off(e))
        return false;
    const char **note = kc_arena_array(a, 1, sizeof *note);
    note[0] = kc_arena_printf(a, "waits for %s", kc_put_off_by(a, p->record.action.target.ns, e));
    p->status.warnings = (struct kc_strs){note, 1};
    kc_err_clear(e);
    return true;
}

/* Looks, fixes what the command leaves open, and looks again at what it has come to be about. */
static bool look_and_settle(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                            struct kc_arena *a, struct kc_record_step *r, struct kc_looked *seen, struct kc_err *e)
{
    const struct kc_target named = r->action.target;

    if (!kc_look(c, who, &r->action, a, seen, e))
        return false;
    if (!r->action.verb->settle)
        return true;
    if (!r->action.verb->settle(a, &r->action, seen, e))
        return false;
    r->command = kc_kubectl_line(a, &r->action, restmap);
    return kc_target_equal(&named, &r->action.target) || kc_look(c, who, &r->action, a, seen, e);
}

void kc_preview_of_record(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_record_step *step,
                          size_t index, struct kc_step_preview *ret)
{
    struct kc_step_preview p = {.accepted = true, .record = *step};

    p.status = (struct kc_step_status){.id = kc_arena_printf(a, "%zu", index + 1),
                                       .rbac = "yes",
                                       .dry_run_outcome = step->deferred ? "Deferred" : "Accepted",
                                       .dry_run_message = "",
                                       .blast_radius = ""};
    describe(a, restmap, &p);
    *ret = p;
}

/* The change: what it starts from, the request, two dry runs, the difference. */
static bool preview_change(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                           struct kc_arena *a, struct kc_step_preview *p, struct kc_err *e)
{
    struct kc_record_step *r = &p->record;
    struct kc_looked seen;
    struct kc_api_request dry_run;
    struct kc_api_response res = {0};
    json_t *after[BOTH_DRY_RUNS] = {NULL};
    int dry_runs = r->action.verb->deed == KC_DEED_DELETE ? 1 : BOTH_DRY_RUNS; /* nothing of a delete is compared */

    if (!look_and_settle(c, restmap, who, a, r, &seen, e))
        return false;
    if (r->action.verb->deed != KC_DEED_CREATE && seen.n)
        p->before = seen.v[0].json;
    r->uid = kc_arena_strdup(a, kc_or(kc_json_str(p->before, "metadata.uid"), ""));
    r->controller = find_controller(a, p->before);
    if (!make_request(a, &seen, r, e))
        return false;
    struct kc_precondition as_seen = {.uid = r->uid,
                                      .resource_version = kc_json_str(p->before, "metadata.resourceVersion")};
    bool with_version = kc_request_needs_version(&r->request);
    if (!kc_request_prepare(a, &r->request, with_version ? &as_seen : NULL, true, &dry_run, e))
        return false;
    for (int i = 0; i < dry_runs; i++)
        if (!kc_object_call(c, who, &dry_run, a, &after[i], &res, e) && !comes_later(a, p, e))
            return false;
    compare(a, r, p->before, after);
    if (!p->status.warnings.n)
        p->status.warnings = warnings_of(a, r, &seen, kc_or(res.warnings, ""));
    if (!*kc_or(r->part, ""))
        kc_note_step(c, who, r, p->before, a, &p->status);
    else /* of several parts the whole is told */
        p->marks = kc_note_marks(c, who, r, p->before, a);
    find_undo(c, a, restmap, &seen, after[0], p);
    if (r->effect == KC_DESTRUCTIVE && p->before && !r->action.verb->by_uid) {
        r->fingerprint = kc_object_fingerprint(a, p->before, e);
        if (!r->fingerprint)
            return false;
    }
    return true;
}

/* A role for kubectl's SPDY of old has create alone; the WebSocket is a GET, and from Kubernetes 1.35 on both are
 * asked. */
static bool may_run(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *r,
                    struct kc_arena *a, struct kc_err *e)
{
    static const char *const verbs[] = {"create", "get"};
    const struct kc_target *t = &r->action.target;
    const char *sub = r->action.verb->rbac_subresource;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct kc_access access = {.verb = verbs[i],
                                         .group = t->group,
                                         .resource = t->resource,
                                         .ns = t->ns,
                                         .name = t->name,
                                         .subresource = sub};
        bool allowed;
        if (!kc_access_own(c->kube, who, &access, a, &allowed, e))
            return false;
        if (!allowed) {
            kc_fail(e, KC_FORBIDDEN, "Forbidden",
                    "user \"%s\" cannot %s resource \"%s/%s\" in the namespace \"%s\": kubectl %s needs create and get",
                    who->username, verbs[i], t->resource, sub, t->ns, r->action.verb->name);
            e->http_status = 403;
            return false;
        }
    }
    return true;
}

/* A command: a dry run of it would run it. What can be told is where it would run, and whether it may. */
static bool preview_run(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                        struct kc_arena *a, struct kc_step_preview *p, struct kc_err *e)
{
    struct kc_record_step *r = &p->record;
    struct kc_looked seen;

    if (!look_and_settle(c, restmap, who, a, r, &seen, e))
        return false;
    p->before = seen.n ? seen.v[0].json : NULL;
    find_undo(c, a, restmap, &seen, NULL, p);
    r->uid = kc_arena_strdup(a, kc_or(kc_json_str(p->before, "metadata.uid"), ""));
    r->controller = find_controller(a, p->before);
    if (!make_request(a, &seen, r, e) || !may_run(c, who, r, a, e))
        return false;
    p->status.dry_run_outcome = "NotPreviewable";
    p->status.dry_run_message = kc_arena_printf(a, "cannot be previewed: an %s runs the command", r->action.verb->name);
    r->fingerprint = kc_object_fingerprint(a, p->before, e);
    return r->fingerprint != NULL;
}

/* A read is its own preview: whether the requester may see what it shows, and whether there is something to show. */
static bool preview_read(const struct kc_cluster *c, const struct kc_identity *who, struct kc_arena *a,
                         struct kc_step_preview *p, struct kc_err *e)
{
    struct kc_read read;

    if (!kc_read(c, who, &p->record.action, a, &read, e))
        return false;
    p->record.reversible = KC_REVERSIBLE_NONE;
    if (read.seen.n && *p->record.action.target.name)
        p->record.uid = kc_arena_strdup(a, kc_or(kc_json_str(read.seen.v[0].json, "metadata.uid"), ""));
    return true;
}

bool kc_preview_step(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                     const struct kc_planned_step *step, size_t index, struct kc_arena *a, struct kc_step_preview *ret,
                     struct kc_err *err)
{
    struct kc_step_preview p = {.accepted = true};
    struct kc_action act = step->action;
    struct kc_err e = {0};
    char now[KC_TIME_LEN];

    if (act.selection || act.verb->expands)
        return kc_fail(err, KC_FATAL, "NotExpanded", "%s was not taken apart into objects",
                       kc_kubectl_render(a, &act, restmap));
    if (!act.verb->chooses_time || !*kc_or(act.chosen, "")) /* what was chosen for a deferred step stays */
        act.chosen = act.verb->chooses_time ? kc_arena_strdup(a, kc_time_format(now, kc_unix_ms())) : "";
    p.record = (struct kc_record_step){.action = act,
                                       .effect = kc_action_effect(&act),
                                       .reason = step->reason,
                                       .command = act.verb->unspoken ? step->part : kc_kubectl_line(a, &act, restmap),
                                       .group = step->group,
                                       .part = step->part,
                                       .whole = step->whole,
                                       .all = step->all,
                                       .uid = "",
                                       .controller = "",
                                       .fingerprint = "",
                                       .undo = ""};
    p.status = (struct kc_step_status){.id = kc_arena_printf(a, "%zu", index + 1),
                                       .rbac = "yes",
                                       .dry_run_outcome = "Accepted",
                                       .dry_run_message = "",
                                       .blast_radius = ""};
    if (!(act.verb->deed == KC_DEED_READ  ? preview_read(c, who, a, &p, &e)
          : act.verb->deed == KC_DEED_RUN ? preview_run(c, restmap, who, a, &p, &e)
                                          : preview_change(c, restmap, who, a, &p, &e))) {
        if (!kc_is_refusal(&e) && e.class != KC_NOT_FOUND && e.class != KC_CONFLICT) {
            *err = e;
            return kc_wrap(err, "preview of %s", p.record.command);
        }
        refuse(a, &p, &e);
    }
    describe(a, restmap, &p);
    *ret = p;
    return true;
}
