package behaviour

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What kubectl alone tells of a request, from question to answer.
func (w *world) testKubectl(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	in := "--namespace=" + ns.Name
	kubectl := func(args ...string) string {
		t.Helper()
		out, err := w.sre.Kubectl("", append(args, in)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	if out, err := w.sre.Kubectl("", "wait", "chat/"+r.Name, in, "--for=condition=Complete", "--timeout=500ms"); err == nil {
		t.Errorf("it is complete before it is approved: %s", out)
	}
	row := func(cells ...string) *regexp.Regexp {
		return regexp.MustCompile(`(?m)^` + strings.Join(append([]string{regexp.QuoteMeta(r.Name)}, cells...), `\s{2,}`) + `\s*$`)
	}
	head := regexp.MustCompile(`^NAME\s+PHASE\s+RISK\s+TARGET\s+SUMMARY\s+APPROVALS\s+AGE\n`)
	target := "deployment/" + ns.Name + "/checkout"
	list := kubectl("get", "chat")
	if !head.MatchString(list) || !row("AwaitingApproval", "Low", target, `spec\.replicas: 1 → 2`, "0/1", `\d+s`).MatchString(list) {
		t.Errorf("kubectl get chat prints\n%s", list)
	}
	r.Approve(t, w.sre)
	kubectl("wait", "chat/"+r.Name, "--for=condition=Complete", "--timeout=60s")
	list = kubectl("get", "chat")
	if !row("Succeeded", "Low", target, `spec\.replicas: 1 → 2`, "1/1", `\d+s`).MatchString(list) {
		t.Errorf("kubectl get chat prints\n%s", list)
	}

	// It stands still now: kstatus calls that Current, and nothing holds it.
	harness.Eventually(t, patience, func() error {
		if f := r.Get(t).At("metadata.finalizers"); f != nil {
			return fmt.Errorf("finalizers: %v", f)
		}
		return nil
	})
	o := r.Get(t)
	if g := o.Int("metadata.generation"); o.Int("status.observedGeneration") != g {
		t.Errorf("generation %d, observed %d", g, o.Int("status.observedGeneration"))
	}
	for kind, want := range map[string]string{"Planned": "True", "Previewed": "True", "Approved": "True", "Executed": "True", "Verified": "True",
		"Complete": "True", "Failed": "False", "Reconciling": "False", "Stalled": "False"} {
		c := o.Condition(kind)
		if c.String("status") != want || c.Int("observedGeneration") != o.Int("metadata.generation") || c.String("reason") == "" {
			t.Errorf("condition %s is %v, wanted %s", kind, c, want)
		}
	}
	harness.Eventually(t, patience, func() error {
		described := kubectl("describe", "chat", r.Name)
		for _, event := range []string{`Normal\s+AwaitingApproval\s+.*spec\.replicas: 1 → 2; waiting for 1 approval`, `Normal\s+Succeeded\s+.*2 of 2 replicas available`} {
			if !regexp.MustCompile(event).MatchString(described) {
				return fmt.Errorf("no event %s in\n%s", event, described)
			}
		}
		return nil
	})
}

// A request that ends badly is never Complete, and a wait for Failed sees it.
func (w *world) testFailedCondition(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	in := "--namespace=" + ns.Name
	r := ns.Ask(t, w.sre, "kubectl scale deployment/chekout --replicas=2")
	if out, err := w.sre.Kubectl("", "wait", "chat/"+r.Name, in, "--for=condition=Failed", "--timeout=60s"); err != nil {
		t.Error(out)
	}
	if out, err := w.sre.Kubectl("", "wait", "chat/"+r.Name, in, "--for=condition=Complete", "--timeout=300ms"); err == nil {
		t.Error(out)
	}
	o := r.Get(t)
	for kind, want := range map[string]string{"Complete": "False", "Failed": "True", "Reconciling": "False", "Stalled": "True"} {
		if s := o.Condition(kind).String("status"); s != want {
			t.Errorf("condition %s is %s, wanted %s", kind, s, want)
		}
	}
	harness.Says(t, o.Condition("Stalled").String("message"), "chekout")
	harness.Says(t, o.String("status.summary"), "chekout")
}

// A request is deleted when its time is over; its audit rows stay.
func (w *world) testTTL(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Create(t, w.sre, object{"prompt": "short-lived", "commands": []string{scaleCheckout}, "ttlSecondsAfterFinished": 5})
	ended, err := time.Parse(time.RFC3339, r.Succeed(t, w.sre).Condition("Complete").String("lastTransitionTime"))
	if err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, patience, func() error {
		return w.gone(r)
	})
	if after := time.Since(ended); after < 5*time.Second {
		t.Errorf("it was gone %s after its end", after)
	}
	if err := harness.CheckTrail(r.Rows(t)); err != nil {
		t.Error(err)
	}
	refusedRequest := ns.Create(t, w.sre, object{"prompt": "short-lived", "commands": []string{"kubectl scale deployment/chekout --replicas=2"}, "ttlSecondsAfterFinished": 1})
	harness.Eventually(t, patience, func() error {
		return w.gone(refusedRequest)
	})
}

func (w *world) gone(r *harness.Request) error {
	if _, err := w.sre.Do("GET", r.Path(), nil); !harness.IsStatus(err, 404) {
		return fmt.Errorf("%s is still there (%v)", r.Name, err)
	}
	return nil
}
