/* kubectl set image: images of containers by name, "*" for all of them, as one strategic merge patch. */
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/verbs.h"

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        if (!p.value || !*p.key || !*p.value)
            return kc_fail(err, KC_INVALID, "BadOperand", "%.64s: expected CONTAINER=IMAGE", act->operands.v[i]);
        for (size_t j = 0; j < i; j++)
            if (KC_STREQ(kc_pair_of(a, act->operands.v[j]).key, p.key))
                return kc_fail(err, KC_INVALID, "BadOperand", "container %.64s is named twice: which image is meant?",
                               p.key);
    }
    return true;
}

/* Gives each container its image; sets (may be NULL) get what is set. */
static bool alter(struct kc_arena *a, const struct kc_action *act, const json_t *object, struct kc_set_list *sets,
                  struct kc_err *err)
{
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        /* kubectl knows * alone here, no other pattern. */
        struct kc_containers found = kc_containers_of(a, &act->target, object, p.key);
        if (!found.n || (strchr(p.key, '*') && !KC_STREQ(p.key, "*")))
            return kc_no_such_container(a, &act->target, object, p.key, err);
        for (size_t j = 0; j < found.n; j++)
            if (sets)
                kc_set_add(a, sets, kc_arena_printf(a, "%s.image", found.v[j].path), p.value);
            else
                json_object_set_new(found.v[j].v, "image", json_string(p.value));
    }
    return true;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    return alter(a, act, after, NULL, err) && kc_patch_difference(a, act, seen, after, ret, err);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    struct kc_err err = {0};
    if (!alter(a, act, kc_seen_object(seen), &list, &err))
        return 0;
    *ret = list.v;
    return list.n;
}

static bool is_spoken_of(struct kc_arena *a, const struct kc_action *act, const char *name)
{
    for (size_t i = 0; i < act->operands.n; i++) {
        const char *key = kc_pair_of(a, act->operands.v[i]).key;
        if (KC_STREQ(key, "*") || KC_STREQ(key, name))
            return true;
    }
    return false;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    struct kc_containers all = kc_containers_of(a, &act->target, kc_seen_object(seen), "*");
    struct kc_strs images = {.v = kc_arena_array(a, all.n + 1, sizeof *images.v)};
    for (size_t i = 0; i < all.n; i++)
        if (is_spoken_of(a, act, all.v[i].name))
            images.v[images.n++] =
                kc_arena_printf(a, "%s=%s", all.v[i].name, kc_or(kc_json_str(all.v[i].v, "image"), ""));
    return kc_undo_with(a, act, "set image", NULL, 0, &images, ret);
}

const struct kc_verb kc_verb_set_image = {
    .name = "set image",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_ALL,
    .applies = kc_has_pod_spec,
    .participle = "given an image",
    .operands = "CONTAINER=IMAGE",
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
