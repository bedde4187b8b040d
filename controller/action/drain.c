#include "controller/action/drain.h"

#include "controller/action/read.h"

#define MIRROR "kubernetes.io/config.mirror"
#define PAGE   "500"

static const json_t *controller_of(const json_t *pod)
{
    const json_t *owners = kc_json_at(pod, "metadata.ownerReferences");

    for (size_t i = 0; i < json_array_size(owners); i++)
        if (kc_json_bool(json_array_get(owners, i), "controller", false))
            return json_array_get(owners, i);
    return NULL;
}

static bool finished(const json_t *pod)
{
    const char *phase = kc_or(kc_json_str(pod, "status.phase"), "");

    return KC_STREQ(phase, "Succeeded") || KC_STREQ(phase, "Failed");
}

static bool is_daemons(const json_t *pod)
{
    return KC_STREQ(kc_or(kc_json_str(controller_of(pod), "kind"), ""), "DaemonSet") && !finished(pod);
}

static bool being_deleted(const json_t *pod, enum kc_drain_owner owner)
{
    (void)owner;
    return kc_json_str(pod, "metadata.deletionTimestamp") != NULL;
}

static bool lost_by_its_daemonset(const json_t *pod, enum kc_drain_owner owner)
{
    return is_daemons(pod) && owner == KC_DRAIN_OWNER_GONE;
}

static bool of_a_daemonset(const json_t *pod, enum kc_drain_owner owner)
{
    return is_daemons(pod) && owner != KC_DRAIN_OWNER_GONE;
}

static bool mirror(const json_t *pod, enum kc_drain_owner owner)
{
    (void)owner;
    return json_object_get(kc_json_at(pod, "metadata.annotations"), MIRROR) != NULL;
}

static bool with_emptydir(const json_t *pod, enum kc_drain_owner owner)
{
    const json_t *volumes = kc_json_at(pod, "spec.volumes");

    (void)owner;
    for (size_t i = 0; i < json_array_size(volumes); i++)
        if (json_object_get(json_array_get(volumes, i), "emptyDir"))
            return !finished(pod);
    return false;
}

static bool unmanaged(const json_t *pod, enum kc_drain_owner owner)
{
    (void)owner;
    return !controller_of(pod) && !finished(pod);
}

#define BY_NAME "(nothing brings them back: delete them by name, kubectl delete pod NAME)"

/* In kubectl's order. Of each row that holds: what becomes of the pod without the flag, and with it. One that is
 * evicted, or forced to go, goes on to the next row; any other end is one. */
static const struct {
    bool (*holds)(const json_t *pod, enum kc_drain_owner owner);
    enum kc_drain without;
    const char *why_without;
    const char *flag; /* NULL: none changes it */
    enum kc_drain with;
    const char *why_with;
} rows[] = {
    {being_deleted, KC_DRAIN_PASSES, "Pods that are being deleted", NULL, 0, NULL},
    {lost_by_its_daemonset, KC_DRAIN_REFUSES, "Pods of a DaemonSet that is gone " BY_NAME, "force", KC_DRAIN_FORCES,
     "Pods of a DaemonSet that is gone"},
    {of_a_daemonset, KC_DRAIN_REFUSES, "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
     "ignore-daemonsets", KC_DRAIN_PASSES, "DaemonSet-managed Pods"},
    {mirror, KC_DRAIN_PASSES, "static Pods", NULL, 0, NULL},
    {with_emptydir, KC_DRAIN_REFUSES, "Pods with local storage (use --delete-emptydir-data to override)",
     "delete-emptydir-data", KC_DRAIN_EVICTS, NULL},
    {unmanaged, KC_DRAIN_REFUSES, "Pods that declare no controller " BY_NAME, "force", KC_DRAIN_FORCES,
     "Pods that declare no controller"},
};

const char *kc_drain_daemonset(const json_t *pod)
{
    return is_daemons(pod) && !being_deleted(pod, KC_DRAIN_OWNER_UNKNOWN) ? kc_json_str(controller_of(pod), "name")
                                                                          : NULL;
}

enum kc_drain kc_drain_judge(const struct kc_action *act, const json_t *pod, enum kc_drain_owner owner,
                             const char **ret_why)
{
    enum kc_drain fate = KC_DRAIN_EVICTS;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].holds(pod, owner))
            continue;
        bool given = rows[i].flag && kc_action_flag(act, rows[i].flag);
        enum kc_drain now = given ? rows[i].with : rows[i].without;
        if (now == KC_DRAIN_EVICTS)
            continue;
        fate = now;
        *ret_why = given ? rows[i].why_with : rows[i].why_without;
        if (fate != KC_DRAIN_FORCES)
            break;
    }
    return fate;
}

struct kc_api_request kc_drain_pods(struct kc_arena *a, const struct kc_action *act, const char *more)
{
    KC_BUF_SCOPE query = {0};

    kc_query_add(&query, "fieldSelector", kc_arena_printf(a, "spec.nodeName=%s", act->target.name));
    kc_query_add(&query, "labelSelector", kc_action_flag(act, "pod-selector"));
    kc_query_add(&query, "limit", PAGE);
    kc_query_add(&query, "continue", more);
    return kc_read_request(a, "/api/v1/pods", &query, NULL);
}
