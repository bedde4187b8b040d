package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// A rule says which requests to disturb, and how.
type rule struct {
	ID         string `json:"id"`
	Match      match  `json:"match"`
	Action     action `json:"action"`
	DurationMS int    `json:"duration_ms,omitempty"`
}

// A match selects requests; empty parts select all.
type match struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Query  string `json:"query,omitempty"`
	User   string `json:"user,omitempty"`
	Agent  string `json:"agent,omitempty"`
	Nth    int    `json:"nth,omitempty"`
	Times  int    `json:"times,omitempty"`

	method, path, query, agent *regexp.Regexp
}

// An action is what happens to a request; which fields count depends on the type.
type action struct {
	Type         string            `json:"type"`
	AfterBytes   int64             `json:"after_bytes,omitempty"`
	AfterEvents  int               `json:"after_events,omitempty"`
	DelayMS      int               `json:"delay_ms,omitempty"`
	ChunkBytes   int               `json:"chunk_bytes,omitempty"`
	ChunkDelayMS int               `json:"chunk_delay_ms,omitempty"`
	Code         int               `json:"code,omitempty"`
	Reason       string            `json:"reason,omitempty"`
	Message      string            `json:"message,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	Body         string            `json:"body,omitempty"`
	ContentType  string            `json:"content_type,omitempty"`
	Forward      bool              `json:"forward,omitempty"`
	Stream       bool              `json:"stream,omitempty"`
}

// compile checks the rule and prepares it for matching.
func (r *rule) compile() error {
	act, ok := actions[r.Action.Type]
	if !ok {
		return fmt.Errorf("action.type: %q is none of %v", r.Action.Type, sortedActions())
	}
	a := r.Action
	if a.Forward && !act.canForward {
		return fmt.Errorf("action.forward: %s does not take it", a.Type)
	}
	if a.Stream && a.Type != "cut" && a.Type != "reset" {
		return fmt.Errorf("action.stream: %s does not take it", a.Type)
	}
	if a.Type == "status" && (a.Code < 200 || a.Code > 599) {
		return fmt.Errorf("action.code: %d is no HTTP status; 200 to 599", a.Code)
	}
	if a.Type == "delay" && a.DelayMS <= 0 {
		return errors.New("action.delay_ms: missing")
	}
	if a.AfterBytes < 0 || a.AfterEvents < 0 || a.ChunkBytes < 0 || a.ChunkDelayMS < 0 || r.DurationMS < 0 || r.Match.Nth < 0 || r.Match.Times < 0 {
		return errors.New("numbers must not be negative")
	}
	return r.Match.compile()
}

func (m *match) compile() error {
	for _, x := range []struct {
		name, text string
		to         **regexp.Regexp
	}{
		{"method", m.Method, &m.method}, {"path", m.Path, &m.path}, {"query", m.Query, &m.query}, {"agent", m.Agent, &m.agent},
	} {
		if x.text == "" {
			continue
		}
		text := x.text
		if x.name == "method" {
			text = "^(?:" + text + ")$"
		}
		re, err := regexp.Compile(text)
		if err != nil {
			return fmt.Errorf("match.%s: %w", x.name, err)
		}
		*x.to = re
	}
	return nil
}

// selects leaves counting (nth, times) to the rule book.
func (m *match) selects(method, path, query, user, agent string) bool {
	ok := func(re *regexp.Regexp, s string) bool { return re == nil || re.MatchString(s) }
	return ok(m.method, method) && ok(m.path, path) && ok(m.query, query) && ok(m.agent, agent) && (m.User == "" || m.User == user)
}

func (m *match) selectsRequest(r *http.Request) bool {
	return m.selects(r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Impersonate-User"), r.UserAgent())
}

// matchFromQuery reads the selection of GET /requests.
func matchFromQuery(q url.Values) (match, error) {
	m := match{Method: q.Get("method"), Path: q.Get("path"), Query: q.Get("query"), User: q.Get("user"), Agent: q.Get("agent")}
	return m, m.compile()
}

func (r *rule) duration() time.Duration { return time.Duration(r.DurationMS) * time.Millisecond }
