// Package store takes the audit store away from under a manager: PostgreSQL is stopped for half a minute with requests at every
// point of their lives. Nothing is done without a durable row, nobody waits in vain, and nothing is done twice.
package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	// What the requests of this test do: one pod, which kwok plays.
	target  = "checkout"
	oneMore = "kubectl scale deployment/checkout --replicas=1"

	outage = 30 * time.Second
	// tells is how long a request may take to say that the store is away.
	tells = 20 * time.Second
	// recovery is how long after the store's return a fresh request may take to be previewed.
	recovery = 20 * time.Second
)

func scale(ns, query string, nth int) harness.Match {
	return harness.Match{Method: "PATCH", Path: "/namespaces/" + ns + "/deployments/" + target + "/scale$", Query: query, Nth: nth, Times: 1}
}

func look(ns string, nth int) harness.Match {
	return harness.Match{Method: "GET", Path: ns + "/deployments/" + target + "$", Nth: nth, Times: 1}
}

// A point in the life of a request. The store goes away while the call that match names is held, which is let go on its way right
// after; or, without one, while the request waits for its approval, which comes during the outage, or before there is a request.
type point struct {
	name     string
	born     bool // during the outage
	approved bool // before the store goes
	sent     bool // the change leaves in spite of the outage: its intent is durable
	match    func(ns string) harness.Match
	action   string
}

const theChange = "^fieldManager=[^&]*$"

var points = []point{
	{name: "made meanwhile", born: true},
	{name: "while planning", match: func(ns string) harness.Match { return scale(ns, "dryRun", 1) }, action: "hold-after"},
	{name: "awaiting approval, approved meanwhile"},
	{name: "before the intent", approved: true, match: func(ns string) harness.Match { return scale(ns, "dryRun", 1) }, action: "hold-after"},
	{name: "after the intent, the change not sent", approved: true, sent: true,
		match: func(ns string) harness.Match { return scale(ns, theChange, 1) }, action: "hold-before"},
	{name: "after the intent, the change made", approved: true, sent: true,
		match: func(ns string) harness.Match { return scale(ns, theChange, 1) }, action: "hold-after"},
	{name: "while verifying", approved: true, sent: true, match: func(ns string) harness.Match { return look(ns, 2) }, action: "hold-after"},
}

// A victim is a request that the outage meets at its point.
type victim struct {
	point
	ns      *harness.Namespace
	request *harness.Request
	trap    *harness.Trap
}

func (v *victim) catch(t *testing.T, c *harness.Cluster, sre *harness.User) {
	if v.born {
		return
	}
	trap := func() {
		if v.match != nil {
			v.trap = c.Proxy(t).Add(t, harness.Rule{Match: v.match(v.ns.Name), Action: harness.Action{Type: v.action}})
		}
	}
	if !v.approved {
		trap()
	}
	v.request = v.ns.Ask(t, sre, oneMore)
	if v.approved || v.trap == nil {
		v.request.WaitFor(t, "AwaitingApproval")
	}
	if v.approved {
		trap()
		v.request.Approve(t, sre)
	}
	if v.trap != nil {
		v.trap.Held(t, 1)
	}
}

// saysSo waits until the request tells that the store is away.
func (v *victim) saysSo(t *testing.T) {
	t.Helper()
	harness.Eventually(t, tells, func() error {
		o := v.request.Get(t)
		c := o.Condition("Reconciling")
		if c.String("status") != "True" || c.String("reason") != "AuditUnavailable" {
			return fmt.Errorf("%s: phase %q, condition Reconciling: %v", v.name, o.String("status.phase"), c)
		}
		if c.String("message") == "" || strings.Contains(c.String("message"), "password") {
			t.Errorf("%s: it says %q", v.name, c.String("message"))
		}
		return nil
	})
}

