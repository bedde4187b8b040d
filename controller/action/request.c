#include "controller/action/request.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BODY ((size_t)2 << 20)

static void put(json_t *object, const char *field, const char *value)
{
    json_object_set_new(object, field, json_string_nocheck(value));
}

/* The member, made when it is not there; NULL when something else stands in its place. */
static json_t *member(json_t *object, const char *field)
{
    if (!json_object_get(object, field))
        json_object_set_new(object, field, json_object());
    json_t *v = json_object_get(object, field);
    return json_is_object(v) ? v : NULL;
}

static bool in_metadata(json_t *body, const struct kc_precondition *pre)
{
    json_t *meta = member(body, "metadata");
    if (meta && *kc_or(pre->resource_version, ""))
        put(meta, "resourceVersion", pre->resource_version);
    return meta != NULL;
}

/* The whole object is sent: its uid keeps it from being made anew, or from changing another of its name. */
static bool in_object(json_t *body, const struct kc_precondition *pre)
{
    json_t *meta = member(body, "metadata");
    if (meta && *kc_or(pre->uid, ""))
        put(meta, "uid", pre->uid);
    return meta && in_metadata(body, pre);
}

static bool in_json_patch(json_t *body, const struct kc_precondition *pre)
{
    if (!*kc_or(pre->resource_version, ""))
        return true;
    json_t *op = json_object();
    put(op, "op", "replace");
    put(op, "path", "/metadata/resourceVersion");
    put(op, "value", pre->resource_version);
    return json_array_insert_new(body, 0, op) == 0;
}

static bool in_options(json_t *options, const struct kc_precondition *pre)
{
    json_t *conditions = options ? member(options, "preconditions") : NULL;
    if (conditions && *kc_or(pre->resource_version, ""))
        put(conditions, "resourceVersion", pre->resource_version);
    if (conditions && *kc_or(pre->uid, ""))
        put(conditions, "uid", pre->uid);
    return conditions != NULL;
}

static bool in_delete(json_t *body, const struct kc_precondition *pre)
{
    return in_options(body, pre);
}

static bool in_eviction(json_t *body, const struct kc_precondition *pre)
{
    return in_options(member(body, "deleteOptions"), pre);
}

static bool nowhere(json_t *body, const struct kc_precondition *pre)
{
    (void)pre;
    return json_is_object(body);
}

static const struct row {
    const char *method, *content_type;
    bool list;           /* the body is a list */
    const char *options; /* where DeleteOptions are: "" the body itself; NULL: there are none */
    bool (*precondition)(json_t *body, const struct kc_precondition *pre);
    const char *path_end; /* NULL: any */
} rows[] = {
    {"PATCH", KC_MERGE_PATCH, false, NULL, in_metadata, NULL},
    {"PATCH", KC_STRATEGIC_PATCH, false, NULL, in_metadata, NULL},
    {"PATCH", KC_APPLY_PATCH, false, NULL, in_object, NULL},
    {"PATCH", KC_JSON_PATCH, true, NULL, in_json_patch, NULL},
    {"PUT", KC_JSON_TYPE, false, NULL, in_object, NULL},
    {"DELETE", KC_JSON_TYPE, false, "", in_delete, NULL},
    {"POST", KC_JSON_TYPE, false, "deleteOptions", in_eviction, "/eviction"},
    {"POST", KC_JSON_TYPE, false, NULL, nowhere, NULL},
};

static const struct row *row_of(const struct kc_api_request *r)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (KC_STREQ(rows[i].method, kc_or(r->method, "")) &&
            KC_STREQ(rows[i].content_type, kc_or(r->content_type, "")) &&
            (!rows[i].path_end || kc_str_ends(r->path, rows[i].path_end)))
            return &rows[i];
    return NULL;
}

bool kc_request_needs_version(const struct kc_api_request *r)
{
    return KC_STREQ(kc_or(r->method, ""), "PUT");
}

static void set_body(struct kc_arena *a, struct kc_api_request *r, const json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    r->body = kc_arena_strdup(a, kc_or(text, ""));
    r->body_len = strlen(r->body);
    free(text);
}

struct kc_api_request kc_request_of(struct kc_arena *a, const char *method, const char *path, const char *query,
                                    const char *content_type, json_t *body)
{
    struct kc_api_request r = {.method = method, .path = path, .query = query, .content_type = content_type};
    if (body)
        set_body(a, &r, body);
    json_decref(body);
    return r;
}

/* DeleteOptions carry it in themselves. */
static void add_dry_run(struct kc_arena *a, const struct row *row, json_t *body, struct kc_api_request *r)
{
    if (!row->options) {
        r->query = *kc_or(r->query, "") ? kc_arena_printf(a, "dryRun=All&%s", r->query) : "dryRun=All";
        return;
    }
    json_t *options = *row->options ? member(body, row->options) : body;
    json_object_set_new(options, "dryRun", json_pack("[s]", "All"));
}

bool kc_request_prepare(struct kc_arena *a, const struct kc_api_request *recorded, const struct kc_precondition *pre,
                        bool dry_run, struct kc_api_request *ret, struct kc_err *err)
{
    const struct row *row = row_of(recorded);
    struct kc_api_request r = *recorded;
    if (!row)
        return kc_fail(err, KC_INVALID, "BadRequest", "%s %s with %s: no change is sent like this",
                       kc_or(recorded->method, "(no method)"), kc_or(recorded->path, ""),
                       kc_or(recorded->content_type, "no content"));
    KC_JSON_SCOPE *body =
        kc_json_parse(kc_or(recorded->body, ""), recorded->body_len, MAX_BODY, "recorded request", err);
    if (!body)
        return kc_wrap(err, "%s %s", recorded->method, recorded->path);
    if (json_is_array(body) != row->list || (pre && !row->precondition(body, pre)) ||
        (row->options && *row->options && !member(body, row->options)))
        return kc_fail(err, KC_INVALID, "BadRequest", "%s %s: the recorded body is not one of %s", recorded->method,
                       recorded->path, recorded->content_type);
    if (dry_run)
        add_dry_run(a, row, body, &r);
    if (pre || (dry_run && row->options))
        set_body(a, &r, body);
    *ret = r;
    return true;
}
