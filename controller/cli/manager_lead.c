#include <signal.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"
#include "controller/runtime/grace.h"

#define LEASE_NAME "kubechat-manager" /* the chart's Role names it */
/* How long the calls of a term may take to end. The lease is given up after that: a hand-over takes so long, and the
 * retry period of the next leader. */
#define GRACE_MS 1500

static bool begin_term(struct kc_manager *m, struct kc_err *err)
{
    m->term_http = kc_http_client_create(err);
    if (!m->term_http)
        return false;
    m->term_kube = kc_manager_kube(m, m->term_http, m->lease);
    return kc_manager_leading_start(m, err);
}

static void end_term(struct kc_manager *m)
{
    struct kc_grace *grace = m->term_http ? kc_grace_begin(m->term_http, GRACE_MS) : NULL;

    kc_manager_leading_stop(m);
    if (!kc_grace_end(grace))
        kc_log(KC_WARN, "leader", "gave up on calls that were not answered", NULL);
    m->term_kube = kc_kube_unref(m->term_kube);
    m->term_http = kc_http_client_destroy(m->term_http);
}

/* One term. False: there is none after it. */
static bool lead(struct kc_manager *m)
{
    struct kc_err err = {0};
    bool lost = false;

    kc_log(KC_INFO, "leader", "leading", "identity", kc_lease_identity(m->lease), NULL);
    bool begun = begin_term(m, &err);
    if (begun)
        lost = kc_lease_await_loss(m->lease, &err);
    if (lost)
        kc_log(KC_WARN, "leader", "lost the lease, stopping work", "error", err.message, NULL);
    end_term(m);
    kc_lease_release(m->lease);
    if (begun) {
        kc_log(KC_INFO, "leader", lost ? "work has stopped, a candidate again" : "work has stopped, lease given up",
               NULL);
        return lost;
    }
    kc_log(KC_ERROR, "leader", "cannot lead, ending", "error", err.message, NULL);
    atomic_store(&m->failed, true);
    kill(getpid(), SIGTERM);
    return false;
}

static void *run(void *arg)
{
    struct kc_manager *m = arg;

    while (kc_lease_acquire(m->lease) && lead(m))
        ;
    return NULL;
}

static void on_trouble(void *arg, const struct kc_err *err)
{
    (void)arg;
    kc_log(KC_WARN, "leader", "trying again", "error", err->message, NULL);
}

bool kc_manager_lead_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_lease_options o = {
        .config = m->config, .ns = m->o.ns, .name = LEASE_NAME, .times = m->o.lease, .on_trouble = on_trouble};

    if (!m->o.leader_elect)
        return begin_term(m, err);
    m->lease = kc_lease_start(&o, err);
    if (!m->lease)
        return false;
    m->has_leadership = pthread_create(&m->leadership, NULL, run, m) == 0;
    if (!m->has_leadership)
        return kc_fail(err, KC_FATAL, "Thread", "no thread for the leader's work: the system's limit is reached");
    pthread_setname_np(m->leadership, "kc-leader");
    return true;
}

void kc_manager_lead_stop(struct kc_manager *m)
{
    if (m->has_leadership) {
        kc_lease_close(m->lease);
        pthread_join(m->leadership, NULL);
    } else {
        end_term(m);
    }
    m->lease = kc_lease_destroy(m->lease);
}
