// Package succession tests requests that have more than one plan in their life: steps that can only be previewed when their turn
// comes, and the way back of a plan that failed.
package succession

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const patience = 60 * time.Second

type object = harness.Object

// A world is what the tests share; olga may do everything.
type world struct {
	*harness.Cluster
	all     *testing.T // a manager that takes another one's place lives as long as all tests
	manager *harness.Manager
	proxy   *harness.Proxy

	olga, sre, approver *harness.User
}

func TestSuccession(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, all: t, proxy: c.Proxy(t), olga: c.User(t, "admin-sso"), sre: c.User(t, "sre"), approver: c.User(t, "approver")}
	w.manager = c.Start(t, harness.Options{Proxy: w.proxy})

	t.Run("Together", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"OneApproval":        w.testOneApproval,
			"Changed":            w.testChanged,
			"ChangedAndRejected": w.testChangedAndRejected,
			"Refused":            w.testRefused,
			"Cancelled":          w.testCancelled,
			"Suspended":          w.testSuspended,
			"NothingToWaitFor":   w.testNothingToWaitFor,
			"TakenBack":          w.testTakenBack,
			"TakenBackAtOnce":    w.testTakenBackAtOnce,
			"WayBackRejected":    w.testWayBackRejected,
			"WayBackCancelled":   w.testWayBackCancelled,
			"LaterChange":        w.testLaterChange,
			"StopIsTheDefault":   w.testStopIsTheDefault,
		} {
			test := test
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
		}
	})
	t.Run("KilledBetweenPlans", w.testKilledBetweenPlans)
	t.Run("KilledOnTheWayBack", w.testKilledOnTheWayBack)
	t.Run("AuditLogVerifies", func(t *testing.T) { c.CheckAudit(t) })
}

// newNamespace is the name of a namespace that a request makes; it is gone after the test.
func (w *world) newNamespace(t *testing.T, ns *harness.Namespace) string {
	name := ns.Name + "-x"
	t.Cleanup(func() {
		if _, err := w.Admin.Do("DELETE", "/api/v1/namespaces/"+name, nil); err != nil && !harness.IsStatus(err, 404) {
			t.Error(err)
		}
	})
	return name
}

// namespaceWithSettings is a plan of which everything but the first step is deferred.
func namespaceWithSettings(x string) []string {
	return []string{
		"kubectl create namespace " + x,
		"kubectl create configmap settings --namespace=" + x + " --from-literal=colour=blue",
		"kubectl label configmap/settings --namespace=" + x + " tier=front",
		"kubectl create serviceaccount web --namespace=" + x,
	}
}

func results(o object) string {
	var out []string
	for _, s := range o.List("status.plan.steps") {
		out = append(out, s.String("result"))
	}
	return strings.Join(out, ", ")
}

// ended waits for a phase, checks why it was reached, and that nothing holds the request any more.
func ended(t *testing.T, r *harness.Request, phase, reason string, words ...string) object {
	t.Helper()
	o := r.Ended(t, phase, reason, words...)
	harness.Eventually(t, patience, func() error {
		if f := r.Get(t).At("metadata.finalizers"); f != nil {
			return fmt.Errorf("%s has ended and still has finalizers %v", r.Name, f)
		}
		return nil
	})
	return o
}

// waitsFor waits until a request waits for an approval for that reason.
func waitsFor(t *testing.T, r *harness.Request, reason string, words ...string) object {
	t.Helper()
	var o object
	harness.Eventually(t, patience, func() error {
		o = r.WaitFor(t, "AwaitingApproval", "Executing", "Verifying", "Planning", "Pending", "")
		if c := o.Condition("Approved"); o.String("status.phase") != "AwaitingApproval" || c.String("reason") != reason {
			return fmt.Errorf("%s is %s, %s: %s", r.Name, o.String("status.phase"), c.String("reason"), c.String("message"))
		}
		return nil
	})
	harness.Says(t, o.Condition("Approved").String("message"), words...)
	return o
}

// changesOf counts successful changes of one object.
func (w *world) changesOf(t *testing.T, ns, resource, name string, want int) {
	t.Helper()
	w.AwaitMutations(t, ns, resource, name, want)
}

// count counts a request's rows of a type with a result.
func count(rows []harness.Row, kind, result string) int {
	n := 0
	for _, r := range rows {
		if r.Type == kind && r.Result == result {
			n++
		}
	}
	return n
}

// follows lists why plans followed others, in order. A plan that nobody was shown, because the manager died before it wrote the
// status, is made anew in its place.
func follows(rows []harness.Row) []string {
	var why []string
	digest, before := "", ""
	for _, r := range rows {
		if r.Type != "Planned" {
			continue
		}
		f := r.Detail.String("follows")
		switch {
		case f == before:
		case f != digest:
			why = append(why, "(of another plan)")
		default:
			why = append(why, r.Detail.String("why"))
		}
		digest, before = r.PlanDigest, f
	}
	return why
}
