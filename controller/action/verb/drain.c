/* kubectl drain: cordons a node and evicts its pods. It is several changes, and never sent as itself: exec/expand.h
 * makes a cordon and evictions of it, which this file has the request for. What kubectl 1.34's drain package does with
 * a pod stands in drain.h.
 *
 * --force, which takes pods along that nothing brings back, is said again of the eviction of each such pod: whether it
 * may be said of that pod is the guard's matter. Left out: --disable-eviction (which goes past disruption budgets).
 */
#include "controller/action/drain.h"
#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"

enum {
    FLAG_IGNORE_DAEMONSETS,
    FLAG_DELETE_EMPTYDIR_DATA,
    FLAG_GRACE_PERIOD,
    FLAG_POD_SELECTOR,
    FLAG_TIMEOUT,
    FLAG_FORCE,
    FLAG_DISABLE_EVICTION,
    FLAGS
};

static const struct kc_flag flags[] = {
    [FLAG_IGNORE_DAEMONSETS] = {.name = "ignore-daemonsets", .kind = KC_FLAG_BOOL},
    [FLAG_DELETE_EMPTYDIR_DATA] = {.name = "delete-emptydir-data", .kind = KC_FLAG_BOOL},
    [FLAG_GRACE_PERIOD] = {.name = "grace-period", .kind = KC_FLAG_INT},
    [FLAG_POD_SELECTOR] = {.name = "pod-selector", .kind = KC_FLAG_STRING},
    [FLAG_TIMEOUT] = {.name = "timeout", .kind = KC_FLAG_STRING, .dflt = "0s"},
    [FLAG_FORCE] = {.name = "force", .kind = KC_FLAG_BOOL},
    [FLAG_DISABLE_EVICTION] = {.name = "disable-eviction", .kind = KC_FLAG_BOOL},
    [FLAGS] = {.name = NULL},
};

static bool check_timeout(const char *timeout, struct kc_err *err)
{
    int64_t ms;

    return !timeout || kc_duration_parse(timeout, &ms, NULL) ||
           kc_fail(err, KC_INVALID, "BadFlag", "--timeout=%.40s: expected a duration such as 90s or 5m", timeout);
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    if (kc_action_flag(act, "disable-eviction"))
        return kc_fail(err, KC_INVALID, "ForbiddenFlag",
                       "--disable-eviction: deletes pods whatever their disruption budgets say: leave it out");
    return check_timeout(kc_action_flag(act, "timeout"), err);
}

const struct kc_verb kc_verb_drain = {
    .name = "drain",
    .deed = KC_DEED_DELETE,
    .effect = KC_DESTRUCTIVE,
    .shape = KC_SHAPE_NAMES,
    .selects = KC_SELECTS_LABELS,
    .type = "nodes",
    .participle = "drained",
    .flags = flags,
    .validate = validate,
    .expands = true,
    .look = kc_look_at_target,
    .rbac_verb = "patch",
};

enum { EVICT_GRACE_PERIOD, EVICT_TIMEOUT, EVICT_FORCE, EVICT_FLAGS };

static const struct kc_flag evict_flags[] = {
    [EVICT_GRACE_PERIOD] = {.name = "grace-period", .kind = KC_FLAG_INT},
    [EVICT_TIMEOUT] = {.name = "timeout", .kind = KC_FLAG_STRING},
    [EVICT_FORCE] = {.name = "force", .kind = KC_FLAG_BOOL}, /* nothing brings the pod back */
    [EVICT_FLAGS] = {.name = NULL},
};

static bool is_pod(const struct kc_mapping *m)
{
    return KC_STREQ(m->resource, "pods") && !*kc_or(m->group, "");
}

/* kubectl's EvictPod with policy/v1. */
static bool evict(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                  struct kc_api_request *ret, struct kc_err *err)
{
    json_t *options = json_object();
    int64_t grace = kc_action_int(act, "grace-period", -1);
    (void)seen, (void)err;

    if (grace >= 0)
        json_object_set_new(options, "gracePeriodSeconds", json_integer(grace));
    json_t *body = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", "policy/v1", "kind", "Eviction", "metadata",
                             "name", act->target.name, "namespace", act->target.ns, "deleteOptions", options);
    *ret = kc_request_of(a, "POST", kc_target_path(a, &act->target, "eviction"), NULL, KC_JSON_TYPE, body);
    return true;
}

/* No command says this: it is a part of a drain. By uid: a pod's resourceVersion moves with every probe of its status,
 * and which pod it is that goes is what was approved. */
const struct kc_verb kc_verb_evict = {
    .name = "evict",
    .deed = KC_DEED_DELETE,
    .effect = KC_DESTRUCTIVE,
    .shape = KC_SHAPE_TARGETS,
    .applies = is_pod,
    .participle = "evicted",
    .flags = evict_flags,
    .unspoken = true,
    .by_uid = true,
    .look = kc_look_at_target,
    .change = evict,
    .rbac_verb = "create",
    .rbac_subresource = "eviction",
};
