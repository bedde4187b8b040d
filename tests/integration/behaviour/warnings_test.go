package behaviour

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// What the API server warns of when a change is tried is shown before anybody approves it, once, and does not stop it.
func (w *world) testAPIWarnings(t *testing.T) {
	const words = `would violate PodSecurity "restricted:latest"`
	ns := w.Namespace(t, checkout(1))
	if _, err := w.admin.Patch("/api/v1/namespaces/"+ns.Name, "merge",
		object{"metadata": object{"labels": object{"pod-security.kubernetes.io/warn": "restricted"}}}); err != nil {
		t.Fatal(err)
	}
	var r *harness.Request
	harness.Eventually(t, patience, func() error { // the API server's admission sees the label when it does
		r = ns.Ask(t, w.sre, "kubectl set image deployment/checkout main=registry.k8s.io/pause:3.9")
		if all := fmt.Sprint(firstStep(r.WaitFor(t, "AwaitingApproval")).At("dryRun.warnings")); strings.Count(all, words) != 1 {
			return fmt.Errorf("warnings %s, wanted %s once", all, words)
		}
		return nil
	})
	harness.Says(t, chat(t, w.sre, 0, "show", r.Name, "--namespace="+ns.Name), "warning", words)
	r.Succeed(t, w.sre)
}
