package ha

import (
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// The leader is stopped between its durable intent and the send. The other one finds the intent, sees that nothing was done,
// and does it. When the first one wakes, its very next step would be the send: it must not leave.
func TestTheLeaderSleepsBeforeTheSend(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c, briskly...)
	sre := c.User(t, "sre")
	ns := c.Namespace(t, harness.Deployment{Name: target})
	r := ns.Ask(t, sre, oneMore)
	r.WaitFor(t, "AwaitingApproval")
	// The last look at the target, after which the intent is written.
	last := c.Proxy(t).Add(t, harness.Rule{Match: scale(ns.Name, "dryRun", 1), Action: harness.Action{Type: "hold-after"}})
	r.Approve(t, sre)
	last.Held(t, 1)

	unlock := c.LockIntents(t)
	last.Release(t)
	var silent time.Time
	for {
		c.AwaitBlockedIntent(t)
		silent = time.Now()
		p.leader.Stop(t)
		unlock()
		// It stands still: its intent is stored now, unless the server had given up on it already. The lock is behind it in the queue.
		unlock = c.LockIntents(t)
		if intents(t, r) > 0 {
			break
		}
		p.leader.Continue()
	}
	p.service.Remove(p.leader)
	unlock()
	p.within(t, silent, takeOver)
	r.WaitFor(t, "Succeeded")
	if n := len(c.Proxy(t).Calls(t, change(ns.Name))); n != 0 {
		t.Fatalf("the leader sent the change before it slept (%d calls): the test has missed its moment", n)
	}

	p.leader.Continue()
	harness.Eventually(t, handOver, func() error { return p.leader.Logged("a candidate again") })
	if calls := c.Proxy(t).Calls(t, change(ns.Name)); len(calls) != 0 {
		t.Errorf("it sent the change after it woke: %+v", calls)
	}
	done(t, c, r)
	var outcomes []string
	for _, row := range r.Rows(t) {
		if row.Type == "Outcome" {
			outcomes = append(outcomes, row.Result)
		}
	}
	if got := strings.Join(outcomes, " "); got != "NotDone Accepted" {
		t.Errorf("outcomes %s", got)
	}
	c.CheckAudit(t)
}

func intents(t *testing.T, r *harness.Request) int {
	t.Helper()
	n := 0
	for _, row := range r.Rows(t) {
		if row.Type == "Intent" {
			n++
		}
	}
	return n
}
