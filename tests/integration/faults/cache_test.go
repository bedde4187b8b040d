package faults

import (
	"encoding/json"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// The inventory comes from the API server's cache, which may lag behind: what is planned holds for the cluster as it is.
func TestTheCacheLagsBehind(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	sre := c.User(t, "sre")
	c.Start(t, harness.Options{Proxy: p})
	for _, x := range []struct {
		name    string
		listed  func(now harness.Object) []harness.Object // what the cache still says
		prompt  string
		phase   string
		command string
	}{
		{"another number of replicas", func(now harness.Object) []harness.Object { return []harness.Object{withReplicas(now, 7)} },
			"double checkout", "AwaitingApproval", "kubectl scale deployment/checkout --namespace=%NS --replicas=4"},
		{"nothing yet", func(harness.Object) []harness.Object { return []harness.Object{} },
			"scale checkout to 5", "AwaitingApproval", "kubectl scale deployment/checkout --namespace=%NS --replicas=5"},
		{"an object that is gone", func(now harness.Object) []harness.Object { return []harness.Object{now, named(now, "web")} },
			"scale web to 5", "NeedsClarification", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			ns := c.Namespace(t, harness.Deployment{Name: target, Replicas: 2})
			list, err := json.Marshal(harness.Object{"kind": "DeploymentList", "apiVersion": "apps/v1",
				"metadata": harness.Object{"resourceVersion": "1"}, "items": x.listed(ns.GetDeployment(t, target))})
			if err != nil {
				t.Fatal(err)
			}
			trap := p.Add(t, harness.Rule{Match: harness.Match{Method: "GET", Path: "/" + ns.Name + "/deployments$", Query: "resourceVersion=0"},
				Action: harness.Action{Type: "status", Code: 200, ContentType: "application/json", Body: string(list)}})
			o := ns.Create(t, sre, harness.Object{"prompt": x.prompt}).WaitFor(t, "AwaitingApproval", "NeedsClarification", "Refused", "Failed")
			if phase := o.String("status.phase"); phase != x.phase {
				t.Fatalf("%s, want %s: %v", phase, x.phase, o.At("status"))
			}
			if trap.Count(t) == 0 {
				t.Error("the cache was not asked")
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
}

// changed is a copy with one member of a part set.
func changed(o harness.Object, part, member string, value any) harness.Object {
	var out harness.Object
	b, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // it came as JSON
	}
	out[part].(map[string]any)[member] = value
	return out
}

func withReplicas(o harness.Object, n int) harness.Object { return changed(o, "spec", "replicas", n) }
func named(o harness.Object, name string) harness.Object  { return changed(o, "metadata", "name", name) }
