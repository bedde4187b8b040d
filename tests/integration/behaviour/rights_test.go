package behaviour

import (
	"testing"

	"kubechat.io/tests/harness"
)

// neverAsked checks that a refusal came before anybody was asked to approve.
func (w *world) neverAsked(t *testing.T, r *harness.Request, created object) {
	t.Helper()
	for _, p := range w.phases(t, r, created.String("metadata.resourceVersion")) {
		if p == "AwaitingApproval" {
			t.Errorf("%s was in phase AwaitingApproval", r.Name)
		}
	}
}

func (w *world) ask(t *testing.T, ns *harness.Namespace, who *harness.User, spec object) (*harness.Request, object) {
	t.Helper()
	o, err := ns.TryCreate(who, object{"metadata": object{"generateName": "r-"}, "spec": spec})
	if err != nil {
		t.Fatal(err)
	}
	return &harness.Request{Namespace: ns, Name: o.String("metadata.name"), UID: o.String("metadata.uid")}, o
}

// Who may look but not change reads in the preview what the API server says to that.
func (w *world) testViewer(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	ns.Bind(t, "viewers", "kubechat-requester")
	for name, spec := range map[string]object{
		"commands": {"prompt": "try", "commands": []string{scaleCheckout}},
		"words":    {"prompt": "scale checkout to 2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, own := w.viewer.Patch(ns.Path("apps/v1", "deployments", "checkout")+"/scale?dryRun=All", "merge", object{"spec": object{"replicas": 2}})
			harness.Refused(t, own, 403)
			theirs, ok := own.(*harness.StatusError)
			if !ok {
				t.Fatal(own)
			}
			r, created := w.ask(t, ns, w.viewer, spec)
			o := r.Ended(t, "Refused", "DryRunRefused", theirs.Message)
			step := o.List("status.plan.steps")[0]
			if step.String("rbac") != theirs.Message || step.String("dryRun.outcome") != "Refused" {
				t.Errorf("the preview says %v", step)
			}
			harness.Says(t, theirs.Message, `User "viewer" cannot patch resource "deployments/scale"`)
			w.neverAsked(t, r, created)
			ns.Changed(t, "checkout", 0)
		})
	}
}

// Rights end where the binding ends, in whatever way another namespace is named.
func (w *world) testOtherNamespace(t *testing.T) {
	mine, theirs := w.Namespace(t, checkout(1)), w.Namespace(t, checkout(1))
	for _, role := range []string{"edit", "kubechat-requester"} {
		theirs.Unbind(t, "developers", role)
	}
	elsewhere := scaleCheckout + " --namespace=" + theirs.Name
	forbidden := []string{`User "dev" cannot list resource "`, `in the namespace "` + theirs.Name + `"`}
	for _, c := range []struct {
		name   string
		spec   object
		reason string
		words  []string
	}{
		{"by context", object{"context": object{"namespaces": []string{theirs.Name}}, "commands": []string{scaleCheckout}}, "Forbidden", forbidden},
		{"by context and command", object{"context": object{"namespaces": []string{theirs.Name}}, "commands": []string{elsewhere}}, "Forbidden", forbidden},
		{"one of two", object{"context": object{"namespaces": []string{mine.Name, theirs.Name}}, "commands": []string{elsewhere}}, "Forbidden", forbidden},
		{"by command alone", object{"commands": []string{elsewhere}}, "NotPlannable", []string{theirs.Name, "context.namespaces"}},
		{"in words", object{"context": object{"namespaces": []string{theirs.Name}}}, "Forbidden", forbidden},
		{"that there is not", object{"context": object{"namespaces": []string{"no-such-place"}}}, "Forbidden", []string{`in the namespace "no-such-place"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, created := w.ask(t, mine, w.developer, with(object{"prompt": "scale checkout to 2"}, c.spec))
			r.Ended(t, "Refused", c.reason, c.words...)
			w.neverAsked(t, r, created)
			mine.Changed(t, "checkout", 0)
			theirs.Changed(t, "checkout", 0)
		})
	}
	// Who may look everywhere learns that the place does not exist.
	r, _ := w.ask(t, mine, w.olga, object{"prompt": "scale checkout to 2", "context": object{"namespaces": []string{"no-such-place"}}})
	r.Ended(t, "Refused", "NamespaceNotFound", `"no-such-place" not found`)
}
