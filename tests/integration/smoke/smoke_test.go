// Package smoke is the main job alone: quick enough to run against every Kubernetes release that kubechat claims to work with.
package smoke

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// A request goes its whole way once, by words; nobody else's name can be written into one; the log holds.
func TestMainJob(t *testing.T) {
	c := harness.Get(t)
	c.Start(t, harness.Options{})
	version := c.Admin.Must(t, "GET", "/version", nil)
	t.Logf("Kubernetes %s", version.String("gitVersion"))
	ns := c.Namespace(t, harness.Deployment{Name: "checkout", Replicas: 3})
	sre := c.User(t, "sre")

	r := ns.Create(t, sre, harness.Object{"prompt": "we need five checkout pods before the sale"})
	shown := r.WaitFor(t, "AwaitingApproval")
	if got := shown.List("status.plan.steps")[0].String("command"); got != "kubectl scale deployment/checkout --namespace="+ns.Name+" --replicas=5" {
		t.Errorf("planned %q", got)
	}
	if err := r.TryApprove(c.User(t, "viewer"), harness.Object{"decision": "Approve", "planDigest": shown.String("status.plan.digest")}); !harness.IsStatus(err, 403) {
		t.Errorf("a viewer's approval: %v", err)
	}
	r.Approve(t, sre)
	r.WaitFor(t, "Succeeded")
	if n := ns.GetDeployment(t, "checkout").Int("status.readyReplicas"); n != 5 {
		t.Errorf("%d of 5 pods are ready", n)
	}
	if m := c.Mutations(t, ns.Name, "deployments", "checkout"); len(m) != 1 || m[0].User != "sre" {
		t.Errorf("changes: %+v", m)
	}
	if err := harness.CheckTrail(r.Rows(t)); err != nil {
		t.Error(err)
	}
	c.CheckAudit(t)
}

// Admission as this release evaluates it: the webhook, the policies' CEL, and the definition's.
func TestAdmission(t *testing.T) {
	c := harness.Get(t)
	c.Start(t, harness.Options{})
	ns := c.Namespace(t, harness.Deployment{Name: "checkout", Replicas: 1})
	sre := c.User(t, "sre")
	spec := func(more harness.Object) harness.Object {
		s := harness.Object{"prompt": "scale checkout to two"}
		for k, v := range more {
			s[k] = v
		}
		return harness.Object{"metadata": harness.Object{"generateName": "r-"}, "spec": s}
	}
	for _, x := range []struct {
		name string
		who  *harness.User
		more harness.Object
		want string
	}{
		{"somebody else's name", sre, harness.Object{"requestedBy": harness.Object{"username": "olga"}}, `"olga" is not you`},
		{"an administrator", c.Admin, nil, "system:masters"},
		{"an approval from the start", sre, harness.Object{"approvals": []harness.Object{{"decision": "Approve", "planDigest": "sha256:" + strings.Repeat("0", 64)}}}, "approvals"},
		{"a viewer", c.User(t, "viewer"), nil, "cannot create resource"},
	} {
		if _, err := ns.TryCreate(x.who, spec(x.more)); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, wanted %q", x.name, err, x.want)
		}
	}
	r := ns.Create(t, sre, spec(nil)["spec"].(harness.Object))
	r.WaitFor(t, "AwaitingApproval")
	if _, err := sre.Patch(r.Path(), "merge", harness.Object{"spec": harness.Object{"prompt": "scale checkout to nine"}}); err == nil || !strings.Contains(err.Error(), "cannot change") {
		t.Errorf("another prompt afterwards: %v", err)
	}
	if _, err := c.User(t, "admin-sso").Patch(r.Path()+"/status", "merge", harness.Object{"status": harness.Object{"phase": "Succeeded"}}); !harness.IsStatus(err, 403) {
		t.Errorf("status by a person: %v", err)
	}
}
