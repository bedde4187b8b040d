package harness

import (
	"strings"
	"testing"
	"time"
)

// Ended waits for a phase and checks why it was reached: the reason of Complete or Failed, and words of its message.
func (r *Request) Ended(t testing.TB, phase, reason string, words ...string) Object {
	t.Helper()
	o := r.WaitFor(t, phase)
	kind := "Failed"
	if phase == "Succeeded" {
		kind = "Complete"
	}
	c := o.Condition(kind)
	if c.String("status") != "True" || c.String("reason") != reason {
		t.Errorf("%s: condition %s is %s, %s (%s), wanted True, %s", r.Name, kind, c.String("status"), c.String("reason"), c.String("message"), reason)
	}
	Says(t, c.String("message"), words...)
	return o
}

// Says checks that a message holds all of the words.
func Says(t testing.TB, message string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(message, w) {
			t.Errorf("the message does not say %q:\n%s", w, message)
		}
	}
}

// Refused checks an answer of the API server: its code, and words of its message.
func Refused(t testing.TB, err error, code int, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("accepted, should have been refused with %d %q", code, words)
		return
	}
	if !IsStatus(err, code) {
		t.Errorf("wanted the status %d, got: %v", code, err)
	}
	Says(t, err.Error(), words...)
}

// Changed checks how often kubechat has changed a deployment, by the API server's audit log. That is written after the answer: a change
// that it does not hold yet is waited for.
func (n *Namespace) Changed(t testing.TB, deployment string, times int) {
	t.Helper()
	n.cluster.AwaitMutations(t, n.Name, "deployments", deployment, times)
}

// AwaitMutations is Mutations that have to be so many.
func (c *Cluster) AwaitMutations(t testing.TB, ns, resource, name string, times int) []Mutation {
	t.Helper()
	var m []Mutation
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if m = c.Mutations(t, ns, resource, name); len(m) >= times || time.Now().After(end) {
			break
		}
	}
	if len(m) != times {
		t.Errorf("%s %s/%s was changed %d times, wanted %d: %+v", resource, ns, name, len(m), times, m)
	}
	return m
}
