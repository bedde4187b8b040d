/* kubectl set resources: limits and requests of the containers that -c names, as one strategic merge patch. */
#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/verbs.h"
#include "controller/show/quantity.h"

static const struct kc_flag flags[] = {
    {.name = "limits", .kind = KC_FLAG_STRING},
    {.name = "requests", .kind = KC_FLAG_STRING},
    {.name = "containers", .letter = 'c', .kind = KC_FLAG_STRING, .dflt = "*"},
    {.name = NULL},
};
static const char *const parts[] = {"limits", "requests"};
#define PARTS (sizeof parts / sizeof *parts)

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    struct kc_quantities q;
    size_t given = 0;
    for (size_t i = 0; i < PARTS; i++) {
        given += kc_action_flag(act, parts[i]) != NULL;
        if (!kc_quantities_read(a, parts[i], kc_action_flag(act, parts[i]), &q, err))
            return false;
    }
    return given ||
           kc_fail(err, KC_INVALID, "MissingFlag",
                   "kubectl set resources: say which: --limits=cpu=200m,memory=512Mi, --requests=..., or both");
}

static const char *pattern_of(const struct kc_action *act)
{
    return kc_or(kc_action_flag(act, "containers"), "*");
}

static struct kc_quantities given(struct kc_arena *a, const struct kc_action *act, size_t part)
{
    struct kc_quantities q = {0};
    struct kc_err err = {0};
    return kc_quantities_read(a, parts[part], kc_action_flag(act, parts[part]), &q, &err) ? q
                                                                                          : (struct kc_quantities){0};
}

static json_t *member(json_t *object, const char *name)
{
    if (!json_object_get(object, name))
        json_object_set_new(object, name, json_object());
    return json_object_get(object, name);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    struct kc_containers c = kc_containers_of(a, &act->target, after, pattern_of(act));
    if (!c.n)
        return kc_no_such_container(a, &act->target, after, pattern_of(act), err);
    for (size_t i = 0; i < c.n; i++)
        for (size_t part = 0; part < PARTS; part++) {
            struct kc_quantities q = given(a, act, part);
            for (size_t j = 0; j < q.n; j++)
                json_object_set_new(member(member(c.v[i].v, "resources"), parts[part]), q.v[j].resource,
                                    json_string(q.v[j].value));
        }
    return kc_patch_difference(a, act, seen, after, ret, err);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_containers c = kc_containers_of(a, &act->target, kc_seen_object(seen), pattern_of(act));
    struct kc_set_list list = {0};
    for (size_t i = 0; i < c.n; i++)
        for (size_t part = 0; part < PARTS; part++) {
            struct kc_quantities q = given(a, act, part);
            const char *path = kc_arena_printf(a, "%s.resources.%s", c.v[i].path, parts[part]);
            for (size_t j = 0; j < q.n; j++)
                kc_set_add(a, &list, kc_path_member(a, path, q.v[j].resource), q.v[j].value);
        }
    *ret = list.v;
    return list.n;
}

/* "cpu=100m,memory=1Gi": what the containers have of the resources that are given. A resource that one has not, or that
 * they have different amounts of, is left out: set resources cannot take a resource away. */
static const char *before(struct kc_arena *a, const struct kc_action *act, const struct kc_containers *c, size_t part,
                          size_t *left_out)
{
    struct kc_quantities q = given(a, act, part);
    const char *out = "";
    for (size_t j = 0; j < q.n; j++) {
        const char *common = NULL;
        size_t same = 0;
        for (size_t i = 0; i < c->n; i++) {
            const json_t *has = json_object_get(json_object_get(c->v[i].v, "resources"), parts[part]);
            const char *was = json_string_value(json_object_get(has, q.v[j].resource));
            same += was && (!common || KC_STREQ(common, was));
            common = common ? common : was;
        }
        if (!common || same < c->n)
            ++*left_out;
        else
            out = kc_arena_printf(a, "%s%s%s=%s", out, *out ? "," : "", q.v[j].resource, common);
    }
    return out;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    struct kc_containers c = kc_containers_of(a, &act->target, kc_seen_object(seen), pattern_of(act));
    struct kc_flag_value values[PARTS + 1] = {{"containers", pattern_of(act)}};
    size_t n = 1, left_out = 0;
    for (size_t part = 0; part < PARTS; part++) {
        const char *was = before(a, act, &c, part, &left_out);
        if (*was)
            values[n++] = (struct kc_flag_value){parts[part], was};
    }
    if (n == 1 || kc_undo_with(a, act, "set resources", values, n, NULL, ret) == KC_IRREVERSIBLE)
        return KC_IRREVERSIBLE;
    return left_out ? KC_PARTIAL : KC_REVERSIBLE;
}

const struct kc_verb kc_verb_set_resources = {
    .name = "set resources",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_ALL,
    .applies = kc_has_pod_spec,
    .participle = "given resources",
    .flags = flags,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
