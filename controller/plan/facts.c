#include "controller/plan/facts.h"

#include <string.h>

#include "controller/base/clock.h"

static bool has_condition(const json_t *status, const char *type)
{
    size_t i;
    json_t *c;
    json_array_foreach(kc_json_at(status, "conditions"), i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "type"), ""), type))
            return KC_STREQ(kc_or(kc_json_str(c, "status"), ""), "True");
    }
    return false;
}

/* "CrashLoopBackOff", "OOMKilled", "ExitCode:1": why a container does not run; NULL when that is not said. */
static const char *stopped(struct kc_arena *a, const json_t *container)
{
    const json_t *ended = kc_json_at(container, "state.terminated");
    const char *waits = kc_json_str(container, "state.waiting.reason"), *why = kc_json_str(ended, "reason");
    if (*kc_or(waits, ""))
        return waits;
    if (!ended || *kc_or(why, ""))
        return kc_or(why, NULL);
    int64_t by_signal = kc_json_int(ended, "signal", 0);
    return by_signal ? kc_arena_printf(a, "Signal:%lld", (long long)by_signal)
                     : kc_arena_printf(a, "ExitCode:%lld", (long long)kc_json_int(ended, "exitCode", 0));
}

static void add_restarts(const json_t *container, struct kc_object *ret)
{
    int64_t n = kc_json_int(container, "restartCount", 0);
    if (n > 0)
        ret->restarts = n > INT32_MAX - ret->restarts ? INT32_MAX : ret->restarts + (int32_t)n;
}

/* A sidecar: an init container that goes on running. */
static bool is_sidecar(const json_t *pod, const char *name)
{
    size_t i;
    json_t *c;
    json_array_foreach(kc_json_at(pod, "spec.initContainers"), i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "name"), ""), name))
            return KC_STREQ(kc_or(kc_json_str(c, "restartPolicy"), ""), "Always");
    }
    return false;
}

/* The first init container that is not done yet says what the pod waits for. NULL: all are. */
static const char *initializing(struct kc_arena *a, const json_t *pod, struct kc_object *ret)
{
    size_t i;
    json_t *c;
    json_array_foreach(kc_json_at(pod, "status.initContainerStatuses"), i, c)
    {
        const json_t *ended = kc_json_at(c, "state.terminated");
        const char *why = stopped(a, c);
        bool sidecar = is_sidecar(pod, kc_or(kc_json_str(c, "name"), ""));
        if (sidecar)
            add_restarts(c, ret);
        if (ended && kc_json_int(ended, "exitCode", 0) == 0)
            continue;
        if (sidecar && kc_json_bool(c, "started", false)) {
            ret->ready += kc_json_bool(c, "ready", false);
            continue;
        }
        if (why && !KC_STREQ(why, "PodInitializing"))
            return kc_arena_printf(a, "Init:%s", why);
        return kc_arena_printf(a, "Init:%zu/%zu", i, json_array_size(kc_json_at(pod, "spec.initContainers")));
    }
    return NULL;
}

/* As kubectl's printPod does (k8s.io/kubernetes pkg/printers/internalversion). */
static void read_pod(struct kc_arena *a, const json_t *pod, struct kc_object *ret)
{
    const json_t *status = kc_json_at(pod, "status"), *containers = kc_json_at(status, "containerStatuses");
    const char *phase = kc_or(kc_json_str(status, "phase"), ""), *given = kc_or(kc_json_str(status, "reason"), "");
    const char *reason = kc_or(given, phase);
    bool running = false;

    ret->ready = 0;
    const char *init = initializing(a, pod, ret);
    if (init)
        reason = init;
    if (!init || has_condition(status, "Initialized")) {
        for (size_t i = json_array_size(containers); i-- > 0;) {
            const json_t *c = json_array_get(containers, i);
            const char *why = stopped(a, c);
            add_restarts(c, ret);
            if (why) {
                reason = why;
            } else if (kc_json_bool(c, "ready", false) && kc_json_at(c, "state.running")) {
                running = true;
                ret->ready++;
            }
        }
        if (running && KC_STREQ(reason, "Completed"))
            reason = has_condition(status, "Ready") ? "Running" : "NotReady";
    }
    if (kc_json_str(pod, "metadata.deletionTimestamp")) {
        if (KC_STREQ(given, "NodeLost"))
            reason = "Unknown";
        else if (!KC_STREQ(phase, "Succeeded") && !KC_STREQ(phase, "Failed"))
            reason = "Terminating";
    }
    ret->status = kc_arena_strdup(a, reason);
    ret->node = kc_arena_strdup(a, kc_or(kc_json_str(pod, "spec.nodeName"), ""));
}

