package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A rulebook holds the rules in the order in which they were added, what they counted, and what they hold.
type rulebook struct {
	mutex   sync.Mutex
	entries []*entry
	next    int
	changed chan struct{} // closed and replaced at every change, for those who wait for one
}

type entry struct {
	rule
	matched int
	fired   int
	held    []*hold
	gone    bool
}

// A hold is one request that waits for its release.
type hold struct {
	Seq    int       `json:"seq"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Since  time.Time `json:"since"`

	verdict chan bool // true: go on; false: drop
}

// A view is a rule as GET shows it.
type view struct {
	rule
	Matched int    `json:"matched"`
	Fired   int    `json:"fired"`
	Held    []hold `json:"held"`
}

func newRulebook() *rulebook { return &rulebook{changed: make(chan struct{})} }

// change wakes those who wait. Called with the mutex held.
func (b *rulebook) change() {
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *rulebook) add(r rule) (view, error) {
	if err := r.compile(); err != nil {
		return view{}, err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if r.ID == "" {
		b.next++
		r.ID = fmt.Sprintf("rule-%d", b.next)
	}
	if b.find(r.ID) != nil {
		return view{}, fmt.Errorf("id: there is a rule %q already; DELETE it first", r.ID)
	}
	e := &entry{rule: r}
	b.entries = append(b.entries, e)
	return e.view(), nil
}

func (b *rulebook) find(id string) *entry {
	for _, e := range b.entries {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (e *entry) view() view {
	v := view{rule: e.rule, Matched: e.matched, Fired: e.fired, Held: []hold{}}
	for _, h := range e.held {
		v.Held = append(v.Held, *h)
	}
	return v
}

// pick counts the request in every rule that selects it, and returns the first one that fires.
func (b *rulebook) pick(r *http.Request) *entry {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var picked *entry
	for _, e := range b.entries {
		if !e.Match.selectsRequest(r) {
			continue
		}
		e.matched++
		if picked == nil && e.matched >= max(e.Match.Nth, 1) && (e.Match.Times == 0 || e.fired < e.Match.Times) {
			e.fired++
			picked = e
		}
		b.change()
	}
	return picked
}

func (b *rulebook) list() []view {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	out := []view{}
	for _, e := range b.entries {
		out = append(out, e.view())
	}
	return out
}

// wait returns the rule once it holds and has fired that much, or as it is when ctx ends; false when there is none.
func (b *rulebook) wait(ctx context.Context, id string, held, fired int) (v view, enough, found bool) {
	for {
		b.mutex.Lock()
		e, changed := b.find(id), b.changed
		if e == nil {
			b.mutex.Unlock()
			return view{}, false, false
		}
		v = e.view()
		b.mutex.Unlock()
		if len(v.Held) >= held && v.Fired >= fired {
			return v, true, true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v, false, true
		}
	}
}

// hold blocks until the request is released, the rule's duration ends (which releases too), or gone is closed. It reports
// whether to go on.
func (b *rulebook) hold(e *entry, seq int, r *http.Request, gone <-chan struct{}) bool {
	h := &hold{Seq: seq, Method: r.Method, Path: r.URL.Path, Since: time.Now(), verdict: make(chan bool, 1)}
	b.mutex.Lock()
	if e.gone {
		b.mutex.Unlock()
		return false
	}
	e.held = append(e.held, h)
	b.change()
	b.mutex.Unlock()
	defer b.forget(e, h)

	var end <-chan time.Time
	if d := e.duration(); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		end = t.C
	}
	select {
	case ok := <-h.verdict:
		return ok
	case <-end:
		return true
	case <-gone:
		return false
	}
}

func (b *rulebook) forget(e *entry, h *hold) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for i, x := range e.held {
		if x == h {
			e.held = append(e.held[:i], e.held[i+1:]...)
			b.change()
			return
		}
	}
}

// release decides what is held: all of it, or the request with that number in the log. It returns how many; false when
// there is no such rule.
func (b *rulebook) release(id string, seq int, goOn bool) (int, bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	e := b.find(id)
	if e == nil {
		return 0, false
	}
	n := e.decide(seq, goOn)
	b.change()
	return n, true
}

// decide takes what it decides off the list at once, so that who looks next does not see it held any more.
func (e *entry) decide(seq int, goOn bool) int {
	var left []*hold
	for _, h := range e.held {
		if seq != 0 && h.Seq != seq {
			left = append(left, h)
			continue
		}
		h.verdict <- goOn
	}
	n := len(e.held) - len(left)
	e.held = left
	return n
}

// remove deletes the rule, or all with an empty id, and drops what they hold.
func (b *rulebook) remove(id string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var left []*entry
	for _, e := range b.entries {
		if id != "" && e.ID != id {
			left = append(left, e)
			continue
		}
		e.gone = true
		e.decide(0, false)
	}
	found := len(left) < len(b.entries)
	b.entries = left
	b.change()
	return found
}
