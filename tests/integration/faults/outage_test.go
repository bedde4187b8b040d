package faults

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// How long after a fault's end a fresh request may take to be previewed: a sanitized manager's on a busy machine, and less than the
// longest pause between two attempts to watch.
const recovery = 15 * time.Second

// A scene is what goes on when a fault begins: requests that wait for approval, and a batch in the middle of execution.
type scene struct {
	waiting, batch []*harness.Request
	traps          []*harness.Trap
	fresh          *harness.Namespace // for the request after the fault
}

const (
	nWaiting = 5
	nBatch   = 10
)

// The calls at which the batch is caught, in turn; the last of it is caught nowhere.
func catches(ns string) []harness.Rule {
	status := harness.Match{Method: "PUT", Path: ns + "/chatrequests/[^/]+/status$", Times: 1}
	send := theSend(ns)
	send.Times = 1
	verify := harness.Match{Method: "GET", Path: ns + "/deployments/" + target + "$", Nth: 2, Times: 1}
	return []harness.Rule{
		{Match: send, Action: harness.Action{Type: "hold-before"}},
		{Match: send, Action: harness.Action{Type: "hold-after"}},
		{Match: status, Action: harness.Action{Type: "hold-before"}},
		{Match: status, Action: harness.Action{Type: "hold-after"}},
		{Match: verify, Action: harness.Action{Type: "hold-after"}},
	}
}