// catchAll brings a request to every point.
func catchAll(t *testing.T, c *harness.Cluster) []*victim {
	t.Helper()
	sre := c.User(t, "sre")
	all := make([]*victim, len(points))
	spaces := c.Namespaces(t, len(points), harness.Deployment{Name: target})
	harness.Parallel(len(points), len(points), func(i int) {
		all[i] = &victim{point: points[i], ns: spaces[i]}
		all[i].catch(t, c, sre)
	})
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// As many workers as calls are held: not one is left over, and none may wait for the store.
func TestTheStoreIsAway(t *testing.T) {
	c := harness.Get(t)
	c.OwnPostgres(t)
	sre := c.User(t, "sre")
	held := 0
	for _, p := range points {
		if p.match != nil {
			held++
		}
	}
	m := c.Start(t, harness.Options{Proxy: c.Proxy(t), Args: []string{"--workers", fmt.Sprint(held)}})
	quiet := c.Namespace(t, harness.Deployment{Name: target})
	waits := quiet.Ask(t, sre, oneMore) // nobody approves it before the end
	waits.WaitFor(t, "AwaitingApproval")
	fresh := c.Namespace(t, harness.Deployment{Name: target})
	shown := quiet.Ask(t, sre, "kubectl get deployments")
	shown.WaitFor(t, "Succeeded")
	all := catchAll(t, c)

	began := time.Now()
	c.StopPostgres(t)
	back := false
	t.Cleanup(func() {
		if !back {
			c.StartPostgres(t)
		}
	})
	for _, v := range all {
		switch {
		case v.trap != nil:
			v.trap.Release(t)
		case v.born:
			v.request = v.ns.Ask(t, sre, oneMore) // the webhook needs no row to let it in
		default:
			v.request.Approve(t, sre)
		}
	}
	for _, v := range all {
		v.saysSo(t)
	}
	t.Logf("all say so after %s", time.Since(began).Round(time.Millisecond))
	during(t, c, m, shown)
	for _, v := range all {
		want := 0
		if v.sent {
			want = 1
		}
		v.ns.Changed(t, target, want)
	}
	time.Sleep(time.Until(began.Add(outage)))
	retries := figure(t, m, `kubechat_reconcile_total{controller="chatrequest",result="retry"}`)
	c.StartPostgres(t)
	back = true

	recovered := time.Now()
	fresh.Ask(t, sre, oneMore).WaitFor(t, "AwaitingApproval")
	t.Logf("after %s without a store and %d retries, a fresh request was previewed in %s", outage, retries, time.Since(recovered).Round(time.Millisecond))
	if took := time.Since(recovered); took > recovery {
		t.Errorf("a fresh request was previewed %s after the store's return, that is more than %s", took, recovery)
	}
	if retries < len(all) {
		t.Errorf("%d retries: they have not been put back", retries)
	}
	for _, v := range all {
		v := v
		t.Run(v.name, func(t *testing.T) {
			v.request.Succeed(t, sre)
			done(t, c, v.request)
		})
	}
	if phase := waits.Phase(t); phase != "AwaitingApproval" {
		t.Errorf("what nobody has approved is %s", phase)
	}
	waits.Succeed(t, sre)
	done(t, c, waits)
	sre.Must(t, "GET", output(shown), nil)
	c.CheckAudit(t)
}

// during looks at what does not need the store: the manager lives, says what is wrong, and answers; no worker waits. What has to be
// recorded is refused, with the reason.
func during(t *testing.T, c *harness.Cluster, m *harness.Manager, shown *harness.Request) {
	t.Helper()
	if code, text := m.Probe("/healthz"); code != 200 {
		t.Errorf("healthz: %d %s", code, text)
	}
	// Requests are taken all the same: it is told, and does not count.
	if code, text := m.Probe("/readyz?verbose"); code != 200 || !strings.Contains(text, "the audit store is away") {
		t.Errorf("readyz: %d %s", code, text)
	}
	harness.Eventually(t, tells, func() error {
		if n := figure(t, m, `kubechat_active_workers{controller="chatrequest"}`); n != 0 {
			return fmt.Errorf("%d workers are held", n)
		}
		return nil
	})
	sre := c.User(t, "sre")
	if o, err := sre.Do("GET", "/apis/view.kubechat.io/v1alpha1", nil); err != nil || o.String("kind") != "APIResourceList" {
		t.Errorf("the view's API: %v %v", o, err)
	}
	if _, err := sre.Do("GET", output(shown), nil); !harness.IsStatus(err, 503) {
		t.Errorf("a look that cannot be recorded: %v", err)
	}
}

func output(r *harness.Request) string {
	return "/apis/view.kubechat.io/v1alpha1/namespaces/" + r.Namespace.Name + "/outputs/" + r.Name
}

// figure is the value of one series of /metrics.
func figure(t *testing.T, m *harness.Manager, series string) int {
	t.Helper()
	_, text := m.Probe("/metrics")
	_, after, found := strings.Cut(text, "\n"+series+" ")
	if !found {
		t.Fatalf("no series %s in\n%s", series, text)
	}
	line, _, _ := strings.Cut(after, "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("%s: %v", series, err)
	}
	return n
}

// done checks the traces of a request that has succeeded: one change, and the whole story of it in the rows.
func done(t *testing.T, c *harness.Cluster, r *harness.Request) {
	t.Helper()
	harness.Eventually(t, tells, func() error {
		o := r.Get(t)
		if f := o.At("metadata.finalizers"); f != nil {
			return fmt.Errorf("%s/%s has ended and still has finalizers %v", r.Namespace.Name, r.Name, f)
		}
		if reason := o.Condition("Reconciling").String("reason"); reason == "AuditUnavailable" {
			return fmt.Errorf("%s/%s has ended and still says %s", r.Namespace.Name, r.Name, reason)
		}
		return nil
	})
	if changes := c.AwaitMutations(t, r.Namespace.Name, "deployments", target, 1); len(changes) == 1 && changes[0].User != "sre" {
		t.Errorf("changed by %q", changes[0].User)
	}
	if err := harness.CheckTrail(r.Rows(t)); err != nil {
		t.Error(err)
	}
}
