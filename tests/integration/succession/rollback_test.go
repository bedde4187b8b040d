package succession

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// A plan whose third step fails: the quota has room for one ConfigMap more, and each of the two is tried alone.
func (w *world) failing(t *testing.T, ns *harness.Namespace, onFailure string) *harness.Request {
	t.Helper()
	quota := ns.Path("v1", "resourcequotas", "")
	w.Admin.Must(t, "POST", quota, object{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": object{"name": "few"},
		"spec": object{"hard": object{"count/configmaps": "2"}}}) // kube-root-ca.crt is one
	harness.Eventually(t, patience, func() error {
		o := w.Admin.Must(t, "GET", ns.Path("v1", "resourcequotas", "few"), nil)
		used, _ := o.At("status.used").(map[string]any)
		if used["count/configmaps"] != "1" {
			return errors.New("the quota does not count yet")
		}
		// Nor has the API server's admission heard of its count.
		_, err := w.Admin.Do("POST", ns.Path("v1", "configmaps", "")+"?dryRun=All", object{"metadata": object{"name": "probe"}})
		return err
	})
	spec := object{"prompt": "two more settings", "commands": []string{
		"kubectl scale deployment/checkout --replicas=2",
		"kubectl create configmap first --from-literal=a=b",
		"kubectl create configmap second --from-literal=a=b",
	}}
	if onFailure != "" {
		spec["onFailure"] = onFailure
	}
	return ns.Create(t, w.sre, spec)
}

func checkout() harness.Deployment { return harness.Deployment{Name: "checkout", Replicas: 1} }

func (w *world) confirm(t *testing.T, r *harness.Request, o object) {
	t.Helper()
	harness.Eventually(t, patience, func() error {
		return r.TryApprove(w.approver, object{"decision": "Approve", "planDigest": o.String("status.plan.digest"),
			"confirm": o.String("status.approvals.confirm")})
	})
}

// asBefore checks that nothing of the request is left, and that each change was made once and taken back once.
func (w *world) asBefore(t *testing.T, ns *harness.Namespace) {
	t.Helper()
	if n := ns.GetDeployment(t, "checkout").Int("spec.replicas"); n != 1 {
		t.Errorf("%d replicas", n)
	}
	for _, name := range []string{"first", "second"} {
		if _, err := w.Admin.Do("GET", ns.Path("v1", "configmaps", name), nil); !harness.IsStatus(err, 404) {
			t.Errorf("configmap %s: %v", name, err)
		}
	}
	w.changesOf(t, ns.Name, "deployments", "checkout", 2)
	w.changesOf(t, ns.Name, "configmaps", "first", 2)
	w.changesOf(t, ns.Name, "configmaps", "second", 0)
}

// The trail tells the failure, the way back, its approval and the end.
func toldInOrder(t *testing.T, rows []harness.Row, approvals int) {
	t.Helper()
	var story []string
	for _, r := range rows {
		switch r.Type {
		case "Planned":
			story = append(story, "Planned "+r.Detail.String("why"))
		case "Approved", "Finished":
			story = append(story, r.Type+" "+r.Result)
		}
	}
	want := []string{"Planned ", "Approved Accepted", "Planned Rollback"}
	for i := 1; i < approvals; i++ {
		want = append(want, "Approved Accepted")
	}
	want = append(want, "Finished RolledBack")
	if strings.Join(story, ", ") != strings.Join(want, ", ") {
		t.Errorf("the trail: %s, wanted: %s", strings.Join(story, ", "), strings.Join(want, ", "))
	}
	if err := closed(rows); err != nil {
		t.Error(err)
	}
}

