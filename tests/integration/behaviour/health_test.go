package behaviour

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// unplaced is a Deployment whose pods wait for a node that does not exist, so that their status is what the test says.
func (w *world) unplaced(t *testing.T, ns *harness.Namespace, replicas, progressSeconds int) {
	t.Helper()
	w.admin.Must(t, "POST", ns.Path("apps/v1", "deployments", ""), object{
		"metadata": object{"name": "checkout"},
		"spec": object{
			"replicas": replicas, "progressDeadlineSeconds": progressSeconds, "selector": object{"matchLabels": object{"app": "checkout"}},
			"template": object{
				"metadata": object{"labels": object{"app": "checkout"}},
				"spec":     object{"nodeSelector": object{"nowhere": "at-all"}, "containers": []object{{"name": "main", "image": "registry.k8s.io/pause:3.10"}}},
			},
		},
	})
}

// podBeside waits for a pod of checkout that is none of those, and returns its name.
func (w *world) podBeside(t *testing.T, ns *harness.Namespace, those ...string) string {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		for _, p := range w.admin.Must(t, "GET", ns.Path("v1", "pods", ""), nil).At("items").([]any) {
			if name := object(p.(map[string]any)).String("metadata.name"); !strings.Contains(strings.Join(those, " "), name) {
				return name
			}
		}
	}
	t.Fatal("there is no other pod of checkout after 30 s")
	return ""
}

// setContainer makes the pod's container be in that state.
func (w *world) setContainer(t *testing.T, ns *harness.Namespace, pod string, state, last object, restarts int) {
	t.Helper()
	status := object{"name": "main", "image": "registry.k8s.io/pause:3.10", "imageID": "", "ready": false, "restartCount": restarts, "state": state, "lastState": last}
	if _, err := w.admin.Patch(ns.Path("v1", "pods", pod)+"/status", "strategic", object{"status": object{"containerStatuses": []object{status}}}); err != nil {
		t.Fatal(err)
	}
}

// awaitMessage waits until the condition Verified says so.
func awaitMessage(t *testing.T, r *harness.Request, words string) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		if said := r.Get(t).Condition("Verified").String("message"); !strings.Contains(said, words) {
			return fmt.Errorf("the condition Verified says %q, not %q", said, words)
		}
		return nil
	})
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// A pod that does not start after a change, and was not so before it, ends the request with what is known of it; pods that did not start
// before do not.
func (w *world) testCrashLoop(t *testing.T) {
	ns := w.Namespace(t)
	w.unplaced(t, ns, 1, 600)
	old := w.podBeside(t, ns)
	crashing := object{"waiting": object{"reason": "CrashLoopBackOff", "message": "back-off"}}
	ended := object{"terminated": object{"reason": "OOMKilled", "exitCode": 137, "message": "password=hunter2"}}
	w.setContainer(t, ns, old, crashing, ended, 7)

	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	awaitMessage(t, r, "0 of 2 replicas available")
	if p := r.Phase(t); p != "Verifying" {
		t.Fatalf("a pod that crashed before the change ends it: %s", p)
	}
	fresh := w.podBeside(t, ns, old)
	w.setContainer(t, ns, fresh, crashing, ended, 3)
	o := r.Ended(t, "Failed", "VerificationFailed", "pod/"+fresh+" does not start: container main: CrashLoopBackOff",
		"last ended with OOMKilled (exit code 137), 3 restarts")
	if all := text(o); strings.Contains(all, "hunter2") || strings.Contains(all, "pod/"+old) {
		t.Errorf("the status says too much: %s", all)
	}
}

// An image that cannot be pulled, in the kubelet's words.
func (w *world) testImagePull(t *testing.T) {
	ns := w.Namespace(t)
	w.unplaced(t, ns, 1, 600)
	old := w.podBeside(t, ns)
	r := ns.Ask(t, w.sre, "kubectl set image deployment/checkout main=registry.example.com/shop:none")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	fresh := w.podBeside(t, ns, old)
	w.setContainer(t, ns, fresh, object{"waiting": object{"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example.com/shop:none\""}}, object{}, 0)
	r.Ended(t, "Failed", "VerificationFailed", "pod/"+fresh, "ImagePullBackOff: Back-off pulling image")
}

// A rollout that its controller has given up is not waited for.
func (w *world) testNoProgress(t *testing.T) {
	ns := w.Namespace(t)
	w.unplaced(t, ns, 1, 3)
	r := ns.Ask(t, w.sre, "kubectl set env deployment/checkout A=b")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	r.Ended(t, "Failed", "VerificationFailed", "has timed out progressing")
}

// Endpoints of a service are waited for, and only as many as are asked for.
func (w *world) testEndpointsBack(t *testing.T) {
	ns := w.Namespace(t, checkout(3))
	w.service(t, ns, 3)
	reach(t, ns, w.sre, "kubectl rollout restart deployment/checkout", "3 pods replaced · service front 3 endpoints")
	for _, command := range []string{"kubectl set env deployment/checkout A=b", "kubectl scale deployment/checkout --replicas=1"} {
		r := ns.Ask(t, w.sre, command)
		r.Succeed(t, w.sre)
		kept := false
		for _, row := range r.Rows(t) {
			kept = kept || row.Type == "Intent" && strings.Contains(text(row), `"endpoints":{"front":`)
		}
		if !kept {
			t.Errorf("%s: the intent does not keep what was there before: %s", command, text(r.Rows(t)))
		}
	}
}
