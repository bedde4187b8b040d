/* chatrequest reconciler: carries out what step.h decides for ChatRequests, one visit at a time on a worker thread.
 *
 * kc_chat is shared by all workers and read-only but for its thread-safe members. Uses exec, audit, webhook (seals),
 * runtime.
 */
#pragma once

#include "controller/audit/locker.h"
#include "controller/audit/log.h"
#include "controller/exec/cluster.h"
#include "controller/exec/runs.h"
#include "controller/kube/store.h"
#include "controller/reconcile/aiprovider.h"
#include "controller/reconcile/echo.h"
#include "controller/reconcile/keylock.h"
#include "controller/reconcile/policies.h"
#include "controller/runtime/pool.h"
#include "webhook/seal.h"

struct kc_chat {
    struct kc_cluster cluster;
    struct kc_store *requests; /* records hold the object's JSON text */
    struct kc_audit *audit;
    struct kc_seal_key seal_key;
    struct kc_echo *echo;
    struct kc_keylock *targets;
    struct kc_pool *pool; /* helps with previews; NULL: one step after the other */
    struct kc_policies *policies;
    struct kc_locker *locker;       /* of captures and transcripts; NULL: none configured, nothing is captured and no
                                     * command is run in a container */
    struct kc_runs *runs;           /* commands in containers */
    struct kc_providers *providers; /* model servers; NULL: only the built-in planner */
    int64_t rollout_ms;             /* how long what was sent may take to roll out */
};

/* A kc_reconcile_fn (runtime/workers.h); arg is the kc_chat. */
bool kc_chat_reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err);

/* A request disappeared: closes its audit trail when it had not ended. Called by kc_chat_reconcile for keys with a uid
 * appended ("ns/name#uid"), which the watch adds when an object is deleted. */
KC_CHECK bool kc_chat_gone(struct kc_chat *c, const char *ns, const char *name, const char *uid, struct kc_arena *a,
                           struct kc_err *err);