// Without a policy the way back is shown, and waits for an approval of its own.
func (w *world) testTakenBack(t *testing.T) {
	ns := w.Namespace(t, checkout())
	r := w.failing(t, ns, "Rollback")
	first := waitsFor(t, r, "ApprovalNeeded").String("status.plan.digest")
	r.Approve(t, w.sre)

	o := waitsFor(t, r, "RollbackPlanned", "step 3 (kubectl create configmap second", "exceeded quota", "the way back is planned",
		"waiting for 1 approval by another person")
	if o.String("status.plan.why") != "Rollback" || o.String("status.plan.digest") == first || o.At("metadata.finalizers") == nil {
		t.Errorf("shown: %v", o.At("status.plan"))
	}
	var commands, before []string
	for _, s := range o.List("status.plan.steps") {
		commands = append(commands, s.String("command"))
	}
	for _, s := range o.List("status.plan.before") {
		before = append(before, s.String("result"))
	}
	if len(commands) != 2 || !strings.Contains(commands[0], "delete configmap/first") || !strings.Contains(commands[1], "scale deployment/checkout") {
		t.Errorf("the way back: %q", commands)
	}
	if len(before) < 2 || before[0] != "Verified" || before[1] != "Verified" {
		t.Errorf("done before: %q", before)
	}
	show := exec.Command(os.Getenv("KUBECHAT_BIN"), "chat", "show", r.Name, "--namespace="+ns.Name)
	show.Env = append(os.Environ(), "KUBECONFIG="+w.sre.Kubeconfig)
	shown, err := show.CombinedOutput()
	if err != nil {
		t.Errorf("kubectl chat show: %v\n%s", err, shown)
	}
	harness.Says(t, string(shown), "done before", "kubectl scale deployment/checkout", "the way back", "exceeded quota", "--confirm")
	// The requester's own approval does not do for a deletion, and the old one says nothing of it.
	w.changesOf(t, ns.Name, "configmaps", "first", 1)
	w.confirm(t, r, o)
	ended(t, r, "RolledBack", "RolledBack", "exceeded quota", "what was done before was taken back (2 steps)")
	w.asBefore(t, ns)
	toldInOrder(t, r.Rows(t), 2)
}

// With a policy that allows it nobody is asked again.
func (w *world) testTakenBackAtOnce(t *testing.T) {
	ns := w.Namespace(t, checkout())
	w.policy(t, ns.Name, object{"rollback": object{"automatic": true}})
	r := w.failing(t, ns, "Rollback")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	ended(t, r, "RolledBack", "RolledBack", "exceeded quota", "what was done before was taken back (2 steps)")
	w.asBefore(t, ns)
	rows := r.Rows(t)
	toldInOrder(t, rows, 1)
	for _, row := range rows {
		if row.Type == "Intent" && row.Command != "" && strings.Contains(row.Command, "delete configmap/first") &&
			!strings.Contains(strings.Join(texts(row.Detail.At("policies")), " "), "taken back at once") {
			t.Errorf("the intent does not say which policy allowed it: %v", row.Detail)
		}
	}
}

