package parity

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A metrics server as kubectl top knows it (metrics.k8s.io/v1beta1), of what there is: each container and each node uses what
// its name says. Nodes labelled metrics=none have not been measured yet.
type metricsServer struct{ admin *harness.User }

const metricsAPI = "/apis/metrics.k8s.io/v1beta1"

func (m metricsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer, err := m.answer(r.URL)
	if err != nil {
		code := 500
		if harness.IsStatus(err, 404) {
			code = 404
		}
		w.WriteHeader(code)
		answer = object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": err.Error()}
	}
	json.NewEncoder(w).Encode(answer)
}

func (m metricsServer) answer(u *url.URL) (object, error) {
	version := object{"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}
	group := object{"name": "metrics.k8s.io", "versions": []object{version}, "preferredVersion": version}
	switch u.Path {
	case "/apis":
		return object{"kind": "APIGroupList", "apiVersion": "v1", "groups": []object{group}}, nil
	case "/apis/metrics.k8s.io":
		group["kind"], group["apiVersion"] = "APIGroup", "v1"
		return group, nil
	case metricsAPI:
		verbs := []string{"get", "list"}
		return object{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1", "resources": []object{
			{"name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics", "verbs": verbs},
			{"name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics", "verbs": verbs}}}, nil
	}
	// Everything else is asked of the API server about the objects themselves.
	path, ok := strings.CutPrefix(u.Path, metricsAPI+"/")
	if !ok {
		return nil, fmt.Errorf("%s is not served", u.Path)
	}
	found, err := m.admin.Do("GET", "/api/v1/"+path+"?labelSelector="+url.QueryEscape(u.Query().Get("labelSelector")), nil)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(found.String("kind"), "List") {
		return measured(found, found.String("kind")), nil
	}
	kind, items := strings.TrimSuffix(found.String("kind"), "List"), []object{}
	for _, o := range found.List("items") {
		if o.String("metadata.labels.metrics") != "none" {
			items = append(items, measured(o, kind))
		}
	}
	return object{"kind": kind + "MetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": object{}, "items": items}, nil
}

// usage in the units that a metrics server uses: nanocores, kibibytes. No two names have the same: kubectl sorts those in no order.
func usage(name string) object {
	h := fnv.New32a()
	h.Write([]byte(name))
	n := int(h.Sum32() % 1000000)
	return object{"cpu": fmt.Sprintf("%dn", 1000003*n), "memory": fmt.Sprintf("%dKi", 1024*n+n%1024)}
}

func measured(o object, kind string) object {
	name := o.String("metadata.name")
	metadata := object{"name": name, "creationTimestamp": time.Now().UTC().Format(time.RFC3339)}
	out := object{"kind": kind + "Metrics", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata,
		"timestamp": time.Now().UTC().Format(time.RFC3339), "window": "15s"}
	if kind == "Node" {
		out["usage"] = usage(name)
		return out
	}
	metadata["namespace"] = o.String("metadata.namespace")
	var containers []object
	for _, c := range o.List("spec.containers") {
		containers = append(containers, object{"name": c.String("name"), "usage": usage(name + c.String("name"))})
	}
	out["containers"] = containers
	return out
}

// serveMetrics registers it with the API server, for as long as the test lasts: a group that nobody answers for would hold up
// the ends of namespaces.
func (w *world) serveMetrics(t *testing.T) {
	t.Helper()
	const services, apis = "/api/v1/namespaces/default/services", "/apis/apiregistration.k8s.io/v1/apiservices"
	const name, registered = "parity-metrics", "v1beta1.metrics.k8s.io"
	server := httptest.NewTLSServer(metricsServer{w.admin})
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var port int
	fmt.Sscan(u.Port(), &port)
	forget := func() {
		w.admin.Do("DELETE", apis+"/"+registered, nil)
		w.admin.Do("DELETE", services+"/"+name, nil)
	}
	forget() // what a run that was broken off has left
	t.Cleanup(forget)
	// The API server reaches it as it does what is outside of the cluster.
	w.admin.Must(t, "POST", services, object{"metadata": object{"name": name}, "spec": object{"type": "ExternalName", "externalName": "localhost"}})
	w.admin.Must(t, "POST", apis, object{"metadata": object{"name": registered}, "spec": object{"group": "metrics.k8s.io", "version": "v1beta1",
		"groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true,
		"service": object{"namespace": "default", "name": name, "port": port}}})
	harness.Eventually(t, 30*time.Second, func() error {
		for _, p := range []string{metricsAPI + "/nodes", "/apis"} {
			o, err := w.admin.Do("GET", p, nil)
			if err != nil {
				return err
			}
			if text, _ := json.Marshal(o); !strings.Contains(string(text), "metrics.k8s.io") {
				return fmt.Errorf("GET %s does not know metrics.k8s.io yet", p)
			}
		}
		return nil
	})
}
