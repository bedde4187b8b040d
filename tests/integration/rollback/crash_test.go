package rollback

import (
	"fmt"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A manager that is killed in the middle, of the change and of the way back, leaves nothing half done and does nothing twice.
func TestKilled(t *testing.T) {
	const n = 8
	w := newWorld(t, harness.Options{})
	var commands []string
	before := map[string]map[string]string{}
	for i := 0; i < n; i++ {
		name := fmt.Sprintf("killed-%d", i)
		before[name] = w.fields(t, w.place(t, "configmap", name))
		commands = append(commands, fmt.Sprintf(`kubectl patch configmap/%s --type=merge -p '{"data":{"a":"changed","new":"1"}}'`, name))
	}
	changes := func(i int) int { return len(w.Mutations(t, w.ns.Name, "configmaps", fmt.Sprintf("killed-%d", i))) }
	cutShort := func(i int) int { return len(w.CutShort(t, w.ns.Name, "configmaps", fmt.Sprintf("killed-%d", i))) }
	killAfter := func(r *harness.Request, done func() bool) {
		w.approve(t, r)
		harness.Eventually(t, 30*time.Second, func() error {
			if !done() {
				return fmt.Errorf("nothing was sent yet")
			}
			return nil
		})
		w.manager.Kill(t)
		w.manager = w.Start(t, harness.Options{})
		r.WaitFor(t, "Succeeded")
	}
	r := w.ns.Ask(t, w.sre, commands...)
	killAfter(r, func() bool { return changes(2) == 1 }) // with those after it on their way
	again := w.ns.Create(t, w.sre, back(r))
	killAfter(again, func() bool { return changes(n-3)+cutShort(n-3) == 2 })
	for i := 0; i < n; i++ {
		name := fmt.Sprintf("killed-%d", i)
		for _, d := range different(before[name], w.fields(t, w.ns.Path("v1", "configmaps", name))) {
			t.Errorf("%s is not as it was: %s", name, d)
		}
		if is, cut := changes(i), cutShort(i); is > 2 || is+cut < 2 {
			t.Errorf("%s was changed %d times, and %d times nobody was told: once there and once back are wanted", name, is, cut)
		}
	}
	w.CheckAudit(t)
}
