/* How each verb is taken back, and what can be promised of it beforehand. docs/rollback.md has the table for people. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/restore.h"
#include "controller/plan/rollback_parts.h"

#define RESTARTED "pods that were replaced are not the same again"

static const struct kc_rollback_row rows[] = {
    {"annotate", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"apply", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"autoscale", KC_BACK_DELETE, KC_PARTIAL, "the number of replicas stays as the autoscaler left it"},
    {"cordon", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"create", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create clusterrole", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create clusterrolebinding", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create configmap", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create cronjob", KC_BACK_DELETE, KC_PARTIAL, "what its jobs did is done"},
    {"create deployment", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create ingress", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create job", KC_BACK_DELETE, KC_PARTIAL, "what its pods did is done"},
    {"create namespace", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create poddisruptionbudget", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create priorityclass", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create quota", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create role", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create rolebinding", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create service clusterip", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create service externalname", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create service loadbalancer", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create service nodeport", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"create serviceaccount", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"debug", KC_BACK_NEVER, KC_IRREVERSIBLE, "an ephemeral container stays until its pod goes"},
    {"delete", KC_BACK_CREATE, KC_PARTIAL, "it gets another uid, and what went with it stays gone"},
    {"drain", KC_BACK_FIELDS, KC_PARTIAL, "pods do not move back to their old nodes"},
    {"evict", KC_BACK_CREATE, KC_PARTIAL, "pods do not move back to their old nodes"},
    {"exec", KC_BACK_NEVER, KC_IRREVERSIBLE, "what the command did is done"},
    {"expose", KC_BACK_DELETE, KC_REVERSIBLE, ""},
    {"label", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"patch", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"replace", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"rollout pause", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"rollout restart", KC_BACK_PATCH, KC_PARTIAL, RESTARTED},
    {"rollout resume", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"rollout undo", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"run", KC_BACK_DELETE, KC_PARTIAL, "what the pod did is done"},
    {"scale", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"set env", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"set image", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"set resources", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"set selector", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"set serviceaccount", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"set subject", KC_BACK_PATCH, KC_REVERSIBLE, ""},
    {"taint", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
    {"uncordon", KC_BACK_FIELDS, KC_REVERSIBLE, ""},
};

const struct kc_rollback_row *kc_rollback_rows(size_t *ret_n)
{
    *ret_n = sizeof rows / sizeof *rows;
    return rows;
}

const struct kc_rollback_row *kc_rollback_row_of(const struct kc_verb *verb)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (KC_STREQ(rows[i].verb, verb->name))
            return &rows[i];
    return NULL;
}

enum kc_way_back kc_rollback_way(const struct kc_rollback_row *row, const struct kc_record_step *step)
{
    bool creates = step->action.verb->deed == KC_DEED_UPDATE && !*kc_or(step->uid, "");
    return row && creates ? KC_BACK_DELETE : row ? row->way : KC_BACK_NEVER;
}

bool kc_rollback_of_secret(const struct kc_action *act)
{
    const struct kc_target t = kc_action_object(act);
    return KC_STREQ(t.kind, "Secret") && !*kc_or(t.group, "");
}

struct kc_strs kc_rollback_paths(struct kc_arena *a, const struct kc_record_step *step)
{
    struct kc_strs paths = {.v = kc_arena_array(a, step->n_changes + 1, sizeof *paths.v)};
    for (size_t i = 0; i < step->n_changes; i++)
        if (!step->changes[i].volatile_value)
            paths.v[paths.n++] = step->changes[i].path;
    return paths;
}

static bool fits(const struct kc_target *t, const char *command, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    return strlen(command) <= KC_ROLLBACK_COMMAND_MAX ||
           kc_fail(err, KC_INVALID, "TooLong",
                   "%s: the command that puts it back is %zu bytes long, a plan holds at most %d: put it back by hand",
                   kc_target_show(a, t), strlen(command), KC_ROLLBACK_COMMAND_MAX);
}

bool kc_rollback_patch(struct kc_arena *a, const struct kc_target *t, const struct kc_restmap *restmap,
                       const json_t *now, const json_t *want, struct kc_action *ret, const char **ret_command,
                       struct kc_err *err)
{
    const char *type = NULL, *patch = kc_object_patch(a, now, want, &type);
    if (!patch)
        return kc_fail(err, KC_INVALID, "NothingToChange", "%s is already as it was", kc_target_show(a, t));
    const struct kc_flag_value flags[] = {{"type", type}, {"patch", patch}};
    if (!kc_action_make(a, "patch", t, flags, 2, NULL, 0, ret, err))
        return false;
    *ret_command = kc_kubectl_render(a, ret, restmap);
    return fits(t, *ret_command, err);
}

/* The verb's own opposite, where it takes everything back. */
static bool own_opposite(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_foresight *f,
                         struct kc_record_step *step)
{
    struct kc_action undo = {0};
    enum kc_reversible r =
        step->action.verb->undo ? step->action.verb->undo(a, &step->action, f->seen, &undo) : KC_IRREVERSIBLE;
    if (r == KC_IRREVERSIBLE || !undo.verb || (r == KC_PARTIAL && step->action.verb->deed == KC_DEED_UPDATE))
        return false;
    step->undo = kc_kubectl_render(a, &undo, restmap);
    return strlen(step->undo) <= KC_ROLLBACK_UNDO_MAX;
}

