package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

var errDropped = errors.New("dropped by a rule")

// An actionRow is what a type of action does at the points that a request passes.
type actionRow struct {
	before func(x *exchange, w http.ResponseWriter) bool     // before forwarding; false: the request ends here
	after  func(x *exchange, resp *http.Response) bool       // with the answer in hand; false: it is not delivered
	body   func(x *exchange, r *http.Response) io.ReadCloser // replaces the answer's body

	canForward bool // "forward": true turns before into after
	detached   bool // what is forwarded is completed, even if the client leaves
	resizes    bool // the body may come out longer or shorter
}

// Filled in init: the functions refer to types that refer to the table.
var actions map[string]actionRow

func init() {
	actions = map[string]actionRow{
		"hold-before":     {before: holdBefore, detached: true},
		"hold-after":      {after: holdAfter, detached: true},
		"delay":           {before: delay, detached: true},
		"status":          {before: answerStatus, after: replaceByStatus, canForward: true},
		"reset":           {before: resetNow, after: dropAnswer, canForward: true},
		"blackhole":       {before: swallow, after: swallowAnswer, canForward: true},
		"cut":             {body: cutBody},
		"stall-body":      {body: stallBody},
		"split":           {body: splitBody},
		"gone-event":      {body: goneEvent, resizes: true},
		"duplicate-event": {body: duplicateEvent, resizes: true},
	}
}

func sortedActions() []string {
	var names []string
	for n := range actions {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// holds blocks until the exchange's rule lets it go; gone ends it early.
func (x *exchange) holds(gone <-chan struct{}) bool {
	return x.proxy.rules.hold(x.rule, x.record.Seq, x.request, gone)
}

func holdBefore(x *exchange, _ http.ResponseWriter) bool {
	if !x.holds(nil) {
		x.breakOff(false, true)
	}
	return true
}

func holdAfter(x *exchange, _ *http.Response) bool { return x.holds(nil) }

func delay(x *exchange, _ http.ResponseWriter) bool {
	time.Sleep(time.Duration(x.rule.Action.DelayMS) * time.Millisecond)
	return true
}

func resetNow(x *exchange, _ http.ResponseWriter) bool {
	x.breakOff(x.rule.Action.Stream, true)
	return false
}

func dropAnswer(*exchange, *http.Response) bool { return false }

func swallow(x *exchange, _ http.ResponseWriter) bool {
	x.holds(x.request.Context().Done())
	x.breakOff(false, true)
	return false
}

func swallowAnswer(x *exchange, _ *http.Response) bool {
	x.holds(x.request.Context().Done())
	return false
}

func answerStatus(x *exchange, w http.ResponseWriter) bool {
	a := x.rule.Action
	body, contentType := a.statusBody()
	w.Header().Set("Content-Type", contentType)
	for k, v := range a.Headers {
		w.Header().Set(k, v)
	}
	x.proxy.log.update(x.record, func(rec *record) { rec.Status = a.Code })
	w.WriteHeader(a.Code)
	io.WriteString(w, body)
	return false
}

// replaceByStatus shows the client another end than the one that the request came to.
func replaceByStatus(x *exchange, resp *http.Response) bool {
	a := x.rule.Action
	resp.Body.Close()
	body, contentType := a.statusBody()
	resp.StatusCode, resp.Status = a.Code, ""
	resp.Header = http.Header{"Content-Type": {contentType}, "Content-Length": {strconv.Itoa(len(body))}}
	for k, v := range a.Headers {
		resp.Header.Set(k, v)
	}
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	x.proxy.log.update(x.record, func(rec *record) { rec.Status = a.Code })
	return true
}

// statusBody is the metav1.Status that the API server sends with an error, unless the rule brings its own body.
func (a action) statusBody() (body, contentType string) {
	if a.Body != "" || a.ContentType != "" {
		return a.Body, a.ContentType
	}
	s := status{APIVersion: "v1", Kind: "Status", Status: "Failure", Message: a.Message, Reason: a.Reason, Code: a.Code}
	if s.Message == "" {
		s.Message = http.StatusText(a.Code) + " (injected)"
	}
	if n, err := strconv.Atoi(a.Headers["Retry-After"]); err == nil {
		s.Details = &details{RetryAfterSeconds: n}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return string(b), "application/json"
}

type status struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   struct{} `json:"metadata"`
	Status     string   `json:"status"`
	Message    string   `json:"message"`
	Reason     string   `json:"reason,omitempty"`
	Details    *details `json:"details,omitempty"`
	Code       int      `json:"code"`
}

type details struct {
	RetryAfterSeconds int `json:"retryAfterSeconds,omitempty"`
}
