/* manager parts: what the manager is made of. Each component has a start and a stop; manager.c starts them in the order
 * of its tables and stops them backwards.
 *
 * Two tables: what every replica runs (webhook, probes, audit log), and what only the leader runs, started at the
 * beginning of each of its terms and stopped at the end. To add one: its pointer in kc_manager, start and stop in a
 * manager_<name>.c, a row in manager.c. What has to be done again and again is a chore: another row. start may take
 * what rows above it have made. stop is called for every component whose start was called, also for one that failed: it
 * has to take what is not there, and to leave things such that start can be called again where that is a leader's.
 * Every replica's run on the main thread; a leader's on that of the leadership.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "controller/audit/keyfile.h"
#include "controller/audit/locker.h"
#include "controller/cli/manager_options.h"
#include "controller/kube/reflector.h"
#include "controller/reconcile/chatrequest.h"
#include "controller/runtime/probe_server.h"
#include "controller/runtime/shutdown.h"
#include "controller/runtime/workers.h"
#include "controller/view/server.h"
#include "webhook/server.h"

struct kc_manager {
    struct kc_manager_options o;
    struct kc_arena *a; /* as long as the process */
    struct kc_http_client *http;
    struct kc_shutdown *shutdown;
    struct kc_config *config;
    struct kc_kube *kube;      /* never what a leader changes: it knows nothing of the lease */
    struct kc_cluster cluster; /* over kube */
    struct kc_signer *signer;
    struct kc_locker *locker; /* NULL: no key was given */
    struct kc_webhook *webhook;
    struct kc_view *view;
    bool view_missing; /* the chart is installed without it, and that was said */
    struct kc_probe_server *probes;
    struct kc_audit *audit;
    struct kc_policies *policies;
    atomic_bool new_checkpoint;
    int64_t next_checkpoint_ms; /* no Event before */

    struct kc_lease *lease; /* NULL: this process is alone */
    pthread_t leadership;
    bool has_leadership; /* the thread */
    atomic_bool failed;  /* a term could not begin: the process ends */

    /* One term as the leader. What it sends goes through this client, which lets no change leave without the lease, and
     * which is closed when the term's end takes too long. */
    struct kc_http_client *term_http;
    struct kc_kube *term_kube;
    size_t n_leading; /* components that were started */
    struct kc_workqueue *queue;
    struct kc_workers *workers;
    struct kc_reflector *reflector;
    struct kc_chat chat;       /* its cluster is over term_kube */
    pthread_mutex_t chat_lock; /* guards chat_runs */
    bool chat_runs;            /* requests and queue may be used */
    atomic_bool watching, synced;
    struct kc_providers providers;
    struct kc_workqueue *provider_queue;
    struct kc_workers *provider_workers;
    struct kc_reflector *provider_reflector;
};

struct kc_component {
    const char *name;
    bool (*start)(struct kc_manager *m, struct kc_err *err);
    void (*stop)(struct kc_manager *m);
};

/* Run on the main thread every every_ms, from so long after the start. Failing is logged and tried again. */
struct kc_chore {
    const char *name;
    int64_t every_ms;
    bool (*run)(struct kc_manager *m, struct kc_err *err);
};

/* manager.c: the components of a leader. Stopping takes what was not started. */
KC_CHECK bool kc_manager_leading_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_leading_stop(struct kc_manager *m);

/* manager_lead.c: seeks the lease and leads; alone, it leads from start to stop. */
bool kc_manager_lead_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_lead_stop(struct kc_manager *m);

/* manager_cluster.c */
bool kc_manager_http_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_http_stop(struct kc_manager *m);
/* Every call of the components above ends within a bounded time after a signal: what runs has to be able to stop. */
bool kc_manager_shutdown_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_shutdown_stop(struct kc_manager *m);
bool kc_manager_cluster_start(struct kc_manager *m, struct kc_err *err); /* waits for the API server */
void kc_manager_cluster_stop(struct kc_manager *m);
/* A client for one cluster as the options say; lease may be NULL. */
struct kc_kube *kc_manager_kube(struct kc_manager *m, struct kc_http_client *http, const struct kc_lease *lease);
bool kc_manager_discovery_refresh(struct kc_manager *m, struct kc_err *err);

/* manager_fleet.c */
bool kc_manager_fleet_start(struct kc_manager *m, struct kc_err *err); /* does not wait for the lists */
void kc_manager_fleet_stop(struct kc_manager *m);

/* manager_audit.c */
bool kc_manager_audit_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_audit_stop(struct kc_manager *m);
bool kc_manager_checkpoint_publish(struct kc_manager *m, struct kc_err *err);

/* manager_webhook.c */
bool kc_manager_webhook_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_webhook_stop(struct kc_manager *m);
bool kc_manager_webhook_maintain(struct kc_manager *m, struct kc_err *err);

/* manager_view.c: the API that outputs of reads are looked at through */
bool kc_manager_view_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_view_stop(struct kc_manager *m);
bool kc_manager_view_maintain(struct kc_manager *m, struct kc_err *err);

/* manager_policies.c: what is known of AuditPolicies, for admission and for the controller; a leader writes their
 * status */
bool kc_manager_policies_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_policies_stop(struct kc_manager *m);
bool kc_manager_policies_lead(struct kc_manager *m, struct kc_err *err);
void kc_manager_policies_follow(struct kc_manager *m);

/* manager_providers.c: the AIProvider controller, and the desk that models are asked from; a leader's */
bool kc_manager_providers_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_providers_stop(struct kc_manager *m);

/* manager_chat.c: the ChatRequest controller, a leader's */
/* Every request is looked at again. Any thread, at any time. */
void kc_manager_chat_wake(struct kc_manager *m);
bool kc_manager_chat_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_chat_stop(struct kc_manager *m);

/* manager_probes.c: the port is taken early, and answers when everything has started. */
bool kc_manager_probes_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_probes_stop(struct kc_manager *m);
bool kc_manager_probes_run(struct kc_manager *m, struct kc_err *err);
