package behaviour

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

const registration = "/apis/admissionregistration.k8s.io/v1/"

var (
	webhooks = []string{registration + "mutatingwebhookconfigurations/kubechat", registration + "validatingwebhookconfigurations/kubechat"}
	policies = []string{registration + "validatingadmissionpolicybindings/kubechat-requests", registration + "validatingadmissionpolicybindings/kubechat-approvals",
		registration + "validatingadmissionpolicybindings/kubechat-status"}
)

// takeAway deletes cluster-wide objects until the end of the test, when they are put back as they were.
func (w *world) takeAway(t *testing.T, paths []string) (putBack func()) {
	t.Helper()
	var kept []object
	for _, path := range paths {
		o := w.admin.Must(t, "GET", path, nil)
		meta := o["metadata"].(map[string]any)
		for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"} {
			delete(meta, field)
		}
		kept = append(kept, o)
		w.admin.Must(t, "DELETE", path, nil)
	}
	done := false
	putBack = func() {
		t.Helper()
		for i, o := range kept {
			if !done {
				w.admin.Must(t, "POST", paths[i][:strings.LastIndex(paths[i], "/")], o)
			}
		}
		done = true
	}
	t.Cleanup(putBack)
	return putBack
}

// refusing waits until an attempt is refused with these words, accepting until it is not: the API server notices other
// admission after a moment.
func refusing(t *testing.T, words string, try func() error) {
	t.Helper()
	harness.Eventually(t, patience, func() error {
		err := try()
		if err == nil {
			return errors.New("accepted")
		}
		if strings.Contains(err.Error(), words) {
			return nil
		}
		return err
	})
}

func accepting(t *testing.T, try func() error) { t.Helper(); harness.Eventually(t, patience, try) }

// The policies alone hold while the webhook is away. Without both, anything may be written, and nothing comes of it.
func (w *world) testAdmissionAway(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	waiting := ns.Ask(t, w.sre, scaleCheckout)
	shown := waiting.WaitFor(t, "AwaitingApproval")
	sealed := object(shown.At("spec.requestedBy").(map[string]any))
	forged := with(sealed, object{"username": "olga", "uid": "u-1001", "groups": []string{"platform-admins", "system:authenticated"}})
	spec := object{"prompt": "the commands below", "commands": []string{scaleCheckout}}
	generated := ""
	named := func(name string, by object) object {
		o := object{"metadata": object{"name": name, "generateName": generated}, "spec": spec}
		if by != nil {
			o["spec"] = with(spec, object{"requestedBy": by})
		}
		return o
	}
	dryRun := func(by object) func() error {
		return func() error {
			_, err := w.sre.Do("POST", ns.Path("kubechat.io/v1alpha1", "chatrequests", "")+"?dryRun=All",
				with(named("probe", by), object{"apiVersion": "kubechat.io/v1alpha1", "kind": "ChatRequest"}))
			return err
		}
	}

	webhooksBack := w.takeAway(t, webhooks)
	refusing(t, `spec.requestedBy is not the identity that sends the request ("sre"): nobody asks for somebody else`, dryRun(forged))
	refusing(t, "spec.requestedBy was not stamped and sealed: kubechat's mutating webhook was not asked", dryRun(nil))
	harness.Refused(t, waiting.TryApprove(w.sre, approval("Approve", shown)), 403, "spec.approvals: the approval was not stamped and sealed")

	madeUp := with(approval("Approve", shown), object{"username": "approver", "uid": "u-1005", "groups": []string{"approvers"},
		"time": "2026-01-02T03:04:05Z", "seal": "v1:" + strings.Repeat("A", 43) + "="})
	harness.Refused(t, waiting.TryApprove(w.sre, madeUp), 403, `the approval is not in the name of the identity that sends it ("sre"): nobody approves for somebody else`)

	policiesBack := w.takeAway(t, policies)
	accepting(t, dryRun(forged))
	accepting(t, dryRun(nil))

	other := w.Namespace(t, checkout(1))
	var requests []*harness.Request
	create := func(in *harness.Namespace, name string, by object) *harness.Request {
		t.Helper()
		o, err := in.TryCreate(w.sre, named(name, by))
		if err != nil {
			t.Fatal(err)
		}
		r := &harness.Request{Namespace: in, Name: name, UID: o.String("metadata.uid")}
		requests = append(requests, r)
		return r
	}
	// In a namespace of its own, to see that nothing at all is done there as anybody.
	create(other, "unsealed", nil).Ended(t, "Refused", "SealMissing", "written while kubechat's admission webhook was away", "Create it again")
	create(other, "made-up", forged).Ended(t, "Refused", "SealInvalid", "spec.requestedBy.seal does not fit this request")
	create(other, "copied", sealed).Ended(t, "Refused", "SealInvalid", "restored or copied from another object")
	for _, a := range w.Accesses(t, other.Name) {
		if a.As != "" {
			t.Errorf("done as %s: %s %s", a.As, a.Verb, a.URI)
		}
	}
	other.Changed(t, "checkout", 0)
	create(ns, "copied", sealed).Ended(t, "Refused", "SealInvalid", "restored or copied from another object")

	// An approval that nobody sealed does not count.
	accepting(t, func() error { return waiting.TryApprove(w.sre, madeUp) })
	harness.Eventually(t, patience, func() error {
		message := waiting.Get(t).Condition("Approved").String("message")
		if !strings.Contains(message, "waiting for 1 approval; the approval of approver does not count: its seal does not fit") {
			return fmt.Errorf("Approved says %q", message)
		}
		return nil
	})

	// A plan that somebody wrote into the status is replaced by the one of record.
	lie := "sha256:" + strings.Repeat("0", 64)
	accepting(t, func() error {
		_, err := w.olga.Patch(waiting.Path()+"/status", "merge", object{"status": object{"plan": object{"digest": lie}}})
		return err
	})
	harness.Eventually(t, patience, func() error {
		if d := waiting.Get(t).String("status.plan.digest"); d == lie {
			return errors.New("the status still shows the plan that was written into it")
		}
		return nil
	})

	// The same object once more, and one with a name that the API server could have chosen: the seal fits both, but it
	// belongs to the first object.
	w.sre.Must(t, "DELETE", waiting.Path(), nil)
	for _, name := range []string{waiting.Name, "r-another"} {
		generated = "r-"
		create(ns, name, sealed).Ended(t, "Refused", "SealReplayed", "spec.requestedBy.seal belongs to another object (uid "+waiting.UID+")")
	}
	ns.Changed(t, "checkout", 0)

	policiesBack()
	webhooksBack()
	refusing(t, `spec.requestedBy.username: "olga" is not you ("sre")`, dryRun(object{"username": "olga"}))
	refusing(t, "status is written by kubechat alone", func() error {
		_, err := w.olga.Patch(requests[0].Path()+"/status?dryRun=All", "merge", object{"status": object{"phase": "Succeeded"}})
		return err
	})
	for _, r := range requests {
		if p := r.Phase(t); p != "Refused" {
			t.Errorf("%s is %s now", r.Name, p)
		}
	}
}
