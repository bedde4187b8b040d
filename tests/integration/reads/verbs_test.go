package reads

import (
	"regexp"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// Every verb end to end: asked for as a command, carried out without approval, looked at by the requester. same: the text
// is kubectl's own; otherwise it has these parts.
var verbs = []struct {
	command string
	same    bool
	parts   []string
}{
	{"kubectl get deployments", true, nil},
	{"kubectl get deploy -o wide", true, nil},
	{"kubectl get deploy web -o yaml", true, nil},
	{"kubectl get deploy/web -o json", true, nil},
	{"kubectl get deploy -o name", true, nil},
	{"kubectl get pods -l app=web --show-labels", true, nil},
	{"kubectl get configmaps --sort-by=.metadata.name", true, nil},
	{"kubectl get ingresses", true, nil},
	{"kubectl describe deploy web", false, []string{"Replicas:               2 desired", "ScalingReplicaSet", "NewReplicaSet:"}},
	{"kubectl describe pods -l app=web", false, []string{"Controlled By:  ReplicaSet/web-", "Restart Count:", "Conditions:"}},
	{"kubectl events --for=deployment/web", false, []string{"LAST SEEN", "Deployment/web", "Scaled up replica set web-"}},
	{"kubectl rollout status deploy/web", true, nil},
	{"kubectl rollout history deploy/web", true, nil},
	{"kubectl rollout history deploy/web --revision=1", true, nil},
	{"kubectl logs deploy/web", false, []string{"pods, using pod/web-"}},
}

// Ages go on between two looks; how wide their column is goes with them (the unit tests compare every byte).
var age = regexp.MustCompile(`(AGE|\b(\d+[smhd]){1,2}\b) *`)

func withoutAges(text string) string { return age.ReplaceAllString(text, "AGE ") }

func TestVerbs(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 2})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	for _, v := range verbs {
		t.Run(v.command, func(t *testing.T) {
			r := ns.Ask(t, sre, v.command)
			o := r.WaitFor(t, "Succeeded")
			if o.String("status.approvals.summary") != "-" {
				t.Errorf("approvals: %s", o.String("status.approvals.summary"))
			}
			if o.At("metadata.finalizers") != nil {
				t.Errorf("a read left a finalizer")
			}
			got, err := look(sre, r)
			if err != nil {
				t.Fatal(err)
			}
			if v.same {
				args := append([]string{"--namespace", ns.Name}, strings.Fields(strings.TrimPrefix(v.command, "kubectl "))...)
				want, err := kubectl(sre, args...)
				if err != nil {
					t.Fatal(err)
				}
				if withoutAges(got) != withoutAges(want) {
					t.Errorf("ours:\n%s\nkubectl's:\n%s", got, want)
				}
			}
			for _, part := range v.parts {
				if !strings.Contains(got, part) {
					t.Errorf("no %q in\n%s", part, got)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	if o := ns.Ask(t, sre, "kubectl get pod nosuch").WaitFor(t, "NeedsClarification"); !strings.Contains(o.String("status.question"), "there is no pod/") {
		t.Errorf("it asks %q", o.String("status.question"))
	}
	for _, x := range []struct{ command, says string }{
		{"kubectl get nodes", `nodes is forbidden: User "sre" cannot list resource "nodes"`},
		{"kubectl get pods --all-namespaces", `pods is forbidden`},
		{"kubectl top pods", "metrics server"},
		{"kubectl rollout history deploy/web --revision=7", "has no revision 7"},
		{"kubectl logs deploy/web -c nosuch", "container nosuch is not in"},
	} {
		t.Run(x.command, func(t *testing.T) {
			o := ns.Ask(t, sre, x.command).WaitFor(t, "Refused")
			if text := o.Condition("Failed").String("message"); !strings.Contains(text, x.says) {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// A plan that changes something and then looks at it waits for the approval, and shows what came of it.
func TestChangeThenRead(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl scale deploy/web --replicas=2", "kubectl rollout status deploy/web")
	r.WaitFor(t, "AwaitingApproval")
	if text, err := look(sre, r); err != nil || !strings.Contains(text, "not read yet") {
		t.Errorf("before its time: %v %s", err, text)
	}
	r.Succeed(t, sre)
	if text, err := look(sre, r); err != nil || text != "deployment \"web\" successfully rolled out\n" {
		t.Errorf("%v %s", err, text)
	}
}