func texts(list any) []string {
	var out []string
	items, _ := list.([]any)
	for _, x := range items {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

func (w *world) testWayBackRejected(t *testing.T) {
	ns := w.Namespace(t, checkout())
	r := w.failing(t, ns, "Rollback")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	o := waitsFor(t, r, "RollbackPlanned")
	if err := r.TryApprove(w.sre, object{"decision": "Reject", "planDigest": o.String("status.plan.digest"), "comment": "leave it"}); err != nil {
		t.Fatal(err)
	}
	ended(t, r, "Rejected", "Rejected", "leave it", "exceeded quota", "stays")
	w.changesOf(t, ns.Name, "configmaps", "first", 1)
	w.changesOf(t, ns.Name, "deployments", "checkout", 1)
}

func (w *world) testWayBackCancelled(t *testing.T) {
	ns := w.Namespace(t, checkout())
	r := w.failing(t, ns, "Rollback")
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, w.sre)
	waitsFor(t, r, "RollbackPlanned")
	if _, err := w.sre.Patch(r.Path(), "merge", object{"spec": object{"cancel": true}}); err != nil {
		t.Fatal(err)
	}
	ended(t, r, "Cancelled", "Cancelled", "exceeded quota")
	w.changesOf(t, ns.Name, "configmaps", "first", 1)
}

// What somebody else changed in between is not overwritten: the end names it.
func (w *world) testLaterChange(t *testing.T) {
	ns := w.Namespace(t, checkout())
	r := w.failing(t, ns, "Rollback")
	r.WaitFor(t, "AwaitingApproval")
	trap := w.proxy.Add(t, harness.Rule{Action: harness.Action{Type: "hold-before"}, Match: harness.Match{Method: "POST",
		Path: "/namespaces/" + ns.Name + "/configmaps$", Query: "dryRun", Nth: 2, Times: 1}})
	r.Approve(t, w.sre)
	trap.Held(t, 1)
	if _, err := w.Admin.Patch(ns.Path("apps/v1", "deployments", "checkout"), "merge", object{"spec": object{"replicas": 4}}); err != nil {
		t.Fatal(err)
	}
	trap.Release(t)
	ended(t, r, "Failed", "NotRolledBack", "exceeded quota", "what was done before stays", "spec.replicas")
	if n := ns.GetDeployment(t, "checkout").Int("spec.replicas"); n != 4 {
		t.Errorf("%d replicas", n)
	}
	w.changesOf(t, ns.Name, "configmaps", "first", 1)
}

func (w *world) testStopIsTheDefault(t *testing.T) {
	for _, onFailure := range []string{"", "Stop"} {
		ns := w.Namespace(t, checkout())
		r := w.failing(t, ns, onFailure)
		r.WaitFor(t, "AwaitingApproval")
		r.Approve(t, w.sre)
		ended(t, r, "Failed", "StepRefused", "step 3 (kubectl create configmap second", "exceeded quota")
		w.changesOf(t, ns.Name, "configmaps", "first", 1)
	}
}

// Kill -9 while the way back is planned, when its plan is recorded and not shown, and with its change on the way.
func (w *world) testKilledOnTheWayBack(t *testing.T) {
	scale := func(ns *harness.Namespace, kind, query string, nth int) harness.Rule {
		return harness.Rule{Action: harness.Action{Type: kind}, Match: harness.Match{Method: "PATCH",
			Path: "/namespaces/" + ns.Name + "/deployments/checkout/scale$", Query: query, Nth: nth, Times: 1}}
	}
	const sends, tries = "^fieldManager=kubechat(&[a-zA-Z]+=(Strict|true|false))*$", "dryRun"
	cases := []struct {
		name string
		rule func(ns *harness.Namespace) harness.Rule
	}{
		// Of the dry runs the first is made before the change itself, two more preview the way back.
		{"while it is planned", func(ns *harness.Namespace) harness.Rule { return scale(ns, "hold-after", tries, 2) }},
		{"when it is planned", func(ns *harness.Namespace) harness.Rule { return scale(ns, "hold-after", tries, 3) }},
		{"before it is sent", func(ns *harness.Namespace) harness.Rule { return scale(ns, "hold-before", sends, 2) }},
		{"when it is sent", func(ns *harness.Namespace) harness.Rule { return scale(ns, "hold-after", sends, 2) }},
	}
	spaces := w.Namespaces(t, len(cases), checkout())
	requests, traps := make([]*harness.Request, len(cases)), make([]*harness.Trap, len(cases))
	for i, c := range cases {
		w.policy(t, spaces[i].Name, object{"rollback": object{"automatic": true}})
		requests[i] = w.failing(t, spaces[i], "Rollback")
		requests[i].WaitFor(t, "AwaitingApproval")
		traps[i] = w.proxy.Add(t, c.rule(spaces[i]))
		requests[i].Approve(t, w.sre)
		traps[i].Held(t, 1)
	}
	w.manager.Kill(t)
	for _, trap := range traps {
		trap.Drop(t)
	}
	w.manager = w.Start(w.all, harness.Options{Proxy: w.proxy})
	for i, c := range cases {
		i := i
		t.Run(c.name, func(t *testing.T) {
			ended(t, requests[i], "RolledBack", "RolledBack", "exceeded quota")
			w.asBefore(t, spaces[i])
			rows := requests[i].Rows(t)
			if err := closed(rows); err != nil {
				t.Error(err)
			}
			if why := strings.Join(follows(rows), " "); why != "Rollback" {
				t.Errorf("plans that followed: %q", why)
			}
		})
	}
}
