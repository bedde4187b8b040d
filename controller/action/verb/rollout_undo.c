/* kubectl rollout undo: the pod template of an earlier revision, as kubectl takes it: of a Deployment from its
 * ReplicaSets, of StatefulSets and DaemonSets from their ControllerRevisions.
 *
 * kubectl replaces all annotations of a Deployment by those of the ReplicaSet; here they are added, replaced and
 * removed one by one, which comes to the same and leaves alone what we have only seen a digest of.
 */
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/labels.h"

#define REVISION "deployment.kubernetes.io/revision"
#define HASH     "pod-template-hash"

static const struct kc_flag flags[] = {
    {.name = "to-revision", .kind = KC_FLAG_INT, .dflt = "0"},
    {.name = NULL},
};

/* Annotations that a Deployment keeps. */
static const char *const kept[] = {
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
};

static bool is_kept(const char *annotation)
{
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (KC_STREQ(kept[i], annotation))
            return true;
    return false;
}

static bool of_deployment(const struct kc_action *act)
{
    return KC_STREQ(act->target.kind, "Deployment");
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    struct kc_target history = {.group = "apps", .version = "v1", .ns = act->target.ns, .name = ""};
    KC_BUF_SCOPE query = {0};
    if (so_far->n == 0)
        return kc_look_at_target(a, act, so_far, ret);
    history.resource = of_deployment(act) ? "replicasets" : "controllerrevisions";
    kc_query_add(&query, "labelSelector", kc_or(kc_selector_text(a, so_far->v[0].json), ""));
    *ret = kc_read_request(a, kc_target_path(a, &history, NULL), &query, NULL);
    return so_far->n == 1;
}

/* One revision in the history. */
struct revision {
    int64_t number;
    const json_t *object;
};

static int64_t number_of(const struct kc_action *act, const json_t *object)
{
    int64_t n;
    const char *text;
    if (!of_deployment(act))
        return kc_json_int(object, "revision", 0);
    text = kc_json_map_get(object, "metadata.annotations", REVISION);
    return text && kc_parse_int(text, 1, INT64_MAX, &n) ? n : 0;
}

static bool owned_by(const json_t *object, const char *uid)
{
    const json_t *owners = kc_json_at(object, "metadata.ownerReferences");
    for (size_t i = 0; i < json_array_size(owners); i++)
        if (kc_json_bool(json_array_get(owners, i), "controller", false) &&
            KC_STREQ(kc_or(kc_json_str(json_array_get(owners, i), "uid"), ""), uid))
            return true;
    return false;
}

/* The history's newest two, and the one asked for. */
struct history {
    struct revision newest, before, asked;
};

static struct history history_of(const struct kc_action *act, const struct kc_looked *seen)
{
    const json_t *items = seen->n > 1 ? json_object_get(seen->v[1].json, "items") : NULL;
    const char *uid = kc_or(kc_json_str(kc_seen_object(seen), "metadata.uid"), "");
    int64_t to = kc_action_int(act, "to-revision", 0);
    struct history h = {0};
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct revision r = {.object = json_array_get(items, i)};
        r.number = number_of(act, r.object);
        if (!owned_by(r.object, uid) || r.number < 1)
            continue;
        if (r.number > h.newest.number) {
            h.before = h.newest;
            h.newest = r;
        } else if (r.number > h.before.number) {
            h.before = r;
        }
        if (to && r.number == to)
            h.asked = r;
    }
    if (!to)
        h.asked = h.before;
    return h;
}

static bool not_in_history(const struct kc_action *act, struct kc_err *err)
{
    int64_t to = kc_action_int(act, "to-revision", 0);
    if (!to)
        return kc_fail(err, KC_INVALID, "NoHistory", "%s %s has no earlier revision to go back to", act->target.kind,
                       act->target.name);
    return kc_fail(err, KC_INVALID, "NoSuchRevision",
                   "%s %s has no revision %lld: kubectl rollout history shows those that it has", act->target.kind,
                   act->target.name, (long long)to);
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    return !kc_json_bool(kc_seen_object(seen), "spec.paused", false) ||
           kc_fail(err, KC_INVALID, "Paused", "%s is paused: resume it first (kubectl rollout resume), then undo",
                   act->target.name);
}

