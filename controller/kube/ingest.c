#include "controller/kube/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/map.h"
#include "controller/base/metrics.h"
#include "controller/base/text.h"
#include "controller/kube/peek.h"

#define NS_CAP   64  /* RFC 1123 label */
#define NAME_CAP 254 /* RFC 1123 subdomain */
#define KEY_CAP  (NS_CAP + NAME_CAP)
#define RV_CAP   128

struct kc_ingest {
    struct kc_store *store;
    const struct kc_reflector_options *o;
    const char *resource;
    struct kc_map *seen; /* keys that the list under way has shown; NULL: no list is under way */
    struct kc_buf list_version;
    struct kc_buf version;
    struct kc_metric *undecodable;
};

struct kc_ingest *kc_ingest_create(struct kc_store *store, const struct kc_reflector_options *o)
{
    static const char *const labels[] = {"resource", NULL};
    struct kc_ingest *i = calloc(1, sizeof(*i));
    const char *slash = strrchr(o->path, '/');

    if (!i)
        abort();
    i->store = store;
    i->o = o;
    i->resource = slash ? slash + 1 : o->path;
    i->undecodable =
        kc_metric_counter("kubechat_undecodable_objects_total",
                          "Objects of a list or watch that were skipped because they could not be decoded.", labels);
    return i;
}

struct kc_ingest *kc_ingest_destroy(struct kc_ingest *i)
{
    if (!i)
        return NULL;
    kc_map_destroy(i->seen);
    kc_buf_finish(&i->list_version);
    kc_buf_finish(&i->version);
    free(i);
    return NULL;
}

const char *kc_ingest_resource(const struct kc_ingest *i)
{
    return i->resource;
}

const char *kc_ingest_resource_version(const struct kc_ingest *i)
{
    return kc_buf_str(&i->version);
}

static void set_version(struct kc_buf *b, const char *rv)
{
    if (!rv || !*rv)
        return;
    kc_buf_clear(b);
    kc_buf_puts(b, rv);
}

/* What can still be said of an object that cannot be decoded. */
struct identity {
    char ns[NS_CAP], name[NAME_CAP], rv[RV_CAP], key[KEY_CAP];
};

static void make_key(char key[KEY_CAP], const char *ns, const char *name)
{
    snprintf(key, KEY_CAP, "%s%s%s", ns, *ns ? "/" : "", name);
}

static void identify(struct identity *id, const char *json, size_t len, bool event)
{
    static const char *const ns[] = {"object", "metadata", "namespace", NULL};
    static const char *const name[] = {"object", "metadata", "name", NULL};
    static const char *const rv[] = {"object", "metadata", "resourceVersion", NULL};
    size_t from = event ? 0 : 1;

    *id = (struct identity){0};
    kc_peek_string(json, len, ns + from, id->ns, sizeof(id->ns));
    kc_peek_string(json, len, rv + from, id->rv, sizeof(id->rv));
    if (kc_peek_string(json, len, name + from, id->name, sizeof(id->name)))
        make_key(id->key, id->ns, id->name);
}

static void report_bad(struct kc_ingest *i, const struct identity *id, const struct kc_err *err)
{
    const char *const label[] = {i->resource, NULL};

    kc_metric_inc(i->undecodable, label);
    if (i->seen && id->key[0])
        kc_map_put(i->seen, id->key, i); /* it exists: not reading it is no reason to report it deleted */
    if (i->o->on_bad)
        i->o->on_bad(i->o->arg, id->ns, id->name, err);
}

struct kc_record *kc_record_of_object(const json_t *object, const void *data, size_t size, struct kc_err *err)
{
    const char *name = kc_json_str(object, "metadata.name");
    const char *ns = kc_json_str(object, "metadata.namespace");
    const char *uid = kc_json_str(object, "metadata.uid");
    const char *rv = kc_json_str(object, "metadata.resourceVersion");
    char key[KEY_CAP];

