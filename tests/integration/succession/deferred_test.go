package succession

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// What an earlier step makes is described, previewed when its turn comes, and carried out under the one approval.
func (w *world) testOneApproval(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	r := ns.Ask(t, w.olga, namespaceWithSettings(x)...)

	o := waitsFor(t, r, "ApprovalNeeded")
	steps := o.List("status.plan.steps")
	if len(steps) != 4 {
		t.Fatalf("%d steps", len(steps))
	}
	for i, outcome := range []string{"Accepted", "Deferred", "Deferred", "Deferred"} {
		if got := steps[i].String("dryRun.outcome"); got != outcome {
			t.Errorf("step %d: %s, wanted %s (%s)", i+1, got, outcome, steps[i].String("dryRun.message"))
		}
	}
	harness.Says(t, steps[1].String("dryRun.message"), "needs namespace/"+x+", which step 1 creates: previewed again when its turn comes")
	harness.Says(t, steps[2].String("dryRun.message"), "which step 1 creates")
	if !hasChange(steps[1], "data.colour", "blue") {
		t.Errorf("what the request states is not shown: %v", steps[1].At("dryRun.changes"))
	}
	if o.String("status.risk") != "Medium" {
		t.Errorf("risk %s", o.String("status.risk"))
	}
	first := o.String("status.plan.digest")
	r.Approve(t, w.olga)

	o = ended(t, r, "Succeeded", "Verified", "all 4 steps")
	if got := results(o); got != "Verified, Verified, Verified, Verified" {
		t.Errorf("results: %s", got)
	}
	if o.String("status.plan.digest") == first {
		t.Error("the plan that was carried out is not shown")
	}
	for _, s := range o.List("status.plan.steps") {
		if s.String("dryRun.outcome") != "Accepted" {
			t.Errorf("%s: %s at the end", s.String("command"), s.String("dryRun.outcome"))
		}
	}
	if n := len(o.List("spec.approvals")); n != 1 {
		t.Errorf("%d approvals", n)
	}
	got := w.Admin.Must(t, "GET", "/api/v1/namespaces/"+x+"/configmaps/settings", nil)
	if got.String("data.colour") != "blue" || got.String("metadata.labels.tier") != "front" {
		t.Errorf("made: %v", got)
	}
	w.changesOf(t, x, "configmaps", "settings", 2)
	w.changesOf(t, x, "serviceaccounts", "web", 1)
	rows := r.Rows(t)
	// The configmap has to be there before it can be labelled: it is, or is not, when the namespace's turn is over.
	if why := strings.Join(follows(rows), " "); why != "Deferred Deferred" {
		t.Errorf("plans that followed: %q", why)
	}
	if n := count(rows, "Intent", "Pending"); n != 4 {
		t.Errorf("%d intents", n)
	}
	if n := count(rows, "Approved", "Accepted"); n != 1 {
		t.Errorf("%d approvals in the log", n)
	}
}

func hasChange(step object, path, to string) bool {
	for _, c := range step.List("dryRun.changes") {
		if c.String("path") == path && c.String("to") == to {
			return true
		}
	}
	return false
}

// The cluster would make something else of it than was described: nothing of it happens before somebody approves that.
func (w *world) testChanged(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	w.admit(t, ns, x, "configmaps", labelled)
	r := ns.Ask(t, w.olga, namespaceWithSettings(x)[:3]...)
	first := waitsFor(t, r, "ApprovalNeeded").String("status.plan.digest")
	r.Approve(t, w.olga)

	o := waitsFor(t, r, "PlanChanged", "step 2 (kubectl create configmap settings", "is not what was described",
		"metadata.labels.team: (none) -> platform", "waiting for 1 approval")
	if o.String("status.plan.digest") == first || o.Int("status.approvals.granted") != 0 || o.String("status.approvals.summary") != "0/1" {
		t.Errorf("shown: plan %s, approvals %s", o.String("status.plan.digest"), o.String("status.approvals.summary"))
	}
	if !hasChange(o.List("status.plan.steps")[1], "metadata.labels.team", "platform") {
		t.Error("what is different is not shown with the step")
	}
	if o.At("metadata.finalizers") == nil {
		t.Error("nothing holds the request while a part of it is done")
	}
	if got := results(o); !strings.HasPrefix(got, "Verified, ") {
		t.Errorf("results: %s", got)
	}
	// The old approval once more is no approval of the new plan.
	if err := r.TryApprove(w.olga, object{"decision": "Approve", "planDigest": first}); err == nil {
		t.Error("an approval of a plan that is not shown was taken")
	}
	w.changesOf(t, x, "configmaps", "settings", 0)

	r.Approve(t, w.olga)
	ended(t, r, "Succeeded", "Verified", "all 3 steps")
	w.changesOf(t, x, "configmaps", "settings", 2)
	w.changesOf(t, "", "namespaces", x, 1)
	if n := count(r.Rows(t), "Approved", "Accepted"); n != 2 {
		t.Errorf("%d approvals in the log", n)
	}
}

