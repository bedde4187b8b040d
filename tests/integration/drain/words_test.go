package drain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// Drains that are asked for in words, up to the empty node.
func TestDrainInWords(t *testing.T) {
	w := newWorld(t)
	w.Start(t, harness.Options{})
	t.Run("Drain", w.testDrainWords)
	t.Run("Empty", w.testEmptyWords)
	t.Run("HeldUp", w.testHeldUpWords)
	t.Run("UnknownNode", w.testUnknownNodeWords)
}

// asked is the only step of the plan that the words come to.
func asked(t *testing.T, r *harness.Request, command, parts string) object {
	t.Helper()
	o := r.WaitFor(t, "AwaitingApproval")
	steps := o.List("status.plan.steps")
	if len(steps) != 1 || steps[0].String("command") != command || steps[0].String("parts") != parts || steps[0].String("effect") != "Destructive" {
		t.Fatalf("planned: %v", steps)
	}
	if by := o.String("status.planner.provider"); by != "Builtin" {
		t.Errorf("planned by %s", by)
	}
	return steps[0]
}

func (w *world) testDrainWords(t *testing.T) {
	p := w.pool(t, 4)
	p.budget(t, w, "web", 3)
	before := p.pods(t, w, "web")
	r := p.ns.Create(t, w.olga, object{"prompt": "drain " + p.a})
	s := asked(t, r, "kubectl drain "+p.a, "0/4 evicted")
	harness.Says(t, s.String("reason"), `"drain `+p.a+`"`)
	harness.Says(t, s.String("blastRadius"), "4 pods have to move", "PDB "+p.ns.Name+"/web allows 1 disruption now and 4 of its pods leave")
	if undo := s.String("rollback"); undo != "kubectl uncordon "+p.a {
		t.Errorf("the way back: %s", undo)
	}
	// One person asks, another one has to confirm: nothing has moved before that.
	if node := w.Admin.Must(t, "GET", "/api/v1/nodes/"+p.a, nil); node.At("spec.unschedulable") != nil {
		t.Error("the node is cordoned before anybody approved")
	}
	lowest := p.lowest(t, w)
	w.approve(t, r)
	r.WaitForIn(t, 2*time.Minute, "Succeeded")
	if low := lowest(); low < 3 {
		t.Errorf("only %d pods were ready at some time", low)
	}
	p.evictedOnce(t, w, before)
	p.drained(t, w)
}

// Whoever says it in words means the pods that can go: those of a DaemonSet stay, and the plan says so.
func (w *world) testEmptyWords(t *testing.T) {
	p := w.pool(t, 2)
	w.Admin.Must(t, "POST", p.ns.Path("apps/v1", "daemonsets", ""), object{"metadata": object{"name": "agent"},
		"spec": object{"selector": object{"matchLabels": object{appLabel: "agent"}}, "template": template("agent", p.ns.Name)}})
	harness.Eventually(t, 30*time.Second, func() error {
		if n := len(p.pods(t, w, "agent")); n != 2 {
			return fmt.Errorf("%d pods of the daemonset", n)
		}
		return nil
	})
	before := p.pods(t, w, "web")
	r := p.ns.Create(t, w.olga, object{"prompt": "please empty " + p.a + " for maintenance"})
	s := asked(t, r, "kubectl drain "+p.a+" --ignore-daemonsets", "0/2 evicted")
	harness.Says(t, s.String("blastRadius"), "stay: DaemonSet-managed Pods: "+p.ns.Name+"/agent-")
	w.approve(t, r)
	r.WaitForIn(t, time.Minute, "Succeeded")
	p.evictedOnce(t, w, before)
	p.drained(t, w)
	if n := len(p.pods(t, w, "agent")); n != 2 {
		t.Errorf("%d pods of the daemonset are left", n)
	}
}

// While a budget gives nothing the request says which, and it goes on when the budget does.
func (w *world) testHeldUpWords(t *testing.T) {
	p := w.pool(t, 2)
	p.budget(t, w, "web", 2)
	r := p.ns.Create(t, w.olga, object{"prompt": "drain " + p.a})
	asked(t, r, "kubectl drain "+p.a, "0/2 evicted")
	w.approve(t, r)
	harness.Eventually(t, 30*time.Second, func() error {
		parts := r.Get(t).List("status.plan.steps")[0].String("parts")
		if !strings.HasPrefix(parts, "0/2 evicted") || !strings.Contains(parts, "poddisruptionbudget/"+p.ns.Name+"/web needs 2 healthy pods and has 2") {
			return fmt.Errorf("parts: %q", parts)
		}
		return nil
	})
	if _, err := w.Admin.Patch(p.ns.Path("policy/v1", "poddisruptionbudgets", "web"), "merge", object{"spec": object{"minAvailable": 1}}); err != nil {
		t.Fatal(err)
	}
	r.WaitForIn(t, 2*time.Minute, "Succeeded")
	p.drained(t, w)
}

func (w *world) testUnknownNodeWords(t *testing.T) {
	ns := w.Namespace(t)
	o := ns.Create(t, w.olga, object{"prompt": "drain node-of-another-cluster"}).WaitFor(t, "NeedsClarification", "Refused")
	harness.Says(t, o.Condition("Failed").String("message"), "node-of-another-cluster")
}
