/* request: a sealed ChatRequest of ana's, and plans that scale deployments of namespace shop, as values for tests. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "controller/reconcile/step.h"

#define NOW      INT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define CLUSTER  "prod-eu"
#define UID      "0b6f2f3e-0000-4000-8000-000000000001"
#define UID_ELSE "0b6f2f3e-0000-4000-8000-000000000002"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static inline struct kc_chatrequest request_new(void)
{
    return (struct kc_chatrequest){
        .meta = {.name = "bump-checkout",
                 .ns = "shop",
                 .uid = UID,
                 .resource_version = "1",
                 .generation = 1,
                 .creation_time = NOW - KC_MINUTE_MS},
        .spec = {.prompt = "five checkout pods",
                 .cluster = CLUSTER,
                 .deadline = "15m",
                 .ttl_seconds_after_finished = -1,
                 .requested_by = {.who = {.username = "ana", .uid = "u-1"}, .nonce = "n", .seal = "v1:s"}},
        .status = {.plan = {.digest = ""}},
    };
}

/* "kubectl scale deployment/web-<i> --namespace=shop --replicas=<to>", previewed on an object with uid. */
static inline struct kc_record_step scale_step(struct kc_arena *a, size_t i, int from, int to, const char *uid,
                                               enum kc_effect effect)
{
    struct kc_change *change = kc_arena_array(a, 1, sizeof *change);
    const char *name = kc_arena_printf(a, "web-%zu", i), **flags = kc_arena_array(a, 2, sizeof *flags);
    struct kc_api_request request = {.method = "PATCH",
                                     .path =
                                         kc_arena_printf(a, "/apis/apps/v1/namespaces/shop/deployments/%s/scale", name),
                                     .query = "fieldManager=kubechat",
                                     .content_type = "application/merge-patch+json",
                                     .body = kc_arena_printf(a, "{\"spec\":{\"replicas\":%d}}", to)};

    request.body_len = strlen(request.body);
    flags[0] = kc_arena_printf(a, "%d", to);

    *change = (struct kc_change){
        .path = "spec.replicas", .from = kc_arena_printf(a, "%d", from), .to = kc_arena_printf(a, "%d", to)};
    return (struct kc_record_step){
        .action = {.verb = kc_verb_find("scale"),
                   .target = {.group = "apps",
                              .version = "v1",
                              .kind = "Deployment",
                              .resource = "deployments",
                              .ns = "shop",
                              .name = name},
                   .flags = flags},
        .effect = effect,
        .reason = "",
        .command = kc_arena_printf(a, "kubectl scale deployment/%s --namespace=shop --replicas=%d", name, to),
        .uid = uid,
        .request = request,
        .changes = change,
        .n_changes = 1,
        .fingerprint = "",
        .undo = "",
        .reversible = KC_REVERSIBLE,
    };
}

/* What it needs is not there yet: nothing is known of it but the command. */
static inline void defer_step(struct kc_record_step *s)
{
    s->deferred = true;
    s->request = (struct kc_api_request){0};
    s->n_changes = 0;
    s->uid = "";
}

static inline struct kc_plan_record plan_new(struct kc_arena *a, size_t n_steps)
{
    return (struct kc_plan_record){.requester = {.username = "ana", .uid = "u-1"},
                                   .cluster_uid = "c-1",
                                   .request_uid = UID,
                                   .made_at = NOW,
                                   .expires_at = NOW + 14 * KC_MINUTE_MS,
                                   .steps = kc_arena_array(a, n_steps, sizeof(struct kc_record_step)),
                                   .n_steps = n_steps};
}

static inline const char *plan_digest(struct kc_arena *a, const struct kc_plan_record *plan)
{
    struct kc_err err = {0};
    const char *digest = kc_plan_digest(a, plan, &err);

    if (!digest) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return digest;
}

/* What a visit finds of a request whose seal and record are whole, before its steps and approvals are told. */
static inline struct kc_observed observed_new(const struct kc_chatrequest *cr, const struct kc_plan_record *plan)
{
    return (struct kc_observed){.cr = cr,
                                .cluster = CLUSTER,
                                .seal_present = true,
                                .seal_valid = true,
                                .nonce_owner = UID,
                                .run_owner = "",
                                .recorded = {.reason = "", .message = ""},
                                .plan = plan};
}
