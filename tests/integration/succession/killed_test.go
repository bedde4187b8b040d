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

	var victims []*victim
	for _, mode := range []string{"hold-before", "hold-after"} {
		for _, c := range life {
			if c.method != "GET" && (mode == "hold-before" || !strings.Contains(c.query, "dryRun")) {
				victims = append(victims, &victim{call: c, nth: c.nth - countBefore(all[:before], c), mode: mode})
			}
		}
	}
	killed := 0
	for len(victims) > 0 { // no more at a time than come to their call before the first one is given up
		n := min(len(victims), 8)
		killed += w.killTogether(t, victims[:n], commands)
		victims = victims[n:]
	}
	// Lives differ: a verification comes twice, an Event is sent later. Most have each call.
	if killed < 12 {
		t.Errorf("only %d requests were caught at their call", killed)
	}
}

// A victim is a request whose manager dies at a call.
type victim struct {
	call    call
	nth     int // after the approval
	mode    string
	request *harness.Request
	trap    *harness.Trap
	caught  bool
}

// await goes on until the call is held, or the request has ended without it.
func (v *victim) await(t *testing.T) {
	harness.Eventually(t, patience, func() error {
		v.caught = v.trap.Count(t) > 0
		if phase := v.request.Phase(t); !v.caught && phase != "Succeeded" {
			return fmt.Errorf("%s: %s, and %s %s has not been held", v.request.Name, phase, v.mode, v.call)
		}
		return nil
	})
}

// killTogether kills the manager with all of them at their calls, and tells how many came there.
func (w *world) killTogether(t *testing.T, victims []*victim, commands func(*harness.Namespace) []string) int {
	spaces := w.Namespaces(t, len(victims))
	harness.Parallel(len(victims), len(victims), func(i int) {
		v := victims[i]
		w.newNamespace(t, spaces[i])
		v.request = spaces[i].Ask(t, w.olga, commands(spaces[i])...)
		v.request.WaitFor(t, "AwaitingApproval")
	})
	for i, v := range victims {
		v.trap = w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: v.mode}, Match: harness.Match{Method: v.call.method,
			Path: strings.ReplaceAll(v.call.path, "NS", regexp.QuoteMeta(spaces[i].Name)), Query: v.call.query, Nth: v.nth, Times: 1}})
	}
	harness.Parallel(len(victims), len(victims), func(i int) {
		victims[i].request.Approve(t, w.olga)
		victims[i].await(t)
	})
	w.manager.Kill(t)
	for _, v := range victims {
		v.trap.Drop(t)
	}
	w.manager = w.Start(w.all, harness.Options{Proxy: w.proxy})
	caught := 0
	for i, v := range victims {
		i, v := i, v
		if v.caught {
			caught++
		}
		t.Run(v.mode+" "+v.call.String(), func(t *testing.T) { w.madeOnce(t, v.request, spaces[i].Name+"-x") })
	}
	return caught
}

// madeOnce checks the traces of a request that has come to its good end, whatever happened on the way.
func (w *world) madeOnce(t *testing.T, r *harness.Request, x string) {
	t.Helper()
	o := ended(t, r, "Succeeded", "Verified", "all 3 steps")
	if n := len(o.List("spec.approvals")); n != 1 {
		t.Errorf("%d approvals", n)
	}
	w.changesOf(t, "", "namespaces", x, 1)
	w.changesOf(t, x, "configmaps", "settings", 2)
	rows := r.Rows(t)
	if err := closed(rows); err != nil {
		t.Error(err)
	}
	for _, why := range follows(rows) {
		if why != "Deferred" {
			t.Errorf("a plan followed: %s", why)
		}
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
