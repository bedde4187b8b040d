package harness

import (
	"fmt"
	"testing"
	"time"
)

// A Policy is one AuditPolicy of a test, deleted at its end.
type Policy struct {
	Name    string
	cluster *Cluster
}

const PoliciesPath = "/apis/kubechat.io/v1alpha1/auditpolicies"

func (c *Cluster) TryPolicy(who *User, name string, spec Object) (Object, error) {
	return who.Do("POST", PoliciesPath, Object{"apiVersion": "kubechat.io/v1alpha1", "kind": "AuditPolicy", "metadata": Object{"name": name},
		"spec": spec})
}

// Policy makes one that matches the namespace, unless the spec says otherwise, and waits until it is in force.
func (n *Namespace) Policy(t testing.TB, name string, spec Object) *Policy {
	t.Helper()
	p := n.UnawaitedPolicy(t, name, spec)
	p.Await(t)
	return p
}

func (n *Namespace) UnawaitedPolicy(t testing.TB, name string, spec Object) *Policy {
	t.Helper()
	full := Object{"match": Object{"namespaces": []string{n.Name}}}
	for k, v := range spec {
		full[k] = v
	}
	p := &Policy{name + "-" + n.Name, n.cluster}
	if _, err := n.cluster.TryPolicy(n.cluster.Admin, p.Name, full); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.cluster.Admin.Do("DELETE", p.Path(), nil) })
	return p
}

func (p *Policy) Path() string { return PoliciesPath + "/" + p.Name }

// Set changes fields of the spec and waits until that is in force.
func (p *Policy) Set(t testing.TB, spec Object) {
	t.Helper()
	p.SetSpec(t, spec)
	p.Await(t)
}

func (p *Policy) SetSpec(t testing.TB, spec Object) {
	t.Helper()
	if _, err := p.cluster.Admin.Patch(p.Path(), "merge", Object{"spec": spec}); err != nil {
		t.Fatal(err)
	}
}

func (p *Policy) Get(t testing.TB) Object {
	t.Helper()
	return p.cluster.Admin.Must(t, "GET", p.Path(), nil)
}

// Await returns when Ready speaks of the newest spec: that is written after the requests have been woken.
func (p *Policy) Await(t testing.TB) Object {
	t.Helper()
	var o Object
	Eventually(t, 20*time.Second, func() error {
		o = p.Get(t)
		if ready := o.Condition("Ready"); ready.Int("observedGeneration") != o.Int("metadata.generation") {
			return fmt.Errorf("AuditPolicy %s: Ready is %v", p.Name, ready)
		}
		return nil
	})
	return o
}