func (w *world) testChangedAndRejected(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	w.admit(t, ns, x, "serviceaccounts", patched(`[{"op":"add","path":"/automountServiceAccountToken","value":false}]`))
	r := ns.Ask(t, w.olga, "kubectl create namespace "+x, "kubectl create serviceaccount web --namespace="+x)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.olga)
	o := waitsFor(t, r, "PlanChanged", "automountServiceAccountToken: (none) -> false")
	if err := r.TryApprove(w.olga, object{"decision": "Reject", "planDigest": o.String("status.plan.digest"), "comment": "not like that"}); err != nil {
		t.Fatal(err)
	}
	ended(t, r, "Rejected", "Rejected", "not like that")
	w.changesOf(t, x, "serviceaccounts", "web", 0)
	w.changesOf(t, "", "namespaces", x, 1)
}

// What the API server refuses when its turn comes fails as any step does.
func (w *world) testRefused(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	r := ns.Ask(t, w.olga, "kubectl create namespace "+x, "kubectl create configmap settings --namespace="+x)
	r.WaitFor(t, "AwaitingApproval")
	w.admit(t, ns, x, "configmaps", denied("no settings today"))
	r.Approve(t, w.olga)
	ended(t, r, "Failed", "StepRefused", "step 2 (kubectl create configmap settings", "no settings today")
	w.changesOf(t, x, "configmaps", "settings", 0)
	w.changesOf(t, "", "namespaces", x, 1)
	if n := count(r.Rows(t), "Previewed", "Refused"); n != 1 {
		t.Errorf("%d rows tell of the refusal", n)
	}
}

func (w *world) testCancelled(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	w.admit(t, ns, x, "configmaps", labelled)
	r := ns.Ask(t, w.olga, namespaceWithSettings(x)...)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.olga)
	waitsFor(t, r, "PlanChanged")
	if _, err := w.olga.Patch(r.Path(), "merge", object{"spec": object{"cancel": true}}); err != nil {
		t.Fatal(err)
	}
	ended(t, r, "Cancelled", "Cancelled", "executed stay")
	w.changesOf(t, x, "configmaps", "settings", 0)
}

// The kill switch holds between plans as it does between steps.
func (w *world) testSuspended(t *testing.T) {
	ns := w.Namespace(t)
	x := w.newNamespace(t, ns)
	w.admit(t, ns, x, "configmaps", labelled)
	r := ns.Ask(t, w.olga, namespaceWithSettings(x)...)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.olga)
	waitsFor(t, r, "PlanChanged")
	w.policy(t, x, object{"suspend": true})
	ended(t, r, "Refused", "Suspended", "1 of 4 steps had been executed and stay")
	w.changesOf(t, x, "configmaps", "settings", 0)
}

// What is not there and nobody makes is asked about, as ever.
func (w *world) testNothingToWaitFor(t *testing.T) {
	ns := w.Namespace(t)
	for _, command := range []string{
		"kubectl create configmap settings --namespace=" + ns.Name + "-x",
		"kubectl label configmap/settings --namespace=" + ns.Name + " tier=front",
	} {
		r := ns.Ask(t, w.olga, command, "kubectl create namespace "+ns.Name+"-x")
		o := r.WaitFor(t, "Refused", "NeedsClarification")
		if o.At("status.plan.steps") != nil && o.List("status.plan.steps")[0].String("dryRun.outcome") == "Deferred" {
			t.Errorf("%s waits for a step that comes later", command)
		}
	}
	if _, err := w.Admin.Do("GET", "/api/v1/namespaces/"+ns.Name+"-x", nil); !harness.IsStatus(err, 404) {
		t.Errorf("the namespace: %v", err)
	}
}
