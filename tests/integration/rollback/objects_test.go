package rollback

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A fixture makes one object called name and tells where it is.
type fixture struct {
	groupVersion, resource string
	make                   func(name string) object
}

func podSpec() object {
	return object{
		"initContainers": []object{{"name": "init", "image": "registry.k8s.io/pause:3.10"}},
		"containers": []object{
			{"name": "main", "image": "registry.k8s.io/pause:3.10", "env": []object{{"name": "A", "value": "1"},
				{"name": "F", "valueFrom": object{"fieldRef": object{"fieldPath": "metadata.name"}}}},
				"args": []string{"one", "two"}, "resources": object{"requests": object{"cpu": "1m"}}},
			{"name": "side", "image": "registry.k8s.io/pause:3.10"},
		},
	}
}

func workload(name string, more object) object {
	labels := object{"app": name}
	spec := object{"replicas": 1, "selector": object{"matchLabels": labels}, "template": object{"metadata": object{"labels": labels}, "spec": podSpec()}}
	for k, v := range more {
		spec[k] = v
	}
	return object{"metadata": object{"name": name, "labels": object{"old": "1", "app": name}, "annotations": object{"old": "1"}}, "spec": spec}
}

func node(name string, spec object) object {
	return object{"metadata": object{"name": name, "labels": object{"type": "kwok"}, "annotations": object{"kwok.x-k8s.io/node": "fake"}}, "spec": spec}
}

