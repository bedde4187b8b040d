package ha

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What replicas share in the cluster, and keep as it should be, each by itself.
var shared = []string{
	"/api/v1/namespaces/kubechat-system/secrets/kubechat-webhook",
	"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/kubechat",
	"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kubechat",
}

func versions(t *testing.T, c *harness.Cluster) string {
	t.Helper()
	var out []string
	for _, path := range shared {
		out = append(out, c.Admin.Must(t, "GET", path, nil).String("metadata.resourceVersion"))
	}
	return strings.Join(out, " ")
}

// Three that start at the same instant, with no key yet to seal with or to sign with: they agree on those of one of them, one
// leads, and what any of them has stamped is good for it.
func TestTheyStartTogether(t *testing.T) {
	c := harness.Get(t)
	c.UsePostgres(t)
	if _, err := c.Admin.Do("DELETE", shared[0], nil); err != nil && !harness.IsStatus(err, 404) {
		t.Fatal(err)
	}
	service := c.Service(t)
	replicas := make([]*harness.Manager, 3)
	for i := range replicas {
		replicas[i] = c.Begin(t, harness.Options{Service: service})
	}
	for _, m := range replicas {
		m.AwaitReady(t)
	}
	var leader *harness.Manager
	harness.Eventually(t, takeOver, func() error {
		for _, m := range replicas {
			if m.Leads() {
				leader = m
				return nil
			}
		}
		return errors.New("nobody leads")
	})
	leader.AwaitLeading(t, handOver)
	began, before := time.Now(), versions(t, c)
	for _, m := range replicas {
		want, line := "0", "[~]leader: this replica does not lead"
		if m == leader {
			want, line = "1", "[+]leader ok"
		}
		if code, text := m.Probe("/readyz?verbose"); code != 200 || !strings.Contains(text, line) {
			t.Errorf("readyz: %d %s", code, text)
		}
		if _, text := m.Probe("/metrics"); !strings.Contains(text, "\nleader_election_master_status{name=\"kubechat-manager\"} "+want+"\n") {
			t.Errorf("leader_election_master_status is not %s", want)
		}
		service.Only(m)
		fresh(t, c, c.Namespace(t, harness.Deployment{Name: target}))
	}
	for _, m := range replicas[:2] {
		service.Add(m)
	}
	c.CheckAudit(t)
	time.Sleep(time.Until(began.Add(35 * time.Second))) // each has looked after them once
	if after := versions(t, c); after != before {
		t.Errorf("somebody wrote them again: %s, then %s", before, after)
	}
}
