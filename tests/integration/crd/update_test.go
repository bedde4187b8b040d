package crd_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func patch(t *testing.T, name, kind, body string, more ...string) (string, error) {
	t.Helper()
	return run("", append([]string{"patch", resource, name, "-n", namespace, "--type", kind, "-p", body}, more...)...)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// full has every field that a user may set at creation.
func full() object {
	return spec(object{
		"context":                 object{"cluster": "prod-eu", "namespaces": []any{"shop"}},
		"commands":                []any{"kubectl scale deployment/checkout --replicas=5"},
		"onFailure":               "Rollback",
		"readOnly":                true,
		"deadline":                "2h",
		"ttlSecondsAfterFinished": 60,
		"requestedBy":             object{"username": "ana", "groups": []any{"sre"}},
	})
}

// How fields of spec may change, each tried on a fresh request with every field set.
func TestUpdate(t *testing.T) {
	frozen := func(field string) string {
		return "spec." + field + ": Forbidden: " + field + " cannot change once the request exists"
	}
	cases := []struct{ name, kind, patch, want string }{
		{"change prompt", "merge", `{"spec":{"prompt":"delete checkout"}}`, frozen("prompt")},
		{"change cluster", "merge", `{"spec":{"context":{"cluster":"other"}}}`, frozen("context")},
		{"change namespaces", "merge", `{"spec":{"context":{"namespaces":["pay"]}}}`, frozen("context")},
		{"change commands", "merge", `{"spec":{"commands":["kubectl delete ns shop"]}}`, frozen("commands")},
		{"add a command", "json", `[{"op":"add","path":"/spec/commands/-","value":"kubectl get pods"}]`, frozen("commands")},
		{"add a rollback", "merge", `{"spec":{"rollbackOf":"bump"}}`, frozen("rollbackOf")},
		{"overwrite", "merge", `{"spec":{"overwriteLaterChanges":true}}`, frozen("overwriteLaterChanges")},
		{"change onFailure", "merge", `{"spec":{"onFailure":"Stop"}}`, frozen("onFailure")},
		{"remove onFailure", "json", `[{"op":"remove","path":"/spec/onFailure"}]`, frozen("onFailure")},
		{"change readOnly", "merge", `{"spec":{"readOnly":false}}`, frozen("readOnly")},
		{"change deadline", "merge", `{"spec":{"deadline":"3h"}}`, frozen("deadline")},
		{"change ttl", "merge", `{"spec":{"ttlSecondsAfterFinished":61}}`, frozen("ttlSecondsAfterFinished")},
		{"change who asks", "merge", `{"spec":{"requestedBy":{"username":"eve"}}}`, frozen("requestedBy")},
		{"add a group", "json", `[{"op":"add","path":"/spec/requestedBy/groups/-","value":"admins"}]`, frozen("requestedBy")},

		{"remove prompt", "json", `[{"op":"remove","path":"/spec/prompt"}]`, "spec.prompt: Required value"},
		{"remove context", "json", `[{"op":"remove","path":"/spec/context"}]`, frozen("context")},
		{"remove namespaces", "json", `[{"op":"remove","path":"/spec/context/namespaces"}]`, frozen("context")},
		{"remove commands", "json", `[{"op":"remove","path":"/spec/commands"}]`, frozen("commands")},
		{"remove readOnly", "json", `[{"op":"remove","path":"/spec/readOnly"}]`, frozen("readOnly")},
		{"remove deadline", "json", `[{"op":"remove","path":"/spec/deadline"}]`, frozen("deadline")},
		{"remove ttl", "json", `[{"op":"remove","path":"/spec/ttlSecondsAfterFinished"}]`, frozen("ttlSecondsAfterFinished")},
		{"remove who asks", "json", `[{"op":"remove","path":"/spec/requestedBy"}]`, frozen("requestedBy")},
		{"remove spec", "json", `[{"op":"remove","path":"/spec"}]`, "spec: Required value"},

		{"null for prompt", "merge", `{"spec":{"prompt":null}}`, "spec.prompt: Required value"},
		{"null for context", "merge", `{"spec":{"context":null}}`, frozen("context")},
		{"null for commands", "merge", `{"spec":{"commands":null}}`, frozen("commands")},
		{"null for readOnly", "merge", `{"spec":{"readOnly":null}}`, frozen("readOnly")},
		{"null for deadline", "merge", `{"spec":{"deadline":null}}`, frozen("deadline")},
		{"null for ttl", "merge", `{"spec":{"ttlSecondsAfterFinished":null}}`, frozen("ttlSecondsAfterFinished")},
		{"null for who asks", "merge", `{"spec":{"requestedBy":null}}`, frozen("requestedBy")},

		{"the same again", "merge", `{"spec":{"prompt":"scale checkout to five","deadline":"2h"}}`, ""},
		{"a label", "merge", `{"metadata":{"labels":{"team":"shop"}}}`, ""},
		{"cancel", "merge", `{"spec":{"cancel":true}}`, ""},
		{"not cancelled", "merge", `{"spec":{"cancel":false}}`, ""},
		{"approve", "json", `[{"op":"add","path":"/spec/approvals/-","value":{"decision":"Approve","planDigest":"` + digest + `"}}]`, ""},
		{"approve and cancel", "merge", `{"spec":{"cancel":true,"approvals":[{"decision":"Reject","planDigest":"` + digest + `"}]}}`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mustRun(t, manifest(t, objectName(t), full()), "create", "-f", "-")
			out, err := patch(t, objectName(t), c.kind, c.patch)
			check(t, out, err, c.want)
		})
	}
}

