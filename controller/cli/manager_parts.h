/* manager parts: what the manager is made of. Each component has a start and a stop; manager.c starts them in the order
 * of its tables and stops them backwards.
 *
 * To add one: its pointer in kc_manager, start and stop in a manager_<name>.c, a row in manager.c. What has to be done
 * again and again is a chore: another row. start may take what rows above it have made. stop is called for every
 * component whose start was called, also for one that failed: it has to take what is not there. Both run on the main
 * thread.
 */
#pragma once

#include <stdatomic.h>

#include "controller/audit/keyfile.h"
#include "controller/cli/manager_options.h"
#include "controller/kube/reflector.h"
#include "controller/reconcile/chatrequest.h"
#include "controller/runtime/probe_server.h"
#include "controller/runtime/shutdown.h"
#include "controller/runtime/workers.h"
#include "webhook/server.h"

struct kc_manager {
    struct kc_manager_options o;
    struct kc_arena *a; /* as long as the process */
    struct kc_http_client *http;
    struct kc_shutdown *shutdown;
    struct kc_config *config;
    struct kc_kube *kube;
    struct kc_signer *signer;
    struct kc_webhook *webhook;
    struct kc_probe_server *probes;
    struct kc_workqueue *queue;
    struct kc_workers *workers;
    struct kc_reflector *reflector;
    struct kc_chat chat;
    atomic_bool new_checkpoint;
    int64_t next_checkpoint_ms; /* no Event before */
    atomic_bool watching;
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

/* manager_cluster.c */
bool kc_manager_http_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_http_stop(struct kc_manager *m);
/* Every call of the components above ends within a bounded time after a signal: what runs has to be able to stop. */
bool kc_manager_shutdown_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_shutdown_stop(struct kc_manager *m);
bool kc_manager_cluster_start(struct kc_manager *m, struct kc_err *err); /* waits for the API server */
void kc_manager_cluster_stop(struct kc_manager *m);
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

/* manager_chat.c: the ChatRequest controller */
bool kc_manager_chat_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_chat_stop(struct kc_manager *m);

/* manager_probes.c: the port is taken early, and answers when everything has started. */
bool kc_manager_probes_start(struct kc_manager *m, struct kc_err *err);
void kc_manager_probes_stop(struct kc_manager *m);
bool kc_manager_probes_run(struct kc_manager *m, struct kc_err *err);
