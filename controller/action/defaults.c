/* What the API server puts into a new object where whoever makes it says nothing: its defaulting (the zz_generated
 * defaults of k8s.io/kubernetes/pkg/apis) and the fields that every cluster fills in by itself. What an admission
 * plugin of the cluster's own adds is not here: that is what people are to be shown. */
#include <string.h>

#include "controller/action/succession.h"

#define ANY NULL

/* [*] stands for one key or index of a list, or one key of an object. */
struct field {
    const char *path, *value; /* ANY: whatever the API server chooses */
};

static const struct field pod[] = {
    {"dnsPolicy", "ClusterFirst"},
    {"enableServiceLinks", "true"},
    {"restartPolicy", "Always"},
    {"schedulerName", "default-scheduler"},
    {"securityContext", "{}"},
    {"terminationGracePeriodSeconds", "30"},
    {"containers[*].imagePullPolicy", "Always"},
    {"containers[*].imagePullPolicy", "IfNotPresent"},
    {"containers[*].ports[*].protocol", "TCP"},
    {"containers[*].resources", "{}"},
    {"containers[*].terminationMessagePath", "/dev/termination-log"},
    {"containers[*].terminationMessagePolicy", "File"},
    {"initContainers[*].imagePullPolicy", "Always"},
    {"initContainers[*].imagePullPolicy", "IfNotPresent"},
    {"initContainers[*].resources", "{}"},
    {"initContainers[*].terminationMessagePath", "/dev/termination-log"},
    {"initContainers[*].terminationMessagePolicy", "File"},
    {"volumes[*].configMap.defaultMode", "420"},
    {"volumes[*].secret.defaultMode", "420"},
    {NULL, NULL},
};

/* Of a Pod made by itself; the admission plugins ServiceAccount, DefaultTolerationSeconds and Priority are part of
 * every cluster. */
static const struct field bare_pod[] = {
    {"spec.serviceAccount", "default"},
    {"spec.serviceAccountName", "default"},
    {"spec.preemptionPolicy", "PreemptLowerPriority"},
    {"spec.priority", "0"},
    {"spec.tolerations[0].effect", "NoExecute"},
    {"spec.tolerations[0].key", "node.kubernetes.io/not-ready"},
    {"spec.tolerations[0].operator", "Exists"},
    {"spec.tolerations[0].tolerationSeconds", "300"},
    {"spec.tolerations[1].effect", "NoExecute"},
    {"spec.tolerations[1].key", "node.kubernetes.io/unreachable"},
    {"spec.tolerations[1].operator", "Exists"},
    {"spec.tolerations[1].tolerationSeconds", "300"},
    {NULL, NULL},
};

static const struct field deployment[] = {
    {"spec.progressDeadlineSeconds", "600"},
    {"spec.replicas", "1"},
    {"spec.revisionHistoryLimit", "10"},
    {"spec.strategy.type", "RollingUpdate"},
    {"spec.strategy.rollingUpdate.maxSurge", "25%"},
    {"spec.strategy.rollingUpdate.maxUnavailable", "25%"},
    {NULL, NULL},
};

static const struct field stateful_set[] = {
    {"spec.podManagementPolicy", "OrderedReady"},
    {"spec.replicas", "1"},
    {"spec.revisionHistoryLimit", "10"},
    {"spec.updateStrategy.type", "RollingUpdate"},
    {"spec.updateStrategy.rollingUpdate.partition", "0"},
    {"spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain"},
    {"spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain"},
    {NULL, NULL},
};

static const struct field daemon_set[] = {
    {"spec.revisionHistoryLimit", "10"},
    {"spec.updateStrategy.type", "RollingUpdate"},
    {"spec.updateStrategy.rollingUpdate.maxSurge", "0"},
    {"spec.updateStrategy.rollingUpdate.maxUnavailable", "1"},
    {NULL, NULL},
};

static const struct field replica_set[] = {
    {"spec.replicas", "1"},
    {NULL, NULL},
};

