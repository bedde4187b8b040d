package ha

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What the requests of these tests do: one pod, which kwok plays.
const (
	target  = "checkout"
	oneMore = "kubectl scale deployment/checkout --replicas=1"
)

// A point is a call in the life of a request at which its leader is caught.
type point struct {
	name     string
	planning bool // before anybody is asked for an approval
	match    func(ns string) harness.Match
	action   string
	arrives  bool // what is held goes on its way once the leader has fallen silent
}

func scale(ns, query string, nth int) harness.Match {
	return harness.Match{Method: "PATCH", Path: "/namespaces/" + ns + "/deployments/" + target + "/scale$", Query: query, Nth: nth, Times: 1}
}

func change(ns string) harness.Match { return scale(ns, "^fieldManager=[^&]*$", 1) }

func request(method, what string, nth int) func(ns string) harness.Match {
	return func(ns string) harness.Match {
		return harness.Match{Method: method, Path: ns + "/chatrequests/[^/]+" + what + "$", Nth: nth, Times: 1}
	}
}

var points = []point{
	{"planning: the dry run", true, func(ns string) harness.Match { return scale(ns, "dryRun", 1) }, "hold-before", false},
	{"planning: the dry run is answered", true, func(ns string) harness.Match { return scale(ns, "dryRun", 2) }, "hold-after", true},
	{"planning: its status", true, request("PUT", "/status", 1), "hold-before", false},
	{"planning: its status arrives", true, request("PUT", "/status", 1), "hold-after", true},
	{"before the change: the finalizer", false, request("PATCH", "", 1), "hold-after", true},
	{"before the change: the last dry run", false, func(ns string) harness.Match { return scale(ns, "dryRun", 3) }, "hold-after", true},
	{"the change never arrives", false, change, "hold-before", false},
	{"the change arrives", false, change, "hold-before", true},
	{"the change was answered", false, change, "hold-after", true},
	{"after the change: its status", false, request("PUT", "/status", 3), "hold-before", false},
	{"after the change: the finalizer", false, request("PATCH", "", 2), "hold-before", false},
}

// A victim is a request whose leader is caught at a point of it.
type victim struct {
	point
	request *harness.Request
	trap    *harness.Trap
}

// catch brings one request to every point.
func catch(t *testing.T, c *harness.Cluster) []*victim {
	t.Helper()
	sre := c.User(t, "sre")
	all := make([]*victim, len(points))
	spaces := c.Namespaces(t, len(points), harness.Deployment{Name: target})
	harness.Parallel(len(points), 8, func(i int) {
		v := &victim{point: points[i]}
		v.trap = c.Proxy(t).Add(t, harness.Rule{Match: v.match(spaces[i].Name), Action: harness.Action{Type: v.action}})
		v.request = spaces[i].Ask(t, sre, oneMore)
		if !v.planning {
			v.request.WaitFor(t, "AwaitingApproval")
			v.request.Approve(t, sre)
		}
		v.trap.Held(t, 1)
		all[i] = v
	})
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// release lets go on what is to arrive. The rest is dropped.
func release(t *testing.T, all []*victim) {
	t.Helper()
	for _, v := range all {
		if v.arrives {
			v.trap.Release(t)
		} else {
			v.trap.Drop(t)
		}
	}
}

// check looks whether each came to its good end, once.
func check(t *testing.T, c *harness.Cluster, all []*victim) {
	t.Helper()
	sre := c.User(t, "sre")
	for _, v := range all {
		v := v
		t.Run(v.name, func(t *testing.T) {
			v.request.Succeed(t, sre)
			done(t, c, v.request)
		})
	}
	c.CheckAudit(t)
}

// done checks the traces of a request that has succeeded, whoever did it.
func done(t *testing.T, c *harness.Cluster, r *harness.Request) {
	t.Helper()
	harness.Eventually(t, takeOver, func() error {
		if f := r.Get(t).At("metadata.finalizers"); f != nil {
			return fmt.Errorf("%s/%s has ended and still has finalizers %v", r.Namespace.Name, r.Name, f)
		}
		return nil
	})
	if changes := c.Mutations(t, r.Namespace.Name, "deployments", target); len(changes) != 1 {
		t.Errorf("%s: %d successful changes of the target: %+v", r.Namespace.Name, len(changes), changes)
	}
	if err := harness.CheckTrail(r.Rows(t)); err != nil {
		t.Errorf("%s: %v", r.Namespace.Name, err)
	}
}

// fresh takes a new request through its whole life, and says how long that took.
func fresh(t *testing.T, c *harness.Cluster, ns *harness.Namespace) {
	t.Helper()
	began := time.Now()
	r := ns.Ask(t, c.User(t, "sre"), oneMore)
	r.Succeed(t, c.User(t, "sre"))
	done(t, c, r)
	t.Logf("a new request took %s", time.Since(began).Round(time.Millisecond))
}
