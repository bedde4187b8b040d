package crd_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestEstablishedWithoutComplaint(t *testing.T) {
	var crd struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := json.Unmarshal([]byte(mustRun(t, "", "get", "crd", resource, "-o", "json")), &crd); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Established": "True", "NamesAccepted": "True"}
	for _, c := range crd.Status.Conditions {
		if want[c.Type] != c.Status {
			t.Errorf("condition %s is %s: %s", c.Type, c.Status, c.Message)
		}
		delete(want, c.Type)
	}
	if len(want) > 0 {
		t.Errorf("conditions missing: %v", want)
	}
}

func TestShippedNames(t *testing.T) {
	text, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: chatrequests.kubechat.io", "group: kubechat.io", `- "chat"`, `- "kubechat"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %s", shippedFile, want)
		}
	}
}

const status = `{"status":{"phase":"AwaitingApproval","risk":"Medium","target":"deployment/shop/checkout",
	"summary":"spec.replicas: 3 → 5","approvals":{"required":1,"granted":0,"summary":"0/1"}}}`

func TestColumns(t *testing.T) {
	mustRun(t, manifest(t, "bump-checkout", spec(nil)), "create", "-f", "-")
	if out, err := patch(t, "bump-checkout", "merge", status, "--subresource=status"); err != nil {
		t.Fatal(out)
	}
	for _, name := range []string{resource, "chatcrdtest", "kubechatcrdtest"} { // plural, short name, category
		t.Run(name, func(t *testing.T) {
			out := mustRun(t, "", "get", name, "-n", namespace)
			lines := strings.Split(out, "\n")
			header := strings.Fields(lines[0])
			if want := []string{"NAME", "PHASE", "RISK", "TARGET", "SUMMARY", "APPROVALS", "AGE"}; !reflect.DeepEqual(header, want) {
				t.Errorf("columns are %v, want %v", header, want)
			}
			for _, line := range lines {
				if !strings.Contains(line, "bump-checkout") {
					continue
				}
				rest := strings.Join(strings.Fields(line)[1:], " ")
				if !strings.HasPrefix(rest, "AwaitingApproval Medium deployment/shop/checkout spec.replicas: 3 → 5 0/1 ") {
					t.Errorf("row reads: %s", line)
				}
				return
			}
			t.Errorf("no row for bump-checkout:\n%s", out)
		})
	}
}

func TestExplain(t *testing.T) {
	cases := []struct {
		path string
		want []string
	}{
		{"chatrequest", []string{"states in plain words", "spec\t<Object> -required-", "status\t<Object>"}},
		{"chatrequest.spec", []string{"prompt\t<string> -required-", "What is wanted, in plain words", "context\t<Object>",
			"commands\t<[]string>", "rollbackOf\t<string>",
			"overwriteLaterChanges\t<boolean>", "enum: Stop, Rollback", "readOnly\t<boolean>", "deadline\t<string>", "ttlSecondsAfterFinished\t<integer>",
			"cancel\t<boolean>", "requestedBy\t<Object>", "approvals\t<[]Object>"}},
		{"chatrequest.spec.approvals", []string{"decision\t<string> -required-", "enum: Approve, Reject", "planDigest\t<string> -required-"}},
		{"chatrequest.status.plan.steps", []string{"command\t<string> -required-", "enum: ReadOnly, Mutating, Destructive"}},
		{"chatrequest.status.conditions", []string{"lastTransitionTime\t<string> -required-"}},
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			out := mustRun(t, "", "explain", "--api-version="+group+"/v1alpha1", c.path)
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("does not say %q:\n%s", want, out)
				}
			}
			if strings.Contains(out, "<no description>") {
				t.Errorf("a field has no description:\n%s", out)
			}
		})
	}
}

// Each case is a status alone, written through the subresource.
func TestStatus(t *testing.T) {
	mustRun(t, manifest(t, "status", spec(nil)), "create", "-f", "-")
	step := func(changes object) object {
		s := object{"id": "1", "command": "kubectl scale deployment/checkout --replicas=5"}
		for k, v := range changes {
			s[k] = v
		}
		return object{"plan": object{"steps": []any{s}}}
	}
	condition := func(changes object) object {
		c := object{"type": "Planned", "status": "True", "reason": "Planned", "message": "",
			"lastTransitionTime": "2026-11-23T09:48:00Z", "observedGeneration": 1}
		for k, v := range changes {
			c[k] = v
		}
		return c
	}
	cases := []struct {
		name   string
		status object
		want   string
	}{
		{"a step", step(object{"effect": "Mutating", "reversible": "Partial", "dryRun": object{"outcome": "Accepted",
			"changes": many(256, object{"path": "spec.replicas", "from": "3", "to": "5", "volatile": true})}}), ""},
		{"32 steps", object{"plan": object{"steps": many(32, object{"id": "1", "command": "kubectl get pods"})}}, ""},
		{"33 steps", object{"plan": object{"steps": many(33, object{"id": "1", "command": "kubectl get pods"})}}, "status.plan.steps: Too many"},
		{"conditions", object{"conditions": []any{condition(nil), condition(object{"type": "Failed"})}}, ""},
		{"two of a type", object{"conditions": []any{condition(nil), condition(nil)}}, "status.conditions[1]: Duplicate value"},
		{"condition of no truth", object{"conditions": []any{condition(object{"status": "Maybe"})}}, "Unsupported value"},
		{"condition with spaces", object{"conditions": []any{condition(object{"reason": "has spaces"})}}, "status.conditions[0].reason: Invalid value"},
		{"other phase", object{"phase": "Thinking"}, "status.phase: Unsupported value"},
		{"other risk", object{"risk": "Some"}, "status.risk: Unsupported value"},
		{"other effect", step(object{"effect": "Some"}), "status.plan.steps[0].effect: Unsupported value"},
		{"other outcome", step(object{"dryRun": object{"outcome": "Fine"}}), "status.plan.steps[0].dryRun.outcome: Unsupported value"},
		{"long summary", object{"summary": strings.Repeat("s", 1025)}, "status.summary: Too long"},
		{"long id", step(object{"id": strings.Repeat("1", 17)}), "status.plan.steps[0].id: Too long"},
		{"other digest", object{"plan": object{"digest": "md5:00"}}, "status.plan.digest: Invalid value"},
		{"negative index", object{"audit": object{"first": -1}}, "status.audit.first: Invalid value"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, err := patch(t, "status", "merge", asJSON(t, object{"status": c.status}), "--subresource=status")
			check(t, out, err, c.want)
		})
	}
	t.Run("not through the object itself", func(t *testing.T) {
		mustRun(t, manifest(t, "status-input", spec(nil)), "create", "-f", "-")
		mustRun(t, "", "patch", resource, "status-input", "-n", namespace, "--type=merge", "-p", status)
		if got := mustRun(t, "", "get", resource, "status-input", "-n", namespace, "-o", "jsonpath={.status}"); got != "" {
			t.Errorf("status was taken from a plain patch: %s", got)
		}
	})
}
