#include "controller/kube/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/metrics.h"
#include "controller/base/text.h"
#include "controller/kube/reading.h"

struct kc_ingest {
    struct kc_store *store;
    const struct kc_reflector_options *o;
    const char *resource;
    bool listing;
    struct kc_buf list_version;
    struct kc_buf version;
    struct kc_metric *undecodable;
};

static const struct kc_reader *const readers[] = {[KC_JSON] = &kc_json_reader, [KC_PROTOBUF] = &kc_protobuf_reader};

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

bool kc_ingest_listing(const struct kc_ingest *i)
{
    return i->listing;
}

static void set_version(struct kc_buf *b, const char *version)
{
    if (!*version)
        return;
    kc_buf_clear(b);
    kc_buf_puts(b, version);
}

void kc_reading_key(struct kc_reading *r)
{
    if (r->name[0])
        snprintf(r->key, sizeof(r->key), "%s%s%s", r->ns, *r->ns ? "/" : "", r->name);
}

bool kc_reading_fits(const struct kc_frame *f, struct kc_err *err)
{
    if (f->whole)
        return true;
    return kc_fail(err, KC_INVALID, "TooLarge", "it is larger than %zu bytes and was skipped", KC_OBJECT_MAX);
}

bool kc_record_key(const char *ns, const char *name, const char *uid, const char *resource_version,
                   char key[KC_KEY_CAP], struct kc_err *err)
{
    _Static_assert(KC_KEY_CAP >= KC_NS_CAP + KC_NAME_CAP, "namespace, slash, name and NUL");

    ns = kc_or(ns, "");
    if (!name || !*name || strlen(name) >= KC_NAME_CAP || strlen(ns) >= KC_NS_CAP)
        return kc_fail(err, KC_INVALID, "BadMetadata", "metadata.name is missing or no name (1-%d characters)",
                       KC_NAME_CAP - 1);
    if (!uid || !resource_version)
        return kc_fail(err, KC_INVALID, "BadMetadata", "metadata.%s is missing or not a string",
                       uid ? "resourceVersion" : "uid");
    snprintf(key, KC_KEY_CAP, "%s%s%s", ns, *ns ? "/" : "", name);
    return true;
}

static void report_bad(struct kc_ingest *i, const struct kc_reading *r)
{
    const char *const label[] = {i->resource, NULL};

    kc_metric_inc(i->undecodable, label);
    if (r->key[0])
        kc_store_seen(i->store, r->key); /* it exists: not reading it is no reason to report it deleted */
    if (i->o->on_bad)
        i->o->on_bad(i->o->arg, r->ns, r->name, &r->err);
}

static void emit(struct kc_ingest *i, enum kc_event event, const struct kc_record *r)
{
    if (i->o->on_event)
        i->o->on_event(i->o->arg, event, r, i->listing);
}

/* Takes over r. */
static void put(struct kc_ingest *i, struct kc_record *r)
{
    const struct kc_record *old = kc_store_get(i->store, r->key);
    bool same_object = old && KC_STREQ(old->uid, r->uid);

    if (same_object && KC_STREQ(old->resource_version, r->resource_version)) {
        kc_store_seen(i->store, r->key);
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
    i->listing = true;
    kc_buf_clear(&i->list_version);
    kc_store_begin_list(i->store);
}

void kc_ingest_item(struct kc_ingest *i, const struct kc_frame *f)
{
    struct kc_reading r = {0};

    readers[f->encoding]->item(i->o, f, &r);
    if (r.record)
        put(i, r.record);
    else
        report_bad(i, &r);
}

bool kc_ingest_page_end(struct kc_ingest *i, const struct kc_frame *envelope, char **ret_continue, struct kc_err *err)
{
    struct kc_page page = {0};

    if (!readers[envelope->encoding]->page(envelope, &page, err))
        return false;
    if (!page.resource_version || !*page.resource_version) {
        free(page.resource_version);
        free(page.more);
        return kc_fail(err, KC_INVALID, "NotAList",
                       "the API server's answer for %s is not a list with metadata.resourceVersion and items",
                       i->o->path);
    }
    if (page.strays) {
        struct kc_reading bad = {0};
        kc_fail(&bad.err, KC_INVALID, "BadObject", "the list holds items that are not JSON objects");
        report_bad(i, &bad);
    }
    set_version(&i->list_version, page.resource_version);
    free(page.resource_version);
    *ret_continue = page.more;
    return true;
}

void kc_ingest_list_end(struct kc_ingest *i)
{
    size_t n;
    const struct kc_record **stale = kc_store_stale(i->store, &n);

    for (size_t k = 0; k < n; k++) {
        remove_object(i, stale[k]->key, NULL);
        kc_record_unref(stale[k]);
    }
    free(stale);
    set_version(&i->version, kc_buf_str(&i->list_version));
    i->listing = false;
}

/* What each type of event does with its object (API conventions: "watch"). It takes over r->record. */
static bool changed(struct kc_ingest *i, struct kc_reading *r)
{
    if (r->record)
        put(i, r->record);
    else
        report_bad(i, r);
    return true;
}

static bool deleted(struct kc_ingest *i, struct kc_reading *r)
{
    if (r->record || r->key[0])
        remove_object(i, r->record ? r->record->key : r->key, r->record);
    else
        report_bad(i, r);
    kc_record_unref(r->record);
    return true;
}

static bool bookmark(struct kc_ingest *i, struct kc_reading *r)
{
    if (r->list_ended && i->listing)
        kc_ingest_list_end(i); /* its resourceVersion has been noted */
    return true;
}

static bool failed(struct kc_ingest *i, struct kc_reading *r)
{
    (void)i;
    (void)r;
    return false;
}

static const struct {
    const char *type;
    bool (*apply)(struct kc_ingest *i, struct kc_reading *r);
} event_types[] = {
    {"ADDED", changed}, {"MODIFIED", changed}, {"DELETED", deleted}, {"BOOKMARK", bookmark}, {"ERROR", failed},
};

bool kc_ingest_event(struct kc_ingest *i, const struct kc_frame *f, struct kc_err *err)
{
    struct kc_reading r = {0};

    readers[f->encoding]->event(i->o, f, &r);
    /* What a list has shown so far is nowhere to resume from. */
    set_version(i->listing ? &i->list_version : &i->version, r.rv);
    for (size_t k = 0; k < sizeof(event_types) / sizeof(event_types[0]); k++) {
        if (!KC_STREQ(r.type, event_types[k].type))
            continue;
        if (event_types[k].apply(i, &r))
            return true;
        if (err)
            *err = r.err;
        return false;
    }
    if (r.readable)
        kc_fail(&r.err, KC_INVALID, "BadEvent", "the watch sent an event of the unknown type \"%s\"", r.type);
    report_bad(i, &r);
    kc_record_unref(r.record);
    return true;
}
