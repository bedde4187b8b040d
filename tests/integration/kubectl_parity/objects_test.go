package parity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

var (
	deployment  = []string{"deployment"}
	statefulset = []string{"statefulset"}
	daemonset   = []string{"daemonset"}
	cronjob     = []string{"cronjob"}
	configmap   = []string{"configmap"}
	node        = []string{"node"}
)

// podSpec has what verbs speak of: two containers and an init container, variables and resources.
func podSpec() object {
	return object{
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
		return object{"metadata": object{"name": n}, "spec": object{"containers": []object{{"name": "main", "image": "busybox:1"}}}}
	}},
	"service": {"v1", "services", func(n string) object {
		return object{"metadata": object{"name": n, "labels": object{"l": "1"}}, "spec": object{"selector": object{"app": n}, "ports": []object{{"port": 80}}}}
	}},
	"node":     {"v1", "nodes", func(n string) object { return plainNode(n, object{}) }},
	"cordoned": {"v1", "nodes", func(n string) object { return plainNode(n, object{"unschedulable": true}) }},
	"tainted": {"v1", "nodes", func(n string) object {
		return plainNode(n, object{"taints": []object{{"key": "old", "value": "1", "effect": "NoSchedule"}, {"key": "kept", "effect": "PreferNoSchedule"}}})
	}},
}

func path(ns, groupVersion, resource, name string) string {
	prefix := "/apis/"
	if groupVersion == "v1" {
		prefix = "/api/"
	}
	p := prefix + groupVersion
	if resource != "nodes" && resource != "namespaces" {
		p += "/namespaces/" + ns
	}
	p += "/" + resource
	if name != "" {
		p += "/" + name
	}
	return p
}

// place makes one of a command's objects, and a history where it is asked for; it returns the object's path.
func (w *world) place(t *testing.T, kind, name string) string {
	t.Helper()
	base, history := strings.CutSuffix(kind, "-history")
	base, second := strings.CutSuffix(base, "-b")
	if second {
		name += "-b"
	}
	f := fixtures[base]
	p := path(w.ns.Name, f.groupVersion, f.resource, name)
	w.admin.Must(t, "POST", path(w.ns.Name, f.groupVersion, f.resource, ""), f.make(name))
	switch {
	case history:
		w.addHistory(t, base, p)
	case f.resource == "nodes":
		w.awaitNode(t, p)
	}
	w.awaitQuiet(t, p)
	return p
}

// addHistory gives the workload two more revisions.
func (w *world) addHistory(t *testing.T, kind, p string) {
	t.Helper()
	w.awaitQuiet(t, p)
	for _, image := range []string{"busybox:1", "busybox:2"} {
		if _, err := w.admin.Patch(p, "strategic", object{"spec": object{"template": object{"metadata": object{"annotations": object{"image": image}},
			"spec": object{"containers": []object{{"name": "main", "image": image}}}}}}); err != nil {
			t.Fatal(err)
		}
		w.awaitQuiet(t, p)
	}
}

// awaitNode waits until the node is ready and its controller has taken its own taints away.
func (w *world) awaitNode(t *testing.T, p string) {
	t.Helper()
	t.Cleanup(func() { w.admin.Do("DELETE", p, nil) })
	harness.Eventually(t, 60*time.Second, func() error {
		for _, taint := range w.admin.Must(t, "GET", p, nil).List("spec.taints") {
			if strings.HasPrefix(taint.String("key"), "node.kubernetes.io/not-") {
				return fmt.Errorf("%s still has the taint %s", p, taint.String("key"))
			}
		}
		return nil
	})
}

func isWorkload(p string) bool { return strings.Contains(p, "/apis/apps/") }

func rolledOut(o object) bool {
	return o.Int("status.observedGeneration") == o.Int("metadata.generation") && o.Int("status.replicas") == o.Int("status.readyReplicas") &&
		o.Int("status.numberAvailable") == o.Int("status.desiredNumberScheduled")
}

// awaitQuiet waits until an object's controllers have nothing more to do about it for a while.
func (w *world) awaitQuiet(t *testing.T, p string) {
	t.Helper()
	version, since := "", time.Now()
	harness.Eventually(t, 60*time.Second, func() error {
		o, err := w.admin.Do("GET", p, nil)
		if err != nil {
			return err
		}
		if v := o.String("metadata.resourceVersion"); v != version {
			version, since = v, time.Now()
		}
		if isWorkload(p) && !rolledOut(o) {
			return fmt.Errorf("%s is not rolled out", p)
		}
		if time.Since(since) < 700*time.Millisecond {
			return fmt.Errorf("%s moved a moment ago", p)
		}
		return nil
	})
}
