/* kubectl rollout history: the revisions that a rollback could go to, and what one of them was. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/labels.h"
#include "controller/show/show.h"

enum { REVISION };
enum { OBJECT, REVISIONS };

static const struct kc_flag flags[] = {
    [REVISION] = {.name = "revision", .kind = KC_FLAG_INT, .dflt = "0"},
    {.name = NULL},
};

/* Where the revisions of a kind are kept. */
static const struct {
    const char *kind, *revisions, *resource;
} kinds[] = {
    {"Deployment", "ReplicaSet", "replicasets"},
    {"StatefulSet", "ControllerRevision", "controllerrevisions"},
    {"DaemonSet", "ControllerRevision", "controllerrevisions"},
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

static bool applies(const struct kc_mapping *m)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (KC_STREQ(kinds[i].kind, m->kind))
            return KC_STREQ(kc_or(m->group, ""), "apps");
    return false;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    struct kc_target t = act->target;
    KC_BUF_SCOPE query = {0};

    if (so_far->n > REVISIONS)
        return false;
    for (size_t i = 0; so_far->n == REVISIONS && i < N_KINDS; i++)
        if (KC_STREQ(kinds[i].kind, act->target.kind))
            t = (struct kc_target){"apps", "v1", kinds[i].revisions, kinds[i].resource, act->target.ns, ""};
    if (so_far->n == REVISIONS)
        kc_query_add(&query, "labelSelector", kc_selector_text(a, so_far->v[OBJECT].json));
    *ret = kc_read_request(a, kc_target_path(a, &t, NULL), &query, NULL);
    return true;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    const char *shown =
        kc_arena_printf(a, "%s.%s/%s", kc_read_singular(a, &act->target), act->target.group, act->target.name);

    return kc_show_history(a, seen->v[OBJECT].json, seen->v[REVISIONS].json, shown, kc_action_int(act, "revision", 0),
                           out, err);
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    size_t n = json_array_size(json_object_get(seen->v[REVISIONS].json, "items"));
    int64_t revision = kc_action_int(act, "revision", 0);

    if (revision)
        return kc_arena_printf(a, "revision %lld of %s", (long long)revision, kc_target_show(a, &act->target));
    return kc_arena_printf(a, "%zu revision%s of %s", n, n == 1 ? "" : "s", kc_target_show(a, &act->target));
}

const struct kc_verb kc_verb_rollout_history = {
    .name = "rollout history",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "rolled out",
    .flags = flags,
    .look = look,
    .show = show,
    .summary = summary,
};
