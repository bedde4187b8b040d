package auditpolicy

import (
	"fmt"
	"testing"

	"kubechat.io/tests/harness"
)

// podOf is the name of a pod of a deployment.
func (w *world) podOf(t *testing.T, ns *harness.Namespace, app string) string {
	t.Helper()
	for _, o := range w.admin.Must(t, "GET", ns.Path("v1", "pods", "")+"?labelSelector=app%3D"+app, nil).List("items") {
		if o.At("metadata.deletionTimestamp") == nil {
			return o.String("metadata.name")
		}
	}
	t.Fatalf("%s has no pod", app)
	return ""
}

// deleted is how often kubechat has deleted the pod, and with what.
func (w *world) deleted(t *testing.T, ns *harness.Namespace, pod string) []harness.Mutation {
	t.Helper()
	return w.Mutations(t, ns.Name, "pods", pod)
}

// --force is refused unless a policy that holds where the pod is opens it: at the door for commands, in the preview for words.
func (w *world) testForce(t *testing.T) {
	ns, elsewhere := w.Namespace(t, checkout(1)), w.Namespace(t)
	pod := w.podOf(t, ns, "checkout")
	command := "kubectl delete pod/" + pod + " --force"
	refused := func(why string, words ...string) {
		t.Helper()
		_, err := ns.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": why, "commands": []string{command}}})
		harness.Refused(t, err, 403, append(words, "spec.commands[0]:", "kubectl delete --force of pod/"+ns.Name+"/"+pod, "leave --force out")...)
		ns.Create(t, w.sre, object{"prompt": command}).Ended(t, "Refused", "ForceRefused", words...)
	}
	refused("no policy speaks", "unless an AuditPolicy that matches what goes says spec.force: Allowed")
	elsewhere.Policy(t, "elsewhere", object{"force": "Allowed"})
	refused("another namespace's does", "unless an AuditPolicy that matches what goes says spec.force: Allowed")
	warn := ns.Policy(t, "warn", object{"force": "Allowed", "enforcement": "Warn"})
	refused("one that holds nothing does", "policy "+warn.Name+" says so, but its enforcement is Warn")

	open := ns.Policy(t, "open", object{"force": "Allowed"})
	closed := ns.Policy(t, "closed", object{"force": "Refused"})
	refused("of two the strictest wins", "policy "+closed.Name+":", "is refused here (spec.force)")
	closed.Set(t, object{"force": nil})

	r := ns.Ask(t, w.sre, command)
	o := waitsFor(t, r, "0/1")
	s := o.List("status.plan.steps")[0]
	harness.Says(t, policiesOf(o, 0), open.Name+": --force is allowed")
	harness.Says(t, fmt.Sprint(s.At("dryRun.warnings")), "--force: nobody waits until its containers have stopped")
	for path, want := range map[string]string{"effect": "Destructive", "reversible": "Partial",
		"command": "kubectl delete pod/" + pod + " --namespace=" + ns.Name + " --force"} {
		if s.String(path) != want {
			t.Errorf("%s: %q, not %q", path, s.String(path), want)
		}
	}
	if risk := o.String("status.risk"); risk != "High" {
		t.Errorf("risk %s", risk)
	}
	if err := r.TryApprove(w.approver, approval(o, o.String("status.approvals.confirm"))); err != nil {
		t.Fatal(err)
	}
	r.Ended(t, "Succeeded", "Verified")
	m := w.deleted(t, ns, pod)
	if len(m) != 1 || m[0].Verb != "delete" {
		t.Fatalf("the pod was changed %d times: %+v", len(m), m)
	}
	if options, _ := m[0].RequestBody.(map[string]any); fmt.Sprint(options["gracePeriodSeconds"]) != "0" {
		t.Errorf("it was sent %v", m[0].RequestBody)
	}
}

// What opened it is withdrawn after the approval, right before the send: nothing is sent.
func (w *world) testForceWithdrawn(t *testing.T) {
	for name, withdraw := range map[string]func(p *harness.Policy){
		"changed": func(p *harness.Policy) { p.Set(t, object{"force": nil}) },
		"refused": func(p *harness.Policy) { p.Set(t, object{"force": "Refused"}) },
	} {
		ns := w.Namespace(t, checkout(1))
		pod := w.podOf(t, ns, "checkout")
		p := ns.Policy(t, "open", object{"force": "Allowed"})
		trap := w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: "hold-before"},
			Match: harness.Match{Method: "PATCH", Path: "/namespaces/" + ns.Name + "/chatrequests/[^/]+$", Times: 1}})
		r := ns.Ask(t, w.sre, "kubectl delete pod/"+pod+" --force")
		o := r.WaitFor(t, "AwaitingApproval")
		if err := r.TryApprove(w.approver, approval(o, o.String("status.approvals.confirm"))); err != nil {
			t.Fatal(err)
		}
		trap.Held(t, 1)
		withdraw(p)
		trap.Release(t)
		r.Ended(t, "Refused", "ForceRefused", "kubectl delete --force of pod/"+ns.Name+"/"+pod, "leave --force out")
		if m := w.deleted(t, ns, pod); len(m) != 0 {
			t.Errorf("%s: it was sent: %+v", name, m)
		}
		for _, row := range r.Rows(t) {
			if row.Type == "Intent" {
				t.Errorf("%s: there is an intent: %+v", name, row)
			}
		}
	}
}
