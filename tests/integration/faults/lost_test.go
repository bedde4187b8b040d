package faults

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// theSend selects the one change of a request in ns, without its dry runs.
func theSend(ns string) harness.Match {
	return harness.Match{Method: "PATCH", Path: "/namespaces/" + ns + "/deployments/" + target + "/scale$", Query: "^fieldManager=[^&]*$"}
}

// outcomes are the results of a request's outcome rows.
func outcomes(t *testing.T, r *harness.Request) []string {
	t.Helper()
	var out []string
	for _, row := range r.Rows(t) {
		if row.Type == "Outcome" {
			out = append(out, row.Result)
		}
	}
	return out
}

// The answer to the change is lost, or says less than what happened.
func TestTheAnswerIsLost(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	c.Start(t, harness.Options{Proxy: p})
	sre := c.User(t, "sre")
	status := func(code int, forward bool, retryAfter string) harness.Action {
		a := harness.Action{Type: "status", Code: code, Forward: forward}
		if retryAfter != "" {
			a.Headers = map[string]string{"Retry-After": retryAfter}
		}
		return a
	}
	for _, x := range []struct {
		name   string
		action harness.Action
		times  int
		drop   bool
		want   string // results of the outcome rows
	}{
		{name: "reset after the server acted", action: harness.Action{Type: "reset", Forward: true}, want: "Observed"},
		{name: "stream reset after the server acted", action: harness.Action{Type: "cut", Stream: true, AfterBytes: 10}, want: "Observed"},
		{name: "cut in the middle of the answer", action: harness.Action{Type: "cut", AfterBytes: 10}, want: "Observed"},
		{name: "withheld, then dropped", action: harness.Action{Type: "hold-after"}, drop: true, want: "Observed"},
		{name: "500 after the server acted", action: status(500, true, ""), want: "Observed"},
		{name: "503 with Retry-After after the server acted", action: status(503, true, "1"), want: "Observed"},
		{name: "504 after the server acted", action: status(504, true, ""), want: "Observed"},
		{name: "reset before the server saw it", action: harness.Action{Type: "reset"}, want: "NotDone Accepted"},
		{name: "500 instead of acting", action: status(500, false, ""), want: "NotDone Accepted"},
		{name: "500 three times instead of acting", action: status(500, false, ""), times: 3, want: "NotDone NotDone NotDone Accepted"},
		{name: "429 with Retry-After", action: status(429, false, "1"), times: 2, want: "Accepted"},
		{name: "429 without Retry-After, for a while", action: status(429, false, ""), times: 8,
			want: strings.Repeat("NotSent ", 8) + "Accepted"},
	} {
		x := x
		// The manager's calls share a connection: one that is broken takes the others' calls with it, so these go first and alone.
		breaks := x.drop || !x.action.Stream && (x.action.Type == "reset" || x.action.Type == "cut")
		t.Run(x.name, func(t *testing.T) {
			if !breaks {
				t.Parallel()
			}
			ns := c.Namespace(t, harness.Deployment{Name: target})
			r := ns.Ask(t, sre, oneMore)
			r.WaitFor(t, "AwaitingApproval")
			rule := harness.Rule{Match: theSend(ns.Name), Action: x.action}
			rule.Match.Times = max(x.times, 1)
			trap := p.Add(t, rule)
			r.Approve(t, sre)
			if x.drop {
				trap.Held(t, 1)
				trap.Drop(t)
			}
			r.WaitFor(t, "Succeeded")
			released(t, r)
			done(t, c, r)
			if got := strings.Join(outcomes(t, r), " "); got != x.want {
				t.Errorf("outcomes %s, wanted %s", got, x.want)
			}
			if n := trap.Count(t); n != rule.Match.Times {
				t.Errorf("disturbed %d times, wanted %d", n, rule.Match.Times)
			}
		})
	}
}

// flap moves the target's resourceVersion as a crash-looping workload does.
func flap(t *testing.T, ns *harness.Namespace, n int) {
	t.Helper()
	_, err := harness.Get(t).Admin.Patch(ns.Path("apps/v1", "deployments", target)+"/status", "strategic", harness.Object{"status": harness.Object{
		"conditions": []harness.Object{{"type": "Flapping", "status": "True", "reason": fmt.Sprintf("Time%d", n)}}}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheTargetFlaps(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	c.Start(t, harness.Options{Proxy: p})
	sre := c.User(t, "sre")
	for _, x := range []struct {
		name  string
		times int
		phase string
		want  string
	}{
		{"once", 1, "Succeeded", "Conflict Accepted"},
		{"four times", 4, "Succeeded", "Conflict Conflict Conflict Conflict Accepted"},
		{"all the time", 5, "Stale", "Conflict Conflict Conflict Conflict Conflict"},
	} {
		x := x
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			ns := c.Namespace(t, harness.Deployment{Name: target})
			r := ns.Ask(t, sre, oneMore)
			r.WaitFor(t, "AwaitingApproval")
			flap(t, ns, 0) // between preview and approval it does not matter
			rule := harness.Rule{Match: theSend(ns.Name), Action: harness.Action{Type: "hold-before"}}
			rule.Match.Times = x.times
			trap := p.Add(t, rule)
			r.Approve(t, sre)
			for i := 1; i <= x.times; i++ {
				trap.Fired(t, i)
				trap.Held(t, 1)
				flap(t, ns, i)
				trap.Release(t)
			}
			r.WaitFor(t, x.phase)
			if got := strings.Join(outcomes(t, r), " "); got != x.want {
				t.Errorf("outcomes %s, wanted %s", got, x.want)
			}
			if x.phase == "Succeeded" {
				released(t, r)
				done(t, c, r)
			} else {
				ns.Changed(t, target, 0)
			}
		})
	}
}

// A change is still under way when its manager dies. The next one looks, finds nothing done and sends it again; the old one
// arrives just before.
func TestTheStraggler(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	m := c.Start(t, harness.Options{Proxy: p})
	sre := c.User(t, "sre")
	ns := c.Namespace(t, harness.Deployment{Name: target})
	r := ns.Ask(t, sre, oneMore)
	r.WaitFor(t, "AwaitingApproval")
	rule := harness.Rule{Match: theSend(ns.Name), Action: harness.Action{Type: "hold-before"}}
	rule.Match.Times = 1
	first := p.Add(t, rule)
	second := p.Add(t, rule)
	r.Approve(t, sre)
	first.Held(t, 1)
	m.Kill(t)
	c.Start(t, harness.Options{Proxy: p})
	second.Held(t, 1)
	first.Release(t)
	ns.AwaitReplicas(t, target, 1)
	second.Release(t)
	r.WaitFor(t, "Succeeded")
	released(t, r)
	done(t, c, r)
	if got := strings.Join(outcomes(t, r), " "); got != "NotDone Conflict Observed" {
		t.Errorf("outcomes %s", got)
	}
}
