/* aiprovider: the AIProvider custom resource (cluster-scoped, kubechat.io/v1alpha1) as plain data: which model server
 * may be asked to plan, and how.
 *
 * Strings live in the arena that it was decoded into and are never NULL. Field meanings, limits and defaults: the
 * tables in aiprovider.c.
 */
#pragma once

#include "api/auditpolicy.h"

#define KC_AIPROVIDER_KIND     "AIProvider"
#define KC_AIPROVIDER_RESOURCE "aiproviders"
#define KC_AI_BUILTIN          "Builtin" /* spec.type of the planner that needs no model */

extern const struct kc_mapping kc_aiprovider_mapping;

struct kc_aiprovider_spec {
    const char *type; /* "Builtin", "OpenAI", "Ollama" */
    const char *endpoint, *model;
    const char *secret_name, *secret_key; /* in kubechat's own namespace; name "": no key is needed; key "": "key" */
    const char *ca_bundle;                /* PEM; "": the system's certificates */
    int64_t timeout_seconds, max_tokens;
    const char *temperature; /* decimal, "0" to "2" */
    bool is_default;
};

struct kc_aiprovider_status {
    int64_t observed_generation;
    struct kc_strs models;
    const char *latency;
    struct kc_condition_item *conditions; /* Ready */
    size_t n_conditions;
};

struct kc_aiprovider {
    struct kc_meta meta;
    struct kc_aiprovider_spec spec;
    struct kc_aiprovider_status status;
};

/* As kc_chatrequest_decode. */
KC_CHECK bool kc_aiprovider_decode(struct kc_arena *a, const json_t *object, bool strict, struct kc_aiprovider *ret,
                                   struct kc_err *err);
json_t *kc_aiprovider_encode(const struct kc_aiprovider *p); /* new reference */
/* Sets the Ready condition; lastTransitionTime moves only when status changes. True when it says what it said before.
 */
bool kc_aiprovider_ready(struct kc_arena *a, struct kc_aiprovider *p, enum kc_truth status, const char *reason,
                         const char *message, int64_t now);
