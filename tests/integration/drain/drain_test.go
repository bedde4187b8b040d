package drain

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// lowest follows how many pods of web are ready, until it is asked for the lowest number.
func (p *pool) lowest(t *testing.T, w *world) func() int {
	stop, low := make(chan struct{}), 1<<30
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		for {
			n := 0
			for _, o := range p.pods(t, w, "web") {
				if ready(o) {
					n++
				}
			}
			low = min(low, n)
			select {
			case <-stop:
				return
			case <-time.After(15 * time.Millisecond):
			}
		}
	}()
	return func() int { close(stop); done.Wait(); return low }
}

// evictedOnce: the API server evicted each of these pods once, for olga, or was evicting it when the manager died.
func (p *pool) evictedOnce(t *testing.T, w *world, pods map[string]object) {
	t.Helper()
	for name := range pods {
		for _, x := range w.Mutations(t, p.ns.Name, "pods", name) {
			if x.Resource != "pods/eviction" && x.Resource != "pods/binding" && x.User == "olga" {
				t.Errorf("%s: %s %s", name, x.Verb, x.Resource)
			}
		}
		done, cut := w.Mutations(t, p.ns.Name, "pods/eviction", name), w.CutShort(t, p.ns.Name, "pods/eviction", name)
		if len(done) > 1 || len(done)+len(cut) == 0 {
			t.Errorf("%s was evicted %d times, and %d times nobody was told: %+v %+v", name, len(done), len(cut), done, cut)
		}
	}
}

func (p *pool) drained(t *testing.T, w *world) {
	t.Helper()
	if w.Admin.Must(t, "GET", "/api/v1/nodes/"+p.a, nil).At("spec.unschedulable") != true {
		t.Error("the node is not cordoned")
	}
	for name, o := range p.pods(t, w, "web") {
		if o.String("spec.nodeName") == p.a {
			t.Errorf("%s is still on the node", name)
		}
	}
}

func TestDrain(t *testing.T) {
	w := newWorld(t)
	w.Start(t, harness.Options{})
	t.Run("HonoursBudget", w.testHonoursBudget)
	t.Run("Refusals", w.testRefusals)
	t.Run("DaemonSets", w.testDaemonSets)
	t.Run("Force", w.testForce)
	t.Run("NeverAllowed", w.testNeverAllowed)
	t.Run("Timeout", w.testTimeout)
}

func (w *world) testHonoursBudget(t *testing.T) {
	p := w.pool(t, 4)
	p.budget(t, w, "web", 3)
	before := p.pods(t, w, "web")
	r := p.ns.Ask(t, w.olga, "kubectl drain "+p.a)
	o := r.WaitFor(t, "AwaitingApproval")
	steps := o.List("status.plan.steps")
	if len(steps) != 1 {
		t.Fatalf("%d steps: %v", len(steps), steps)
	}
	s := steps[0]
	for path, want := range map[string]string{"command": "kubectl drain " + p.a, "effect": "Destructive", "parts": "0/4 evicted",
		"rollback": "kubectl uncordon " + p.a, "reversible": "Partial", "target.name": p.a} {
		if s.String(path) != want {
			t.Errorf("%s: %q, not %q", path, s.String(path), want)
		}
	}
	if risk := o.String("status.risk"); risk != "High" {
		t.Errorf("risk %s", risk)
	}
	t.Log(s.String("blastRadius"), s.At("dryRun.warnings"))

	lowest := p.lowest(t, w)
	// What is evicted has no place to go until the second eviction has been put off.
	w.schedulable(t, p.b, false)
	w.approve(t, r)
	harness.Eventually(t, time.Minute, func() error {
		for _, row := range r.Rows(t) {
			if row.Type == "Delayed" {
				return nil
			}
		}
		return fmt.Errorf("nothing was put off")
	})
	w.schedulable(t, p.b, true)
	o = r.WaitForIn(t, 2*time.Minute, "Succeeded")
	if low := lowest(); low < 3 {
		t.Errorf("only %d pods were ready at some time", low)
	}
	if parts := o.List("status.plan.steps")[0].String("parts"); parts != "4/4 evicted" {
		t.Errorf("parts: %s", parts)
	}
	p.evictedOnce(t, w, before)
	p.drained(t, w)
	w.CheckAudit(t)
}

