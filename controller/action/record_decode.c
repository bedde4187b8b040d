#include <string.h>

#include "api/tables.h"
#include "controller/action/record_json.h"

bool kc_effect_of_name(const char *name, enum kc_effect *ret)
{
    for (enum kc_effect e = KC_READ_ONLY; e <= KC_DESTRUCTIVE; e++)
        if (KC_STREQ(kc_effect_name(e), name)) {
            *ret = e;
            return true;
        }
    return false;
}

bool kc_reversible_of_name(const char *name, enum kc_reversible *ret)
{
    for (enum kc_reversible r = KC_REVERSIBLE_NONE; r <= KC_IRREVERSIBLE; r++)
        if (KC_STREQ(kc_reversible_name(r), name)) {
            *ret = r;
            return true;
        }
    return false;
}

static bool take_text(struct kc_arena *a, const json_t *v, const char *field, const char **ret, struct kc_err *err)
{
    const char *s = kc_json_str(v, field);
    if (!s)
        return kc_fail(err, KC_INVALID, "BadRecord", "%s: missing or not a string", field);
    *ret = kc_arena_strdup(a, s);
    return true;
}

static bool take_int(const json_t *v, const char *field, int64_t *ret, struct kc_err *err)
{
    const json_t *n = json_object_get(v, field);
    if (!json_is_integer(n))
        return kc_fail(err, KC_INVALID, "BadRecord", "%s: missing or not an integer", field);
    *ret = json_integer_value(n);
    return true;
}

static bool decode_change(struct kc_arena *a, const json_t *v, struct kc_change *ret, struct kc_err *err)
{
    const json_t *is_volatile = json_object_get(v, "volatile");
    if (!json_is_boolean(is_volatile))
        return kc_fail(err, KC_INVALID, "BadRecord", "volatile: missing or not a boolean");
    ret->volatile_value = json_is_true(is_volatile);
    return take_text(a, v, "path", &ret->path, err) && take_text(a, v, "from", &ret->from, err) &&
           take_text(a, v, "to", &ret->to, err);
}

static bool decode_changes(struct kc_arena *a, const json_t *list, struct kc_record_step *ret, struct kc_err *err)
{
    if (!json_is_array(list))
        return kc_fail(err, KC_INVALID, "BadRecord", "changes: missing or not a list");
    ret->n_changes = json_array_size(list);
    ret->changes = kc_arena_array(a, ret->n_changes, sizeof *ret->changes);
    for (size_t i = 0; i < ret->n_changes; i++)
        if (!decode_change(a, json_array_get(list, i), &ret->changes[i], err))
            return kc_wrap(err, "changes[%zu]", i);
    return true;
}

static bool decode_sets(struct kc_arena *a, const json_t *list, struct kc_record_step *ret, struct kc_err *err)
{
    if (!json_is_array(list))
        return kc_fail(err, KC_INVALID, "BadRecord", "sets: missing or not a list");
    ret->n_sets = json_array_size(list);
    ret->sets = kc_arena_array(a, ret->n_sets, sizeof *ret->sets);
    for (size_t i = 0; i < ret->n_sets; i++)
        if (!take_text(a, json_array_get(list, i), "path", &ret->sets[i].path, err) ||
            !take_text(a, json_array_get(list, i), "value", &ret->sets[i].value, err))
            return kc_wrap(err, "sets[%zu]", i);
    return true;
}

static bool decode_request(struct kc_arena *a, const json_t *v, struct kc_api_request *ret, struct kc_err *err)
{
    if (!take_text(a, v, "method", &ret->method, err) || !take_text(a, v, "path", &ret->path, err) ||
        !take_text(a, v, "query", &ret->query, err) || !take_text(a, v, "contentType", &ret->content_type, err) ||
        !take_text(a, v, "body", &ret->body, err))
        return kc_wrap(err, "request");
    ret->body_len = strlen(ret->body);
    if (!*ret->method)
        *ret = (struct kc_api_request){0};
    return true;
}

