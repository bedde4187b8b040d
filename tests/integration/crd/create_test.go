package crd_test

import (
	"strings"
	"testing"
)

func many(n int, item any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = item
	}
	return list
}

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func approve(changes object) object {
	a := object{"decision": "Approve", "planDigest": digest}
	for k, v := range changes {
		a[k] = v
	}
	return a
}

func TestCreate(t *testing.T) {
	cases := []struct {
		name string
		spec any
		want string
	}{
		{"prompt alone", spec(nil), ""},
		{"everything", spec(object{
			"context":  object{"cluster": "prod-eu", "namespaces": []any{"shop", "pay"}},
			"commands": []any{"kubectl scale deployment/checkout --replicas=5"}, "readOnly": true, "deadline": "1h30m",
			"ttlSecondsAfterFinished": 0, "cancel": true,
		}), ""},
		{"a rollback", spec(object{"rollbackOf": "bump-checkout", "overwriteLaterChanges": true, "commands": []any{}, "onFailure": "Stop"}), ""},
		{"everything at its limit", spec(object{
			"prompt":   strings.Repeat("ö", 4096),
			"context":  object{"cluster": strings.Repeat("c", 63), "namespaces": many(16, strings.Repeat("n", 63))},
			"commands": many(32, strings.Repeat("k", 1024)), "deadline": "720h", "ttlSecondsAfterFinished": 31536000,
		}), ""},
		{"stamped", spec(object{"requestedBy": object{
			"username": "ana", "uid": "u-1", "groups": many(256, "team"), "extra": object{"scope": []any{"a", "b"}},
			"nonce": strings.Repeat("0f", 16), "seal": "v1:" + strings.Repeat("A", 43) + "=",
		}}), ""},

		{"no spec", nil, "spec: Required value"},
		{"spec of another type", "words", "spec: Invalid value"},
		{"no prompt", spec(object{"prompt": nil}), "spec.prompt: Required value"},
		{"empty prompt", spec(object{"prompt": ""}), "spec.prompt: Invalid value"},
		{"long prompt", spec(object{"prompt": strings.Repeat("ö", 4097)}), "spec.prompt: Too long"},
		{"prompt of another type", spec(object{"prompt": 5}), "spec.prompt: Invalid value"},
		{"unknown field", spec(object{"promt": "x"}), `unknown field "spec.promt"`},

		{"cluster not a label", spec(object{"context": object{"cluster": "Prod EU"}}), "spec.context.cluster: Invalid value"},
		{"empty cluster", spec(object{"context": object{"cluster": ""}}), "spec.context.cluster: Invalid value"},
		{"long cluster", spec(object{"context": object{"cluster": strings.Repeat("c", 64)}}), "spec.context.cluster: Too long"},
		{"namespace not a label", spec(object{"context": object{"namespaces": []any{"shop", "sh.op"}}}), "spec.context.namespaces[1]: Invalid value"},
		{"long namespace", spec(object{"context": object{"namespaces": []any{strings.Repeat("n", 64)}}}), "spec.context.namespaces[0]: Too long"},
		{"many namespaces", spec(object{"context": object{"namespaces": many(17, "shop")}}), "spec.context.namespaces: Too many"},

		{"many commands", spec(object{"commands": many(33, "kubectl get pods")}), "spec.commands: Too many"},
		{"long command", spec(object{"commands": []any{strings.Repeat("k", 65537)}}), "spec.commands[0]: Too long"},
		{"empty command", spec(object{"commands": []any{""}}), "spec.commands[0]: Invalid value"},
		{"commands beside a rollback", spec(object{"rollbackOf": "bump", "commands": []any{"kubectl get pods"}}),
			"commands and rollbackOf exclude each other"},
		{"rollbackOf no name", spec(object{"rollbackOf": "Bump Checkout"}), "spec.rollbackOf: Invalid value"},
		{"empty rollbackOf", spec(object{"rollbackOf": ""}), "spec.rollbackOf: Invalid value"},
		{"overwriting without a rollback", spec(object{"overwriteLaterChanges": true}),
			"overwriteLaterChanges says something about rollbackOf only"},
		{"onFailure in other words", spec(object{"onFailure": "Undo"}), "spec.onFailure: Unsupported value"},
		{"readOnly of another type", spec(object{"readOnly": "yes"}), "spec.readOnly: Invalid value"},
		{"cancel of another type", spec(object{"cancel": 1}), "spec.cancel: Invalid value"},

		{"deadline in words", spec(object{"deadline": "1 hour"}), "spec.deadline: Invalid value"},
		{"deadline with a sign", spec(object{"deadline": "-1h"}), "spec.deadline: Invalid value"},
		{"deadline without unit", spec(object{"deadline": "90"}), "spec.deadline: Invalid value"},
		{"deadline of nothing", spec(object{"deadline": "0s"}), "must be more than 0s and at most 720h"},
		{"deadline too late", spec(object{"deadline": "720h1s"}), "must be more than 0s and at most 720h"},
		{"deadline beyond all numbers", spec(object{"deadline": "99999999999999h"}), "spec.deadline: Invalid value"},
		{"long deadline", spec(object{"deadline": strings.Repeat("1m", 17)}), "spec.deadline: Too long"},

		{"ttl negative", spec(object{"ttlSecondsAfterFinished": -1}), "spec.ttlSecondsAfterFinished: Invalid value"},
		{"ttl over a year", spec(object{"ttlSecondsAfterFinished": 31536001}), "spec.ttlSecondsAfterFinished: Invalid value"},
		{"ttl with a fraction", spec(object{"ttlSecondsAfterFinished": 1.5}), "spec.ttlSecondsAfterFinished: Invalid value"},

		{"approved already", spec(object{"approvals": []any{approve(nil)}}), "spec.approvals: Forbidden: a new request has no approvals yet"},
		{"empty approvals", spec(object{"approvals": []any{}}), ""},

		{"long username", spec(object{"requestedBy": object{"username": strings.Repeat("u", 1025)}}), "spec.requestedBy.username: Too long"},
		{"many groups", spec(object{"requestedBy": object{"groups": many(257, "g")}}), "spec.requestedBy.groups: Too many"},
		{"extra of another type", spec(object{"requestedBy": object{"extra": object{"scope": "a"}}}), "spec.requestedBy.extra.scope: Invalid value"},
		{"many values of an extra", spec(object{"requestedBy": object{"extra": object{"scope": many(17, "a")}}}), "spec.requestedBy.extra.scope: Too many"},
		{"short nonce", spec(object{"requestedBy": object{"nonce": "0f"}}), "spec.requestedBy.nonce: Invalid value"},
		{"seal of another make", spec(object{"requestedBy": object{"seal": "v2:AAAA"}}), "spec.requestedBy.seal: Invalid value"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, err := run(manifest(t, objectName(t), c.spec), "create", "--validate=strict", "-f", "-")
			check(t, out, err, c.want)
		})
	}
}

func TestDefaults(t *testing.T) {
	mustRun(t, manifest(t, "defaults", spec(nil)), "create", "-f", "-")
	cases := []struct{ name, path, want string }{
		{"cluster", "{.spec.context.cluster}", "in-cluster"},
		{"deadline", "{.spec.deadline}", "15m"},
		{"approvals", "{.spec.approvals}", "[]"},
		{"nothing else", "{.spec}", `{"approvals":[],"context":{"cluster":"in-cluster"},"deadline":"15m","prompt":"scale checkout to five"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := mustRun(t, "", "get", resource, "defaults", "-n", namespace, "-o", "jsonpath="+c.path); got != c.want {
				t.Errorf("%s is %s, want %s", c.path, got, c.want)
			}
		})
	}
}
