#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"

#define MAX_KEYS 1000
#define WORKERS  2

/* The I/O thread: a model answered, or will not. */
static void wake(void *arg, const char *key)
{
    struct kc_manager *m = arg;
    struct kc_err err = {0};

    if (!kc_workqueue_add(m->queue, key, KC_LANE_FRESH, &err))
        kc_log(KC_ERROR, "model", "request not queued", "request", key, "error", err.message, NULL);
}

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct kc_manager *m = arg;
    struct kc_err err = {0};

    if (event != KC_DELETED &&
        !kc_workqueue_add(m->provider_queue, r->key, initial ? KC_LANE_BACKLOG : KC_LANE_FRESH, &err))
        kc_log(KC_ERROR, "watch", "provider not queued", "aiprovider", r->key, "error", err.message, NULL);
}

bool kc_manager_providers_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_reflector_options o = {
        .path = "/apis/" KC_GROUP "/" KC_API_VERSION "/" KC_AIPROVIDER_RESOURCE, .on_event = on_event, .arg = m};

    m->providers = (struct kc_providers){.kube = m->term_kube,
                                         .http = m->term_http,
                                         .store = kc_store_create(),
                                         .desk = kc_ai_desk_create(m->term_http, wake, m),
                                         .ns = m->o.ns,
                                         .domain = m->o.cluster_domain};
    m->provider_queue = kc_workqueue_create(MAX_KEYS);
    m->provider_workers =
        kc_workers_start(m->provider_queue, WORKERS, "aiprovider", kc_aiprovider_reconcile, &m->providers, err);
    if (!m->provider_workers)
        return false;
    m->provider_reflector = kc_reflector_create(m->term_kube, m->providers.store, &o);
    return true;
}

void kc_manager_providers_stop(struct kc_manager *m)
{
    m->provider_reflector = kc_reflector_destroy(m->provider_reflector);
    m->provider_workers = kc_workers_stop(m->provider_workers);
    m->provider_queue = kc_workqueue_destroy(m->provider_queue);
    kc_ai_desk_destroy(m->providers.desk);
    kc_store_destroy(m->providers.store);
    m->providers = (struct kc_providers){0};
}
