package exec

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func mayDebug(t testing.TB, ns *harness.Namespace) {
	t.Helper()
	ns.Grant(t, "sre", "debugger", harness.Object{"apiGroups": []string{""}, "resources": []string{"pods/ephemeralcontainers"}, "verbs": []string{"patch"}})
}

// An ephemeral container runs beside the pod's, under the name that was approved.
func TestDebug(t *testing.T) {
	c := harness.Get(t)
	needNode(t, c)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	sre := c.User(t, "sre")
	o := ns.Ask(t, sre, "kubectl debug shell --image=localhost/busybox:1").WaitFor(t, "Refused")
	if text := o.Condition("Failed").String("message"); !strings.Contains(text, `cannot patch resource "pods/ephemeralcontainers"`) {
		t.Errorf("without the right it says %q", text)
	}
	mayDebug(t, ns)
	r := ns.Ask(t, sre, "kubectl debug shell --image=localhost/busybox:1 --image-pull-policy=Never --target=web -- sh -c 'echo seen; sleep 60'")
	o = r.WaitFor(t, "AwaitingApproval", "Refused")
	step := o.List("status.plan.steps")[0]
	if step.String("dryRun.outcome") != "Accepted" || step.String("reversible") != "Irreversible" || !strings.Contains(step.String("command"), " --container=debugger-") {
		t.Fatalf("it was shown as %v; %v", step, o.Condition("Failed"))
	}
	o = r.Succeed(t, sre)
	name := containerOf(step.String("command"))
	found := c.Admin.Must(t, "GET", ns.Path("v1", "pods", "shell"), nil)
	statuses := found.List("status.ephemeralContainerStatuses")
	if len(statuses) != 1 || statuses[0].String("name") != name || statuses[0].At("state.running") == nil {
		t.Errorf("%s: %v", name, statuses)
	}
	if spec := found.List("spec.ephemeralContainers"); len(spec) != 1 || spec[0].String("targetContainerName") != "web" {
		t.Errorf("%v", spec)
	}
	// What runs in it can be entered like any other container.
	e := ns.Ask(t, sre, "kubectl exec shell -c "+name+" -- echo inside")
	approve(t, c, e)
	e.WaitFor(t, "Succeeded")
}

// A container that cannot start is not success.
func TestDebugWithoutImage(t *testing.T) {
	c := harness.Get(t)
	needNode(t, c)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	mayDebug(t, ns)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl debug shell --image=localhost/no-such:1 --image-pull-policy=Never")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, sre)
	o := r.WaitFor(t, "Verifying", "Succeeded", "Failed")
	harness.Eventually(t, 20e9, func() error {
		if o = r.Get(t); !strings.Contains(o.Condition("Verified").String("message"), "ErrImageNeverPull") {
			return &harness.StatusError{Message: o.Condition("Verified").String("message")}
		}
		return nil
	})
	if o.String("status.phase") != "Verifying" {
		t.Errorf("%s: %v", o.String("status.phase"), o.Condition("Verified"))
	}
}
