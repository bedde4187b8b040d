#include "controller/action/create_verb.h"

struct kc_api_request kc_create_object(struct kc_arena *a, const struct kc_action *act, const char *query, json_t *body)
{
    const struct kc_target object = kc_action_object(act);
    struct kc_target all = object;
    json_t *meta = json_object_get(body, "metadata");
    all.name = "";
    json_object_set_new(
        body, "apiVersion",
        json_string(*object.group ? kc_arena_printf(a, "%s/%s", object.group, object.version) : object.version));
    json_object_set_new(body, "kind", json_string(object.kind));
    if (!meta) {
        json_object_set_new(body, "metadata", json_object());
        meta = json_object_get(body, "metadata");
    }
    json_object_set_new(meta, "name", json_string(object.name));
    if (*object.ns)
        json_object_set_new(meta, "namespace", json_string(object.ns));
    return kc_request_of(a, "POST", kc_target_path(a, &all, NULL), query, KC_JSON_TYPE, body);
}

enum kc_reversible kc_undo_create(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                  struct kc_action *ret)
{
    const struct kc_target object = kc_action_object(act);
    struct kc_err err = {0};
    (void)seen;
    return kc_action_make(a, "delete", &object, NULL, 0, NULL, 0, ret, &err) ? KC_REVERSIBLE : KC_IRREVERSIBLE;
}