func (w *world) testRefusals(t *testing.T) {
	p := w.pool(t, 1)
	p.deploy(t, w, "cache", 1, object{"name": "tmp", "emptyDir": object{}})
	p.lone(t, w, p.ns)
	node := p.a
	for _, o := range p.pods(t, w, "cache") {
		node = o.String("spec.nodeName")
	}
	for command, says := range map[string][]string{
		"kubectl drain " + node:      {"Pods with local storage (use --delete-emptydir-data to override): " + p.ns.Name + "/cache-"},
		"kubectl drain " + p.a:       {"Pods that declare no controller", p.ns.Name + "/lone"},
		"kubectl drain no-such-node": {"no-such-node"},
		"kubectl drain " + p.b + " --pod-selector=app=nothing --grace-period=1": nil,
	} {
		r := p.ns.Ask(t, w.olga, command)
		if says == nil { // only the cordon is left
			o := r.WaitFor(t, "AwaitingApproval")
			if s := o.List("status.plan.steps")[0]; s.String("command") != "kubectl cordon "+p.b || s.String("parts") != "" {
				t.Errorf("%s: %v", command, s)
			}
			continue
		}
		o := r.WaitFor(t, "Refused", "NeedsClarification")
		for _, words := range says {
			if message := o.Condition("Failed").String("message"); !strings.Contains(message, words) {
				t.Errorf("%s: %s", command, message)
			}
		}
	}
	for flag, says := range map[string]string{"--force": "kubectl drain --force of node/" + p.a + " is refused unless an AuditPolicy",
		"--disable-eviction": "--disable-eviction: deletes pods whatever"} {
		_, err := p.ns.TryCreate(w.olga, object{"metadata": object{"generateName": "r-"},
			"spec": object{"prompt": "drain", "commands": []string{"kubectl drain " + p.a + " " + flag}}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", flag, err)
		}
	}
	// Whoever may not evict is told so by the API server.
	r := p.ns.Ask(t, w.sre, "kubectl drain "+p.a)
	if o := r.WaitFor(t, "Refused", "NeedsClarification"); o.String("status.phase") == "" {
		t.Error("no phase")
	}
}

func (w *world) testDaemonSets(t *testing.T) {
	p := w.pool(t, 1)
	w.Admin.Must(t, "POST", p.ns.Path("apps/v1", "daemonsets", ""), object{"metadata": object{"name": "agent"},
		"spec": object{"selector": object{"matchLabels": object{appLabel: "agent"}}, "template": template("agent", p.ns.Name)}})
	harness.Eventually(t, 30*time.Second, func() error {
		if n := len(p.pods(t, w, "agent")); n != 2 {
			return fmt.Errorf("%d pods of the daemonset", n)
		}
		return nil
	})
	o := p.ns.Ask(t, w.olga, "kubectl drain "+p.a).WaitFor(t, "Refused")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "DaemonSet-managed Pods (use --ignore-daemonsets to ignore): "+p.ns.Name+"/agent-") {
		t.Error(m)
	}
	r := p.ns.Ask(t, w.olga, "kubectl drain "+p.a+" --ignore-daemonsets")
	s := r.WaitFor(t, "AwaitingApproval").List("status.plan.steps")[0]
	if !strings.Contains(s.String("blastRadius"), "stay: DaemonSet-managed Pods: "+p.ns.Name+"/agent-") || s.String("parts") != "0/1 evicted" {
		t.Errorf("%v", s)
	}
	w.approve(t, r)
	r.WaitForIn(t, 2*time.Minute, "Succeeded")
	p.drained(t, w)
	if n := len(p.pods(t, w, "agent")); n != 2 {
		t.Errorf("%d pods of the daemonset are left", n)
	}
}

