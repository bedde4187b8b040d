package faults

import (
	"testing"

	"kubechat.io/tests/harness"
)

// SIGTERM in the middle of work: it ends soon, with exit code 0 (Terminate checks it), and the next manager goes on.
func TestToldToStop(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	sre := c.User(t, "sre")
	var all []*harness.Request
	for _, x := range []struct {
		name    string
		disturb func(t *testing.T, r *harness.Request)
	}{
		{"nothing to do", func(t *testing.T, r *harness.Request) {}},
		{"a read is not answered", func(t *testing.T, r *harness.Request) {
			held := p.Add(t, harness.Rule{Match: harness.Match{Method: "GET", Path: r.Namespace.Name + "/deployments/checkout/scale"},
				Action: harness.Action{Type: "hold-after"}})
			r.Approve(t, sre)
			held.Held(t, 1)
		}},
		{"the change is not answered", func(t *testing.T, r *harness.Request) {
			held := p.Add(t, harness.Rule{Match: theSend(r.Namespace.Name), Action: harness.Action{Type: "hold-after"}})
			r.Approve(t, sre)
			held.Held(t, 1)
		}},
		{"nothing is answered", func(t *testing.T, r *harness.Request) {
			held := p.Add(t, harness.Rule{Match: harness.Match{Method: "PUT", Path: r.Namespace.Name + "/chatrequests/"},
				Action: harness.Action{Type: "hold-after"}})
			r.Approve(t, sre)
			held.Held(t, 1)
			p.BlackHole(t, 0)
		}},
		{"pods are awaited", func(t *testing.T, r *harness.Request) {
			c.StopComponent(t, "kube-scheduler")
			t.Cleanup(func() { c.StartComponent(t, "kube-scheduler") })
			r.Approve(t, sre)
			r.WaitFor(t, "Verifying")
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			m := c.Start(t, harness.Options{Proxy: p})
			ns := c.Namespace(t, harness.Deployment{Name: target})
			r := ns.Ask(t, sre, oneMore)
			r.WaitFor(t, "AwaitingApproval")
			x.disturb(t, r)
			t.Logf("ended in %s", m.Terminate(t, stops))
			p.Reset(t)
			all = append(all, r)
		})
	}
	c.Start(t, harness.Options{Proxy: p})
	for _, r := range all {
		r.Succeed(t, sre)
		released(t, r)
		done(t, c, r)
	}
	c.CheckAudit(t)
}
