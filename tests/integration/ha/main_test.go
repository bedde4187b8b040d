// Package ha tests several managers of one cluster: one of them leads, and when it dies, sleeps or is cut off another one goes
// on, with nothing lost and nothing doubled. They share an audit store on PostgreSQL.
package ha

import (
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	// takeOver is how long another manager may take to go on after the leader has fallen silent: the lease's 15 s, and what a sanitized
	// manager needs on a busy machine.
	takeOver = 30 * time.Second
	// handOver is how long it may take when the leader is told to stop: less than the lease would.
	handOver = 10 * time.Second
)

// A pair is a leader, which reaches the API server through the proxy, and one that waits.
type pair struct {
	service          *harness.Service
	leader, follower *harness.Manager
}

// briskly: about half the lease's default times. TestTheLeaderIsKilled and TestTheLeaderIsCutOff keep the defaults, and show that
// these hold takeOver.
var briskly = []string{"--leader-elect-lease-duration=8s", "--leader-elect-renew-deadline=6s", "--leader-elect-retry-period=1s"}

func start(t *testing.T, c *harness.Cluster, args ...string) *pair {
	t.Helper()
	c.UsePostgres(t)
	p := &pair{service: c.Service(t)}
	p.leader = c.Start(t, harness.Options{Proxy: c.Proxy(t), Service: p.service, Args: args})
	p.leader.AwaitLeading(t, takeOver) // a former test's leader may have been killed
	p.follower = c.Start(t, harness.Options{Service: p.service, Args: args})
	if p.follower.Leads() || !p.leader.Leads() {
		t.Fatal("the second one leads")
	}
	return p
}
