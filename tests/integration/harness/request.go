package harness

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"
)

// A Request is a ChatRequest that somebody made.
type Request struct {
	Namespace *Namespace
	Name      string
	UID       string
}

// finalPhases are those that nothing follows.
var finalPhases = map[string]bool{"Succeeded": true, "Failed": true, "RolledBack": true, "Rejected": true, "Expired": true, "Cancelled": true,
	"Stale": true, "NeedsClarification": true, "Refused": true}

func requestsPath(ns string) string {
	return "/apis/kubechat.io/v1alpha1/namespaces/" + ns + "/chatrequests"
}

// Ask states kubectl commands and lets the API server name the request.
func (n *Namespace) Ask(t testing.TB, who *User, commands ...string) *Request {
	t.Helper()
	return n.Create(t, who, Object{"prompt": "the commands below", "commands": commands})
}

// Create makes a request with that spec, and tries again while the API server or the webhook is away.
func (n *Namespace) Create(t testing.TB, who *User, spec Object) *Request {
	t.Helper()
	var o Object
	Eventually(t, 20*time.Second, func() (err error) {
		o, err = n.TryCreate(who, Object{"metadata": Object{"generateName": "r-"}, "spec": spec})
		if err == nil || isPassing(err) {
			return err
		}
		t.Fatal(err)
		return nil
	})
	return &Request{Namespace: n, Name: o.String("metadata.name"), UID: o.String("metadata.uid")}
}

// TryCreate sends one request as it is.
func (n *Namespace) TryCreate(who *User, request Object) (Object, error) {
	full := Object{"apiVersion": "kubechat.io/v1alpha1", "kind": "ChatRequest"}
	for k, v := range request {
		full[k] = v
	}
	return who.Do("POST", requestsPath(n.Name), full)
}

func isPassing(err error) bool {
	var network net.Error
	return webhookIsAway(err) || errors.As(err, &network) || IsStatus(err, 503) || IsStatus(err, 504)
}

func (r *Request) Path() string { return requestsPath(r.Namespace.Name) + "/" + r.Name }

// Get is the object as the API server has it now.
func (r *Request) Get(t testing.TB) Object {
	t.Helper()
	return r.Namespace.cluster.Admin.Must(t, "GET", r.Path(), nil)
}

func (r *Request) Phase(t testing.TB) string {
	t.Helper()
	return r.Get(t).String("status.phase")
}

// WaitFor waits up to 60 s for one of the phases. Another final one fails the test at once.
func (r *Request) WaitFor(t testing.TB, phases ...string) Object {
	t.Helper()
	return r.WaitForIn(t, 60*time.Second, phases...)
}

func (r *Request) WaitForIn(t testing.TB, limit time.Duration, phases ...string) Object {
	t.Helper()
	var o Object
	Eventually(t, limit, func() error {
		got, err := r.Namespace.cluster.Admin.Do("GET", r.Path(), nil)
		if err != nil {
			if isPassing(err) {
				return err
			}
			t.Fatal(err)
		}
		o = got
		phase := o.String("status.phase")
		for _, p := range phases {
			if phase == p {
				return nil
			}
		}
		err = fmt.Errorf("%s/%s is %q (%s), wanted %q", r.Namespace.Name, r.Name, phase, o.String("status.summary"), phases)
		if finalPhases[phase] {
			t.Fatal(err)
		}
		return err
	})
	return o
}

// Approve approves the plan that the request shows now.
func (r *Request) Approve(t testing.TB, who *User) {
	t.Helper()
	Eventually(t, 20*time.Second, func() error {
		err := r.TryApprove(who, Object{"decision": "Approve", "planDigest": r.Get(t).String("status.plan.digest")})
		if err == nil || isPassing(err) {
			return err
		}
		t.Fatal(err)
		return nil
	})
}

// TryApprove appends one approval as it is.
func (r *Request) TryApprove(who *User, approval Object) error {
	_, err := who.Patch(r.Path(), "json", []Object{{"op": "add", "path": "/spec/approvals/-", "value": approval}})
	return err
}

// Succeed approves as often as it is asked for, until the end, which has to be Succeeded.
func (r *Request) Succeed(t testing.TB, who *User) Object {
	t.Helper()
	for {
		o := r.WaitFor(t, "AwaitingApproval", "Succeeded")
		if o.String("status.phase") == "Succeeded" {
			return o
		}
		if !r.isApproved(o) {
			r.Approve(t, who)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *Request) isApproved(o Object) bool {
	for _, a := range o.List("spec.approvals") {
		if a.String("planDigest") == o.String("status.plan.digest") {
			return true
		}
	}
	return false
}
