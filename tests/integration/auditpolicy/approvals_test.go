package auditpolicy

import (
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func approvals(rules ...object) object { return object{"approvals": rules} }

func (w *world) testTwoPersons(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	p := ns.Policy(t, "two", approvals(object{"required": 2}))
	r := ns.Ask(t, w.sre, scaleCheckout)
	o := waitsFor(t, r, "0/2", "waiting for two approvals by other people (policy "+p.Name+")")
	if is := policiesOf(o, 0); is != p.Name+": two approvals by other people" {
		t.Errorf("the step says %q", is)
	}
	r.Approve(t, w.sre) // who asks does not count
	waitsFor(t, r, "0/2", "the approval of sre does not count: the requester's own approval does not do")
	r.Approve(t, w.approver)
	waitsFor(t, r, "1/2", "waiting for one approval by another person (policy "+p.Name+")")
	r.Approve(t, w.approver) // nor the same person twice
	waitsFor(t, r, "1/2", "the same person approved before")
	ns.Changed(t, "checkout", 0)
	r.Approve(t, w.olga)
	o = r.Ended(t, "Succeeded", "Verified")
	if is := o.String("status.approvals.summary"); is != "2/2" {
		t.Errorf("approvals: %s", is)
	}
	ns.Changed(t, "checkout", 1)
	// The record says under which rules.
	for _, row := range r.Rows(t) {
		if row.Type != "Intent" {
			continue
		}
		if list, _ := row.Detail["policies"].([]any); len(list) != 1 || list[0] != p.Name+": two approvals by other people" {
			t.Errorf("the intent's row names %v", row.Detail["policies"])
		}
	}
}

func (w *world) testGroups(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	p := ns.Policy(t, "groups", approvals(object{"groups": []string{"approvers"}, "allowRequester": true}))
	r := ns.Ask(t, w.dev, scaleCheckout)
	waitsFor(t, r, "0/1", "waiting for one approval by somebody in approvers (policy "+p.Name+")")
	r.Approve(t, w.sre) // has the right, is in no such group
	waitsFor(t, r, "0/1", "the approval of sre does not count: the approver is in none of the groups that are asked for")
	r.Approve(t, w.approver)
	r.Ended(t, "Succeeded", "Verified")
}

// From a risk on: more replicas are Low, none at all is High.
func (w *world) testMinRisk(t *testing.T) {
	ns := w.Namespace(t, checkout(1), web(1))
	p := ns.Policy(t, "risk", approvals(object{"minRisk": "High", "required": 2}))
	low := ns.Ask(t, w.sre, scaleCheckout)
	if is := policiesOf(waitsFor(t, low, "0/1"), 0); is != "default: one approval" {
		t.Errorf("the step says %q", is)
	}
	low.Approve(t, w.sre)
	low.Ended(t, "Succeeded", "Verified")
	high := ns.Ask(t, w.sre, "kubectl scale deployment/web --replicas=0")
	waitsFor(t, high, "0/2", "policy "+p.Name)
}

func (w *world) testNobodyHasToApprove(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	p := ns.Policy(t, "free", approvals(object{"required": 0}))
	o := ns.Ask(t, w.sre, scaleCheckout).Ended(t, "Succeeded", "Verified")
	if is := policiesOf(o, 0); is != p.Name+": no approvals" {
		t.Errorf("the step says %q", is)
	}
	ns.Changed(t, "checkout", 1)
}

func (w *world) testTypedConfirmation(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	ns.Policy(t, "typed", object{"contextLock": object{"confirm": "Mutating"}})
	r := ns.Ask(t, w.sre, scaleCheckout)
	place := "in-cluster/" + ns.Name
	o := waitsFor(t, r, "0/1", "confirmed with "+place)
	if is := o.String("status.approvals.confirm"); is != place {
		t.Errorf("to be typed: %q", is)
	}
	r.Approve(t, w.sre)
	waitsFor(t, r, "0/1", `it has to be confirmed with "`+place+`"`)
	if err := r.TryApprove(w.sre, approval(o, place)); err != nil {
		t.Fatal(err)
	}
	r.Ended(t, "Succeeded", "Verified")
}

// It was approved under one policy and is about to run under another: it waits again.
func (w *world) testStricterAfterApproval(t *testing.T) {
	ns := w.Namespace(t, checkout(1), web(1))
	p := ns.Policy(t, "stricter", approvals(object{"allowRequester": true}))
	send := theSend(ns.Name, "checkout")
	send.Times = 1
	trap := w.proxy.Add(t, harness.Rule{Match: send, Action: harness.Action{Type: "hold-after"}})
	r := ns.Ask(t, w.sre, scaleCheckout, scaleWeb)
	waitsFor(t, r, "0/1")
	r.Approve(t, w.sre)
	trap.Held(t, 1)
	p.Set(t, approvals(object{"required": 2}))
	trap.Release(t)
	waitsFor(t, r, "0/2", "waiting for two approvals by other people (policy "+p.Name+")")
	ns.Changed(t, "checkout", 1)
	ns.Changed(t, "web", 0)
	r.Approve(t, w.approver)
	waitsFor(t, r, "1/2")
	r.Approve(t, w.olga)
	r.Ended(t, "Succeeded", "Verified")
	ns.Changed(t, "checkout", 1)
	ns.Changed(t, "web", 1)
}

// All that match are named; all have to be met. What a waiting request needs changes with the policies.
func (w *world) testStrictestOfSeveral(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	a := ns.Policy(t, "a", approvals(object{"required": 0}))
	b := ns.Policy(t, "b", approvals(object{"groups": []string{"approvers"}}))
	c := ns.Policy(t, "c", approvals(object{"required": 2, "allowRequester": true}))
	r := ns.Ask(t, w.sre, scaleCheckout)
	o := waitsFor(t, r, "0/2", "one approval by another person in approvers (policy "+b.Name+")", "two approvals (policy "+c.Name+")")
	want := a.Name + ": no approvals | " + b.Name + ": one approval by another person in approvers | " + c.Name + ": two approvals"
	if is := policiesOf(o, 0); is != want {
		t.Errorf("the step says %q", is)
	}
	r.Approve(t, w.sre)
	waitsFor(t, r, "1/2")
	w.admin.Must(t, "DELETE", harness.PoliciesPath+"/"+c.Name, nil)
	waitsFor(t, r, "0/1", "waiting for one approval by another person in approvers (policy "+b.Name+")")
	ns.Changed(t, "checkout", 0)
	r.Approve(t, w.approver)
	r.Ended(t, "Succeeded", "Verified")
	time.Sleep(100 * time.Millisecond)
	ns.Changed(t, "checkout", 1)
}
