#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"

/* How long calls may take to end after SIGTERM; a pod is killed after 30 s. */
#define GRACE_MS (3 * KC_SECOND_MS)

bool kc_manager_http_start(struct kc_manager *m, struct kc_err *err)
{
    m->http = kc_http_client_create(err);
    return m->http != NULL;
}

void kc_manager_http_stop(struct kc_manager *m)
{
    kc_http_client_destroy(m->http);
}

bool kc_manager_shutdown_start(struct kc_manager *m, struct kc_err *err)
{
    m->shutdown = kc_shutdown_create(m->http, GRACE_MS, err);
    return m->shutdown != NULL;
}

void kc_manager_shutdown_stop(struct kc_manager *m)
{
    kc_shutdown_destroy(m->shutdown);
}

/* --flags to the NULL-terminated list that the client takes; NULL for "all". */
static const char *const *list_of(struct kc_arena *a, const struct kc_strs *s)
{
    const char **v = kc_arena_array(a, s->n + 1, sizeof *v);

    if (s->n == 0 || kc_strs_has(s, "*"))
        return NULL;
    memcpy(v, s->v, s->n * sizeof *v);
    return v;
}

struct kc_kube *kc_manager_kube(struct kc_manager *m, struct kc_http_client *http, const struct kc_lease *lease)
{
    KC_ARENA_SCOPE(a);
    struct kc_kube_options o = {.groups = list_of(a, &m->o.groups), .extras = list_of(a, &m->o.extras), .lease = lease};

    return kc_kube_create(http, m->config, &o);
}

static bool reach(struct kc_manager *m, struct kc_err *err)
{
    return kc_kube_cluster_uid(m->kube, m->a, &m->cluster.uid, err) &&
           kc_discovery_refresh(m->cluster.discovery, true, err);
}

/* An API server that does not answer yet is waited for: the manager may be started with it, or during its outage. */
bool kc_manager_cluster_start(struct kc_manager *m, struct kc_err *err)
{
    m->config = m->o.kubeconfig ? kc_config_load(m->o.kubeconfig, m->o.context, err) : kc_config_in_cluster(err);
    if (!m->config)
        return m->o.kubeconfig ? false : kc_wrap(err, "no --kubeconfig given");
    m->kube = kc_manager_kube(m, m->http, NULL);
    m->cluster =
        (struct kc_cluster){.name = m->o.cluster_name, .kube = m->kube, .discovery = kc_discovery_create(m->kube)};
    while (!reach(m, err)) {
        /* Right after the chart was installed, its roles have not reached the API server's authorizer yet. */
        if (err->class != KC_RETRY && err->http_status != 403)
            return false;
        kc_log(KC_WARN, "manager", "waiting for the API server", "server", kc_config_server(m->config), "error",
               err->message, NULL);
        if (kc_shutdown_asked(m->shutdown, KC_SECOND_MS))
            return kc_fail(err, KC_UNAVAILABLE, "Stopped", "told to stop before the API server answered");
        kc_err_clear(err);
    }
    return true;
}

void kc_manager_cluster_stop(struct kc_manager *m)
{
    if (m->cluster.discovery)
        kc_discovery_destroy(m->cluster.discovery);
    kc_kube_unref(m->kube);
    if (m->config)
        kc_config_unref(m->config);
}

bool kc_manager_discovery_refresh(struct kc_manager *m, struct kc_err *err)
{
    return kc_discovery_refresh(m->cluster.discovery, false, err);
}
