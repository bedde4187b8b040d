package succession

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// A call in the life of a request, the nth of its kind. NS stands for the namespace, which the one that is made is called after.
type call struct {
	method, path, query string
	nth                 int
}

func (c call) String() string {
	return fmt.Sprintf("%s %s?%s #%d", c.method, strings.ReplaceAll(c.path, "\\", ""), c.query, c.nth)
}

// callsAfter are those of one request from its approval on.
func callsAfter(calls []harness.Call, ns string) []call {
	var out []call
	seen := map[call]int{}
	name := regexp.MustCompile(`/chatrequests/[^/]+`)
	for _, x := range calls {
		path := "^" + strings.ReplaceAll(regexp.QuoteMeta(x.Path), regexp.QuoteMeta(ns), "NS") + "$"
		c := call{method: x.Method, path: name.ReplaceAllString(path, "/chatrequests/[^/]+"), query: "^" + regexp.QuoteMeta(x.Query) + "$"}
		seen[c]++
		c.nth = seen[c]
		out = append(out, c)
	}
	return out
}

// Kill -9 with every call of a request under way that has a plan and one that follows it: nothing is made twice, nothing is
// left out, and nobody is asked twice.
func (w *world) testKilledBetweenPlans(t *testing.T) {
	commands := func(ns *harness.Namespace) []string { return namespaceWithSettings(ns.Name + "-x")[:3] }
	ns := w.Namespace(t)
	w.newNamespace(t, ns)
	r := ns.Ask(t, w.olga, commands(ns)...)
	r.WaitFor(t, "AwaitingApproval")
	before := len(w.proxy.Calls(t, harness.Match{Path: ns.Name}))
	r.Approve(t, w.olga)
	ended(t, r, "Succeeded", "Verified")
	all := callsAfter(w.proxy.Calls(t, harness.Match{Path: ns.Name}), ns.Name)
	life := all[before:]
	statuses := 0
	for _, c := range life {
		if c.method == "PUT" && strings.HasSuffix(c.path, "/status$") {
			statuses++
		}
	}
	if len(life) < 15 || statuses < 3 {
		t.Fatalf("%d calls, %d of them for status: %v", len(life), statuses, life)
	}

	type victim struct {
		call    call
		mode    string
		request *harness.Request
		trap    *harness.Trap
	}
	var victims []*victim
	for _, mode := range []string{"hold-before", "hold-after"} {
		for _, c := range life {
			victims = append(victims, &victim{call: c, mode: mode})
		}
	}
	spaces := w.Namespaces(t, len(victims))
	harness.Parallel(len(victims), 8, func(i int) {
		v := victims[i]
		w.newNamespace(t, spaces[i])
		v.request = spaces[i].Ask(t, w.olga, commands(spaces[i])...)
		v.request.WaitFor(t, "AwaitingApproval")
	})
	w.manager.Kill(t)
	w.manager = w.Start(t, harness.Options{Proxy: w.proxy, Args: []string{"--workers", "128"}})
	harness.Parallel(len(victims), 8, func(i int) {
		v := victims[i]
		name := regexp.QuoteMeta(spaces[i].Name)
		nth := v.call.nth - countBefore(all[:before], v.call)
		v.trap = w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: v.mode}, Match: harness.Match{Method: v.call.method,
			Path: strings.ReplaceAll(v.call.path, "NS", name), Query: v.call.query, Nth: nth, Times: 1}})
		v.request.Approve(t, w.olga)
		v.trap.Held(t, 1)
	})
	w.manager.Kill(t)
	for _, v := range victims {
		v.trap.Drop(t)
	}
	w.manager = w.Start(t, harness.Options{Proxy: w.proxy})
	for i, v := range victims {
		x := spaces[i].Name + "-x"
		t.Run(v.mode+" "+v.call.String(), func(t *testing.T) {
			o := ended(t, v.request, "Succeeded", "Verified", "all 3 steps")
			if n := len(o.List("spec.approvals")); n != 1 {
				t.Errorf("%d approvals", n)
			}
			w.changesOf(t, "", "namespaces", x, 1)
			w.changesOf(t, x, "configmaps", "settings", 2)
			rows := v.request.Rows(t)
			if err := closed(rows); err != nil {
				t.Error(err)
			}
			for _, why := range follows(rows) {
				if why != "Deferred" {
					t.Errorf("a plan followed: %s", why)
				}
			}
		})
	}
}

// countBefore is how many calls of the same kind came before the approval: the proxy counts from when a rule is made.
func countBefore(calls []call, c call) int {
	n := 0
	for _, x := range calls {
		if x.method == c.method && x.path == c.path && x.query == c.query {
			n++
		}
	}
	return n
}

// closed looks whether each intent, of whichever plan, has an outcome.
func closed(rows []harness.Row) error {
	open := map[string]bool{}
	for _, r := range rows {
		attempt := fmt.Sprintf("%s step %s, attempt %d", r.PlanDigest, r.Step, r.Claims.Attempt)
		switch r.Type {
		case "Intent":
			if open[attempt] {
				return fmt.Errorf("two intents: %s", attempt)
			}
			open[attempt] = true
		case "Outcome":
			if !open[attempt] {
				return fmt.Errorf("an outcome without an intent: %s", attempt)
			}
			delete(open, attempt)
		}
	}
	for attempt := range open {
		return fmt.Errorf("an intent without an outcome: %s", attempt)
	}
	return nil
}