/* The template that the revision keeps, without what its controller wrote into it. */
static json_t *template_of(const struct kc_action *act, const struct revision *r)
{
    json_t *t = json_deep_copy(kc_json_at(r->object, of_deployment(act) ? "spec.template" : "data.spec.template"));
    json_t *meta = json_object_get(t, "metadata"), *labels = json_object_get(meta, "labels");
    json_object_del(t, "$patch");
    if (json_is_null(json_object_get(meta, "creationTimestamp")))
        json_object_del(meta, "creationTimestamp");
    if (of_deployment(act))
        json_object_del(labels, HASH);
    return t;
}

static void add_op(json_t *ops, const char *op, const char *path, json_t *value)
{
    json_t *o = json_object();
    json_object_set_new(o, "op", json_string(op));
    json_object_set_new(o, "path", json_string(path));
    if (value)
        json_object_set_new(o, "value", value);
    json_array_append_new(ops, o);
}

/* RFC 6901. */
static const char *annotation_pointer(struct kc_arena *a, const char *key)
{
    KC_BUF_SCOPE out = {0};
    kc_buf_puts(&out, "/metadata/annotations/");
    for (; *key; key++)
        if (*key == '~' || *key == '/')
            kc_buf_puts(&out, *key == '~' ? "~0" : "~1");
        else
            kc_buf_putc(&out, *key);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static void annotation_ops(struct kc_arena *a, json_t *ops, const json_t *deployment, const json_t *replicaset)
{
    json_t *has = kc_json_at(deployment, "metadata.annotations"), *v;
    json_t *wanted = kc_json_at(replicaset, "metadata.annotations");
    const char *key;
    json_object_foreach(has, key, v) if (!is_kept(key) && !json_object_get(wanted, key))
        add_op(ops, "remove", annotation_pointer(a, key), NULL);
    json_object_foreach(wanted, key, v) if (!is_kept(key) && !json_equal(json_object_get(has, key), v))
        add_op(ops, json_object_get(has, key) ? "replace" : "add", annotation_pointer(a, key), json_incref(v));
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    struct history h = history_of(act, seen);
    if (!h.asked.object)
        return not_in_history(act, err);
    json_t *template = template_of(act, &h.asked);
    if (json_equal(template, kc_json_at(kc_seen_object(seen), "spec.template"))) {
        json_decref(template);
        return kc_fail(err, KC_INVALID, "NothingToChange", "%s %s already has the template of revision %lld",
                       act->target.kind, act->target.name, (long long)h.asked.number);
    }
    if (of_deployment(act)) {
        json_t *ops = json_array();
        add_op(ops, "replace", "/spec/template", template);
        annotation_ops(a, ops, kc_seen_object(seen), h.asked.object);
        *ret = kc_patch_target(a, act, KC_JSON_PATCH, ops);
        return true;
    }
    json_object_set_new(template, "$patch", json_string("replace"));
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH, json_pack("{s:{s:o}}", "spec", "template", template));
    return true;
}

/* What a person knows a revision by: its images. */
static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct history h = history_of(act, seen);
    struct kc_set_list list = {0};
    KC_JSON_SCOPE *like = json_pack("{s:{s:o}}", "spec", "template", template_of(act, &h.asked));
    struct kc_containers c = kc_containers_of(a, &act->target, like, "*");
    for (size_t i = 0; i < c.n; i++)
        kc_set_add(a, &list, kc_arena_printf(a, "%s.image", c.v[i].path),
                   kc_arena_strdup(a, kc_or(kc_json_str(c.v[i].v, "image"), "")));
    *ret = list.v;
    return list.n;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    struct history h = history_of(act, seen);
    struct kc_flag_value to = {"to-revision", kc_arena_printf(a, "%lld", (long long)h.newest.number)};
    return h.newest.number ? kc_undo_with(a, act, "rollout undo", &to, 1, NULL, ret) : KC_IRREVERSIBLE;
}

const struct kc_verb kc_verb_rollout_undo = {
    .name = "rollout undo",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_BARE,
    .applies = kc_has_rollouts,
    .participle = "rolled back",
    .flags = flags,
    .look = look,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
