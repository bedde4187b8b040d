package behaviour

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

const patience = 60 * time.Second

// The ways to end without a change.
func (w *world) testRejected(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	shown := r.WaitFor(t, "AwaitingApproval")
	if err := r.TryApprove(w.approver, with(approval("Reject", shown), object{"comment": "not before the sale"})); err != nil {
		t.Fatal(err)
	}
	o := r.Ended(t, "Rejected", "Rejected", "rejected by approver: not before the sale")
	harness.Says(t, o.String("status.summary"), "rejected by approver")
	harness.Refused(t, r.TryApprove(w.sre, approval("Approve", shown)), 422, "has ended (Rejected)")
	ns.Changed(t, "checkout", 0)
}

func (w *world) testCancelled(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	shown := r.WaitFor(t, "AwaitingApproval")
	cancel := func(v bool) error {
		_, err := w.sre.Patch(r.Path(), "merge", object{"spec": object{"cancel": v}})
		return err
	}
	if err := cancel(true); err != nil {
		t.Fatal(err)
	}
	r.Ended(t, "Cancelled", "Cancelled", "cancelled before anything was changed")
	harness.Refused(t, cancel(false), 422, "a request that was cancelled stays cancelled")
	harness.Refused(t, r.TryApprove(w.sre, approval("Approve", shown)), 422, "has ended (Cancelled)")
	ns.Changed(t, "checkout", 0)
}

func (w *world) testExpired(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Create(t, w.sre, object{"prompt": "soon", "commands": []string{scaleCheckout}, "deadline": "15s"})
	shown := r.WaitFor(t, "AwaitingApproval")
	r.Ended(t, "Expired", "DeadlineExceeded", "spec.deadline (15s after creation) passed", "ask again")
	harness.Refused(t, r.TryApprove(w.sre, approval("Approve", shown)), 422, "has ended (Expired)")
	ns.Changed(t, "checkout", 0)
}

// A deleted request that waits is gone at once, and its story is closed in the audit log.
func (w *world) testDeletedWhileWaiting(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	w.sre.Must(t, "DELETE", r.Path(), nil)
	harness.Eventually(t, patience, func() error {
		rows := r.Rows(t)
		if last := rows[len(rows)-1]; last.Type != "Finished" || last.Result != "Cancelled" || last.Reason != "Deleted" {
			return fmt.Errorf("the last row is %+v", last)
		}
		return nil
	})
	if err := w.gone(r); err != nil {
		t.Error(err)
	}
	ns.Changed(t, "checkout", 0)
}

// GitOps tools create again what they find missing: that is not asked twice.
func (w *world) testCreatedAgain(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	file := object{"metadata": object{"name": "from-git"}, "spec": object{"prompt": "from git", "commands": []string{scaleCheckout}}}
	create := func() *harness.Request {
		t.Helper()
		o, err := ns.TryCreate(w.sre, file)
		if err != nil {
			t.Fatal(err)
		}
		return &harness.Request{Namespace: ns, Name: "from-git", UID: o.String("metadata.uid")}
	}
	first := create()
	first.Succeed(t, w.sre)
	ns.Changed(t, "checkout", 1)
	w.sre.Must(t, "DELETE", first.Path(), nil)
	harness.Eventually(t, patience, func() error { return w.gone(first) })
	scaledTo(1)(t, ns)

	second := create()
	if second.UID == first.UID {
		t.Fatal("it is still the first object")
	}
	second.Ended(t, "Refused", "AlreadyRan", ns.Name+"/from-git with this very spec ran already (uid "+first.UID+")", "nothing is done twice", "another name")
	ns.Changed(t, "checkout", 1)

	// The same wish under another name is another request.
	file["metadata"] = object{"name": "from-git-2"}
	if _, err := ns.TryCreate(w.sre, file); err != nil {
		t.Fatal(err)
	}
	(&harness.Request{Namespace: ns, Name: "from-git-2"}).Succeed(t, w.sre)
}

// Two commands in one request are approved together and run one after the other.
func (w *world) testTwoSteps(t *testing.T) {
	ns := w.Namespace(t, checkout(1), harness.Deployment{Name: "web", Replicas: 1})
	r := ns.Ask(t, w.sre, scaleCheckout, "kubectl scale deploy web --replicas=3")
	shown := r.WaitFor(t, "AwaitingApproval")
	if n := len(shown.List("status.plan.steps")); n != 2 {
		t.Fatalf("%d steps", n)
	}
	harness.Says(t, shown.String("status.target"), "deployment/"+ns.Name+"/checkout + 1 more")
	ns.Changed(t, "checkout", 0)
	r.Approve(t, w.approver)
	done := r.Ended(t, "Succeeded", "Verified", "all 2 steps executed and verified")
	for i, s := range done.List("status.plan.steps") {
		if s.String("result") != "Verified" {
			t.Errorf("step %d: %s", i+1, s.String("result"))
		}
	}
	ns.Changed(t, "checkout", 1)
	ns.Changed(t, "web", 1)
	first, second := w.Mutations(t, ns.Name, "deployments", "checkout")[0], w.Mutations(t, ns.Name, "deployments", "web")[0]
	if !first.Time.Before(second.Time) {
		t.Errorf("checkout was changed at %s, web before it, at %s", first.Time, second.Time)
	}

	// A first step that cannot be previewed leaves the second undone as well.
	r = ns.Ask(t, w.sre, "kubectl scale deployment/web --replicas=4", "kubectl scale deployment/checkout --replicas=4 --current-replicas=7")
	r.Ended(t, "Refused", "DryRunRefused", "step 2 (kubectl scale deployment/checkout", "has 2 replicas, not 7")
	ns.Changed(t, "web", 1)
}