/* A merge patch that takes away whole parents would take along what others put there meanwhile. */
static bool takes_parents(const json_t *patch, const json_t *object)
{
    json_t *members = (json_t *)(uintptr_t)patch, *v; /* jansson's iterators are not const */
    const char *key;
    json_object_foreach(members, key, v)
    {
        const json_t *is = json_object_get(object, key);
        bool parent = json_object_size(is) + json_array_size(is) > 0;
        if (json_is_null(v) ? parent : json_is_object(v) && takes_parents(v, is))
            return true;
    }
    return false;
}

/* A JSON patch counts the items of a list as they were. */
bool kc_rollback_stands_alone(const struct kc_action *act, const json_t *object)
{
    const char *text = kc_or(kc_action_flag(act, "patch"), "");
    if (!act->verb || !KC_STREQ(act->verb->name, "patch"))
        return true;
    if (!KC_STREQ(kc_or(kc_action_flag(act, "type"), ""), "merge"))
        return false;
    KC_JSON_SCOPE *patch = kc_json_parse(text, strlen(text), KC_ROLLBACK_COMMAND_MAX, "patch", NULL);
    return patch && !takes_parents(patch, object);
}

static bool by_patch(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_foresight *f,
                     struct kc_record_step *step, const char **ret_note)
{
    const struct kc_strs paths = kc_rollback_paths(a, step);
    struct kc_action patch = {0};
    struct kc_err e = {0};
    if (!f->before || !f->after)
        return false;
    const json_t *want = kc_object_restore(a, f->before, f->after, &paths);
    if (!kc_rollback_patch(a, &step->action.target, restmap, f->after, want, &patch, &step->undo, &e)) {
        step->undo = "";
        *ret_note = kc_arena_strdup(a, e.message);
        return false;
    }
    bool too_long = strlen(step->undo) > KC_ROLLBACK_UNDO_MAX;
    if (too_long)
        step->undo = "";
    if (f->captures || (!too_long && kc_rollback_stands_alone(&patch, f->after)))
        return true;
    step->undo = "";
    *ret_note = "this is put back only from a capture, which the manager has no key for (--capture-key-file)";
    return false;
}

static bool by_delete(struct kc_arena *a, const struct kc_restmap *restmap, struct kc_record_step *step)
{
    const struct kc_target made = kc_action_object(&step->action);
    struct kc_action undo;
    if (!kc_action_make(a, "delete", &made, NULL, 0, NULL, 0, &undo, NULL))
        return false;
    step->undo = kc_kubectl_render(a, &undo, restmap);
    return true;
}

static bool foresee(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_foresight *f,
                    const struct kc_rollback_row *row, struct kc_record_step *step, const char **ret_note)
{
    switch (kc_rollback_way(row, step)) {
    case KC_BACK_FIELDS:
        return own_opposite(a, restmap, f, step) || by_patch(a, restmap, f, step, ret_note);
    case KC_BACK_PATCH:
        return by_patch(a, restmap, f, step, ret_note);
    case KC_BACK_DELETE:
        return own_opposite(a, restmap, f, step) || by_delete(a, restmap, step);
    case KC_BACK_CREATE:
        if (*kc_or(step->controller, "")) {
            *ret_note = kc_arena_printf(a, "%s makes it again by itself", step->controller);
            return true;
        }
        if (kc_rollback_of_secret(&step->action))
            *ret_note = "a Secret is not put into a plan, which others read: it cannot be created again from here";
        else if (!f->captures)
            *ret_note = "it is not captured: this manager has no key for captures (--capture-key-file)";
        return !**ret_note;
    case KC_BACK_NEVER:
        break;
    }
    return false;
}

void kc_rollback_foresee(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_foresight *f,
                         struct kc_record_step *step, const char **ret_note)
{
    const struct kc_rollback_row *row = kc_rollback_row_of(step->action.verb);
    step->undo = "";
    step->reversible = KC_IRREVERSIBLE;
    *ret_note = "";
    if (row && foresee(a, restmap, f, row, step, ret_note))
        step->reversible = row->best;
    else
        step->undo = "";
    if (row && !**ret_note && step->reversible != KC_REVERSIBLE)
        *ret_note = row->lost;
}

bool kc_rollback_create(struct kc_arena *a, const struct kc_target *t, const json_t *captured, struct kc_action *ret,
                        struct kc_err *err)
{
    const struct kc_target bare = {.group = t->group,
                                   .version = t->version,
                                   .kind = t->kind,
                                   .resource = t->resource,
                                   .ns = t->ns,
                                   .name = t->name};
    return kc_action_make_of(a, "create", &bare, kc_object_manifest(a, captured), NULL, 0, ret, err);
}
