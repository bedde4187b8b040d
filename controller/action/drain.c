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

static bool is_mirror(const json_t *pod)
{
    return json_object_get(kc_json_at(pod, "metadata.annotations"), MIRROR) != NULL;
}

static bool has_emptydir(const json_t *pod)
{
    const json_t *volumes = kc_json_at(pod, "spec.volumes");

    for (size_t i = 0; i < json_array_size(volumes); i++)
        if (json_object_get(json_array_get(volumes, i), "emptyDir"))
            return !finished(pod);
    return false;
}

static bool is_unmanaged(const json_t *pod)
{
    return !controller_of(pod) && !finished(pod);
}

static bool is_being_deleted(const json_t *pod)
{
    return kc_json_str(pod, "metadata.deletionTimestamp") != NULL;
}

/* In kubectl's order; the first row that holds tells. A flag that is given turns the row into passing it, or (evicts)
 * into going on to the next row. */
static const struct {
    bool (*holds)(const json_t *pod);
    const char *flag; /* NULL: none changes it */
    bool evicts;
    enum kc_drain otherwise;
    const char *passes, *refuses;
} rows[] = {
    {is_being_deleted, NULL, false, KC_DRAIN_PASSES, "Pods that are being deleted", NULL},
    {is_daemons, "ignore-daemonsets", false, KC_DRAIN_REFUSES, "DaemonSet-managed Pods",
     "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"},
    {is_mirror, NULL, false, KC_DRAIN_PASSES, "static Pods", NULL},
    {has_emptydir, "delete-emptydir-data", true, KC_DRAIN_REFUSES, NULL,
     "Pods with local storage (use --delete-emptydir-data to override)"},
    {is_unmanaged, NULL, false, KC_DRAIN_REFUSES, NULL,
     "Pods that declare no controller (nothing brings them back: delete them by name, kubectl delete pod NAME)"},
};

const char *kc_drain_daemonset(const json_t *pod)
{
    return is_daemons(pod) && !is_being_deleted(pod) ? kc_json_str(controller_of(pod), "name") : NULL;
}

enum kc_drain kc_drain_judge(const struct kc_action *act, const json_t *pod, enum kc_drain_owner owner,
                             const char **ret_why)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].holds(pod))
            continue;
        bool given = rows[i].flag && kc_action_flag(act, rows[i].flag);
        if (given && rows[i].evicts)
            continue;
        if (rows[i].holds == is_daemons && owner == KC_DRAIN_OWNER_GONE) {
            *ret_why =
                "Pods of a DaemonSet that is gone (nothing brings them back: delete them by name, kubectl delete "
                "pod NAME)";
            return KC_DRAIN_REFUSES;
        }
        enum kc_drain fate = given ? KC_DRAIN_PASSES : rows[i].otherwise;
        *ret_why = fate == KC_DRAIN_PASSES ? rows[i].passes : rows[i].refuses;
        return fate;
    }
    return KC_DRAIN_EVICTS;
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
