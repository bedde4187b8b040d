package main

import (
	"net/http"
	"sync"
	"time"
)

// logLimit bounds the log; the oldest half goes when it is reached.
const logLimit = 200000

// A record is one request in the log. Status is 0 while there is no answer, and stays 0 when there never is one.
type record struct {
	Seq       int       `json:"seq"`
	Time      time.Time `json:"time"`
	Proto     string    `json:"proto"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	Agent     string    `json:"agent,omitempty"`
	User      string    `json:"user,omitempty"` // impersonated
	Type      string    `json:"type,omitempty"` // of the body
	Accept    string    `json:"accept,omitempty"`
	Rule      string    `json:"rule,omitempty"`
	Forwarded bool      `json:"forwarded"` // the API server was sent it
	Status    int       `json:"status"`    // what the API server, or a rule, answered
	Done      bool      `json:"done"`
}

type requestLog struct {
	mutex sync.Mutex
	seq   int
	all   []*record
}

func (l *requestLog) begin(r *http.Request) *record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.seq++
	if len(l.all) >= logLimit {
		l.all = append([]*record{}, l.all[logLimit/2:]...)
	}
	x := &record{Seq: l.seq, Time: time.Now(), Proto: r.Proto, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Agent: r.UserAgent(), User: r.Header.Get("Impersonate-User"), Type: r.Header.Get("Content-Type"),
		Accept: r.Header.Get("Accept")}
	l.all = append(l.all, x)
	return x
}

// update changes a record under the lock.
func (l *requestLog) update(x *record, change func(*record)) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	change(x)
}

func (l *requestLog) list(m match, since int) []record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	out := []record{}
	for _, x := range l.all {
		if x.Seq > since && m.selects(x.Method, x.Path, x.Query, x.User, x.Agent) {
			out = append(out, *x)
		}
	}
	return out
}

func (l *requestLog) clear() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.all = nil
}
