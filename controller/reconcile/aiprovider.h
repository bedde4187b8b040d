/* aiprovider reconciler: looks at every AIProvider once a minute and when it changes: can it be asked? And the lookup
 * of the one that a request is planned by.
 *
 * kc_providers is shared by workers; read-only but for the store and the desk, which are thread-safe. Uses kube, ai.
 */
#pragma once

#include "controller/ai/desk.h"
#include "controller/ai/provider.h"
#include "controller/kube/client.h"
#include "controller/kube/store.h"

struct kc_providers {
    struct kc_kube *kube;
    struct kc_http_client *http;
    struct kc_store *store; /* AIProviders as JSON text */
    struct kc_ai_desk *desk;
    const char *ns;     /* kubechat's own: where Secrets are read */
    const char *domain; /* of the cluster's DNS */
};

/* A kc_reconcile_fn (runtime/workers.h); arg is the kc_providers. Writes status when it says something new. */
bool kc_aiprovider_reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err);

/* The provider that name stands for; "": the default one. *ret_found false: there is none of this name, or no default
 * (the built-in planner). */
KC_CHECK bool kc_providers_find(struct kc_providers *p, const char *name, struct kc_arena *a, struct kc_aiprovider *ret,
                                bool *ret_found, struct kc_err *err);
/* Reads its key, if it has one, and makes it ready to be asked. Blocks for the call. */
KC_CHECK bool kc_providers_open(struct kc_providers *p, const struct kc_aiprovider *cr, struct kc_arena *a,
                                struct kc_ai_provider *ret, struct kc_err *err);