// A field that was left out cannot be added afterwards.
func TestAddAfterwards(t *testing.T) {
	mustRun(t, manifest(t, "sparse", spec(nil)), "create", "-f", "-")
	for field, value := range full() {
		if field == "prompt" {
			continue
		}
		t.Run(field, func(t *testing.T) {
			out, err := patch(t, "sparse", "merge", asJSON(t, object{"spec": object{field: value}}))
			check(t, out, err, "spec."+field+": Forbidden: "+field+" cannot change once the request exists")
		})
	}
	t.Run("defaults restored", func(t *testing.T) { // removing what equals its default changes nothing
		out, err := patch(t, "sparse", "json", `[{"op":"remove","path":"/spec/context"},{"op":"remove","path":"/spec/deadline"}]`)
		check(t, out, err, "")
	})
}

func TestCancelStays(t *testing.T) {
	mustRun(t, manifest(t, "cancelled", spec(object{"cancel": true})), "create", "-f", "-")
	const want = "spec.cancel: Forbidden: a request that was cancelled stays cancelled"
	for name, body := range map[string]string{
		"false": `{"spec":{"cancel":false}}`,
		"null":  `{"spec":{"cancel":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			out, err := patch(t, "cancelled", "merge", body)
			check(t, out, err, want)
		})
	}
	t.Run("removed", func(t *testing.T) {
		out, err := patch(t, "cancelled", "json", `[{"op":"remove","path":"/spec/cancel"}]`)
		check(t, out, err, want)
	})
	t.Run("true again", func(t *testing.T) {
		out, err := patch(t, "cancelled", "merge", `{"spec":{"cancel":true}}`)
		check(t, out, err, "")
	})
}

// Approvals are appended, up to eight, and never touched afterwards. Each case starts with two of them.
func TestApprovals(t *testing.T) {
	ana := approve(object{"username": "ana", "groups": []any{"sre"}, "extra": object{"scope": []any{"a"}},
		"comment": "looks right", "time": "2026-11-23T09:48:00Z"})
	ben := approve(object{"username": "ben", "decision": "Reject"})
	const appended = "spec.approvals: Forbidden: approvals are only added at the end"
	list := func(items ...any) string { return asJSON(t, object{"spec": object{"approvals": items}}) }
	add := func(value any) string {
		return asJSON(t, []any{object{"op": "add", "path": "/spec/approvals/-", "value": value}})
	}
	cases := []struct{ name, kind, patch, want string }{
		{"add a third", "json", add(approve(nil)), ""},
		{"add up to eight", "merge", list(ana, ben, ana, ana, ana, ana, ana, ana), ""},
		{"add a ninth", "merge", list(ana, ben, ana, ana, ana, ana, ana, ana, ana), "spec.approvals: Too many"},
		{"put one in front", "json", `[{"op":"add","path":"/spec/approvals/0","value":{"decision":"Approve","planDigest":"` + digest + `"}}]`, appended},
		{"remove the first", "json", `[{"op":"remove","path":"/spec/approvals/0"}]`, appended},
		{"remove the last", "json", `[{"op":"remove","path":"/spec/approvals/1"}]`, appended},
		{"remove all", "json", `[{"op":"remove","path":"/spec/approvals"}]`, appended},
		{"null", "merge", `{"spec":{"approvals":null}}`, appended},
		{"empty", "merge", `{"spec":{"approvals":[]}}`, appended},
		{"reorder", "merge", list(ben, ana), appended},
		{"replace one and add one", "merge", list(ana, ana, ben), appended},
		{"turn a rejection", "json", `[{"op":"replace","path":"/spec/approvals/1/decision","value":"Approve"}]`, appended},
		{"change the digest", "json", `[{"op":"replace","path":"/spec/approvals/0/planDigest","value":"` + strings.Replace(digest, "0", "1", 1) + `"}]`, appended},
		{"change who", "json", `[{"op":"replace","path":"/spec/approvals/0/username","value":"eve"}]`, appended},
		{"change a group", "json", `[{"op":"replace","path":"/spec/approvals/0/groups/0","value":"admins"}]`, appended},
		{"change an extra", "json", `[{"op":"replace","path":"/spec/approvals/0/extra/scope/0","value":"b"}]`, appended},
		{"change the time", "json", `[{"op":"replace","path":"/spec/approvals/0/time","value":"2026-11-23T09:49:00Z"}]`, appended},
		{"remove the comment", "json", `[{"op":"remove","path":"/spec/approvals/0/comment"}]`, appended},
		{"add a seal", "json", `[{"op":"add","path":"/spec/approvals/0/seal","value":"v1:AAAA"}]`, appended},

		{"no decision", "json", add(object{"planDigest": digest}), "spec.approvals[2].decision: Required value"},
		{"no digest", "json", add(object{"decision": "Approve"}), "spec.approvals[2].planDigest: Required value"},
		{"other decision", "json", add(approve(object{"decision": "Maybe"})), `spec.approvals[2].decision: Unsupported value: "Maybe"`},
		{"short digest", "json", add(approve(object{"planDigest": "sha256:00"})), "spec.approvals[2].planDigest: Invalid value"},
		{"long confirm", "json", add(approve(object{"confirm": strings.Repeat("c", 257)})), "spec.approvals[2].confirm: Too long"},
		{"long comment", "json", add(approve(object{"comment": strings.Repeat("c", 1025)})), "spec.approvals[2].comment: Too long"},
		{"time in words", "json", add(approve(object{"time": "today"})), "spec.approvals[2].time"},
		{"unknown field", "json", add(approve(object{"decison": "x"})), `unknown field "spec.approvals[2].decison"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			name := objectName(t)
			mustRun(t, manifest(t, name, full()), "create", "-f", "-")
			if out, err := patch(t, name, "merge", list(ana, ben)); err != nil {
				t.Fatal(out)
			}
			out, err := patchStrictly(t, name, c.kind, c.patch)
			check(t, out, err, c.want)
		})
	}
}

// patchStrictly has the API server refuse unknown fields, which kubectl patch cannot ask for: the patched object goes
// back by kubectl replace.
func patchStrictly(t *testing.T, name, kind, body string) (string, error) {
	t.Helper()
	if !strings.Contains(body, "decison") {
		return patch(t, name, kind, body)
	}
	var current, change = object{}, []object{}
	if err := json.Unmarshal([]byte(mustRun(t, "", "get", resource, name, "-n", namespace, "-o", "json")), &current); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(body), &change); err != nil {
		t.Fatal(err)
	}
	s := current["spec"].(object)
	s["approvals"] = append(s["approvals"].([]any), change[0]["value"])
	return run(asJSON(t, current), "replace", "--validate=strict", "-f", "-")
}
