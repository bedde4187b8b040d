package drain

import (
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A drain that is forced takes pods of nobody along: where a policy of the pod's namespace says so, and only there.
func (w *world) testForce(t *testing.T) {
	p := w.pool(t, 1)
	other := w.Namespace(t)
	p.lone(t, w, p.ns)
	p.lone(t, w, other)
	open := p.ns.Policy(t, "open", object{"force": "Allowed"})
	drain := "kubectl drain " + p.a + " --force"

	// At the door nobody knows which pods there are; the preview does.
	o := p.ns.Ask(t, w.olga, drain).WaitFor(t, "Refused")
	harness.Says(t, o.Condition("Failed").String("message"), "kubectl drain --force of pod/"+other.Name+"/lone is refused unless an AuditPolicy")

	two := other.Policy(t, "open", object{"force": "Allowed"})
	r := p.ns.Ask(t, w.olga, drain)
	o = r.WaitFor(t, "AwaitingApproval")
	s := o.List("status.plan.steps")[0]
	if s.String("command") != drain || s.String("parts") != "0/3 evicted" || o.String("status.risk") != "Critical" {
		t.Errorf("%s, %s, %s", s.String("command"), s.String("parts"), o.String("status.risk"))
	}
	reach := s.String("blastRadius")
	if !strings.Contains(reach, "nothing brings back: Pods that declare no controller: ") || !strings.Contains(reach, p.ns.Name+"/lone") ||
		!strings.Contains(reach, other.Name+"/lone") || strings.Contains(reach, "/web-") {
		t.Errorf("reach: %s", reach)
	}
	for _, name := range []string{open.Name, two.Name} {
		list, _ := s.At("policies").([]any)
		found := false
		for _, x := range list {
			found = found || x == name+": --force is allowed"
		}
		if !found {
			t.Errorf("%s is not named: %v", name, list)
		}
	}
	before := p.pods(t, w, "web")
	w.approve(t, r)
	r.WaitForIn(t, time.Minute, "Succeeded")
	p.evictedOnce(t, w, before)
	p.drained(t, w)
	for _, ns := range []*harness.Namespace{p.ns, other} {
		m := w.Mutations(t, ns.Name, "pods", "lone")
		evictions := 0
		for _, x := range m {
			if x.Resource == "pods/eviction" {
				evictions++
			}
		}
		if evictions != 1 {
			t.Errorf("%s/lone was evicted %d times: %+v", ns.Name, evictions, m)
		}
	}
	w.CheckAudit(t)
}
