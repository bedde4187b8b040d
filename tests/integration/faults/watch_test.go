package faults

import (
	"fmt"
	"testing"

	"kubechat.io/tests/harness"
)

// What a watch can bring besides events in good order: requests go on, each once.
func TestTheWatchMisbehaves(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	sre := c.User(t, "sre")
	for _, x := range []struct {
		name   string
		match  harness.Match
		action harness.Action
	}{
		{"every first event twice", harness.Match{Query: "watch=true"}, harness.Action{Type: "duplicate-event"}},
		{"byte by byte", harness.Match{}, harness.Action{Type: "split", ChunkBytes: 1}},
		{"410 in the middle of the stream", harness.Match{Query: "watch=true", Times: 5}, harness.Action{Type: "gone-event", AfterEvents: 2}},
		{"410 instead of a stream", harness.Match{Query: "watch=true", Times: 2}, harness.Action{Type: "status", Code: 410, Reason: "Expired"}},
		{"torn in the middle of an event", harness.Match{Query: "watch=true", Times: 5}, harness.Action{Type: "cut", AfterBytes: 900}},
		{"429 instead of a stream", harness.Match{Query: "watch=true", Times: 2}, harness.Action{Type: "status", Code: 429}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.match.Path = "/v1alpha1/chatrequests$"
			trap := p.Add(t, harness.Rule{Match: x.match, Action: x.action})
			m := c.Start(t, harness.Options{Proxy: p})
			ns := c.Namespace(t, harness.Deployment{Name: target}, harness.Deployment{Name: "web"})
			one := ns.Ask(t, sre, oneMore)
			other := ns.Ask(t, sre, "kubectl scale deployment/web --replicas=2")
			for _, r := range []*harness.Request{one, other} {
				r.Succeed(t, sre)
				released(t, r)
				if err := harness.CheckTrail(r.Rows(t)); err != nil {
					t.Error(err)
				}
			}
			for _, name := range []string{target, "web"} {
				ns.Changed(t, name, 1)
			}
			if trap.Count(t) == 0 {
				t.Error("nothing was disturbed")
			}
			m.Terminate(t, stops)
			p.Reset(t)
		})
	}
}

// Objects that no release of ours would write are left alone, by a list and by a watch, while others go on.
func TestPoison(t *testing.T) {
	c := harness.Get(t)
	sre := c.User(t, "sre")
	ns := c.Namespace(t, harness.Deployment{Name: target})
	m := c.Start(t, harness.Options{})
	good := func() harness.Object {
		return harness.Object{"prompt": "scale checkout to one", "commands": []string{oneMore}}
	}
	poison := map[string]harness.Object{
		"prompt-number":     {"spec": harness.Object{"prompt": 5}},
		"spec-text":         {"spec": "scale checkout to one"},
		"spec-missing":      {},
		"status-list":       {"spec": good(), "status": []any{}},
		"conditions-text":   {"spec": good(), "status": harness.Object{"conditions": "none", "plan": harness.Object{"steps": 7}}},
		"approvals-objects": {"spec": harness.Object{"prompt": "x", "approvals": harness.Object{"decision": "Approve"}}},
		"unsealed":          {"spec": good()},
		"zero-byte":         {"spec": harness.Object{"prompt": "scale\u0000checkout"}},
	}
	n := 0
	put := func(suffix string) {
		for name, o := range poison {
			o["apiVersion"], o["kind"] = "kubechat.io/v1alpha1", "ChatRequest"
			n++
			o["metadata"] = harness.Object{"name": name + suffix, "namespace": ns.Name, "uid": fmt.Sprintf("00000000-0000-4000-8000-%012x", n),
				"creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1, "annotations": harness.Object{"zero": "a\u0000b"}}
			ns.Restore(t, o)
		}
	}
	put("-watched")
	a := ns.Create(t, sre, harness.Object{"prompt": "the command", "commands": []string{oneMore}})
	a.Succeed(t, sre)
	done(t, c, a)
	if !m.LogHas("prompt-number-watched") {
		t.Error("the manager does not say which object it cannot read")
	}
	m.Terminate(t, stops)
	put("-listed")
	m = c.Start(t, harness.Options{})
	b := ns.Create(t, sre, harness.Object{"prompt": "the command", "commands": []string{"kubectl scale deployment/checkout --replicas=2"}})
	b.Succeed(t, sre)
	ns.Changed(t, target, 2)
	if !m.LogHas("prompt-number-listed") {
		t.Error("the manager does not say which object it cannot read")
	}
	for _, suffix := range []string{"-watched", "-listed"} {
		unsealed := &harness.Request{Namespace: ns, Name: "unsealed" + suffix}
		unsealed.WaitFor(t, "Refused")
	}
}

// An annotation with a zero byte comes in through the front door.
func TestAZeroByteInAnAnnotation(t *testing.T) {
	c := harness.Get(t)
	sre := c.User(t, "sre")
	c.Start(t, harness.Options{})
	ns := c.Namespace(t, harness.Deployment{Name: target})
	o, err := ns.TryCreate(sre, harness.Object{
		"metadata": harness.Object{"name": "zero", "annotations": harness.Object{"note": "a\u0000b"}},
		"spec":     harness.Object{"prompt": "the command", "commands": []string{oneMore}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &harness.Request{Namespace: ns, Name: "zero", UID: o.String("metadata.uid")}
	r.Succeed(t, sre)
	released(t, r)
	done(t, c, r)
	if note, _ := r.Get(t).At("metadata.annotations").(map[string]any); note["note"] != "a\u0000b" {
		t.Errorf("the annotation came out as %q", note["note"])
	}
}
