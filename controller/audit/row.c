#include "controller/audit/row.h"

#include <string.h>

#define ROW_VERSION 1
#define MAX_TIME_MS INT64_C(253402300799999) /* the last millisecond that RFC 3339 can write */

static const char *const type_names[KC_ROW_TYPES] = {
    [KC_ROW_REQUESTED] = "Requested", [KC_ROW_DENIED] = "Denied",
    [KC_ROW_PLANNED] = "Planned",     [KC_ROW_PREVIEWED] = "Previewed",
    [KC_ROW_APPROVED] = "Approved",   [KC_ROW_REJECTED] = "Rejected",
    [KC_ROW_INTENT] = "Intent",       [KC_ROW_OUTCOME] = "Outcome",
    [KC_ROW_VERIFIED] = "Verified",   [KC_ROW_FINISHED] = "Finished",
    [KC_ROW_READ] = "Read",           [KC_ROW_VIEWED] = "Viewed",
    [KC_ROW_DELAYED] = "Delayed",     [KC_ROW_ROLLED_BACK] = "RolledBack",
};

/* Every plain string of a row and its place in the JSON. */
static const struct {
    const char *in, *name; /* in: the object that holds it; NULL: the row itself */
    size_t at;
} strings[] = {
    {NULL, "cluster", offsetof(struct kc_row, cluster_uid)},
    {NULL, "command", offsetof(struct kc_row, command)},
    {NULL, "message", offsetof(struct kc_row, message)},
    {NULL, "planDigest", offsetof(struct kc_row, plan_digest)},
    {NULL, "reason", offsetof(struct kc_row, reason)},
    {NULL, "result", offsetof(struct kc_row, result)},
    {NULL, "step", offsetof(struct kc_row, step)},
    {NULL, "target", offsetof(struct kc_row, target)},
    {"request", "name", offsetof(struct kc_row, request_name)},
    {"request", "namespace", offsetof(struct kc_row, request_ns)},
    {"request", "uid", offsetof(struct kc_row, request_uid)},
    {"who", "uid", offsetof(struct kc_row, who.uid)},
    {"who", "username", offsetof(struct kc_row, who.username)},
    {"claims", "nonce", offsetof(struct kc_row, claims.nonce)},
    {"claims", "once", offsetof(struct kc_row, claims.once)},
    {"claims", "run", offsetof(struct kc_row, claims.run)},
};
#define N_STRINGS (sizeof strings / sizeof *strings)

const char *kc_row_type_name(enum kc_row_type t)
{
    return (size_t)t < KC_ROW_TYPES ? type_names[t] : "";
}

bool kc_row_type_parse(const char *name, enum kc_row_type *ret)
{
    for (size_t i = 0; i < KC_ROW_TYPES; i++)
        if (KC_STREQ(type_names[i], name)) {
            *ret = (enum kc_row_type)i;
            return true;
        }
    return false;
}

bool kc_blob_name_valid(const char *digest)
{
    return kc_str_starts(digest, "sha256:") && strlen(digest) == 71 && strspn(digest + 7, "0123456789abcdef") == 64;
}

static bool bad_text(struct kc_err *err, const char *in, const char *name)
{
    return kc_fail(err, KC_INVALID, "InvalidText", "audit row: %s%s%s is not valid UTF-8", in ? in : "", in ? "." : "",
                   name);
}

/* The object called in within root, made on first use; root itself for NULL. Borrowed. */
static json_t *object_in(json_t *root, const char *in)
{
    if (!in)
        return root;
    json_t *o = json_object_get(root, in);
    if (o)
        return o;
    o = json_object();
    return json_object_set_new(root, in, o) == 0 ? o : NULL;
}

static bool set_string(json_t *root, const char *in, const char *name, const char *value, struct kc_err *err)
{
    if (!value || !*value)
        return true;
    json_t *s = json_string(value);
    if (!s)
        return bad_text(err, in, name);
    (void)json_object_set_new(object_in(root, in), name, s);
    return true;
}

