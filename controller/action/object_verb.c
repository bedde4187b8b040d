#include "controller/action/object_verb.h"

#include <string.h>

#include "controller/action/strategic.h"

const json_t *kc_seen_object(const struct kc_looked *seen)
{
    return seen && seen->n ? seen->v[0].json : NULL;
}

bool kc_look_at_target(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                       struct kc_api_request *ret)
{
    *ret = (struct kc_api_request){.method = "GET", .path = kc_target_path(a, &act->target, NULL)};
    return so_far->n == 0;
}

struct kc_api_request kc_patch_target(struct kc_arena *a, const struct kc_action *act, const char *content_type,
                                      json_t *body)
{
    return kc_request_of(a, "PATCH", kc_target_path(a, &act->target, NULL), KC_FIELD_MANAGER, content_type, body);
}

bool kc_nothing_to_change(const struct kc_action *act, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "NothingToChange", "%s %s is already as kubectl %s would make it", act->target.kind,
                   act->target.name, act->verb->name);
}

bool kc_patch_difference(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                         const json_t *after, struct kc_api_request *ret, struct kc_err *err)
{
    json_t *patch = kc_strategic_difference(kc_seen_object(seen), after);
    if (!json_object_size(patch)) {
        json_decref(patch);
        return kc_nothing_to_change(act, err);
    }
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH, patch);
    return true;
}

void kc_set_add(struct kc_arena *a, struct kc_set_list *l, const char *path, const char *value)
{
    if ((l->n & (l->n - 1)) == 0) { /* full at each power of two */
        struct kc_set_field *v = kc_arena_array(a, l->n ? 2 * l->n : 1, sizeof *v);
        if (l->n)
            memcpy(v, l->v, l->n * sizeof *v);
        l->v = v;
    }
    l->v[l->n++] = (struct kc_set_field){path, value};
}

struct kc_pair kc_pair_of(struct kc_arena *a, const char *operand)
{
    const char *equals = strchr(operand, '=');
    size_t len = equals ? (size_t)(equals - operand) : strlen(operand) - 1;
    return (struct kc_pair){kc_arena_strndup(a, operand, len), equals ? equals + 1 : NULL};
}

enum kc_reversible kc_undo_with(struct kc_arena *a, const struct kc_action *act, const char *verb,
                                const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands,
                                struct kc_action *ret)
{
    struct kc_err err = {0};
    return kc_action_make(a, verb, &act->target, flags, n_flags, operands ? operands->v : NULL,
                          operands ? operands->n : 0, ret, &err)
               ? KC_REVERSIBLE
               : KC_IRREVERSIBLE;
}
