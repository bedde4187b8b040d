package auditpolicy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What was asked before the kill switch ends, what is asked while it is on is refused, and lifting it brings nothing back.
func (w *world) testSuspendedBeforeApproval(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	stated, words := ns.Ask(t, w.sre, scaleCheckout), ns.Create(t, w.sre, object{"prompt": "scale checkout to 3"})
	stated.WaitFor(t, "AwaitingApproval")
	words.WaitFor(t, "AwaitingApproval")
	p := ns.Policy(t, "freeze", object{"suspend": true})
	stated.Ended(t, "Refused", "Suspended", "policy "+p.Name+": changes are suspended here", "ask again")
	o := words.Ended(t, "Refused", "Suspended", "policy "+p.Name)
	harness.Says(t, policiesOf(o, 0), p.Name+": changes are suspended here")

	// Commands are refused at the door; words get a plan that goes no further.
	_, err := ns.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"},
		"spec": object{"prompt": "try", "commands": []string{scaleCheckout}}})
	harness.Refused(t, err, 403, "spec.commands[0]: policy "+p.Name+": changes are suspended here")
	ns.Create(t, w.sre, object{"prompt": "scale checkout to 4"}).Ended(t, "Refused", "Suspended", "policy "+p.Name)

	p.Set(t, object{"suspend": false})
	time.Sleep(500 * time.Millisecond)
	for _, r := range []*harness.Request{stated, words} {
		if phase := r.Phase(t); phase != "Refused" {
			t.Errorf("%s is %s after the switch was lifted", r.Name, phase)
		}
	}
	ns.Changed(t, "checkout", 0)
	ns.Ask(t, w.sre, scaleCheckout).Succeed(t, w.sre)
	ns.Changed(t, "checkout", 1)
}

// The change was approved and about to be sent when the switch was pulled: held before its intent row.
func (w *world) testSuspendedAfterApproval(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	p := ns.Policy(t, "freeze", object{})
	trap := w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: "hold-before"},
		Match: harness.Match{Method: "PATCH", Path: "/namespaces/" + ns.Name + "/chatrequests/[^/]+$", Times: 1}})
	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	trap.Held(t, 1)
	p.Set(t, object{"suspend": true})
	trap.Release(t)
	r.Ended(t, "Refused", "Suspended", "policy "+p.Name)
	ns.Changed(t, "checkout", 0)
	for _, row := range r.Rows(t) {
		if row.Type == "Intent" {
			t.Errorf("there is an intent: %+v", row)
		}
	}
	harness.Eventually(t, patience, func() error {
		if f := r.Get(t).At("metadata.finalizers"); f != nil {
			return fmt.Errorf("finalizers: %v", f)
		}
		return nil
	})
}

// A step that has been sent is seen through; the next one is not begun.
func (w *world) testSuspendedBetweenSteps(t *testing.T) {
	ns := w.Namespace(t, checkout(1), web(1))
	p := ns.Policy(t, "freeze", object{})
	send := theSend(ns.Name, "checkout")
	send.Times = 1
	trap := w.proxy.Add(t, harness.Rule{Match: send, Action: harness.Action{Type: "hold-after"}})
	r := ns.Ask(t, w.sre, scaleCheckout, scaleWeb)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	trap.Held(t, 1)
	p.Set(t, object{"suspend": true})
	trap.Release(t)
	o := r.Ended(t, "Refused", "Suspended", "policy "+p.Name, "1 of 2 steps had been executed and stay")
	if result := o.List("status.plan.steps")[0].String("result"); result != "Verified" {
		t.Errorf("step 1: %q", result)
	}
	ns.Changed(t, "checkout", 1)
	p.Set(t, object{"suspend": false})
	time.Sleep(500 * time.Millisecond)
	ns.Changed(t, "web", 0)
}

