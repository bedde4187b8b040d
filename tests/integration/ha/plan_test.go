package ha

import (
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// The leader is stopped while it plans. The other one plans meanwhile; what the first one finds when it wakes goes into no row.
func TestTheLeaderSleepsWhilePlanning(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c, briskly...)
	sre := c.User(t, "sre")
	ns := c.Namespace(t, harness.Deployment{Name: target})
	answer := c.Proxy(t).Add(t, harness.Rule{Match: scale(ns.Name, "dryRun", 2), Action: harness.Action{Type: "hold-after"}})
	r := ns.Ask(t, sre, oneMore)
	answer.Held(t, 1)
	silent := time.Now()
	p.leader.Stop(t)
	p.service.Remove(p.leader)
	answer.Release(t)
	p.within(t, silent, takeOver)
	r.WaitFor(t, "AwaitingApproval")
	p.leader.Continue()
	harness.Eventually(t, handOver, func() error { return p.leader.Logged("a candidate again") })
	count := map[string]int{}
	for _, row := range r.Rows(t) {
		count[row.Type]++
	}
	if count["Requested"] != 1 || count["Planned"] != 1 || count["Previewed"] != 1 {
		t.Errorf("rows: %v", count)
	}
	p.leader.Kill(t)
	r.Succeed(t, sre)
	done(t, c, r)
	c.CheckAudit(t)
}
