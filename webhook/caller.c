#include "webhook/caller.h"

#include <string.h>

#include "api/chatrequest.h"

#define CREDENTIAL_EXTRAS "authentication.kubernetes.io/"

/* A C string cannot hold a NUL: one in a name would make two people look the same. */
static bool string_of(const json_t *v, const char *what, const char **ret, struct kc_err *err)
{
    if (!json_is_string(v))
        return kc_fail(err, KC_INVALID, "BadReview", "request.userInfo.%s is not a string", what);
    if (strlen(json_string_value(v)) != json_string_length(v))
        return kc_fail(err, KC_INVALID, "BadReview", "request.userInfo.%s holds a NUL character", what);
    *ret = json_string_value(v);
    return true;
}

static bool strings_of(struct kc_arena *a, const json_t *v, const char *what, struct kc_strs *ret, struct kc_err *err)
{
    size_t n = json_array_size(v);
    if (v && !json_is_null(v) && !json_is_array(v))
        return kc_fail(err, KC_INVALID, "BadReview", "request.userInfo.%s is not a list", what);
    struct kc_strs s = {.v = kc_arena_array(a, n, sizeof *s.v), .n = n};
    for (size_t i = 0; i < n; i++)
        if (!string_of(json_array_get(v, i), what, &s.v[i], err))
            return false;
    *ret = s;
    return true;
}

static bool extras_of(struct kc_arena *a, json_t *v, struct kc_identity *ret, struct kc_err *err)
{
    size_t n = json_object_size(v);
    if (v && !json_is_null(v) && !json_is_object(v))
        return kc_fail(err, KC_INVALID, "BadReview", "request.userInfo.extra is not a map");
    struct kc_extra *extras = kc_arena_array(a, n, sizeof *extras);
    size_t kept = 0;
    const char *key;
    json_t *values;
    json_object_foreach(v, key, values)
    {
        if (kc_str_starts(key, CREDENTIAL_EXTRAS))
            continue;
        extras[kept].key = key;
        if (!strings_of(a, values, "extra", &extras[kept].values, err))
            return false;
        kept++;
    }
    ret->extras = extras;
    ret->n_extras = kept;
    return true;
}

bool kc_caller_decode(struct kc_arena *a, const json_t *user_info, struct kc_identity *ret, struct kc_err *err)
{
    struct kc_identity who = {.username = "", .uid = ""};
    const json_t *uid = json_object_get(user_info, "uid");
    if (!string_of(json_object_get(user_info, "username"), "username", &who.username, err) ||
        (uid && !json_is_null(uid) && !string_of(uid, "uid", &who.uid, err)) ||
        !strings_of(a, json_object_get(user_info, "groups"), "groups", &who.groups, err) ||
        !extras_of(a, json_object_get(user_info, "extra"), &who, err))
        return false;
    if (!*who.username)
        return kc_fail(err, KC_INVALID, "BadReview", "request.userInfo.username is empty");
    *ret = who;
    return true;
}

static bool not_you(const char *path, const char *field, const char *claimed, const char *is, struct kc_err *err)
{
    return kc_fail(
        err, KC_FORBIDDEN, "ForgedIdentity",
        "%s.%s: \"%s\" is not you (\"%s\"): nobody asks or approves for somebody else; leave username, uid, groups "
        "and extra out, they are written from the identity that sends the request",
        path, field, claimed, is);
}

bool kc_caller_claim(const json_t *claimed, const char *path, const struct kc_identity *who, struct kc_err *err)
{
    const char *username = kc_json_str(claimed, "username");
    if (username && *username && !KC_STREQ(username, who->username))
        return not_you(path, "username", username, who->username, err);
    const char *uid = kc_json_str(claimed, "uid");
    if (uid && *uid && !KC_STREQ(uid, kc_or(who->uid, "")))
        return not_you(path, "uid", uid, kc_or(who->uid, ""), err);
    size_t i;
    json_t *group;
    json_array_foreach(kc_json_at(claimed, "groups"), i, group)
    {
        const char *name = json_string_value(group);
        if (name && !kc_strs_has(&who->groups, name))
            return kc_fail(
                err, KC_FORBIDDEN, "ForgedIdentity",
                "%s.groups: you (\"%s\") are not a member of \"%s\"; leave username, uid, groups and extra out, "
                "they are written from the identity that sends the request",
                path, who->username, name);
    }
    return true;
}

bool kc_caller_equal(const struct kc_identity *x, const struct kc_identity *y)
{
    KC_JSON_SCOPE *vx = kc_identity_encode(x);
    KC_JSON_SCOPE *vy = kc_identity_encode(y);
    return json_equal(vx, vy);
}
