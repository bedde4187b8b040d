// Package exec tests commands in containers and ephemeral containers on a real API server: on a real node (containerd and a
// kubelet) where this machine can have one, else on nodes that kwok plays, which run commands on this machine.
package exec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// hasNode tells whether the cluster has a real node.
func hasNode(c *harness.Cluster) bool {
	_, err := c.Admin.Do("GET", "/api/v1/nodes/real", nil)
	return err == nil
}

func needNode(t testing.TB, c *harness.Cluster) {
	t.Helper()
	if !hasNode(c) {
		t.Skip("this needs a real node: as root, `cluster node`")
	}
}

// pod runs a shell's container that sleeps, and another one.
func pod(t testing.TB, c *harness.Cluster, ns *harness.Namespace, name string) {
	t.Helper()
	spec := harness.Object{
		"terminationGracePeriodSeconds": 0,
		"containers": []harness.Object{
			{"name": "side", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": []string{"sleep", "3600"}},
			{"name": "web", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": []string{"sleep", "3600"}},
		},
	}
	if hasNode(c) {
		spec["nodeName"] = "real"
		spec["tolerations"] = []harness.Object{{"key": "kubechat.io/real", "operator": "Exists"}}
	}
	c.Admin.Must(t, "POST", ns.Path("v1", "pods", ""), harness.Object{
		"metadata": harness.Object{"name": name, "labels": harness.Object{"app": name},
			"annotations": harness.Object{"kubectl.kubernetes.io/default-container": "web"}},
		"spec": spec})
	harness.Eventually(t, 60*time.Second, func() error {
		o, err := c.Admin.Do("GET", ns.Path("v1", "pods", name), nil)
		if err == nil && !ready(o) {
			err = fmt.Errorf("not ready: %v", o.At("status"))
		}
		return err
	})
}

func ready(o harness.Object) bool {
	for _, s := range o.List("status.conditions") {
		if s.String("type") == "Ready" {
			return s.String("status") == "True"
		}
	}
	return false
}

// keyed has the harness's capture key, without which no command is run.
func keyed(t testing.TB) harness.Options {
	t.Helper()
	return harness.Options{View: viewAddress(t, harness.Get(t))}
}

// approve is what a destructive step wants: another person's, with the confirmation that the request shows.
func approve(t testing.TB, c *harness.Cluster, r *harness.Request) {
	t.Helper()
	o := r.WaitFor(t, "AwaitingApproval")
	harness.Eventually(t, 20*time.Second, func() error {
		return r.TryApprove(c.User(t, "approver"), harness.Object{"decision": "Approve",
			"planDigest": o.String("status.plan.digest"), "confirm": o.String("status.approvals.confirm")})
	})
}

// look is what whoever asks for it sees of the request's output.
func look(who *harness.User, r *harness.Request) (string, error) {
	return who.Kubectl("", "get", "--raw", "/apis/view.kubechat.io/v1alpha1/namespaces/"+r.Namespace.Name+"/outputs/"+r.Name+"?format=text")
}

// viewAddress is where the API server finds the manager's outputs. Beside a real node it looks for the endpoints of Services
// (--enable-aggregator-routing): there has to be one, and it may not be a loopback address.
func viewAddress(t testing.TB, c *harness.Cluster) string {
	t.Helper()
	if !hasNode(c) {
		return ""
	}
	// The cluster's own address on this machine.
	return c.Admin.Must(t, "GET", "/api/v1/namespaces/default/services/kubernetes", nil).String("spec.clusterIP")
}

const services = "/api/v1/namespaces/kubechat-system/services"

func routeView(t testing.TB, c *harness.Cluster) {
	t.Helper()
	address := viewAddress(t, c)
	if address == "" {
		return
	}
	slices := "/apis/discovery.k8s.io/v1/namespaces/kubechat-system/endpointslices"
	port := c.Admin.Must(t, "GET", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.view.kubechat.io", nil).Int("spec.service.port")
	c.Admin.Do("DELETE", services+"/kubechat-view", nil)
	c.Admin.Do("DELETE", slices+"/kubechat-view-test", nil)
	c.Admin.Must(t, "POST", services, harness.Object{"metadata": harness.Object{"name": "kubechat-view"},
		"spec": harness.Object{"ports": []harness.Object{{"name": "https", "port": port}}}})
	c.Admin.Must(t, "POST", slices, harness.Object{
		"metadata":    harness.Object{"name": "kubechat-view-test", "labels": harness.Object{"kubernetes.io/service-name": "kubechat-view"}},
		"addressType": "IPv4",
		"endpoints":   []harness.Object{{"addresses": []string{address}, "conditions": harness.Object{"ready": true}}},
		"ports":       []harness.Object{{"name": "https", "port": port, "protocol": "TCP"}}})
}

func awaitView(t testing.TB, c *harness.Cluster) {
	t.Helper()
	routeView(t, c)
	harness.Eventually(t, 30*time.Second, func() error {
		o, err := c.Admin.Do("GET", "/apis/view.kubechat.io/v1alpha1", nil)
		if err == nil && o.String("kind") != "APIResourceList" {
			err = fmt.Errorf("answered %v", o)
		}
		return err
	})
}

// execs are the calls of pods/exec that the API server has seen, made on anybody's behalf.
func execs(t testing.TB, c *harness.Cluster, ns *harness.Namespace) []harness.Access {
	t.Helper()
	var out []harness.Access
	for _, a := range c.Accesses(t, ns.Name) {
		if strings.Contains(a.URI, "/exec?") {
			out = append(out, a)
		}
	}
	return out
}