/* NULL when a string of it is not UTF-8. */
static json_t *strings_array(const struct kc_strs *v)
{
    json_t *array = json_array();
    for (size_t i = 0; i < v->n; i++)
        if (json_array_append_new(array, json_string(v->v[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool set_strings(json_t *root, const char *in, const char *name, const struct kc_strs *v, struct kc_err *err)
{
    if (!v->n)
        return true;
    json_t *array = strings_array(v);
    if (!array)
        return bad_text(err, in, name);
    (void)json_object_set_new(object_in(root, in), name, array);
    return true;
}

static bool set_extras(json_t *root, const struct kc_identity *who, struct kc_err *err)
{
    for (size_t i = 0; i < who->n_extras; i++) {
        json_t *values = strings_array(&who->extras[i].values);
        if (!values || json_object_set_new(object_in(object_in(root, "who"), "extra"), who->extras[i].key, values) != 0)
            return bad_text(err, "who", "extra");
    }
    return true;
}

static bool fill(json_t *root, const struct kc_row *r, struct kc_err *err)
{
    (void)json_object_set_new(root, "v", json_integer(ROW_VERSION));
    (void)json_object_set_new(root, "type", json_string(type_names[r->type]));
    (void)json_object_set_new(root, "time", json_integer(r->time));
    for (size_t i = 0; i < N_STRINGS; i++) {
        const char *value = *(const char *const *)((const char *)r + strings[i].at);
        if (!set_string(root, strings[i].in, strings[i].name, value, err))
            return false;
    }
    if (r->claims.attempt)
        (void)json_object_set_new(object_in(root, "claims"), "attempt", json_integer(r->claims.attempt));
    if (r->detail)
        (void)json_object_set(root, "detail", r->detail);
    return set_strings(root, NULL, "blobs", &r->blobs, err) &&
           set_strings(root, "who", "groups", &r->who.groups, err) && set_extras(root, &r->who, err);
}

const char *kc_row_encode(struct kc_arena *a, const struct kc_row *r, size_t *ret_len, struct kc_err *err)
{
    if ((size_t)r->type >= KC_ROW_TYPES || r->time < 0 || r->time > MAX_TIME_MS ||
        (r->detail && !json_is_object(r->detail)))
        return kc_fail(err, KC_INVALID, "InvalidRow", "audit row: type %d, time %lld: not a row", (int)r->type,
                       (long long)r->time),
               NULL;
    for (size_t i = 0; i < r->blobs.n; i++)
        if (!kc_blob_name_valid(r->blobs.v[i]))
            return kc_fail(err, KC_INVALID, "InvalidRow", "audit row: blobs[%zu] is not sha256:<64 hex digits>", i),
                   NULL;
    KC_JSON_SCOPE *root = json_object();
    size_t len;
    const char *entry = fill(root, r, err) ? kc_json_canonical_in(a, root, &len, err) : NULL;
    if (!entry)
        return kc_wrap(err, "audit row %s", type_names[r->type]), NULL;
    if (len > KC_ROW_MAX)
        return kc_fail(err, KC_INVALID, "RowTooLong",
                       "audit row %s: %zu bytes, at most %d fit: put the long part into a blob", type_names[r->type],
                       len, KC_ROW_MAX),
               NULL;
    *ret_len = len;
    return entry;
}

static struct kc_strs read_strings(struct kc_arena *a, const json_t *array)
{
    struct kc_strs v = {.v = kc_arena_array(a, json_array_size(array), sizeof *v.v)};
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *s = json_string_value(json_array_get(array, i));
        if (s)
            v.v[v.n++] = s;
    }
    return v;
}

static void read_extras(struct kc_arena *a, json_t *extra, struct kc_identity *who)
{
    struct kc_extra *v = kc_arena_array(a, json_object_size(extra), sizeof *v);
    const char *key;
    json_t *values;
    json_object_foreach(extra, key, values) v[who->n_extras++] = (struct kc_extra){key, read_strings(a, values)};
    who->extras = v;
}

bool kc_row_decode(struct kc_arena *a, const char *entry, size_t len, struct kc_row *ret, struct kc_err *err)
{
    json_t *root = kc_json_parse_in(a, entry, len, KC_ROW_MAX, "audit row", err);
    if (!root)
        return false;
    size_t canonical_len;
    const char *canonical = kc_json_canonical_in(a, root, &canonical_len, err);
    if (!canonical)
        return kc_wrap(err, "audit row");
    if (canonical_len != len || memcmp(canonical, entry, len) != 0)
        return kc_fail(err, KC_INVALID, "NotCanonical", "audit row: not in canonical form");
    int64_t version = kc_json_int(root, "v", 0);
    if (version != ROW_VERSION)
        return kc_fail(err, KC_INVALID, "UnknownVersion", "audit row: version %lld; this kubechat reads version %d",
                       (long long)version, ROW_VERSION);
    struct kc_row r = {0};
    if (!kc_row_type_parse(kc_or(kc_json_str(root, "type"), ""), &r.type))
        return kc_fail(err, KC_INVALID, "UnknownType", "audit row: type \"%.40s\" is none that this kubechat knows",
                       kc_or(kc_json_str(root, "type"), ""));
    r.time = kc_json_int(root, "time", -1);
    if (r.time < 0 || r.time > MAX_TIME_MS)
        return kc_fail(err, KC_INVALID, "InvalidTime", "audit row: time is no number of milliseconds since 1970");
    for (size_t i = 0; i < N_STRINGS; i++) {
        const json_t *o = strings[i].in ? json_object_get(root, strings[i].in) : root;
        *(const char **)((char *)&r + strings[i].at) =
            kc_or(json_string_value(json_object_get(o, strings[i].name)), "");
    }
    r.claims.attempt = kc_json_int(root, "claims.attempt", 0);
    r.blobs = read_strings(a, kc_json_at(root, "blobs"));
    r.who.groups = read_strings(a, kc_json_at(root, "who.groups"));
    read_extras(a, kc_json_at(root, "who.extra"), &r.who);
    json_t *detail = json_object_get(root, "detail");
    r.detail = json_is_object(detail) ? detail : NULL;
    *ret = r;
    return true;
}
