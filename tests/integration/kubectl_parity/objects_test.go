package parity

import "strings"

var (
	deployment  = []string{"deployment"}
	statefulset = []string{"statefulset"}
	daemonset   = []string{"daemonset"}
	cronjob     = []string{"cronjob"}
	configmap   = []string{"configmap"}
	node        = []string{"node"}
)

// podSpec has what verbs speak of: two containers and an init container, variables and resources. Its pods keep away from
// nodes that commands are about.
func podSpec() object {
	return object{
		"nodeSelector":   object{"parity": "pods"},
		"initContainers": []object{{"name": "init", "image": "registry.k8s.io/pause:3.10"}},
		"containers": []object{
			{"name": "main", "image": "registry.k8s.io/pause:3.10", "env": []object{{"name": "A", "value": "1"},
				{"name": "F", "valueFrom": object{"fieldRef": object{"fieldPath": "metadata.name"}}}},
				"resources": object{"requests": object{"cpu": "1m"}}},
			{"name": "side", "image": "registry.k8s.io/pause:3.10"},
		},
	}
}

func workload(name string, more object) object {
	labels := object{"app": name}
	spec := object{"selector": object{"matchLabels": labels}, "template": object{"metadata": object{"labels": labels}, "spec": podSpec()}}
	for k, v := range more {
		spec[k] = v
	}
	return object{"metadata": object{"name": name, "labels": object{"old": "1", "app": name}}, "spec": spec}
}

// A fixture makes one object called name and tells where it is.
type fixture struct {
	groupVersion, resource string
	make                   func(name string) object
}

func plainNode(name string, spec object) object {
	return object{"metadata": object{"name": name, "labels": object{"type": "kwok"}, "annotations": object{"kwok.x-k8s.io/node": "fake"}}, "spec": spec}
}

var fixtures = map[string]fixture{
	"deployment": {"apps/v1", "deployments", func(n string) object { return workload(n, object{"replicas": 1}) }},
	"paused":     {"apps/v1", "deployments", func(n string) object { return workload(n, object{"replicas": 1, "paused": true}) }},
	"statefulset": {"apps/v1", "statefulsets", func(n string) object {
		return workload(n, object{"replicas": 1, "serviceName": n})
	}},
	"replicaset": {"apps/v1", "replicasets", func(n string) object { return workload(n, object{"replicas": 1}) }},
	"daemonset":  {"apps/v1", "daemonsets", func(n string) object { return workload(n, nil) }},
	"cronjob": {"batch/v1", "cronjobs", func(n string) object {
		spec := object{"restartPolicy": "Never", "containers": []object{{"name": "job", "image": "busybox:1"}}}
		return object{"metadata": object{"name": n}, "spec": object{"schedule": "0 0 1 1 *", "jobTemplate": object{
			"metadata": object{"labels": object{"from": "cron"}, "annotations": object{"note": "x"}}, "spec": object{"template": object{"spec": spec}}}}}
	}},
	"configmap": {"v1", "configmaps", func(n string) object {
		return object{"metadata": object{"name": n, "labels": object{"old": "1"}, "annotations": object{"old": "1"}}, "data": object{"a": "b", "n": "m"}}
	}},
	"pod": {"v1", "pods", func(n string) object {
		return object{"metadata": object{"name": n}, "spec": object{"nodeSelector": object{"parity": "pods"},
			"containers": []object{{"name": "main", "image": "busybox:1"}}}}
	}},
	"service": {"v1", "services", func(n string) object {
		return object{"metadata": object{"name": n, "labels": object{"l": "1"}}, "spec": object{"selector": object{"app": n}, "ports": []object{{"port": 80}}}}
	}},
	"selects": {"v1", "services", func(n string) object {
		selector := object{"app": strings.TrimSuffix(n, "-b")}
		return object{"metadata": object{"name": n}, "spec": object{"selector": selector, "ports": []object{{"port": 80}}}}
	}},
	"node":     {"v1", "nodes", func(n string) object { return plainNode(n, object{}) }},
	"cordoned": {"v1", "nodes", func(n string) object { return plainNode(n, object{"unschedulable": true}) }},
	"tainted": {"v1", "nodes", func(n string) object {
		return plainNode(n, object{"taints": []object{{"key": "old", "value": "1", "effect": "NoSchedule"}, {"key": "kept", "effect": "PreferNoSchedule"}}})
	}},
}

// What is in no namespace.
var clusterScoped = map[string]bool{"nodes": true, "namespaces": true, "clusterroles": true, "clusterrolebindings": true,
	"priorityclasses": true, "customresourcedefinitions": true}

func path(ns, groupVersion, resource, name string) string {
	prefix := "/apis/"
	if groupVersion == "v1" {
		prefix = "/api/"
	}
	p := prefix + groupVersion
	if !clusterScoped[resource] {
		p += "/namespaces/" + ns
	}
	p += "/" + resource
	if name != "" {
		p += "/" + name
	}
	return p
}