func setScene(t *testing.T, c *harness.Cluster, p *harness.Proxy) *scene {
	t.Helper()
	sre := c.User(t, "sre")
	s := &scene{batch: make([]*harness.Request, nBatch), waiting: make([]*harness.Request, nWaiting)}
	spaces := c.Namespaces(t, nBatch+nWaiting+1, harness.Deployment{Name: target})
	s.fresh = spaces[nBatch+nWaiting]
	harness.Parallel(nBatch+nWaiting, 8, func(i int) {
		r := spaces[i].Ask(t, sre, oneMore)
		r.WaitFor(t, "AwaitingApproval")
		if i < nBatch {
			s.batch[i] = r
		} else {
			s.waiting[i-nBatch] = r
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	for i, r := range s.batch[:nBatch-1] {
		all := catches(r.Namespace.Name)
		s.traps = append(s.traps, p.Add(t, all[i%len(all)]))
	}
	for i, r := range s.batch[:nBatch-1] {
		r.Approve(t, sre)
		s.traps[i].Held(t, 1)
	}
	s.batch[nBatch-1].Approve(t, sre)
	return s
}

func (s *scene) release(t *testing.T) {
	t.Helper()
	for _, x := range s.traps {
		x.Release(t)
	}
}

// recovered is called when the fault is over.
func recovered(t *testing.T, fresh *harness.Namespace) {
	t.Helper()
	began := time.Now()
	fresh.Ask(t, harness.Get(t).User(t, "sre"), oneMore).WaitFor(t, "AwaitingApproval")
	took := time.Since(began)
	t.Logf("a fresh request was previewed %s after the end", took)
	if took > recovery {
		t.Errorf("that is more than %s", recovery)
	}
}

// check looks whether anything was lost or doubled.
func (s *scene) check(t *testing.T, c *harness.Cluster) {
	t.Helper()
	sre := c.User(t, "sre")
	for _, r := range s.batch {
		r.WaitFor(t, "Succeeded")
		released(t, r)
		done(t, c, r)
	}
	for _, r := range s.waiting {
		if phase := r.Phase(t); phase != "AwaitingApproval" {
			t.Errorf("%s/%s, which nobody has approved, is %s", r.Namespace.Name, r.Name, phase)
		}
		planned := 0
		for _, row := range r.Rows(t) {
			if row.Type == "Planned" {
				planned++
			}
		}
		if planned != 1 {
			t.Errorf("%s/%s was planned %d times", r.Namespace.Name, r.Name, planned)
		}
		r.Namespace.Changed(t, target, 0)
	}
	for _, r := range s.waiting {
		r.Succeed(t, sre)
		released(t, r)
		done(t, c, r)
	}
	c.CheckAudit(t)
}

// says waits until readyz tells what is waited for.
func says(t *testing.T, m *harness.Manager) {
	t.Helper()
	harness.Eventually(t, 60*time.Second, func() error {
		code, text := m.Probe("/readyz?verbose")
		if code == 200 && strings.Contains(text, "[~]api-server: waiting for the API server") {
			return nil
		}
		return fmt.Errorf("readyz: %d %s", code, text)
	})
	if code, text := m.Probe("/healthz"); code != 200 {
		t.Errorf("healthz: %d %s", code, text)
	}
}

func ready(t *testing.T, m *harness.Manager) {
	t.Helper()
	harness.Eventually(t, recovery, func() error {
		if code, text := m.Probe("/readyz?verbose"); code != 200 || strings.Contains(text, "[~]") {
			return fmt.Errorf("readyz: %d %s", code, text)
		}
		return nil
	})
}

func TestTheAPIServerIsAway(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	m := c.Start(t, harness.Options{Proxy: p, Args: []string{"--workers", "32"}})
	s := setScene(t, c, p)
	end := time.Now().Add(30 * time.Second)
	c.StopComponent(t, "kube-apiserver")
	t.Cleanup(func() { c.StartComponent(t, "kube-apiserver") })
	// These would find back to it only after a minute.
	others := []string{"kube-controller-manager", "kube-scheduler", "kwok"}
	for _, x := range others {
		x := x
		c.StopComponent(t, x)
		t.Cleanup(func() { c.StartComponent(t, x) })
	}
	s.release(t)
	says(t, m)
	time.Sleep(time.Until(end))
	c.StartComponent(t, "kube-apiserver")
	recovered(t, s.fresh)
	for _, x := range others {
		c.StartComponent(t, x)
	}
	s.check(t, c)
	ready(t, m)
}

func TestABlackHole(t *testing.T) {
	c := harness.Get(t)
	p := c.Proxy(t)
	m := c.Start(t, harness.Options{Proxy: p, Args: []string{"--workers", "32"}})
	s := setScene(t, c, p)
	end := time.Now().Add(20 * time.Second)
	p.BlackHole(t, 0)
	s.release(t)
	says(t, m)
	time.Sleep(time.Until(end))
	p.Reset(t)
	recovered(t, s.fresh)
	s.check(t, c)
	ready(t, m)
}

// Every second for 20 s the watch is cut: with all other connections, or in the middle of an event.
func TestCutEverySecond(t *testing.T) {
	const seconds = 20
	c := harness.Get(t)
	p := c.Proxy(t)
	m := c.Start(t, harness.Options{Proxy: p})
	sre := c.User(t, "sre")
	spaces := c.Namespaces(t, seconds+1, harness.Deployment{Name: target})
	var living sync.WaitGroup
	var torn *harness.Trap
	requests := make([]*harness.Request, seconds)
	for i := range requests {
		i := i
		living.Add(1)
		go func() {
			defer living.Done()
			requests[i] = spaces[i].Ask(t, sre, oneMore)
			requests[i].Succeed(t, sre)
		}()
		time.Sleep(500 * time.Millisecond)
		if i%2 == 0 {
			torn = p.Add(t, harness.Rule{Match: harness.Match{Query: "watch=true"}, Action: harness.Action{Type: "stall-body", AfterBytes: 100 + 300*i}})
			p.Cut(t)
		} else {
			torn.Remove(t)
		}
		time.Sleep(500 * time.Millisecond)
	}
	recovered(t, spaces[seconds])
	living.Wait()
	if t.Failed() {
		return
	}
	for _, r := range requests {
		released(t, r)
		done(t, c, r)
	}
	c.CheckAudit(t)
	ready(t, m)
}