    if (!name || !*name || strlen(name) >= NAME_CAP || (ns && strlen(ns) >= NS_CAP)) {
        kc_fail(err, KC_INVALID, "BadMetadata", "metadata.name is missing or no name (1-%d characters)", NAME_CAP - 1);
        return NULL;
    }
    if (!uid || !rv) {
        kc_fail(err, KC_INVALID, "BadMetadata", "metadata.%s is missing or not a string",
                uid ? "resourceVersion" : "uid");
        return NULL;
    }
    make_key(key, ns ? ns : "", name);
    return kc_record_create(key, uid, rv, data, size);
}

static struct kc_record *decode(struct kc_ingest *i, const json_t *object, struct kc_err *err)
{
    if (!json_is_object(object)) {
        kc_fail(err, KC_INVALID, "BadObject", "it is not a JSON object");
        return NULL;
    }
    if (i->o->decode)
        return i->o->decode(i->o->arg, object, err);

    char *text = json_dumps(object, JSON_COMPACT);
    if (!text) {
        kc_fail(err, KC_INVALID, "BadObject", "it cannot be written as JSON text again");
        return NULL;
    }
    struct kc_record *r = kc_record_of_object(object, text, strlen(text) + 1, err);
    free(text);
    return r;
}

static void emit(struct kc_ingest *i, enum kc_event event, const struct kc_record *r)
{
    if (i->o->on_event)
        i->o->on_event(i->o->arg, event, r, i->seen != NULL);
}

/* Takes over r. */
static void put(struct kc_ingest *i, struct kc_record *r)
{
    const struct kc_record *old = kc_store_get(i->store, r->key);
    bool same_object = old && KC_STREQ(old->uid, r->uid);

    if (i->seen)
        kc_map_put(i->seen, r->key, i);
    if (same_object && KC_STREQ(old->resource_version, r->resource_version)) {
        kc_record_unref(r);
    } else {
        if (old && !same_object) { /* deleted and created again while nobody watched */
            kc_store_remove(i->store, old->key);
            emit(i, KC_DELETED, old);
        }
        kc_record_ref(r);
        kc_store_put(i->store, r);
        emit(i, same_object ? KC_MODIFIED : KC_ADDED, r);
        kc_record_unref(r);
    }
    kc_record_unref(old);
}

/* last: the object's final state, NULL when only its key is known. Only what the store holds can be deleted. */
static void remove_object(struct kc_ingest *i, const char *key, const struct kc_record *last)
{
    const struct kc_record *old = kc_store_get(i->store, key);

    if (!old)
        return;
    kc_store_remove(i->store, key);
    emit(i, KC_DELETED, last ? last : old);
    kc_record_unref(old);
}

void kc_ingest_list_begin(struct kc_ingest *i)
{
    kc_map_destroy(i->seen);
    i->seen = kc_map_create(NULL);
}

static bool fits(bool whole, struct kc_err *err)
{
    if (whole)
        return true;
    return kc_fail(err, KC_INVALID, "TooLarge", "it is larger than %zu bytes and was skipped", KC_OBJECT_MAX);
}

void kc_ingest_item(struct kc_ingest *i, const char *json, size_t len, bool whole)
{
    struct kc_err err = {0};
    KC_JSON_SCOPE *object = fits(whole, &err) ? kc_json_parse(json, len, KC_OBJECT_MAX, "list item", &err) : NULL;
    struct kc_record *r = object ? decode(i, object, &err) : NULL;

    if (r) {
        put(i, r);
        return;
    }
    struct identity id;
    identify(&id, json, len, false);
    report_bad(i, &id, &err);
}

