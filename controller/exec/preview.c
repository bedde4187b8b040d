#include "controller/exec/preview.h"

#include <string.h>

#include "controller/exec/object.h"

#define BOTH_DRY_RUNS 2

static void refuse(struct kc_arena *a, struct kc_step_preview *p, const struct kc_err *e)
{
    p->accepted = false;
    p->status.dry_run_outcome = "Refused";
    p->status.dry_run_message = kc_arena_strdup(a, e->message);
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

/* How many pods more or fewer: what a person asks first of a change of scale. */
static const char *reach(struct kc_arena *a, const struct kc_change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t from, to;
        if (!KC_STREQ(changes[i].path, "spec.replicas") ||
            !kc_parse_int(kc_or(changes[i].from, "0"), 0, INT32_MAX, &from) ||
            !kc_parse_int(kc_or(changes[i].to, "0"), 0, INT32_MAX, &to))
            continue;
        int64_t by = to > from ? to - from : from - to;
        return kc_arena_printf(a, "%lld %s pod%s", (long long)by, to > from ? "more" : "fewer", by == 1 ? "" : "s");
    }
    return "";
}

static void describe(struct kc_arena *a, struct kc_step_preview *p)
{
    const struct kc_target *t = &p->record.action.target;

    p->status.command = p->record.command;
    p->status.effect = p->record.effect;
    p->status.reason = p->record.reason;
    p->status.target = (struct kc_target_status){
        .group = t->group, .version = t->version, .kind = t->kind, .ns = t->ns, .name = t->name, .uid = p->record.uid};
    p->status.changes = p->record.changes;
    p->status.n_changes = p->record.n_changes;
    p->status.blast_radius = reach(a, p->record.changes, p->record.n_changes);
    p->status.reversible = p->record.reversible;
    p->status.rollback = p->record.undo;
    p->status.result = "";
}

static void find_undo(struct kc_arena *a, const struct kc_restmap *restmap, const json_t *before,
                      struct kc_record_step *r)
{
    struct kc_action undo;

    if (r->action.verb->undo && r->action.verb->undo(a, &r->action, before, &undo)) {
        r->undo = kc_kubectl_render(a, &undo, restmap);
        r->reversible = KC_REVERSIBLE;
    } else {
        r->undo = "";
        r->reversible = KC_IRREVERSIBLE;
    }
}

bool kc_preview_step(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
                     const struct kc_planned_step *step, size_t index, struct kc_arena *a, struct kc_step_preview *ret,
                     struct kc_err *err)
{
    const struct kc_verb *verb = step->action.verb;
    struct kc_step_preview p = {.accepted = true};
    struct kc_call call = {.as = who};
    struct kc_api_request req;
    struct kc_api_response res = {0};
    struct kc_err e = {0};
    json_t *before, *after[BOTH_DRY_RUNS];

    p.record = (struct kc_record_step){.action = step->action,
                                       .effect = verb->effect,
                                       .reason = step->reason,
                                       .command = kc_kubectl_render(a, &step->action, restmap),
                                       .uid = "",
                                       .fingerprint = "",
                                       .undo = ""};
    p.status = (struct kc_step_status){.id = kc_arena_printf(a, "%zu", index + 1),
                                       .rbac = "yes",
                                       .dry_run_outcome = "Accepted",
                                       .dry_run_message = "",
                                       .blast_radius = ""};

    verb->read(a, &step->action, &req);
    bool ok = kc_kube_json(c->kube, &req, &call, a, &before, &res, &e);
    if (ok) {
        p.before = before;
        p.record.uid = kc_arena_strdup(a, kc_or(kc_json_str(before, "metadata.uid"), ""));
        find_undo(a, restmap, before, &p.record);
        ok = !verb->check || verb->check(&step->action, before, &e);
    }
    for (int i = 0; ok && i < BOTH_DRY_RUNS; i++) {
        verb->change(a, &step->action, NULL, true, &req);
        ok = kc_kube_json(c->kube, &req, &call, a, &after[i], &res, &e);
    }
    if (ok) {
        struct kc_set_field *sets;
        struct kc_change *second;
        size_t n_sets = verb->sets(a, &step->action, &sets);
        p.record.n_changes = kc_changes_between(a, before, after[0], &p.record.changes);
        size_t n_second = kc_changes_between(a, before, after[1], &second);
        kc_changes_mark_volatile(p.record.changes, p.record.n_changes, second, n_second, sets, n_sets);
        p.status.warnings = split_lines(a, res.warnings);
        if (verb->effect == KC_DESTRUCTIVE) {
            p.record.fingerprint = kc_object_fingerprint(a, before, err);
            if (!p.record.fingerprint)
                return false;
        }
    } else if (kc_is_refusal(&e) || e.class == KC_NOT_FOUND || e.class == KC_CONFLICT) {
        refuse(a, &p, &e);
    } else {
        *err = e;
        return kc_wrap(err, "preview of %s", p.record.command);
    }
    describe(a, &p);
    *ret = p;
    return true;
}
