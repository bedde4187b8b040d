package rollback

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// lone is a pod of nobody's on a node.
func (w *world) lone(t *testing.T, name, node string) string {
	t.Helper()
	w.Admin.Must(t, "POST", w.ns.Path("v1", "pods", ""), object{"metadata": object{"name": name, "labels": object{"a": "b"}},
		"spec": object{"nodeName": node, "terminationGracePeriodSeconds": 1, "containers": []object{{"name": "main", "image": "busybox:1"}}}})
	return w.ns.Path("v1", "pods", name)
}

// What was forced to go and has no controller comes back as it was captured, but for its uid and its node.
func TestForced(t *testing.T) {
	w := newWorld(t, harness.Options{})
	w.ns.Policy(t, "force", object{"force": "Allowed"})
	node := "forced-" + w.ns.Name
	nodePath := w.place(t, "tainted", node) // nobody else comes to it
	dead := node + "-dead"                  // without a kubelet, or whoever plays one
	w.Admin.Must(t, "POST", "/api/v1/nodes", object{"metadata": object{"name": dead}})
	t.Cleanup(func() { w.Admin.Do("DELETE", "/api/v1/nodes/"+dead, nil) })
	stray, lone := w.lone(t, "stray", dead), w.lone(t, "lone", node)
	harness.Eventually(t, 30*time.Second, func() error {
		if phase := w.Admin.Must(t, "GET", lone, nil).String("status.phase"); phase != "Running" {
			return fmt.Errorf("pod lone is %s", phase)
		}
		return nil
	})
	for _, c := range []struct {
		command, pod string
		back         []string // what the commands of the way back begin with
	}{
		{"kubectl delete pod/stray --force", stray, []string{"kubectl create --filename=-"}},
		{"kubectl drain " + node + " --force --ignore-daemonsets", lone, []string{"kubectl create --filename=-", "kubectl uncordon " + node}},
	} {
		was := w.Admin.Must(t, "GET", c.pod, nil)
		r := w.change(t, w.olga, c.command)
		if is := r.Get(t).List("status.plan.steps")[0].String("reversible"); is != "Partial" {
			t.Errorf("%s: %s", c.command, is)
		}
		harness.Eventually(t, 30*time.Second, func() error { // an eviction gives it its time
			if _, err := w.Admin.Do("GET", c.pod, nil); !harness.IsStatus(err, 404) {
				return fmt.Errorf("%s: the pod is there: %v", c.command, err)
			}
			return nil
		})
		o := w.approved(t, w.olga, back(r)).WaitFor(t, "Succeeded")
		steps := o.List("status.plan.steps")
		if len(steps) != len(c.back) {
			t.Fatalf("%s: the way back is %v", c.command, steps)
		}
		for i, s := range steps {
			harness.Says(t, s.String("command"), c.back[i])
		}
		now := w.Admin.Must(t, "GET", c.pod, nil)
		if now.String("metadata.uid") == was.String("metadata.uid") || now.String("metadata.labels.a") != "b" ||
			now.List("spec.containers")[0].String("image") != "busybox:1" {
			t.Errorf("%s: the pod that came back: %v", c.command, now)
		}
	}
	if w.Admin.Must(t, "GET", nodePath, nil).At("spec.unschedulable") == true {
		t.Error("the node is cordoned")
	}
}