static void read_node(struct kc_arena *a, const json_t *node, struct kc_object *ret)
{
    (void)a;
    ret->status = has_condition(kc_json_at(node, "status"), "Ready") ? "Ready" : "NotReady";
    ret->unschedulable = kc_json_bool(node, "spec.unschedulable", false);
}

static void read_job(struct kc_arena *a, const json_t *job, struct kc_object *ret)
{
    static const char *const ends[][2] = {{"Complete", "Complete"}, {"Failed", "Failed"}, {"Suspended", "Suspended"}};
    const json_t *status = kc_json_at(job, "status");
    (void)a;
    ret->status = "Running";
    ret->paused = kc_json_bool(job, "spec.suspend", false);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (has_condition(status, ends[i][0])) {
            ret->status = ends[i][1];
            return;
        }
}

static void read_workload(struct kc_arena *a, const json_t *object, struct kc_object *ret)
{
    const json_t *status = kc_json_at(object, "status");
    (void)a;
    const char *field = KC_STREQ(ret->mapping->kind, "DaemonSet") ? "numberReady" : "readyReplicas";
    int64_t n = kc_json_int(status, field, 0);
    if (json_is_object(status) && n >= 0 && n <= INT32_MAX)
        ret->ready = (int32_t)n;
    ret->paused = kc_json_bool(object, "spec.paused", false);
}

static void read_cronjob(struct kc_arena *a, const json_t *object, struct kc_object *ret)
{
    (void)a;
    ret->paused = kc_json_bool(object, "spec.suspend", false);
}

/* Namespaces, volumes and their claims. */
static void read_phase(struct kc_arena *a, const json_t *object, struct kc_object *ret)
{
    ret->status = kc_arena_strdup(a, kc_or(kc_json_str(object, "status.phase"), ""));
}

static const struct {
    const char *group, *kind;
    void (*read)(struct kc_arena *a, const json_t *object, struct kc_object *ret);
    const char *pod; /* where its pods are described; NULL: it has none */
} kinds[] = {
    {"", "Pod", read_pod, "spec"},
    {"", "Node", read_node, NULL},
    {"", "Namespace", read_phase, NULL},
    {"", "PersistentVolume", read_phase, NULL},
    {"", "PersistentVolumeClaim", read_phase, NULL},
    {"", "ReplicationController", read_workload, "spec.template.spec"},
    {"apps", "Deployment", read_workload, "spec.template.spec"},
    {"apps", "StatefulSet", read_workload, "spec.template.spec"},
    {"apps", "ReplicaSet", read_workload, "spec.template.spec"},
    {"apps", "DaemonSet", read_workload, "spec.template.spec"},
    {"batch", "Job", read_job, "spec.template.spec"},
    {"batch", "CronJob", read_cronjob, "spec.jobTemplate.spec.template.spec"},
};

static void read_containers(struct kc_arena *a, const json_t *pod_spec, struct kc_object *ret)
{
    size_t i;
    json_t *c;
    const json_t *list = kc_json_at(pod_spec, "containers");
    struct kc_container_ref *v = kc_arena_array(a, json_array_size(list), sizeof *v);
    json_array_foreach(list, i, c)
    {
        v[i].name = kc_arena_strdup(a, kc_or(kc_json_str(c, "name"), ""));
        v[i].image = kc_arena_strdup(a, kc_or(kc_json_str(c, "image"), ""));
    }
    ret->containers = v;
    ret->n_containers = json_array_size(list);
}

static void read_labels(struct kc_arena *a, const json_t *labels, struct kc_object *ret)
{
    const char *key;
    json_t *value;
    struct kc_label *v = kc_arena_array(a, json_object_size(labels), sizeof *v);
    size_t n = 0;
    json_object_foreach((json_t *)labels, key, value)
    {
        if (!json_is_string(value))
            continue;
        v[n].key = kc_arena_strdup(a, key);
        v[n++].value = kc_arena_strdup(a, json_string_value(value));
    }
    ret->labels = v;
    ret->n_labels = n;
}

void kc_object_facts(struct kc_arena *a, const json_t *object, struct kc_object *ret)
{
    const char *created = kc_json_str(object, "metadata.creationTimestamp");
    struct kc_err ignored = {0};
    ret->ready = -1;
    ret->status = ret->node = "";
    if (created && !kc_time_parse(created, &ret->created_ms, &ignored))
        ret->created_ms = 0;
    read_labels(a, kc_json_at(object, "metadata.labels"), ret);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!KC_STREQ(kinds[i].kind, ret->mapping->kind) || !KC_STREQ(kinds[i].group, ret->mapping->group))
            continue;
        if (json_is_object(kc_json_at(object, "spec")) || json_is_object(kc_json_at(object, "status")))
            kinds[i].read(a, object, ret);
        if (kinds[i].pod)
            read_containers(a, kc_json_at(object, kinds[i].pod), ret);
    }
}
