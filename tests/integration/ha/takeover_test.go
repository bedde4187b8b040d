package ha

import (
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// within waits until the follower leads, counted from when the leader fell silent.
func (p *pair) within(t *testing.T, silent time.Time, limit time.Duration) {
	t.Helper()
	p.follower.AwaitLeading(t, limit)
	took := time.Since(silent).Round(time.Millisecond)
	t.Logf("the other one led after %s", took)
	if took > limit {
		t.Errorf("that is more than %s", limit)
	}
}

func TestTheLeaderIsKilled(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c, "--workers", "32")
	spare := c.Namespace(t, harness.Deployment{Name: target})
	all := catch(t, c)
	silent := time.Now()
	p.leader.Kill(t)
	release(t, all)
	p.within(t, silent, takeOver)
	fresh(t, c, spare)
	check(t, c, all)
}

// A leader that was stopped goes on where it was: nothing that it sends may count any more.
func TestTheLeaderSleeps(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c, append(briskly, "--workers", "32")...)
	spare := c.Namespace(t, harness.Deployment{Name: target})
	all := catch(t, c)
	silent := time.Now()
	p.leader.Stop(t)
	p.service.Remove(p.leader)
	release(t, all)
	p.within(t, silent, takeOver)
	fresh(t, c, spare)
	check(t, c, all)
	p.leader.Continue()
	harness.Eventually(t, handOver, func() error { return p.leader.Logged("a candidate again") })
	p.service.Add(p.leader)
	for _, v := range all {
		done(t, c, v.request)
	}
	if !p.follower.Leads() || p.leader.Leads() {
		t.Error("who was asleep leads again")
	}
	c.CheckAudit(t)
}

// A leader that cannot reach the API server stops before another one begins, and what it sent arrives late.
func TestTheLeaderIsCutOff(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c, "--workers", "32")
	spare := c.Namespace(t, harness.Deployment{Name: target})
	all := catch(t, c)
	silent := time.Now()
	c.Proxy(t).BlackHole(t, 40*time.Second)
	p.service.Remove(p.leader)
	release(t, all)
	p.within(t, silent, takeOver)
	if p.leader.Leads() {
		t.Error("both lead")
	}
	fresh(t, c, spare)
	check(t, c, all)
	time.Sleep(time.Until(silent.Add(42 * time.Second)))
	for _, v := range all {
		done(t, c, v.request)
	}
	p.service.Add(p.leader)
	// It lives, and is of use again.
	p.follower.Terminate(t, handOver)
	p.leader.AwaitLeading(t, takeOver)
	fresh(t, c, c.Namespace(t, harness.Deployment{Name: target}))
	c.CheckAudit(t)
}

// SIGTERM, with work under way: the other one goes on at once.
func TestTheLeaderIsToldToStop(t *testing.T) {
	c := harness.Get(t)
	p := start(t, c)
	spaces := c.Namespaces(t, 8, harness.Deployment{Name: target})
	sre := c.User(t, "sre")
	requests := make([]*harness.Request, len(spaces))
	harness.Parallel(len(spaces), 8, func(i int) {
		requests[i] = spaces[i].Ask(t, sre, oneMore)
		requests[i].WaitFor(t, "AwaitingApproval")
	})
	for i := range requests {
		requests[i].Approve(t, sre)
	}
	silent := time.Now()
	p.leader.Terminate(t, handOver)
	p.within(t, silent, handOver)
	for _, r := range requests {
		r.Succeed(t, sre)
		done(t, c, r)
	}
	c.CheckAudit(t)
}
