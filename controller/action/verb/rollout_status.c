/* kubectl rollout status --watch=false: how far a rollout is right now. Waiting for it is what watching a request is
 * for.
 */
#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"

enum { REVISION, WATCH };

static const struct kc_flag flags[] = {
    [REVISION] = {.name = "revision", .kind = KC_FLAG_INT, .dflt = "0"},
    [WATCH] = {.name = "watch", .letter = 'w', .kind = KC_FLAG_BOOL, .dflt = "true"},
    {.name = NULL},
};

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(kc_or(m->group, ""), "apps") &&
           (KC_STREQ(m->kind, "Deployment") || KC_STREQ(m->kind, "StatefulSet") || KC_STREQ(m->kind, "DaemonSet"));
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char **values = kc_flags_copy(a, act);

    (void)err;
    values[WATCH] = "false";
    act->flags = values;
    return true;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE query = {0};

    *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, NULL);
    return so_far->n == 0;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    return kc_show_rollout(a, seen->v[0].json, kc_action_int(act, "revision", 0), out, err);
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    KC_BUF_SCOPE out = {0};
    KC_BUF_SCOPE line = {0};
    struct kc_err err = {0};

    if (!show(a, act, seen, &out, &err))
        return kc_arena_strdup(a, err.message);
    kc_buf_add(&line, kc_buf_str(&out), out.len - 1);
    return kc_arena_strdup(a, kc_buf_str(&line));
}

const struct kc_verb kc_verb_rollout_status = {
    .name = "rollout status",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "rolled out",
    .flags = flags,
    .validate = validate,
    .look = look,
    .show = show,
    .summary = summary,
};
