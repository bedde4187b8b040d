package faults

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// A deed is a change that is recovered in its own way: an object that comes, one that goes, an item of a list, metadata.
type deed struct {
	command        string
	method, path   string // of the send; path is a regular expression behind the namespace
	nth            int    // of the calls that look like it once the plan is approved; DELETE tells dry runs in its body
	resource, name string // what the audit log counts
	destructive    bool
}

var deeds = []deed{
	{"kubectl create configmap fresh --from-literal=a=b", "POST", "/configmaps$", 1, "configmaps", "fresh", false},
	{"kubectl delete configmap stale", "DELETE", "/configmaps/stale$", 2, "configmaps", "stale", true},
	{"kubectl set image deployment/" + target + " main=registry.k8s.io/pause:3.9", "PATCH", "/deployments/" + target + "$", 1, "deployments", target, false},
	{"kubectl apply --server-side -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: b}\nEOF", "PATCH", "/configmaps/applied$", 1, "configmaps", "applied", false},
	{"kubectl apply --server-side -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: stale}\ndata: {a: b}\nEOF", "PATCH", "/configmaps/stale$", 1, "configmaps", "stale", false},
	{"kubectl replace -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: stale}\ndata: {a: b}\nEOF", "PUT", "/configmaps/stale$", 1, "configmaps", "stale", false},
	{"kubectl label deployment/" + target + " tier=front", "PATCH", "/deployments/" + target + "$", 1, "deployments", target, false},
}

// What may have become of the call when the manager dies.
var fates = []string{"never arrived", "arrived", "answered"}

type doomed struct {
	deed
	fate    string
	ns      *harness.Namespace
	request *harness.Request
	trap    *harness.Trap
}

func (d *doomed) begin(t *testing.T, c *harness.Cluster, p *harness.Proxy) {
	d.ns = c.Namespace(t, harness.Deployment{Name: target})
	c.Admin.Must(t, "POST", d.ns.Path("v1", "configmaps", ""), harness.Object{"metadata": harness.Object{"name": "stale"}})
	d.request = d.ns.Ask(t, c.User(t, "sre"), d.command)
	o := d.request.WaitFor(t, "AwaitingApproval")
	action := "hold-before"
	if d.fate == "answered" {
		action = "hold-after"
	}
	query := "^fieldManager=kubechat"
	if d.method == "DELETE" {
		query = ""
	}
	d.trap = p.Add(t, harness.Rule{Action: harness.Action{Type: action},
		Match: harness.Match{Method: d.method, Path: "/namespaces/" + d.ns.Name + d.path, Query: query, Nth: d.nth, Times: 1}})
	approval := harness.Object{"decision": "Approve", "planDigest": o.String("status.plan.digest")}
	who := "sre"
	if d.destructive {
		who, approval["confirm"] = "approver", "in-cluster/"+d.ns.Name
	}
	harness.Eventually(t, limit, func() error { return d.request.TryApprove(c.User(t, who), approval) })
	d.trap.Held(t, 1)
}

// Kill -9 around the send of each kind of change: in the end it has been made once, and the request says so.
func TestKilledAroundTheSend(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	m := c.Start(t, harness.Options{Proxy: p, Args: []string{"--workers", "64"}})
	var all []*doomed
	for _, d := range deeds {
		for _, fate := range fates {
			all = append(all, &doomed{deed: d, fate: fate})
		}
	}
	harness.Parallel(len(all), 6, func(i int) { all[i].begin(t, c, p) })
	if t.Failed() {
		return
	}
	m.Kill(t)
	for _, d := range all {
		if d.fate == "arrived" {
			d.trap.Release(t)
		} else {
			d.trap.Drop(t)
		}
	}
	ours := map[string]bool{} // other tests of the package may have left calls that nobody answers
	for _, d := range all {
		ours[d.trap.ID] = true
	}
	harness.Eventually(t, limit, func() error {
		for _, x := range p.Calls(t, harness.Match{}) {
			if ours[x.Rule] && x.Forwarded && x.Status == 0 {
				return fmt.Errorf("%+v has not been answered", x)
			}
		}
		return nil
	})
	c.Start(t, harness.Options{Proxy: p})
	for _, d := range all {
		d := d
		t.Run(d.command+" "+d.fate, func(t *testing.T) {
			d.request.WaitFor(t, "Succeeded")
			released(t, d.request)
			if changes := c.AwaitMutations(t, d.ns.Name, d.resource, d.name, 1); len(changes) == 1 && changes[0].User != "sre" {
				t.Errorf("changed by %q", changes[0].User)
			}
			want := "Observed"
			if d.fate == "never arrived" {
				want = "NotDone Accepted"
			}
			if got := strings.Join(outcomes(t, d.request), " "); got != want {
				t.Errorf("outcomes %s, wanted %s", got, want)
			}
			if err := harness.CheckTrail(d.request.Rows(t)); err != nil {
				t.Error(err)
			}
		})
	}
	c.CheckAudit(t)
}