// The kill switch is not covered by the webhook, and neither is taking a request back: both work while nobody is there to
// answer it, and hold when the manager comes back.
func (w *world) testKillSwitchWithoutTheWebhook(t *testing.T) {
	ns := w.Namespace(t, checkout(1), web(1))
	m := w.Start(t, harness.Options{Proxy: w.proxy})
	p := ns.Policy(t, "freeze", object{})
	trap := w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: "hold-before"},
		Match: harness.Match{Method: "PATCH", Path: "/namespaces/" + ns.Name + "/chatrequests/[^/]+$", Times: 1}})
	waiting, cancelled, approved := ns.Ask(t, w.sre, scaleWeb), ns.Ask(t, w.sre, scaleWeb), ns.Ask(t, w.sre, scaleCheckout)
	for _, r := range []*harness.Request{waiting, cancelled, approved} {
		r.WaitFor(t, "AwaitingApproval")
	}
	approved.Approve(t, w.sre)
	trap.Held(t, 1)
	m.Kill(t)
	trap.Drop(t)

	_, err := ns.TryCreate(w.sre, object{"metadata": object{"name": "late"}, "spec": object{"prompt": "scale web to 2"}})
	harness.Refused(t, err, 500, "failed calling webhook")
	p.SetSpec(t, object{"suspend": true})
	if _, err := w.sre.Patch(cancelled.Path(), "merge", object{"spec": object{"cancel": true}}); err != nil {
		t.Errorf("cancelling without the webhook: %v", err)
	}
	w.Start(t, harness.Options{Proxy: w.proxy})
	approved.Ended(t, "Refused", "Suspended", "policy "+p.Name)
	waiting.Ended(t, "Refused", "Suspended", "policy "+p.Name)
	cancelled.Ended(t, "Cancelled", "Cancelled")
	ns.Changed(t, "checkout", 0)
	ns.Changed(t, "web", 0)
}

// Before both lists have come, plans wait and say why.
func (w *world) testNotKnownYet(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	away := w.proxy.Add(t, harness.Rule{Match: harness.Match{Method: "GET", Path: "^" + harness.PoliciesPath + "$"},
		Action: harness.Action{Type: "status", Code: 503}})
	m := w.Launch(t, harness.Options{Proxy: w.proxy})
	r := ns.Ask(t, w.sre, scaleCheckout)
	o := waitsFor(t, r, "0/0", "AuditPolicies are not known yet")
	if reason := o.Condition("Approved").String("reason"); reason != "PoliciesNotSynced" {
		t.Errorf("the reason is %s", reason)
	}
	if _, body := m.Probe("/readyz?verbose"); !strings.Contains(body, "[~]policies-synced: auditpolicies and namespaces are not listed yet") {
		t.Errorf("readyz: %s", body)
	}
	r.Approve(t, w.sre)
	time.Sleep(300 * time.Millisecond)
	ns.Changed(t, "checkout", 0)
	away.Remove(t)
	r.Ended(t, "Succeeded", "Verified")
	ns.Changed(t, "checkout", 1)
}

// A policy of a newer definition says something that this version does not know: it might be a no.
func (w *world) testUnreadable(t *testing.T) {
	const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/auditpolicies.kubechat.io"
	const preserve = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-preserve-unknown-fields"
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	if _, err := w.admin.Patch(definition, "json", []object{{"op": "add", "path": preserve, "value": true}}); err != nil {
		t.Fatal(err)
	}
	defer func() { // the tests after this one find the definition as it is shipped
		w.admin.Patch(definition, "json", []object{{"op": "remove", "path": preserve}})
		harness.Eventually(t, patience, func() error {
			o, err := w.admin.Do("POST", harness.PoliciesPath+"?dryRun=All", object{"apiVersion": "kubechat.io/v1alpha1", "kind": "AuditPolicy",
				"metadata": object{"name": "probe"}, "spec": object{"windows": []object{{"days": "Sun"}}}})
			if err == nil && o.At("spec.windows") != nil {
				err = fmt.Errorf("windows is still kept")
			}
			return err
		})
	}()
	var p *harness.Policy
	harness.Eventually(t, patience, func() error { // the new definition arrives
		w.admin.Do("DELETE", harness.PoliciesPath+"/newer-"+ns.Name, nil)
		p = ns.UnawaitedPolicy(t, "newer", object{"windows": []object{{"days": "Sun"}}})
		if p.Get(t).At("spec.windows") == nil {
			return fmt.Errorf("windows was dropped")
		}
		return nil
	})
	// A watch that was opened under the old definition still leaves the field out: touch the policy until a new one is there.
	var ready object
	touched := 0
	harness.Eventually(t, patience, func() error {
		touched++
		if _, err := w.admin.Patch(harness.PoliciesPath+"/"+p.Name, "merge", object{"metadata": object{"annotations": object{"touched": fmt.Sprint(touched)}}}); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
		if ready = p.Get(t).Condition("Ready"); ready.String("status") != "False" || ready.String("reason") != "Unreadable" {
			return fmt.Errorf("Ready is %v", ready)
		}
		return nil
	})
	harness.Says(t, ready.String("message"), "spec.windows: unknown field", "nothing is changed anywhere")
	waitsFor(t, r, "0/1", "AuditPolicy "+p.Name+" cannot be read and might forbid this")
	r.Approve(t, w.sre)
	time.Sleep(300 * time.Millisecond)
	ns.Changed(t, "checkout", 0)
	w.admin.Must(t, "DELETE", harness.PoliciesPath+"/"+p.Name, nil)
	r.Ended(t, "Succeeded", "Verified")
}
