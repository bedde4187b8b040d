package behaviour

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What happens to the target between preview and approval decides; what was approved is never sent to something else.
func (w *world) testDrift(t *testing.T) {
	for _, c := range []struct {
		name  string
		drift func(t *testing.T, ns *harness.Namespace)
		words []string
	}{
		{"deleted", w.deleteCheckout, []string{"deployment/%s/checkout is gone since the preview", "not found"}},
		{"recreated", func(t *testing.T, ns *harness.Namespace) {
			w.deleteCheckout(t, ns)
			ns.Deploy(t, checkout(1))
		}, []string{"deployment/%s/checkout was deleted and created again since the preview", "previewed "}},
		{"scaled by somebody else", scaledTo(3),
			[]string{"deployment/%s/checkout changed since the preview", "previewed spec.replicas: 1 -> 2; now it would be spec.replicas: 3 -> 2"}},
		{"scaled to what was asked for", scaledTo(2), []string{"deployment/%s/checkout changed since the preview", "now it would be no change at all"}},
	} {
		c := c
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ns := w.Namespace(t, checkout(1))
			r := ns.Ask(t, w.sre, scaleCheckout)
			r.WaitFor(t, "AwaitingApproval")
			c.drift(t, ns)
			r.Approve(t, w.sre)
			for i, words := range c.words {
				if i == 0 {
					c.words[i] = fmt.Sprintf(words, ns.Name)
				}
			}
			r.Ended(t, "Stale", "Drifted", c.words...)
			ns.Changed(t, "checkout", 0)
			for _, row := range r.Rows(t) {
				if row.Type == "Intent" {
					t.Errorf("there is an intent: %+v", row)
				}
			}
		})
	}
}

func (w *world) deleteCheckout(t *testing.T, ns *harness.Namespace) {
	t.Helper()
	w.olga.Must(t, "DELETE", ns.Path("apps/v1", "deployments", "checkout"), nil)
}

func scaledTo(replicas int) func(t *testing.T, ns *harness.Namespace) {
	return func(t *testing.T, ns *harness.Namespace) {
		t.Helper()
		_, err := harness.Get(t).Admin.Patch(ns.Path("apps/v1", "deployments", "checkout")+"/scale", "merge", object{"spec": object{"replicas": replicas}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A status that never rests is no drift: what was previewed is still true.
func (w *world) testStatusFlap(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	status := ns.Path("apps/v1", "deployments", "checkout") + "/status"
	flap := func(i int) {
		condition := object{"type": "Flapping", "status": []string{"True", "False"}[i%2], "reason": fmt.Sprint("Turn", i), "message": "",
			"lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}
		if _, err := w.admin.Patch(status, "strategic", object{"status": object{"conditions": []object{condition}}}); err != nil {
			t.Error(err)
		}
	}
	r := ns.Ask(t, w.sre, scaleCheckout)
	before := r.WaitFor(t, "AwaitingApproval")
	versions := map[string]bool{}
	for i := 0; i < 20; i++ {
		flap(i)
		versions[ns.GetDeployment(t, "checkout").String("metadata.resourceVersion")] = true
	}
	if len(versions) < 20 {
		t.Fatalf("the deployment took on %d versions in 20 turns", len(versions))
	}
	r.Approve(t, w.sre)
	// Some more while it is carried out: a change that meets one of them is not made, and made again.
	for i := 20; i < 23; i++ {
		flap(i)
		time.Sleep(5 * time.Millisecond)
	}
	after := r.WaitFor(t, "Succeeded")
	ns.Changed(t, "checkout", 1)
	if b, a := before.String("status.plan.digest"), after.String("status.plan.digest"); a != b {
		t.Errorf("plan %s was approved, %s executed", b, a)
	}
}
