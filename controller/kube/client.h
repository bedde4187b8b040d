/* client: calls of one cluster's API, as ourselves or impersonating a person.
 *
 * kc_kube is shared by all workers; every call blocks the calling thread (never the I/O thread). Answers outside 2xx
 * are failures: the metav1.Status body becomes class, reason and the API server's own message, unchanged. Retries
 * inside: 401 once with fresh credentials; 429 and 503 with Retry-After up to 3 times within the deadline, for GET and
 * dryRun calls and for any call that the server did not take (Retry-After on 429 means not taken); connection failures
 * before a byte was sent. A mutating call that may have reached the server is never sent again here. At most 200 calls
 * in flight. With a lease, calls that change something leave only while it is held.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/resource.h"
#include "controller/kube/config.h"
#include "controller/kube/lease.h"

struct kc_kube;

struct kc_kube_options {
    const char *user_agent;    /* NULL: "kubechat/<version>" */
    const char *const *groups; /* NULL-terminated: groups that we may impersonate; NULL: all. Others are left out. */
    const char *const *extras; /* the same for userextras keys; NULL: none are sent */
    /* Borrowed: no call but GET, HEAD and dry runs begins to leave after its renew deadline; such a call fails with
     * UNAVAILABLE "TooLate" and sent false. NULL: they may leave at any time. */
    const struct kc_lease *lease;
};

struct kc_kube *kc_kube_create(struct kc_http_client *http, struct kc_config *config, const struct kc_kube_options *o);
struct kc_kube *kc_kube_unref(struct kc_kube *k);
struct kc_kube *kc_kube_ref(struct kc_kube *k);
/* Any thread. Whether a call that changes something might leave now: no lease, or it is held. */
bool kc_kube_may_change(const struct kc_kube *k);
struct kc_config *kc_kube_config(struct kc_kube *k);
struct kc_http_client *kc_kube_http(struct kc_kube *k);

struct kc_api_response {
    int status;
    const char *body; /* in the arena */
    size_t body_len;
    const char *warnings; /* joined by '\n'; "" for none */
    bool sent;            /* on failure: false means that the server cannot have acted */
};

struct kc_call {
    const struct kc_identity *as; /* NULL or empty username: ourselves. Service accounts are sent without groups. */
    int64_t timeout_ms;           /* 0: 30 s */
    atomic_bool *cancel;          /* may be NULL */
};

KC_CHECK bool kc_kube_do(struct kc_kube *k, const struct kc_api_request *req, const struct kc_call *call,
                         struct kc_arena *a, struct kc_api_response *ret, struct kc_err *err);
/* The same, and parses the answer's JSON; *ret_json lives in the arena (may be NULL when nobody wants it). */
KC_CHECK bool kc_kube_json(struct kc_kube *k, const struct kc_api_request *req, const struct kc_call *call,
                           struct kc_arena *a, json_t **ret_json, struct kc_api_response *ret, struct kc_err *err);
/* Convenience for the plain cases: GET path, or any method with a JSON body (content type application/json). */
KC_CHECK bool kc_kube_get(struct kc_kube *k, const char *path, const char *query, const struct kc_call *call,
                          struct kc_arena *a, json_t **ret_json, struct kc_err *err);
KC_CHECK bool kc_kube_send(struct kc_kube *k, const char *method, const char *path, const char *query,
                           const char *content_type, const json_t *body, const struct kc_call *call, struct kc_arena *a,
                           json_t **ret_json, struct kc_err *err);

/* The groups of as that will not be sent because options.groups does not list them (system:authenticated aside). */
struct kc_strs kc_kube_groups_left_out(struct kc_kube *k, const struct kc_identity *as, struct kc_arena *a);

/* The reason of a 429 that says that a disruption budget has no room for an eviction now: policy/v1's
 * DisruptionBudgetCause, whose message is put behind the Status's own. */
#define KC_DISRUPTION_BUDGET "DisruptionBudget"

/* Fills err from a metav1.Status body (also used for ERROR events of a watch). Returns false. */
bool kc_status_fail(struct kc_err *err, int http_status, const char *body, size_t len);
/* uid of the kube-system namespace: what everybody takes as the cluster's identity. Cached after the first success. */
KC_CHECK bool kc_kube_cluster_uid(struct kc_kube *k, struct kc_arena *a, const char **ret, struct kc_err *err);
