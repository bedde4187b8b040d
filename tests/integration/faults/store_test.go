package faults

import (
	"path/filepath"
	"testing"

	"kubechat.io/tests/harness"
)

// A manager that starts with an empty store, its own being lost, does nothing a second time, even where its approval would
// still fit.
func TestTheStoreIsLost(t *testing.T) {
	c := harness.Get(t)
	sre := c.User(t, "sre")
	m := c.Start(t, harness.Options{})
	ns := c.Namespace(t, harness.Deployment{Name: target})
	r := ns.Ask(t, sre, oneMore)
	r.Succeed(t, sre)
	released(t, r)
	done(t, c, r)
	m.Terminate(t, stops)
	if _, err := c.Admin.Patch(ns.Path("apps/v1", "deployments", target), "merge", harness.Object{"spec": harness.Object{"replicas": 0}}); err != nil {
		t.Fatal(err)
	}
	m = c.Start(t, harness.Options{Store: filepath.Join(t.TempDir(), "new.db")})
	other := ns.Ask(t, sre, "kubectl scale deployment/checkout --replicas=3")
	other.WaitFor(t, "AwaitingApproval")
	if phase := r.Phase(t); phase != "Succeeded" {
		t.Errorf("the request that had succeeded is %s", phase)
	}
	ns.Changed(t, target, 1)
	m.Terminate(t, stops)
	if _, err := c.Admin.Do("DELETE", other.Path(), nil); err != nil { // the store of the other tests does not know it
		t.Fatal(err)
	}
}
