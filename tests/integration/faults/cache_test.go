package faults

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// The inventory comes from memory, which may lag behind: what is planned holds for the cluster as it is.
func TestTheCacheLagsBehind(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	sre := c.User(t, "sre")
	c.Start(t, harness.Options{Proxy: p})
	ns := c.Namespace(t, harness.Deployment{Name: target, Replicas: 7}, harness.Deployment{Name: "web", Replicas: 1})
	known := func(prompt string) { // by the memory, before it stops
		ns.Create(t, sre, harness.Object{"prompt": prompt}).WaitFor(t, "AwaitingApproval")
	}
	known("double " + target)
	known("double web")

	trap := p.Add(t, harness.Rule{Match: harness.Match{Method: "GET", Path: "^/apis/apps/v1/deployments$"}, Action: harness.Action{Type: "hold-before"}})
	p.Cut(t)
	trap.Held(t, 1)
	deployments := ns.Path("apps/v1", "deployments", "")
	if _, err := c.Admin.Patch(deployments+"/"+target, "merge", harness.Object{"spec": harness.Object{"replicas": 2}}); err != nil {
		t.Fatal(err)
	}
	c.Admin.Must(t, "DELETE", deployments+"/web", nil)
	ns.Deploy(t, harness.Deployment{Name: "late", Replicas: 1})
	for _, x := range []struct{ name, prompt, phase, command string }{
		{"another number of replicas", "double " + target, "AwaitingApproval", "kubectl scale deployment/checkout --namespace=%NS --replicas=4"},
		{"nothing yet", "scale late to 5", "AwaitingApproval", "kubectl scale deployment/late --namespace=%NS --replicas=5"},
		{"an object that is gone", "scale web to 5", "NeedsClarification", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := ns.Create(t, sre, harness.Object{"prompt": x.prompt}).WaitFor(t, "AwaitingApproval", "NeedsClarification", "Refused", "Failed")
			if phase := o.String("status.phase"); phase != x.phase {
				t.Fatalf("%s, want %s: %v", phase, x.phase, o.At("status"))
			}
			if x.command == "" {
				return
			}
			steps := o.List("status.plan.steps")
			if want := strings.ReplaceAll(x.command, "%NS", ns.Name); len(steps) != 1 || steps[0].String("command") != want {
				t.Errorf("planned %v, want %s", steps, want)
			}
		})
	}
	for _, call := range p.Calls(t, harness.Match{Method: "GET", Path: "^/apis/apps/v1/deployments$"}) {
		if call.Rule == trap.ID && call.Forwarded {
			t.Errorf("the memory did not lag: %+v", call)
		}
	}
	trap.Drop(t)
}
