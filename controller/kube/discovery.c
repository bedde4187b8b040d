#include "controller/kube/discovery.h"

#include <pthread.h>
#include <stdlib.h>

#include "controller/base/clock.h"

enum { REFRESH_EVERY_MS = 10000 };

struct kc_restmap_ref {
    atomic_int refs;
    struct kc_arena *arena;
    struct kc_restmap map;
};

struct kc_discovery {
    struct kc_kube *kube;
    pthread_mutex_t asking; /* held for a whole refresh: those who come meanwhile share its outcome */
    int64_t asked_us;       /* end of the last refresh that succeeded; under asking */
    pthread_mutex_t mutex;  /* guards newest */
    struct kc_restmap_ref *newest;
};

struct kc_discovery *kc_discovery_create(struct kc_kube *k)
{
    struct kc_discovery *d = calloc(1, sizeof(*d));
    if (!d)
        abort();
    d->kube = kc_kube_ref(k);
    pthread_mutex_init(&d->asking, NULL);
    pthread_mutex_init(&d->mutex, NULL);
    return d;
}

struct kc_discovery *kc_discovery_destroy(struct kc_discovery *d)
{
    if (!d)
        return NULL;
    kc_restmap_unref(d->newest);
    kc_kube_unref(d->kube);
    pthread_mutex_destroy(&d->asking);
    pthread_mutex_destroy(&d->mutex);
    free(d);
    return NULL;
}

const struct kc_restmap *kc_restmap_of(const struct kc_restmap_ref *r)
{
    return &r->map;
}

struct kc_restmap_ref *kc_restmap_unref(struct kc_restmap_ref *r)
{
    if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
        return NULL;
    kc_arena_destroy(r->arena);
    free(r);
    return NULL;
}

struct kc_restmap_ref *kc_discovery_get(struct kc_discovery *d)
{
    pthread_mutex_lock(&d->mutex);
    struct kc_restmap_ref *r = d->newest;
    if (r)
        atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&d->mutex);
    return r;
}

static bool fetch(struct kc_discovery *d, const char *path, struct kc_arena *a, json_t **ret, struct kc_err *err)
{
    const struct kc_api_request req = {.method = "GET",
                                       .path = path,
                                       .accept =
                                           "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"};
    return kc_kube_json(d->kube, &req, NULL, a, ret, NULL, err);
}

static struct kc_restmap_ref *ask(struct kc_discovery *d, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    json_t *core, *groups;
    struct kc_restmap_ref *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    atomic_init(&r->refs, 1);
    r->arena = kc_arena_create();
    if (fetch(d, "/api", a, &core, err) && fetch(d, "/apis", a, &groups, err) &&
        kc_discovery_parse(r->arena, core, groups, &r->map, err))
        return r;
    kc_wrap(err, "discovery");
    return kc_restmap_unref(r);
}

bool kc_discovery_refresh(struct kc_discovery *d, bool force, struct kc_err *err)
{
    int64_t came_us = kc_mono_us();
    pthread_mutex_lock(&d->asking);
    int64_t fresh_after_us = force ? came_us : came_us - INT64_C(1000) * REFRESH_EVERY_MS;
    bool fine = d->asked_us && d->asked_us > fresh_after_us;
    if (!fine) {
        struct kc_restmap_ref *r = ask(d, err), *older = NULL;
        fine = r != NULL;
        if (fine) {
            d->asked_us = kc_mono_us();
            pthread_mutex_lock(&d->mutex);
            older = d->newest;
            d->newest = r;
            pthread_mutex_unlock(&d->mutex);
        }
        kc_restmap_unref(older);
    }
    pthread_mutex_unlock(&d->asking);
    return fine;
}
