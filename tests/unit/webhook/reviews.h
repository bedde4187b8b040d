/* reviews: AdmissionReviews for tests, and what becomes of an object that was admitted. JSON is written with ' for ".
 */
#pragma once

#include <string.h>

#include "controller/base/digest.h"
#include "webhook/admission.h"

#define CLUSTER  "6f0cdb6c-0000-4000-8000-000000000001"
#define NOW      INT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define ANA                                                                                                            \
    "{'username':'ana','uid':'u-1','groups':['sre','system:authenticated'],"                                           \
    "'extra':{'scopes':['read'],'authentication.kubernetes.io/credential-id':['X']}}"
#define BOB "{'username':'bob','groups':['system:authenticated']}"

static const char *known_clusters[] = {KC_IN_CLUSTER};
static struct kc_admission_snapshot snapshot = {
    .key = {{1, 2, 3}}, .cluster_uid = CLUSTER, .clusters = {known_clusters, 1}};

static inline char *quoted(struct kc_arena *a, const char *json)
{
    char *s = kc_arena_strdup(a, json);
    for (char *p = s; *p; p++)
        if (*p == '\'')
            *p = '"';
    return s;
}

static inline json_t *parse(struct kc_arena *a, const char *json)
{
    const char *s = quoted(a, json);
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 20, "test", &err);
    if (!v) {
        fprintf(stderr, "%s: %s\n", err.message, s);
        abort();
    }
    return v;
}

/* A ChatRequest with metadata and status as the API server would have them. */
static inline json_t *object(struct kc_arena *a, const char *spec, const char *status)
{
    json_t *v =
        parse(a, "{'apiVersion':'kubechat.io/v1alpha1','kind':'ChatRequest','metadata':{'name':'bump',"
                 "'namespace':'shop','uid':'0a0a','resourceVersion':'7','creationTimestamp':'2026-01-02T03:00:00Z'}}");
    json_object_set(v, "spec", parse(a, spec));
    if (status)
        json_object_set(v, "status", parse(a, status));
    return v;
}

static inline char *review(struct kc_arena *a, const char *who, json_t *new_object, json_t *old)
{
    json_t *r = parse(
        a, "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'r-1','resource':{'group':"
           "'kubechat.io','version':'v1alpha1','resource':'chatrequests'},'name':'bump','namespace':'shop'}}");
    json_t *request = json_object_get(r, "request");
    json_object_set_new(request, "operation", json_string(old ? "UPDATE" : "CREATE"));
    json_object_set(request, "userInfo", parse(a, who));
    json_object_set(request, "object", new_object);
    if (old)
        json_object_set(request, "oldObject", old);
    char *text = json_dumps(r, JSON_COMPACT);
    char *copy = kc_arena_strdup(a, text);
    free(text);
    return copy;
}

typedef bool (*admit)(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                      int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err);

/* The answer's "response", parsed. */
static inline json_t *ask(struct kc_arena *a, admit fn, const char *body, struct kc_admission_verdict *ret)
{
    KC_BUF_SCOPE out = {0};
    struct kc_err err = {0};
    struct kc_admission_verdict v;
    if (!fn(a, body, strlen(body), &snapshot, NOW, &out, ret ? ret : &v, &err)) {
        fprintf(stderr, "no review: %s\n", err.message);
        abort();
    }
    json_t *answer = kc_json_parse_in(a, out.data, out.len, 1 << 20, "answer", &err);
    if (!answer || !KC_STREQ(kc_json_str(answer, "kind"), "AdmissionReview")) {
        fprintf(stderr, "%s: %s\n", err.message, out.data);
        abort();
    }
    return json_object_get(answer, "response");
}

/* Carries out the answer's patch on o, as far as we write patches: one add or replace. */
static inline void apply(struct kc_arena *a, const json_t *response, json_t *o)
{
    const char *b64 = kc_json_str(response, "patch");
    if (!b64)
        return;
    size_t len = 0;
    const uint8_t *text = kc_unbase64(a, b64, strlen(b64), &len);
    json_t *patch = text ? kc_json_parse_in(a, (const char *)text, len, 1 << 20, "patch", NULL) : NULL;
    const json_t *op = json_array_get(patch, 0);
    const char *path = kc_json_str(op, "path");
    json_t *value = json_object_get(op, "value"), *spec = json_object_get(o, "spec");
    int64_t at;
    if (json_array_size(patch) == 1 && KC_STREQ(path, "/spec/requestedBy"))
        json_object_set(spec, "requestedBy", value);
    else if (json_array_size(patch) == 1 && kc_str_starts(path, "/spec/approvals/") &&
             kc_parse_int(strrchr(path, '/') + 1, 0, KC_MAX_APPROVALS, &at))
        json_array_set(json_object_get(spec, "approvals"), (size_t)at, value);
    else
        abort();
}
