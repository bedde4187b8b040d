#include "controller/kube/fleet.h"

#include <stdio.h>
#include <stdlib.h>

#include "controller/base/log.h"
#include "controller/kube/reflector.h"

/* Of a LIST. Four times client-go's: the API server is asked less often, and what we hold of a page does not grow. */
#define PAGE 2000

/* One kind's part: the arg of its reflector's callbacks, which run on the I/O thread. */
struct part {
    struct kc_fleet *fleet;
    const struct kc_kind *kind;
    struct kc_store *store;
    struct kc_reflector *reflector;
    atomic_bool up;
};

struct kc_fleet {
    struct kc_intern *strings;
    struct kc_scratch *scratch; /* the I/O thread's */
    struct part *parts;         /* as many as kc_n_kinds, in their order */
};

static struct kc_record *decode_protobuf(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    struct part *p = arg;

    return kc_kind_decode(p->kind, p->fleet->strings, p->fleet->scratch, object, len, err);
}

static struct kc_record *decode_json(void *arg, const json_t *object, struct kc_err *err)
{
    struct part *p = arg;

    return kc_kind_decode_json(p->kind, p->fleet->strings, p->fleet->scratch, object, err);
}

static void on_synced(void *arg)
{
    struct part *p = arg;
    char n[32];

    snprintf(n, sizeof(n), "%zu", kc_store_count(p->store));
    kc_log(KC_DEBUG, "fleet", "listed", "resource", p->kind->resource, "objects", n, NULL);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    const struct part *p = arg;

    kc_log(KC_WARN, "fleet", "object skipped", "resource", p->kind->resource, "namespace", ns, "name", name, "error",
           err->message, NULL);
}

static void on_state(void *arg, const struct kc_err *err)
{
    struct part *p = arg;

    atomic_store(&p->up, !err);
    if (err)
        kc_log(KC_WARN, "fleet", "not watching, trying again", "resource", p->kind->resource, "error", err->message,
               NULL);
}

static void start(struct part *p, struct kc_kube *k, const struct kc_fleet_options *options)
{
    const struct kc_kind *kind = p->kind;
    bool by_watch = options->start == KC_FLEET_BY_KIND ? !kind->many : options->start == KC_FLEET_WATCH_LISTS;
    char path[128];

    snprintf(path, sizeof(path), "%s%s/%s/%s", *kind->group ? "/apis/" : "/api", kind->group, kind->version,
             kind->resource);
    p->store = kc_store_create();
    p->reflector = kc_reflector_create(k, p->store,
                                       &(struct kc_reflector_options){
                                           .path = path,
                                           .page = PAGE,
                                           .decode = decode_json,
                                           .decode_protobuf = decode_protobuf,
                                           .metadata_only = kind->metadata_only,
                                           .watch_list = by_watch,
                                           .bulk = kind->many,
                                           .on_synced = on_synced,
                                           .on_bad = on_bad,
                                           .on_state = on_state,
                                           .arg = p,
                                       });
}

struct kc_fleet *kc_fleet_create(struct kc_kube *k, const struct kc_fleet_options *options)
{
    static const struct kc_fleet_options defaults;
    struct kc_fleet *f = calloc(1, sizeof(*f));

    if (!f || !(f->parts = calloc(kc_n_kinds, sizeof(*f->parts))))
        abort();
    f->strings = kc_intern_create();
    f->scratch = kc_scratch_create();
    for (size_t i = 0; i < kc_n_kinds; i++) {
        f->parts[i].fleet = f;
        f->parts[i].kind = &kc_kinds[i];
        start(&f->parts[i], k, options ? options : &defaults);
    }
    return f;
}

struct kc_fleet *kc_fleet_destroy(struct kc_fleet *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < kc_n_kinds; i++)
        kc_reflector_destroy(f->parts[i].reflector);
    for (size_t i = 0; i < kc_n_kinds; i++)
        kc_store_destroy(f->parts[i].store);
    kc_scratch_destroy(f->scratch);
    kc_intern_unref(f->strings);
    free(f->parts);
    free(f);
    return NULL;
}

static struct part *part_of(const struct kc_fleet *f, const struct kc_kind *k)
{
    return &f->parts[k - kc_kinds];
}

bool kc_fleet_has(const struct kc_fleet *f, const struct kc_kind *k)
{
    return f && k && atomic_load(&part_of(f, k)->up) && kc_reflector_synced(part_of(f, k)->reflector);
}

bool kc_fleet_synced(const struct kc_fleet *f)
{
    for (size_t i = 0; i < kc_n_kinds; i++)
        if (!kc_reflector_synced(f->parts[i].reflector))
            return false;
    return true;
}

const struct kc_snapshot *kc_fleet_list(struct kc_fleet *f, const struct kc_kind *k, const char *ns)
{
    return kc_store_snapshot(part_of(f, k)->store, ns);
}

const struct kc_record *kc_fleet_get(struct kc_fleet *f, const struct kc_kind *k, const char *ns, const char *name)
{
    char key[KC_KEY_CAP];
    int n = snprintf(key, sizeof(key), "%s%s%s", ns, *ns ? "/" : "", name);

    return n > 0 && (size_t)n < sizeof(key) ? kc_store_get(part_of(f, k)->store, key) : NULL;
}

char **kc_fleet_namespaces(struct kc_fleet *f, const struct kc_kind *k)
{
    return kc_store_namespaces(part_of(f, k)->store);
}

size_t kc_fleet_count(struct kc_fleet *f, const struct kc_kind *k)
{
    return kc_store_count(part_of(f, k)->store);
}
