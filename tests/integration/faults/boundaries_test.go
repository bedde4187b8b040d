package faults

import (
	"fmt"
	"regexp"
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

// A boundary is one HTTP call in the life of a request: the nth of its kind.
type boundary struct {
	method, path, query string // path and query are regular expressions; NS stands for the namespace
	nth                 int
}

var accessReviews = regexp.QuoteMeta("/apis/authorization.k8s.io/v1/subjectaccessreviews")

func (b boundary) String() string {
	path := strings.NewReplacer(`\`, "", "^", "", "$", "", "/namespaces/NS", "", "[^/]+", "NAME").Replace(b.path)
	if strings.Contains(b.query, "dryRun") {
		path += "?dryRun"
	}
	return fmt.Sprintf("%s %s #%d", b.method, path, b.nth)
}

func (b boundary) rule(ns string, action string) harness.Rule {
	return harness.Rule{
		Match: harness.Match{Method: b.method, Path: strings.ReplaceAll(b.path, "NS", regexp.QuoteMeta(ns)), Query: b.query,
			Nth: b.nth, Times: 1},
		Action: harness.Action{Type: action},
	}
}

func (b boundary) isSend() bool {
	return b.method == "PATCH" && strings.HasSuffix(b.path, "/scale$") && !strings.Contains(b.query, "dryRun")
}

// boundariesOf makes boundaries of the calls that the proxy saw for one request.
func boundariesOf(calls []harness.Call, ns string) []boundary {
	var out []boundary
	seen := map[boundary]int{}
	name := regexp.MustCompile(`/chatrequests/[^/]+`)
	for _, c := range calls {
		path := "^" + regexp.QuoteMeta(strings.ReplaceAll(c.Path, ns, "NS")) + "$"
		path = name.ReplaceAllString(path, "/chatrequests/[^/]+")
		b := boundary{method: c.Method, path: path, query: "^" + regexp.QuoteMeta(c.Query) + "$"}
		seen[b]++
		b.nth = seen[b]
		out = append(out, b)
	}
	return out
}

// live takes a request through its life and returns its calls. gate is the first look at what was executed: held until
// the pods are there, so that verification needs no second one and every life is the same.
func live(t *testing.T, c *harness.Cluster, p *harness.Proxy, gate *boundary) []boundary {
	ns := c.Namespace(t, harness.Deployment{Name: target})
	sre := c.User(t, "sre")
	var trap *harness.Trap
	if gate != nil {
		trap = p.Add(t, gate.rule(ns.Name, "hold-before"))
	}
	seen := len(p.Calls(t, harness.Match{Path: "^" + accessReviews}))
	r := ns.Ask(t, sre, oneMore)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, sre)
	if gate != nil {
		trap.Held(t, 1)
		ns.AwaitRollout(t, target)
		trap.Release(t)
	}
	r.WaitFor(t, "Succeeded")
	released(t, r)
	calls := p.Calls(t, harness.Match{Path: ns.Name + "|^" + accessReviews})
	return boundariesOf(calls[seen:], ns.Name)
}

// released waits until a request that ended is free of our finalizer, the last thing that is done for it.
func released(t *testing.T, r *harness.Request) {
	t.Helper()
	harness.Eventually(t, limit, func() error {
		if f := r.Get(t).At("metadata.finalizers"); f != nil {
			return fmt.Errorf("%s/%s has ended and still has finalizers %v", r.Namespace.Name, r.Name, f)
		}
		return nil
	})
}

func gone(t *testing.T, r *harness.Request) {
	t.Helper()
	harness.Eventually(t, limit, func() error {
		_, err := harness.Get(t).Admin.Do("GET", r.Path(), nil)
		if harness.IsStatus(err, 404) {
			return nil
		}
		return fmt.Errorf("%s/%s is still there: %v", r.Namespace.Name, r.Name, err)
	})
}

// done checks the traces of a request that has come to its good end, whatever happened on the way.
func done(t *testing.T, c *harness.Cluster, r *harness.Request) {
	t.Helper()
	var changes, cut []harness.Mutation
	harness.Eventually(t, 10*time.Second, func() error { // the API server's audit log comes after its answer
		changes, cut = c.Mutations(t, r.Namespace.Name, "deployments", target), c.CutShort(t, r.Namespace.Name, "deployments", target)
		if len(changes)+len(cut) == 0 {
			return fmt.Errorf("%s was not changed", r.Namespace.Name)
		}
		return nil
	})
	// Whose answer had nobody to go to any more is logged like a failure, though it was made: a Deployment counts its changes itself.
	made := c.Admin.Must(t, "GET", r.Namespace.Path("apps/v1", "deployments", target), nil).Int("metadata.generation") - 1
	if len(changes) > 1 || made != 1 {
		t.Errorf("%s was changed %d times: %+v, cut short: %+v", r.Namespace.Name, made, changes, cut)
	}
	for _, change := range append(changes, cut...) {
		if change.User != "sre" {
			t.Errorf("changed by %q", change.User)
		}
	}
	if err := harness.CheckTrail(r.Rows(t)); err != nil {
		t.Error(err)
	}
}

// Kill -9 with every call of a request's life under way: not sent yet, on its way, answered.
func TestKilledAtEveryCall(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	sre := c.User(t, "sre")
	m := c.Start(t, harness.Options{Proxy: p, Args: []string{"--workers", "128"}})

	first := live(t, c, p, nil)
	var gate *boundary
	for i := range first[:len(first)-1] {
		if first[i].isSend() {
			gate = &first[i+1]
		}
	}
	if gate == nil {
		t.Fatalf("no change was sent in %v", first)
	}
	life := live(t, c, p, gate)
	checkLife(t, life)

	all := victims(life, *gate)
	spaces := c.Namespaces(t, len(all), harness.Deployment{Name: target})
	harness.Parallel(len(all), 16, func(i int) { all[i].begin(t, p, *gate, spaces[i], sre) })
	for _, v := range all { // these calls name no namespace: one at a time
		if v.isReview() {
			v.trap = p.Add(t, v.boundary.rule("", v.action()))
			v.approve(t, sre)
		}
	}
	harness.Parallel(len(all), 16, func(i int) {
		if v := all[i]; !v.planning && !v.isReview() {
			v.approve(t, sre)
		}
	})
	if t.Failed() {
		return
	}
	m.Kill(t)
	for _, v := range all {
		if strings.HasPrefix(v.mode, "arrived") {
			v.trap.Release(t)
		} else {
			v.trap.Drop(t)
		}
	}
	harness.Eventually(t, limit, func() error {
		for _, x := range p.Calls(t, harness.Match{}) {
			if x.Rule != "" && x.Forwarded && x.Status == 0 {
				return fmt.Errorf("%+v has not been answered", x)
			}
		}
		return nil
	})
	c.Start(t, harness.Options{Proxy: p})
	for _, v := range all {
		v := v
		t.Run(v.boundary.String()+" "+v.mode, func(t *testing.T) {
			if v.expires {
				gone(t, v.request)
			} else {
				v.request.Succeed(t, sre)
				released(t, v.request)
			}
			done(t, c, v.request)
		})
	}
	c.CheckAudit(t)
}

func index(life []boundary, b boundary) int {
	for i := range life {
		if life[i] == b {
			return i
		}
	}
	return len(life)
}

// checkLife makes sure that the calls that matter are among those that are tried.
func checkLife(t *testing.T, life []boundary) {
	t.Helper()
	count := map[string]int{}
	for _, b := range life {
		switch s := b.String(); {
		case b.isSend():
			count["send"]++
		case strings.Contains(s, "?dryRun"):
			count["dry run"]++
		case strings.HasPrefix(s, "PUT") && strings.Contains(s, "/status"):
			count["status"]++
		case strings.HasPrefix(s, "PATCH") && strings.Contains(s, "/chatrequests/"):
			count["finalizer"]++
		case strings.Contains(s, "subjectaccessreviews"):
			count["right to approve"]++
		case b.method == "GET":
			count["read"]++
		case strings.Contains(s, "/events"):
			count["event"]++
		default:
			t.Errorf("a call that nobody has thought of: %s", s)
		}
	}
	for what, atLeast := range map[string]int{"send": 1, "dry run": 3, "status": 3, "finalizer": 2, "right to approve": 1, "read": 6, "event": 2} {
		if count[what] < atLeast {
			t.Fatalf("%d calls of kind %q in the life of a request, expected %d: %v", count[what], what, atLeast, life)
		}
	}
	if count["send"] != 1 {
		t.Fatalf("sent %d times: %v", count["send"], life)
	}
}

// A victim is a request whose manager dies at a boundary.
type victim struct {
	boundary  boundary
	mode      string // what becomes of the call
	planning  bool   // it comes before anybody is asked
	afterGate bool
	expires   bool // the request asks to be deleted at its end
	request   *harness.Request
	trap      *harness.Trap
	pods      *harness.Trap // the gate
}

// victims are one for each call of a life and each of its fates, and for the calls that only some lives have.
func victims(life []boundary, gate boundary) []*victim {
	review := index(life, boundary{"POST", "^" + accessReviews + "$", "^$", 1})
	request := "^/apis/kubechat\\.io/v1alpha1/namespaces/NS/chatrequests/[^/]+"
	var all []*victim
	for _, mode := range []string{"never arrived", "arrived", "answered"} {
		for i, b := range life {
			all = append(all, &victim{boundary: b, mode: mode, planning: i < review, afterGate: i > index(life, gate)})
		}
		all = append(all,
			// Without the gate, the third status says that pods are missing.
			&victim{boundary: boundary{"PUT", request + "/status$", "", 3}, mode: mode + ", rolling out"},
			&victim{boundary: boundary{"DELETE", request + "$", "", 1}, mode: mode, afterGate: true, expires: true})
	}
	return all
}

func (v *victim) isReview() bool { return strings.Contains(v.boundary.path, accessReviews) }

func (v *victim) action() string {
	if strings.HasPrefix(v.mode, "answered") {
		return "hold-after"
	}
	return "hold-before"
}

// begin goes as far as a request comes without an approval.
func (v *victim) begin(t *testing.T, p *harness.Proxy, gate boundary, ns *harness.Namespace, sre *harness.User) {
	if !v.isReview() {
		v.trap = p.Add(t, v.boundary.rule(ns.Name, v.action()))
	}
	if v.afterGate {
		v.pods = p.Add(t, gate.rule(ns.Name, "hold-before"))
	}
	spec := harness.Object{"prompt": "one more", "commands": []string{oneMore}}
	if v.expires {
		spec["ttlSecondsAfterFinished"] = 0
	}
	v.request = ns.Create(t, sre, spec)
	if v.planning {
		v.trap.Held(t, 1)
		return
	}
	v.request.WaitFor(t, "AwaitingApproval")
}

// approve goes on up to the boundary.
func (v *victim) approve(t *testing.T, sre *harness.User) {
	v.request.Approve(t, sre)
	if v.afterGate {
		v.pods.Held(t, 1)
		v.request.Namespace.AwaitRollout(t, target)
		v.pods.Release(t)
	}
	v.trap.Held(t, 1)
}
