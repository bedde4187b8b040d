// Package drain tests steps that are several changes on a real API server: drains that disruption budgets hold up and
// that the manager does not survive, deletes by selector.
package drain

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

type object = harness.Object

// A world is what the tests share. olga may do everything; approver may approve anywhere.
type world struct {
	*harness.Cluster
	olga, sre, viewer, approver *harness.User
}

func newWorld(t *testing.T) *world {
	c := harness.Get(t)
	w := &world{Cluster: c, olga: c.User(t, "admin-sso"), sre: c.User(t, "sre"), viewer: c.User(t, "viewer"),
		approver: c.User(t, "approver")}
	for _, role := range []string{"kubechat-approver", "view"} {
		c.BindEverywhere(t, "approvers", role)
	}
	return w
}

// approve gives the plan that is shown the approval of another person, who types what has to be typed.
func (w *world) approve(t *testing.T, r *harness.Request) {
	t.Helper()
	o := r.WaitFor(t, "AwaitingApproval")
	harness.Eventually(t, 20*time.Second, func() error {
		return r.TryApprove(w.approver, object{"decision": "Approve", "planDigest": o.String("status.plan.digest"),
			"confirm": o.String("status.approvals.confirm")})
	})
}

// A pool is two nodes of its own, and pods of a Deployment on the first of them.
type pool struct {
	ns   *harness.Namespace
	a, b string
}

const appLabel = "app"

func (w *world) node(t *testing.T, name, pool string) {
	w.Admin.Must(t, "POST", "/api/v1/nodes", object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": object{"name": name, "labels": object{"type": "kwok", "pool": pool},
			"annotations": object{"kwok.x-k8s.io/node": "fake"}},
		"spec":   object{"taints": []object{{"key": "pool", "value": pool, "effect": "NoSchedule"}}},
		"status": object{"allocatable": object{"cpu": "8", "memory": "32Gi", "pods": "110"}, "capacity": object{"cpu": "8", "memory": "32Gi", "pods": "110"}},
	})
	t.Cleanup(func() { w.Admin.Do("DELETE", "/api/v1/nodes/"+name, nil) })
}

// schedulable lets new pods come to a node, or not.
func (w *world) schedulable(t *testing.T, node string, is bool) {
	t.Helper()
	if _, err := w.Admin.Patch("/api/v1/nodes/"+node, "merge", object{"spec": object{"unschedulable": !is}}); err != nil {
		t.Fatal(err)
	}
}

// template runs in the pool alone.
func template(app, pool string, volumes ...object) object {
	spec := object{"containers": []object{{"name": "main", "image": "registry.k8s.io/pause:3.10"}},
		"nodeSelector": object{"pool": pool}, "terminationGracePeriodSeconds": 1,
		"tolerations": []object{{"key": "pool", "operator": "Exists"}}}
	if len(volumes) > 0 {
		spec["volumes"] = volumes
	}
	return object{"metadata": object{"labels": object{appLabel: app}}, "spec": spec}
}

func (p *pool) deploy(t *testing.T, w *world, app string, replicas int, volumes ...object) {
	w.Admin.Must(t, "POST", p.ns.Path("apps/v1", "deployments", ""), object{"metadata": object{"name": app},
		"spec": object{"replicas": replicas, "selector": object{"matchLabels": object{appLabel: app}},
			"template": template(app, p.ns.Name, volumes...)}})
	p.ns.AwaitRollout(t, app)
}

// lone is a pod of nobody's on the first node, in a namespace.
func (p *pool) lone(t *testing.T, w *world, ns *harness.Namespace) {
	t.Helper()
	o := template("lone", p.ns.Name)
	o["metadata"] = object{"name": "lone"}
	o["spec"].(object)["nodeName"] = p.a
	w.Admin.Must(t, "POST", ns.Path("v1", "pods", ""), o)
	harness.Eventually(t, 30*time.Second, func() error {
		if phase := w.Admin.Must(t, "GET", ns.Path("v1", "pods", "lone"), nil).String("status.phase"); phase != "Running" {
			return fmt.Errorf("pod lone is %s", phase)
		}
		return nil
	})
}

// budget is known to the API server when this returns.
func (p *pool) budget(t *testing.T, w *world, app string, minAvailable int) {
	path := p.ns.Path("policy/v1", "poddisruptionbudgets", "")
	w.Admin.Must(t, "POST", path, object{"metadata": object{"name": app},
		"spec": object{"minAvailable": minAvailable, "selector": object{"matchLabels": object{appLabel: app}}}})
	harness.Eventually(t, 20*time.Second, func() error {
		o := w.Admin.Must(t, "GET", path+"/"+app, nil)
		if o.Int("status.observedGeneration") == 0 || o.Int("status.currentHealthy") < minAvailable {
			return fmt.Errorf("budget %s: %v", app, o.At("status"))
		}
		return nil
	})
}

func (w *world) pool(t *testing.T, replicas int) *pool {
	t.Helper()
	ns := w.Namespace(t)
	p := &pool{ns: ns, a: ns.Name + "-a", b: ns.Name + "-b"}
	w.node(t, p.a, ns.Name)
	p.deploy(t, w, "web", replicas)
	w.node(t, p.b, ns.Name)
	return p
}

// pods of an app, by name.
func (p *pool) pods(t testing.TB, w *world, app string) map[string]object {
	out := map[string]object{}
	for _, o := range w.Admin.Must(t, "GET", p.ns.Path("v1", "pods", "")+"?labelSelector="+appLabel+"%3D"+app, nil).List("items") {
		out[o.String("metadata.name")] = o
	}
	return out
}

func ready(o object) bool {
	for _, c := range o.List("status.conditions") {
		if c.String("type") == "Ready" && c.String("status") == "True" {
			return o.At("metadata.deletionTimestamp") == nil
		}
	}
	return false
}
