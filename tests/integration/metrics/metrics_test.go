// Package metrics looks at a running manager's metrics with Prometheus's own checker.
package metrics

import (
	"os/exec"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// Names, types, units and help texts are what promtool accepts, once there is something to count.
func TestPromtoolAcceptsThem(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is not in PATH; ./hack/test cluster puts it there (Debian package prometheus)")
	}
	c := harness.Get(t)
	m := c.Start(t, harness.Options{})
	ns := c.Namespace(t, harness.Deployment{Name: "checkout", Replicas: 1})
	sre := c.User(t, "sre")
	ns.Ask(t, sre, "kubectl scale deployment/checkout --replicas=2").Succeed(t, sre)

	code, text := m.Probe("/metrics")
	if code != 200 || !strings.Contains(text, "# TYPE ") {
		t.Fatalf("%d %s", code, text)
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
