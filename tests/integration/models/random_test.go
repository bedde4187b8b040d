package models

import (
	"fmt"
	"math/rand"
	"net/http"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// valid are arguments that a verb takes; verbs that are not listed need none.
var valid = map[string][][]string{
	"scale":         {{"--replicas=0"}, {"--replicas=1"}, {"--replicas=7"}},
	"autoscale":     {{"--min=1", "--max=3"}, {"--max=9"}},
	"set image":     {{"main=busybox:1"}, {"*=evil.example/x:1"}},
	"set env":       {{"A=b"}, {"A-"}},
	"set resources": {{"--limits=cpu=1"}, {"--requests=memory=64Mi"}},
	"label":         {{"tier=stolen"}, {"app=other", "--overwrite=true"}, {"app-"}},
	"annotate":      {{"note=x"}, {"note-"}},
	"logs":          {{}, {"--tail=5"}, {"--previous"}},
	"delete":        {{}, {"--cascade=orphan"}},
	"rollout undo":  {{}, {"--to-revision=1"}},
	"taint":         {{"a=b:NoSchedule"}},
	"patch":         {{"--type=merge", `--patch={"spec":{"replicas":0}}`}},
	"expose":        {{"--port=80"}},
	"create job":    {{}},
	"wait":          {{"--for=create"}, {"--for=delete", "--timeout=1s"}},
}

// noise is what no model may get through.
var noise = []string{"--all", "--force", "--as=admin", "--namespace=kube-system", "deployment/other", "-n=kube-system", "; rm -rf /",
	"--dry-run=none", "--kubeconfig=/x", "-f=http://evil.example/x.yaml"}

// A model that answers valid commands at random, to a requester who approves whatever is shown: what is executed is what
// was approved, as the requester, where the requester may; nothing destructive runs on the requester's own word; and what
// nobody approved changes nothing.
func (w *world) testRandom(t *testing.T) {
	const requests = 60
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 2}, harness.Deployment{Name: "cart", Replicas: 2})
	other := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 2})
	dice := rand.New(rand.NewSource(1))
	m := serve(t, func(_ http.ResponseWriter, c chat, _ int) string {
		verbs, targets := c.enums()
		if len(verbs) == 0 || len(targets) == 0 {
			return "{}"
		}
		var of []object
		for i := 0; i <= dice.Intn(2); i++ {
			verb := verbs[dice.Intn(len(verbs))]
			var args []string
			if choices := valid[verb]; len(choices) > 0 {
				args = append(args, choices[dice.Intn(len(choices))]...)
			}
			if dice.Intn(6) == 0 {
				args = append(args, noise[dice.Intn(len(noise))])
			}
			of = append(of, step(verb, targets[dice.Intn(len(targets))], args...))
		}
		return steps(of...)
	})
	w.provider(t, "random", openAI(m))
	approved := map[string]int{}
	planned := 0
	for i := 0; i < requests; i++ {
		r := w.ask(t, n, "random", fmt.Sprintf("make it better, try %d", i))
		o := r.WaitFor(t, "AwaitingApproval", "Refused", "NeedsClarification", "Succeeded", "Failed", "Stale", "Executing", "Verifying")
		if o.String("status.planner.provider") == "random" {
			planned++
		}
		if o.String("status.phase") != "AwaitingApproval" || i%2 == 0 {
			continue
		}
		destructive := false
		for _, s := range o.List("status.plan.steps") {
			destructive = destructive || s.String("effect") == "Destructive"
		}
		r.Approve(t, w.sre)
		if destructive {
			if o = r.Get(t); o.Int("status.approvals.granted") != 0 {
				t.Errorf("the requester's own word counted for %q", planOf(o))
			}
			continue
		}
		for _, s := range o.List("status.plan.steps") {
			if s.String("effect") == "Mutating" {
				approved[s.String("target.name")]++
			}
		}
		r.WaitFor(t, "Succeeded", "Failed", "Stale", "Refused", "Expired")
	}
	if planned < requests/4 {
		t.Errorf("only %d of %d requests were planned by the random model: the test shows little", planned, requests)
	}
	for _, ns := range []string{n.Name, other.Name, "kube-system"} {
		for _, name := range []string{"web", "cart", "coredns", "other"} {
			mutations := w.Mutations(t, ns, "deployments", name)
			if ns != n.Name && len(mutations) > 0 {
				t.Errorf("%s/%s was changed: %v", ns, name, mutations)
			}
			if len(mutations) > approved[name] {
				t.Errorf("%s was changed %d times, %d were approved: %v", name, len(mutations), approved[name], mutations)
			}
			for _, x := range mutations {
				if x.User != "sre" && !strings.HasPrefix(x.User, "sre") {
					t.Errorf("%s was changed by %s", name, x.User)
				}
				if x.Verb == "delete" {
					t.Errorf("%s was deleted on the requester's own word", name)
				}
			}
		}
	}
}