bool kc_ingest_page_end(struct kc_ingest *i, const char *envelope, size_t len, char **ret_continue, struct kc_err *err)
{
    KC_JSON_SCOPE *list = kc_json_parse(envelope, len, len + 1, "list", err);
    if (!list)
        return false;

    const json_t *items = kc_json_at(list, "items");
    const char *rv = kc_json_str(list, "metadata.resourceVersion");
    const char *more = kc_json_str(list, "metadata.continue");

    if (!rv || !*rv || (items && !json_is_array(items) && !json_is_null(items)))
        return kc_fail(err, KC_INVALID, "NotAList",
                       "the API server's answer for %s is not a list with metadata.resourceVersion and items",
                       i->o->path);
    if (json_array_size(items) > 0) { /* what was no object stayed in the envelope */
        struct kc_err bad = {0};
        kc_fail(&bad, KC_INVALID, "BadObject", "the list holds items that are not JSON objects");
        report_bad(i, &(struct identity){0}, &bad);
    }
    kc_buf_clear(&i->list_version);
    kc_buf_puts(&i->list_version, rv);
    *ret_continue = more && *more ? strdup(more) : NULL;
    return true;
}

void kc_ingest_list_end(struct kc_ingest *i)
{
    size_t n;
    const struct kc_record **all = kc_store_list(i->store, &n);

    for (size_t k = 0; k < n; k++) {
        if (!kc_map_get(i->seen, all[k]->key))
            remove_object(i, all[k]->key, NULL);
        kc_record_unref(all[k]);
    }
    free(all);
    set_version(&i->version, kc_buf_str(&i->list_version));
    i->seen = kc_map_destroy(i->seen);
}

/* What each type of event does with its object (API conventions: "watch"). json_t is NULL when it could not be read. */
struct event {
    struct kc_ingest *ingest;
    const json_t *object;
    struct identity *id;
    struct kc_err *err; /* why object is NULL, then the ERROR event's Status */
};

static bool changed(struct event *e)
{
    struct kc_record *r = e->object ? decode(e->ingest, e->object, e->err) : NULL;

    if (r)
        put(e->ingest, r);
    else
        report_bad(e->ingest, e->id, e->err);
    return true;
}

static bool deleted(struct event *e)
{
    struct kc_record *r = e->object ? decode(e->ingest, e->object, e->err) : NULL;

    if (r || e->id->key[0])
        remove_object(e->ingest, r ? r->key : e->id->key, r);
    else
        report_bad(e->ingest, e->id, e->err);
    kc_record_unref(r);
    return true;
}

static bool bookmark(struct event *e)
{
    (void)e; /* its resourceVersion has been noted, and that is all it carries */
    return true;
}

static bool failed(struct event *e)
{
    int code = (int)kc_json_int(e->object, "code", 500);
    char *text = json_dumps(e->object, JSON_COMPACT | JSON_ENCODE_ANY);

    kc_err_clear(e->err);
    kc_status_fail(e->err, code, text ? text : "", text ? strlen(text) : 0);
    free(text);
    return false;
}

static const struct {
    const char *type;
    bool (*apply)(struct event *e);
} event_types[] = {
    {"ADDED", changed}, {"MODIFIED", changed}, {"DELETED", deleted}, {"BOOKMARK", bookmark}, {"ERROR", failed},
};

bool kc_ingest_event(struct kc_ingest *i, const char *json, size_t len, bool whole, struct kc_err *err)
{
    static const char *const type_path[] = {"type", NULL};
    char type[16];
    struct kc_err why = {0};
    struct identity id;
    KC_JSON_SCOPE *root = fits(whole, &why) ? kc_json_parse(json, len, KC_OBJECT_MAX, "watch event", &why) : NULL;
    struct event e = {i, kc_json_at(root, "object"), &id, &why};

    kc_peek_string(json, len, type_path, type, sizeof(type));
    identify(&id, json, len, true);
    set_version(&i->version, id.rv);
    if (root && !e.object)
        kc_fail(&why, KC_INVALID, "BadObject", "the event has no object");
    for (size_t k = 0; k < sizeof(event_types) / sizeof(event_types[0]); k++) {
        if (!KC_STREQ(type, event_types[k].type))
            continue;
        if (event_types[k].apply(&e))
            return true;
        if (err)
            *err = why;
        return false;
    }
    if (root)
        kc_fail(&why, KC_INVALID, "BadEvent", "the watch sent an event of the unknown type \"%s\"", type);
    report_bad(i, &id, &why);
    return true;
}
