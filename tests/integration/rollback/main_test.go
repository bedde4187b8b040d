// Package rollback changes objects by every verb, takes the changes back, and compares what came of it with what was there
// before, but for what the server owns.
package rollback

import (
	"flag"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "12") // these tests wait more than they compute
	harness.Main(m)
}

type object = harness.Object

// A world is what the tests share: sre asks in the namespace, olga may do everything and does what is not in one.
type world struct {
	*harness.Cluster
	olga, sre, approver *harness.User
	ns                  *harness.Namespace
	manager             *harness.Manager
}

func newWorld(t *testing.T, o harness.Options) *world {
	t.Helper()
	c := harness.Get(t)
	w := &world{Cluster: c, olga: c.User(t, "admin-sso"), sre: c.User(t, "sre"), approver: c.User(t, "approver")}
	w.manager = c.Start(t, o)
	w.ns = c.Namespace(t)
	// For what is in no namespace.
	c.BindEverywhere(t, "approvers", "kubechat-approver")
	c.Admin.Must(t, "POST", w.ns.Path("v1", "serviceaccounts", ""), object{"metadata": object{"name": "robot"}})
	return w
}

// approved asks for it as who and has it approved by olga, with what has to be typed.
func (w *world) approved(t *testing.T, who *harness.User, spec object) *harness.Request {
	t.Helper()
	r := w.ns.Create(t, who, spec)
	w.approve(t, r)
	return r
}

func (w *world) approve(t *testing.T, r *harness.Request) {
	t.Helper()
	o := r.WaitFor(t, "AwaitingApproval")
	approval := object{"decision": "Approve", "planDigest": o.String("status.plan.digest")}
	if confirm := o.String("status.approvals.confirm"); confirm != "" {
		approval["confirm"] = confirm
	}
	who := w.olga
	if o.String("spec.requestedBy.username") == "olga" {
		who = w.approver
	}
	harness.Eventually(t, 20*time.Second, func() error { return r.TryApprove(who, approval) })
}

func (w *world) change(t *testing.T, who *harness.User, commands ...string) *harness.Request {
	t.Helper()
	r := w.approved(t, who, object{"prompt": "the commands below", "commands": commands})
	r.WaitFor(t, "Succeeded")
	return r
}

func back(r *harness.Request) object {
	return object{"prompt": "roll back " + r.Name, "rollbackOf": r.Name}
}

// refused is why a rollback of it is.
func (w *world) refused(t *testing.T, who *harness.User, spec object) object {
	t.Helper()
	r := w.ns.Create(t, who, spec)
	return r.WaitFor(t, "Refused")
}