static bool decode_part(struct kc_arena *a, const json_t *v, size_t i, struct kc_record_step *ret, struct kc_err *err)
{
    int64_t group = (int64_t)i;
    ret->part = ret->whole = "";
    if (json_object_get(v, "part") &&
        (!take_text(a, v, "part", &ret->part, err) || !take_text(a, v, "whole", &ret->whole, err) ||
         !take_int(v, "group", &group, err)))
        return false;
    ret->group = (size_t)group;
    return (group >= 0 && group < KC_MAX_PARTS) ||
           kc_fail(err, KC_INVALID, "BadRecord", "group: %lld is none", (long long)group);
}

static bool decode_step(struct kc_arena *a, const json_t *v, struct kc_record_step *ret, struct kc_err *err)
{
    const char *effect = "", *reversible = "";
    if (!kc_action_decode(a, json_object_get(v, "action"), &ret->action, err) ||
        !take_text(a, v, "effect", &effect, err) || !take_text(a, v, "reason", &ret->reason, err) ||
        !take_text(a, v, "command", &ret->command, err) || !take_text(a, v, "uid", &ret->uid, err) ||
        !take_text(a, v, "fingerprint", &ret->fingerprint, err) || !take_text(a, v, "undo", &ret->undo, err) ||
        !take_text(a, v, "reversible", &reversible, err) ||
        !decode_request(a, json_object_get(v, "request"), &ret->request, err) ||
        !decode_sets(a, json_object_get(v, "sets"), ret, err) ||
        !decode_changes(a, json_object_get(v, "changes"), ret, err))
        return false;
    ret->controller = kc_arena_strdup(a, kc_or(kc_json_str(v, "controller"), ""));
    ret->deferred = json_is_true(json_object_get(v, "deferred"));
    ret->all = json_is_true(json_object_get(v, "all"));
    if (!kc_effect_of_name(effect, &ret->effect))
        return kc_fail(err, KC_INVALID, "BadRecord", "effect: \"%.40s\" is none", effect);
    if (!kc_reversible_of_name(reversible, &ret->reversible))
        return kc_fail(err, KC_INVALID, "BadRecord", "reversible: \"%.40s\" is none", reversible);
    return true;
}

static bool decode_steps(struct kc_arena *a, const json_t *list, struct kc_plan_record *ret, struct kc_err *err)
{
    if (!json_is_array(list) || json_array_size(list) > KC_MAX_PARTS)
        return kc_fail(err, KC_INVALID, "BadRecord", "steps: expected a list of at most %d", KC_MAX_PARTS);
    ret->n_steps = json_array_size(list);
    ret->steps = kc_arena_array(a, ret->n_steps, sizeof *ret->steps);
    for (size_t i = 0; i < ret->n_steps; i++)
        if (!decode_step(a, json_array_get(list, i), &ret->steps[i], err) ||
            !decode_part(a, json_array_get(list, i), i, &ret->steps[i], err))
            return kc_wrap(err, "steps[%zu]", i);
    return true;
}

bool kc_plan_record_decode(struct kc_arena *a, const char *bytes, size_t len, struct kc_plan_record *ret,
                           struct kc_err *err)
{
    struct kc_plan_record r = {0};
    KC_JSON_SCOPE *v = kc_json_parse(bytes, len, KC_PLAN_MAX_BYTES, "plan record", err);
    if (!v)
        return false;
    const json_t *requester = json_object_get(v, "requester");
    if (!json_is_object(requester))
        return kc_fail(err, KC_INVALID, "BadRecord", "plan record: requester: missing or not an object");
    if (!kc_table_decode(a, &kc_identity_table, requester, "requester", true, &r.requester, err) ||
        !take_text(a, v, "clusterUID", &r.cluster_uid, err) || !take_text(a, v, "requestUID", &r.request_uid, err) ||
        !take_text(a, v, "doubt", &r.doubt, err) || !take_int(v, "madeAt", &r.made_at, err) ||
        !take_int(v, "expiresAt", &r.expires_at, err) || !decode_steps(a, json_object_get(v, "steps"), &r, err))
        return kc_wrap(err, "plan record");
    r.follows = kc_arena_strdup(a, kc_or(kc_json_str(v, "follows"), ""));
    r.why = kc_arena_strdup(a, kc_or(kc_json_str(v, "why"), ""));
    r.cause_reason = kc_arena_strdup(a, kc_or(kc_json_str(v, "causeReason"), ""));
    r.cause = kc_arena_strdup(a, kc_or(kc_json_str(v, "cause"), ""));
    *ret = r;
    return true;
}
