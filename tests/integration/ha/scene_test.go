package ha

import (
	"fmt"
	"strings"
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
	rows := r.Rows(t)
	if !cutShort(t, c, r, rows) {
		c.AwaitMutations(t, r.Namespace.Name, "deployments", target, 1)
	}
	if err := harness.CheckTrail(rows); err != nil {
		t.Errorf("%s: %v", r.Namespace.Name, err)
	}
}

// cutShort tells whether the API server made the one change without answering it with success: a leader that ends, or is cut
// off, closes its connections, and a request that is being carried out then counts as 504 in the API server's audit log. The
// next leader has to have found it done.
func cutShort(t *testing.T, c *harness.Cluster, r *harness.Request, rows []harness.Row) bool {
	t.Helper()
	var codes []int
	for _, x := range c.Accesses(t, r.Namespace.Name) {
		if x.Verb == "patch" && x.As != "" && strings.Contains(x.URI, "/"+target+"/scale") && !strings.Contains(x.URI, "dryRun=") {
			codes = append(codes, x.Code)
		}
	}
	observed := false
	for _, row := range rows {
		observed = observed || row.Type == "Outcome" && row.Result == "Observed"
	}
	return len(codes) == 1 && codes[0] == 504 && observed
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