static const struct field job[] = {
    {"spec.backoffLimit", "6"},
    {"spec.completionMode", "NonIndexed"},
    {"spec.completions", "1"},
    {"spec.manualSelector", "false"},
    {"spec.parallelism", "1"},
    {"spec.podReplacementPolicy", "TerminatingOrFailed"},
    {"spec.suspend", "false"},
    {"spec.selector.matchLabels[batch.kubernetes.io/controller-uid]", ANY},
    {"spec.template.metadata.labels[batch.kubernetes.io/controller-uid]", ANY},
    {"spec.template.metadata.labels[batch.kubernetes.io/job-name]", ANY},
    {"spec.template.metadata.labels.controller-uid", ANY},
    {"spec.template.metadata.labels.job-name", ANY},
    {NULL, NULL},
};

static const struct field cron_job[] = {
    {"spec.concurrencyPolicy", "Allow"},
    {"spec.failedJobsHistoryLimit", "1"},
    {"spec.successfulJobsHistoryLimit", "3"},
    {"spec.suspend", "false"},
    {NULL, NULL},
};

static const struct field service[] = {
    {"spec.allocateLoadBalancerNodePorts", "true"},
    {"spec.clusterIP", ANY},
    {"spec.clusterIPs[*]", ANY},
    {"spec.externalTrafficPolicy", "Cluster"},
    {"spec.internalTrafficPolicy", "Cluster"},
    {"spec.ipFamilies[*]", ANY},
    {"spec.ipFamilyPolicy", ANY},
    {"spec.ports[*].nodePort", ANY},
    {"spec.ports[*].protocol", "TCP"},
    {"spec.ports[*].targetPort", ANY},
    {"spec.sessionAffinity", "None"},
    {"spec.type", "ClusterIP"},
    {NULL, NULL},
};

static const struct field namespace[] = {
    {"metadata.labels[kubernetes.io/metadata.name]", ANY},
    {"spec.finalizers[*]", "kubernetes"},
    {NULL, NULL},
};

static const struct field secret[] = {
    {"type", "Opaque"},
    {NULL, NULL},
};

static const struct field binding[] = {
    {"roleRef.apiGroup", "rbac.authorization.k8s.io"},
    {"subjects[*].apiGroup", "rbac.authorization.k8s.io"},
    {NULL, NULL},
};

static const struct field autoscaler[] = {
    {"spec.minReplicas", "1"},
    {NULL, NULL},
};

static const struct {
    const char *kind;
    const struct field *fields;
    const char *pod; /* where its pods are described; NULL: nowhere */
} kinds[] = {
    {"Pod", bare_pod, "spec."},
    {"Deployment", deployment, "spec.template.spec."},
    {"StatefulSet", stateful_set, "spec.template.spec."},
    {"DaemonSet", daemon_set, "spec.template.spec."},
    {"ReplicaSet", replica_set, "spec.template.spec."},
    {"Job", job, "spec.template.spec."},
    {"CronJob", cron_job, "spec.jobTemplate.spec.template.spec."},
    {"Service", service, NULL},
    {"Namespace", namespace, NULL},
    {"Secret", secret, NULL},
    {"RoleBinding", binding, NULL},
    {"ClusterRoleBinding", binding, NULL},
    {"HorizontalPodAutoscaler", autoscaler, NULL},
};

static bool fits(const char *pattern, const char *path)
{
    while (*pattern) {
        if (kc_str_starts(pattern, "[*]")) {
            const char *close = *path == '[' ? strchr(path, ']') : NULL;
            if (!close)
                return false;
            pattern += strlen("[*]");
            path = close + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*path;
}

static bool is_among(const struct field *fields, const char *path, const char *value)
{
    for (; fields->path; fields++)
        if (fits(fields->path, path) && (!fields->value || KC_STREQ(fields->value, value)))
            return true;
    return false;
}

bool kc_is_default(const char *kind, const struct kc_change *c)
{
    if (*c->from)
        return false; /* it was there */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!KC_STREQ(kinds[i].kind, kind))
            continue;
        const char *inner =
            kinds[i].pod && kc_str_starts(c->path, kinds[i].pod) ? c->path + strlen(kinds[i].pod) : NULL;
        return is_among(kinds[i].fields, c->path, c->to) || (inner && is_among(pod, inner, c->to));
    }
    return false;
}