var fixtures = map[string]fixture{
	"deployment":  {"apps/v1", "deployments", func(n string) object { return workload(n, nil) }},
	"paused":      {"apps/v1", "deployments", func(n string) object { return workload(n, object{"paused": true}) }},
	"statefulset": {"apps/v1", "statefulsets", func(n string) object { return workload(n, object{"serviceName": n}) }},
	"cronjob": {"batch/v1", "cronjobs", func(n string) object {
		spec := object{"restartPolicy": "Never", "containers": []object{{"name": "job", "image": "busybox:1"}}}
		return object{"metadata": object{"name": n}, "spec": object{"schedule": "0 0 1 1 *", "jobTemplate": object{
			"spec": object{"template": object{"spec": spec}}}}}
	}},
	"configmap": {"v1", "configmaps", func(n string) object {
		return object{"metadata": object{"name": n, "labels": object{"old": "1"}}, "data": object{"a": "b", "long": strings.Repeat("0123456789", 40)}}
	}},
	"service": {"v1", "services", func(n string) object {
		return object{"metadata": object{"name": n}, "spec": object{"selector": object{"app": n},
			"ports": []object{{"name": "http", "port": 80}, {"name": "https", "port": 443}}}}
	}},
	"pod": {"v1", "pods", func(n string) object {
		return object{"metadata": object{"name": n}, "spec": object{"containers": []object{{"name": "main", "image": "busybox:1"}}}}
	}},
	"ingress": {"networking.k8s.io/v1", "ingresses", func(n string) object {
		return object{"metadata": object{"name": n}, "spec": object{"defaultBackend": object{"service": object{"name": "x", "port": object{"number": 80}}}}}
	}},
	"rolebinding": {"rbac.authorization.k8s.io/v1", "rolebindings", func(n string) object {
		return object{"metadata": object{"name": n}, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
			"subjects": []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ana"}}}
	}},
	"node":     {"v1", "nodes", func(n string) object { return node(n, object{}) }},
	"cordoned": {"v1", "nodes", func(n string) object { return node(n, object{"unschedulable": true}) }},
	"tainted": {"v1", "nodes", func(n string) object {
		return node(n, object{"taints": []object{{"key": "old", "value": "1", "effect": "NoSchedule"}, {"key": "kept", "effect": "PreferNoSchedule"}}})
	}},
}

func path(ns, groupVersion, resource, name string) string {
	prefix := "/apis/"
	if groupVersion == "v1" {
		prefix = "/api/"
	}
	p := prefix + groupVersion
	if resource != "nodes" && resource != "namespaces" && !strings.HasPrefix(resource, "cluster") && resource != "priorityclasses" {
		p += "/namespaces/" + ns
	}
	p += "/" + resource
	if name != "" {
		p += "/" + name
	}
	return p
}

// place makes an object, with a history of two more revisions where it is asked for, and returns its path.
func (w *world) place(t *testing.T, kind, name string) string {
	t.Helper()
	base, history := strings.CutSuffix(kind, "-history")
	f := fixtures[base]
	p := path(w.ns.Name, f.groupVersion, f.resource, name)
	w.Admin.Must(t, "POST", path(w.ns.Name, f.groupVersion, f.resource, ""), f.make(name))
	t.Cleanup(func() { w.Admin.Do("DELETE", p, nil) })
	w.awaitQuiet(t, p)
	for i := 1; history && i <= 2; i++ {
		image := fmt.Sprintf("busybox:%d", i)
		if _, err := w.Admin.Patch(p, "strategic", object{"spec": object{"template": object{"spec": object{
			"containers": []object{{"name": "main", "image": image}}}}}}); err != nil {
			t.Fatal(err)
		}
		w.awaitQuiet(t, p)
	}
	return p
}

// awaitQuiet waits until an object's controllers have nothing more to do about it for a while.
func (w *world) awaitQuiet(t *testing.T, p string) {
	t.Helper()
	version, since := "", time.Now()
	harness.Eventually(t, 60*time.Second, func() error {
		o, err := w.Admin.Do("GET", p, nil)
		if err != nil {
			return err
		}
		if v := o.String("metadata.resourceVersion"); v != version {
			version, since = v, time.Now()
		}
		if strings.Contains(p, "/apis/apps/") && (o.Int("status.observedGeneration") != o.Int("metadata.generation") ||
			o.Int("status.replicas") != o.Int("status.readyReplicas")) {
			return fmt.Errorf("%s is not rolled out", p)
		}
		for _, taint := range o.List("spec.taints") {
			if strings.HasPrefix(taint.String("key"), "node.kubernetes.io/not-") {
				return fmt.Errorf("%s still has the taint %s", p, taint.String("key"))
			}
		}
		if time.Since(since) < 500*time.Millisecond {
			return fmt.Errorf("%s moved a moment ago", p)
		}
		return nil
	})
}

// What the API server and its controllers write by themselves.
var serverOwned = regexp.MustCompile(`^(status|metadata\.(uid|resourceVersion|creationTimestamp|deletionTimestamp|deletionGracePeriodSeconds|generation|managedFields))(\.|\[|$)|^spec\.taints\[\d\]\.timeAdded$|^metadata\.annotations\.deployment\.kubernetes\.io/revision$`)

// And, of an object that was made again, what it was given then.
var givenAgain = regexp.MustCompile(`^spec\.(clusterIPs?(\[0\])?|nodeName|ports\[\d\]\.nodePort|containers\[\d\]\.volumeMounts.*|volumes.*)$`)

// fields of the object at p, without what the server owns; nil: it is not there, or going.
func (w *world) fields(t *testing.T, p string) map[string]string {
	t.Helper()
	o, err := w.Admin.Do("GET", p, nil)
	if harness.IsStatus(err, 404) || (err == nil && o.At("metadata.deletionTimestamp") != nil) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	flatten("", map[string]any(o), all)
	for k := range all {
		if serverOwned.MatchString(k) {
			delete(all, k)
		}
	}
	return all
}

func flatten(at string, v any, out map[string]string) {
	switch x := v.(type) {
	case map[string]any:
		for k, v := range x {
			flatten(strings.TrimPrefix(at+"."+k, "."), v, out)
		}
	case []any:
		for i, v := range x {
			flatten(fmt.Sprintf("%s[%d]", at, i), v, out)
		}
	default:
		text, _ := json.Marshal(v)
		out[at] = string(text)
	}
}

// different fields of two objects.
func different(a, b map[string]string) []string {
	var out []string
	for k, v := range a {
		if b[k] != v {
			out = append(out, fmt.Sprintf("%s: %s, then %s", k, v, b[k]))
		}
	}
	for k, v := range b {
		if _, ok := a[k]; !ok {
			out = append(out, fmt.Sprintf("%s: not there, then %s", k, v))
		}
	}
	sort.Strings(out)
	return out
}
