/* A server's types for the tests of this part: the usual ones, and those on which a short name is not enough. */
#pragma once

#include "controller/base/resource.h"

#define NAMES(...)                                                                                                     \
    {                                                                                                                  \
        (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)                    \
    }
#define TYPE(g, ver, k, plural, one, ...)                                                                              \
    {                                                                                                                  \
        .group = (g), .version = (ver), .kind = (k), .resource = (plural), .singular = (one), __VA_ARGS__              \
    }
#define USUAL .namespaced = true, .preferred = true

static const struct kc_mapping types[] = {
    TYPE("", "v1", "Pod", "pods", "pod", USUAL, .short_names = NAMES("po"), .categories = NAMES("all")),
    TYPE("", "v1", "Service", "services", "service", USUAL, .short_names = NAMES("svc"), .categories = NAMES("all")),
    TYPE("", "v1", "Namespace", "namespaces", "namespace", .preferred = true, .short_names = NAMES("ns")),
    TYPE("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", USUAL, .scalable = true,
         .short_names = NAMES("rc")),
    TYPE("apps", "v1", "Deployment", "deployments", "deployment", USUAL, .scalable = true, .priority = 3,
         .short_names = NAMES("deploy")),
    TYPE("apps", "v1beta2", "Deployment", "deployments", "deployment", .namespaced = true, .scalable = true,
         .priority = 3),
    TYPE("apps", "v1", "StatefulSet", "statefulsets", "statefulset", USUAL, .scalable = true, .priority = 3,
         .short_names = NAMES("sts")),
    TYPE("apps", "v1", "ReplicaSet", "replicasets", "replicaset", USUAL, .scalable = true, .priority = 3,
         .short_names = NAMES("rs")),
    TYPE("apps", "v1", "DaemonSet", "daemonsets", "daemonset", USUAL, .priority = 3, .short_names = NAMES("ds")),
    TYPE("fleet.example.com", "v1", "Deployment", "deployments", "deployment", USUAL, .scalable = true, .priority = 20),
    TYPE("fleet.example.com", "v1alpha1", "Deployment", "deployments", "deployment", .namespaced = true,
         .scalable = true, .priority = 20),
    TYPE("shards.example.com", "v2", "Shard", "shards", "", USUAL, .scalable = true, .priority = 21),
    TYPE("shards.example.com", "v2", "GlobalShard", "globalshards", "globalshard", .preferred = true, .scalable = true,
         .priority = 21),
    TYPE("", "v1", "Node", "nodes", "node", .preferred = true, .short_names = NAMES("no")),
    TYPE("", "v1", "ConfigMap", "configmaps", "configmap", USUAL, .short_names = NAMES("cm")),
    TYPE("", "v1", "Secret", "secrets", "secret", USUAL),
    TYPE("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", USUAL, .short_names = NAMES("sa")),
    TYPE("batch", "v1", "Job", "jobs", "job", USUAL, .priority = 5),
    TYPE("batch", "v1", "CronJob", "cronjobs", "cronjob", USUAL, .priority = 5, .short_names = NAMES("cj")),
    TYPE("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", USUAL,
         .priority = 4, .short_names = NAMES("hpa")),
    TYPE("", "v1", "Event", "events", "event", USUAL, .short_names = NAMES("ev")),
    TYPE("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", USUAL, .short_names = NAMES("quota")),
    TYPE("rbac.authorization.k8s.io", "v1", "Role", "roles", "role", USUAL, .priority = 6),
    TYPE("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", .preferred = true,
         .priority = 6),
    TYPE("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", USUAL, .priority = 6),
    TYPE("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding",
         .preferred = true, .priority = 6),
    TYPE("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", USUAL, .priority = 7,
         .short_names = NAMES("ing")),
    TYPE("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", USUAL, .priority = 8,
         .short_names = NAMES("pdb")),
    TYPE("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", .preferred = true,
         .priority = 9, .short_names = NAMES("pc")),
};

static const struct kc_restmap restmap = {types, sizeof types / sizeof *types};