// A budget that never gives: the request ends at its deadline and says who holds what.
func (w *world) testNeverAllowed(t *testing.T) {
	p := w.pool(t, 2)
	p.deploy(t, w, "free", 1)
	p.budget(t, w, "web", 2)
	r := p.ns.Create(t, w.olga, object{"prompt": "drain it", "deadline": "25s", "commands": []string{"kubectl drain " + p.a}})
	o := r.WaitFor(t, "AwaitingApproval")
	if text := fmt.Sprint(o.List("status.plan.steps")[0].At("dryRun.warnings")); !strings.Contains(text, "waits for poddisruptionbudget/"+p.ns.Name+"/web") {
		t.Error(text)
	}
	w.approve(t, r)
	o = r.WaitForIn(t, time.Minute, "Expired")
	message := o.Condition("Failed").String("message")
	if !strings.Contains(message, "pod/"+p.ns.Name+"/web-") || !strings.Contains(message, "poddisruptionbudget/"+p.ns.Name+"/web needs 2 healthy pods and has 2") {
		t.Error(message)
	}
	for name := range p.pods(t, w, "web") {
		if m := w.Mutations(t, p.ns.Name, "pods/eviction", name); len(m) > 0 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func (w *world) testTimeout(t *testing.T) {
	p := w.pool(t, 1)
	p.budget(t, w, "web", 1)
	r := p.ns.Ask(t, w.olga, "kubectl drain "+p.a+" --timeout=3s")
	w.approve(t, r)
	o := r.WaitForIn(t, time.Minute, "Failed")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "--timeout=3s passed: 0/1 evicted; pod/"+p.ns.Name) {
		t.Error(m)
	}
}

// Kill -9 with an eviction answered and not recorded, and once more in the middle: no pod is evicted twice, and there
// are never fewer pods than the budget asks for.
func TestKilledWhileDraining(t *testing.T) {
	w := newWorld(t)
	proxy := w.Proxy(t)
	m := w.Start(t, harness.Options{Proxy: proxy})
	p := w.pool(t, 5)
	p.budget(t, w, "web", 4)
	before := p.pods(t, w, "web")
	r := p.ns.Ask(t, w.olga, "kubectl drain "+p.a)
	r.WaitFor(t, "AwaitingApproval")
	// One of them is sent first: the answer to the first eviction that is no dry run never comes.
	traps := map[string]*harness.Trap{}
	for name := range before {
		traps[name] = proxy.Add(t, harness.Rule{Action: harness.Action{Type: "hold-after"},
			Match: harness.Match{Method: "POST", Path: "/pods/" + name + "/eviction$", Nth: 2, Times: 1}})
	}
	lowest := p.lowest(t, w)
	w.approve(t, r)
	harness.Eventually(t, 30*time.Second, func() error {
		for _, trap := range traps {
			if trap.Count(t) > 0 {
				return nil
			}
		}
		return fmt.Errorf("no eviction was sent")
	})
	m.Kill(t)
	for _, trap := range traps {
		trap.Remove(t)
	}
	m = w.Start(t, harness.Options{Proxy: proxy})
	harness.Eventually(t, time.Minute, func() error {
		n := 0
		for name := range before {
			n += len(w.Mutations(t, p.ns.Name, "pods/eviction", name))
		}
		if n < 3 {
			return fmt.Errorf("%d evictions so far", n)
		}
		return nil
	})
	m.Kill(t)
	w.Start(t, harness.Options{Proxy: proxy})
	r.WaitForIn(t, 2*time.Minute, "Succeeded")
	if low := lowest(); low < 4 {
		t.Errorf("only %d pods were ready at some time", low)
	}
	p.evictedOnce(t, w, before)
	p.drained(t, w)
	w.CheckAudit(t)
}
