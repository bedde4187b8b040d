package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func digest(c byte) string {
	return "sha256:" + strings.Repeat(string(c), 64)
}

func create(t *testing.T, name string, p person) {
	t.Helper()
	out, err := kubectl(p, request(name, p.stamp(nonce(9)), nil), "create", "-f", "-")
	must(t, out, err)
	t.Cleanup(func() {
		out, err := kubectl(person{}, nil, "delete", "chat", name, "-n", home, "--wait=false")
		must(t, out, err)
	})
}

type step struct{ effect, ns string }

// show writes a plan into the status, as the manager does.
func show(t *testing.T, name string, steps []step) {
	t.Helper()
	var list []any
	for i, s := range steps {
		target := map[string]any{"version": "v1", "kind": "Deployment", "name": "checkout", "group": "apps"}
		if s.ns != "" {
			target["namespace"] = s.ns
		}
		shown := map[string]any{"id": fmt.Sprint(i + 1), "command": "kubectl scale deployment/checkout --replicas=5", "target": target}
		if s.effect != "" {
			shown["effect"] = s.effect
		}
		list = append(list, shown)
	}
	status := map[string]any{"status": map[string]any{"phase": "AwaitingApproval",
		"plan": map[string]any{"digest": digest('a'), "steps": list}}}
	b, err := json.Marshal(status)
	if err != nil {
		t.Fatal(err)
	}
	out, err := kubectl(person{name: manager}, nil, "patch", "chat", name, "-n", home, "--subresource=status", "--type=merge",
		"-p", string(b))
	must(t, out, err)
}

func approve(by person, name string, dryRun bool, approvals ...map[string]any) (string, error) {
	var ops []any
	for _, a := range approvals {
		ops = append(ops, map[string]any{"op": "add", "path": "/spec/approvals/-", "value": a})
	}
	b, err := json.Marshal(ops)
	if err != nil {
		return "", err
	}
	args := []string{"patch", "chat", name, "-n", home, "--type=json", "-p", string(b)}
	if dryRun {
		args = append(args, "--dry-run=server")
	}
	return kubectl(by, nil, args...)
}

func entry(p person, more map[string]any) map[string]any {
	m := map[string]any{"decision": "Approve", "planDigest": digest('a'), "time": "2026-01-02T03:04:05Z"}
	for k, v := range more {
		m[k] = v
	}
	return p.stamp(m)
}

func TestWhoMayApproveWhat(t *testing.T) {
	here, both := []step{{"Mutating", home}}, []step{{"Mutating", home}, {"Destructive", away}}
	for _, c := range []struct {
		name  string
		steps []step
		by    person
		entry map[string]any
		want  string
	}{
		{"with the right", here, ana, entry(ana, nil), ""},
		{"a rejection", here, ana, entry(ana, map[string]any{"decision": "Reject"}), ""},
		{"without the right", here, bob, entry(bob, nil), `may not approve changes in namespace "policy-home"`},
		{"without the right in the target's namespace", both, ana, entry(ana, nil), `changes in namespace "policy-away"`},
		{"with the right in both", both, carol, entry(carol, nil), ""},
		{"reads elsewhere need no right", []step{{"Mutating", home}, {"ReadOnly", away}}, ana, entry(ana, nil), ""},
		{"a step of unknown effect counts as a change", []step{{"Mutating", home}, {"", away}}, ana, entry(ana, nil),
			`changes in namespace "policy-away"`},
		{"cluster-scoped", []step{{"Mutating", ""}}, carol, entry(carol, nil), "cluster-scoped objects"},
		{"for somebody else", here, ana, entry(carol, nil), "nobody approves for somebody else"},
		{"with a group too many", here, ana, entry(ana, map[string]any{"groups": []string{"policy-sre", "policy-oncall",
			"policy-leads", "system:authenticated"}}), "not in the name of the identity"},
		{"another plan", here, ana, entry(ana, map[string]any{"planDigest": digest('b')}), "not that of the plan that is shown"},
		{"not stamped", here, ana, map[string]any{"decision": "Approve", "planDigest": digest('a')}, "not stamped and sealed"},
		{"a service account", here, robot, entry(robot, nil), "not by service accounts"},
		{"a member of system:masters", here, root, entry(root, nil), `members of "system:masters" never do`},
	} {
		t.Run(c.name, func(t *testing.T) {
			create(t, "approve", ana)
			show(t, "approve", c.steps)
			out, err := approve(c.by, "approve", true, c.entry)
			expect(t, out, err, c.want)
		})
	}
}

func TestApprovalsComeOneByOneAndStay(t *testing.T) {
	create(t, "one", ana)
	out, err := approve(ana, "one", true, entry(ana, nil))
	expect(t, out, err, "shows no plan yet")

	show(t, "one", []step{{"Mutating", home}})
	out, err = approve(ana, "one", true, entry(ana, nil), entry(ana, nil))
	expect(t, out, err, "one approval at a time")
	out, err = approve(ana, "one", false, entry(ana, nil))
	expect(t, out, err, "")
	out, err = approve(carol, "one", false, entry(carol, nil))
	expect(t, out, err, "")

	for name, patch := range map[string]string{
		"removed":  `[{"op":"remove","path":"/spec/approvals/0"}]`,
		"replaced": `[{"op":"replace","path":"/spec/approvals/0/comment","value":"fine"}]`,
		"inserted": `[{"op":"add","path":"/spec/approvals/0","value":{"decision":"Approve","planDigest":"` + digest('a') + `"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			out, err := kubectl(ana, nil, "patch", "chat", "one", "-n", home, "--type=json", "-p", patch)
			expect(t, out, err, "approvals")
		})
	}
}

// As many namespaces as the policy's budget covers, and one more.
func TestPlansOverManyNamespaces(t *testing.T) {
	everywhere := object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "policy-carol", map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubechat-approver"},
		"subjects": binding(home, "approver", carol)["subjects"],
	})
	out, err := kubectl(person{}, everywhere, "apply", "-f", "-")
	must(t, out, err)
	t.Cleanup(func() {
		out, err := kubectl(person{}, nil, "delete", "clusterrolebinding", "policy-carol")
		must(t, out, err)
	})
	if err := may(carol, "approve", "--all-namespaces"); err != nil {
		t.Fatal(err)
	}
	var steps []step
	for i := 0; i < 25; i++ {
		steps = append(steps, step{"Mutating", fmt.Sprintf("policy-many-%02d", i)})
	}
	create(t, "many", ana)
	show(t, "many", steps[:24])
	out, err = approve(carol, "many", true, entry(carol, nil))
	expect(t, out, err, "")
	out, err = approve(ana, "many", true, entry(ana, nil))
	expect(t, out, err, `changes in namespace "policy-many-00"`)
	show(t, "many", steps)
	out, err = approve(carol, "many", true, entry(carol, nil))
	expect(t, out, err, "at most 24 can be approved at once")
}
