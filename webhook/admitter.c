#include "webhook/admitter.h"

#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/metrics.h"

static const char *const clusters[] = {KC_IN_CLUSTER};

struct kc_admitter {
    struct kc_arena *settings;
    struct kc_arena *review; /* of the one under way */
    struct kc_audit *audit;
    struct kc_admission_snapshot snapshot;
    struct kc_restmap_ref *types; /* the snapshot's */
    struct kc_metric *reviews, *duration;
};

struct kc_admitter *kc_admitter_create(struct kc_audit *audit, const char *cluster_uid, const struct kc_seal_key *key)
{
    static const char *const outcome[] = {"webhook", "outcome", NULL};
    static const char *const webhook[] = {"webhook", NULL};
    static const double buckets[] = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05};
    struct kc_arena *settings = kc_arena_create();
    struct kc_admitter *m = kc_arena_alloc(settings, sizeof *m);
    m->settings = settings;
    m->review = kc_arena_create();
    m->audit = audit;
    m->snapshot.key = *key;
    m->snapshot.cluster_uid = kc_arena_strdup(settings, cluster_uid);
    m->snapshot.clusters.n = sizeof clusters / sizeof *clusters;
    m->snapshot.clusters.v = kc_arena_memdup(settings, (const void *)clusters, sizeof clusters);
    m->reviews = kc_metric_counter("kubechat_admission_reviews_total",
                                   "Admission reviews answered, by webhook and outcome.", outcome);
    m->duration = kc_metric_histogram("kubechat_admission_duration_seconds",
                                      "Time from a review's last byte to its answer, without the network.", webhook,
                                      buckets, sizeof buckets / sizeof *buckets);
    return m;
}

struct kc_admitter *kc_admitter_destroy(struct kc_admitter *m)
{
    if (m) {
        kc_policy_set_unref(m->snapshot.policies);
        kc_restmap_unref(m->types);
        kc_arena_destroy(m->review);
        kc_arena_destroy(m->settings);
    }
    return NULL;
}

void kc_admitter_set_key(struct kc_admitter *m, const struct kc_seal_key *key)
{
    m->snapshot.key = *key;
}

void kc_admitter_set_policies(struct kc_admitter *m, const struct kc_policy_set *policies)
{
    kc_policy_set_unref(m->snapshot.policies);
    m->snapshot.policies = policies;
}

void kc_admitter_set_types(struct kc_admitter *m, struct kc_restmap_ref *types)
{
    kc_restmap_unref(m->types);
    m->types = types;
    m->snapshot.types = kc_restmap_of(types);
}

/* Refusals are evidence; dry runs ask for no effect at all, a row included. */
static void record(struct kc_admitter *m, const struct kc_admission_verdict *v)
{
    if (v->allowed || v->dry_run || !m->audit)
        return;
    struct kc_row row = {
        .type = KC_ROW_DENIED,
        .time = kc_unix_ms(),
        .cluster_uid = m->snapshot.cluster_uid,
        .who = v->who,
        .request_ns = v->ns,
        .request_name = v->name,
        .request_uid = v->uid,
        .plan_digest = "",
        .step = "",
        .command = "",
        .target = "",
        .result = "Refused",
        .reason = v->reason,
        .message = v->message,
    };
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};
    struct kc_err err = {0};
    if (!kc_audit_post(m->audit, &batch, &err))
        kc_log(KC_ERROR, "webhook", "a refusal left no audit row", "request", v->name, "namespace", v->ns, "reason",
               v->reason, "error", err.message, NULL);
}

typedef bool (*admit)(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                      int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err);

static void answer(struct kc_admitter *m, admit fn, const char *webhook, const struct kc_httpd_request *req,
                   struct kc_httpd_response *res)
{
    int64_t start = kc_mono_us();
    const char *outcome = "malformed";
    struct kc_admission_verdict v;
    struct kc_err err = {0};
    kc_arena_reset(m->review);
    if (!KC_STREQ(req->method, "POST")) {
        res->status = 405;
        kc_buf_puts(&res->body, "{\"message\":\"an AdmissionReview is sent by POST\"}");
    } else if (!fn(m->review, req->body, req->body_len, &m->snapshot, kc_unix_ms(), &res->body, &v, &err)) {
        res->status = 400;
        kc_buf_clear(&res->body);
        kc_buf_puts(&res->body, "{\"message\":");
        kc_json_quote(&res->body, err.message, strlen(err.message));
        kc_buf_putc(&res->body, '}');
    } else {
        outcome = v.allowed ? "allowed" : "refused";
        record(m, &v);
    }
    kc_metric_inc(m->reviews, (const char *const[]){webhook, outcome, NULL});
    kc_series_observe(kc_metric_series(m->duration, (const char *const[]){webhook, NULL}),
                      (double)(kc_mono_us() - start) / 1e6);
}

void kc_admitter_mutate(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    answer(arg, kc_admit_mutating, "mutate", req, res);
}

void kc_admitter_validate(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    answer(arg, kc_admit_validating, "validate", req, res);
}
