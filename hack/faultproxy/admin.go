package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// admin serves the interface that main.go describes.
func (p *proxy) admin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		answer, err := p.steer(r, path)
		var e httpError
		switch {
		case errors.As(err, &e):
			w.WriteHeader(e.code)
			fmt.Fprintln(w, e.text)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintln(w, err)
		default:
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(answer)
		}
	})
}

type httpError struct {
	code int
	text string
}

func (e httpError) Error() string { return e.text }

// steer finds the handler. The route is the method with the path, its second element, a rule's id, left out.
func (p *proxy) steer(r *http.Request, path []string) (any, error) {
	id, route := "", r.Method+" "+path[0]
	if len(path) > 1 {
		id = path[1]
		route += "/ID"
	}
	if len(path) > 2 {
		route += "/" + strings.Join(path[2:], "/")
	}
	switch route {
	case "POST rules":
		var rule rule
		if err := decode(r, &rule); err != nil {
			return nil, err
		}
		return p.rules.add(rule)
	case "GET rules":
		return p.rules.list(), nil
	case "GET rules/ID":
		return p.waitRule(r, id)
	case "POST rules/ID/release":
		return p.release(r, id)
	case "DELETE rules":
		p.rules.remove("")
		return map[string]any{}, nil
	case "DELETE rules/ID":
		if !p.rules.remove(id) {
			return nil, noRule(id)
		}
		return map[string]any{}, nil
	case "GET requests":
		m, err := matchFromQuery(r.URL.Query())
		if err != nil {
			return nil, err
		}
		since, err := number(r, "since", 0)
		return p.log.list(m, since), err
	case "DELETE requests":
		p.log.clear()
		return map[string]any{}, nil
	case "POST blackhole":
		var how struct {
			DurationMS int `json:"duration_ms"`
		}
		if err := decode(r, &how); err != nil {
			return nil, err
		}
		p.network.freeze(time.Duration(how.DurationMS) * time.Millisecond)
		return how, nil
	case "DELETE blackhole":
		p.network.melt()
		return map[string]any{}, nil
	case "POST cut":
		return map[string]int{"connections": p.network.cut()}, nil
	}
	return nil, httpError{http.StatusNotFound, fmt.Sprintf("no %s %s here; `go doc ./faultproxy` lists what there is", r.Method, r.URL.Path)}
}

func noRule(id string) error {
	return httpError{http.StatusNotFound, fmt.Sprintf("no rule %q", id)}
}

func (p *proxy) waitRule(r *http.Request, id string) (any, error) {
	held, err1 := number(r, "held", 0)
	fired, err2 := number(r, "fired", 0)
	limit, err3 := number(r, "timeout_ms", 10000)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(limit)*time.Millisecond)
	defer cancel()
	v, enough, found := p.rules.wait(ctx, id, held, fired)
	switch {
	case !found:
		return nil, noRule(id)
	case !enough:
		return nil, httpError{http.StatusRequestTimeout, fmt.Sprintf("rule %s: after %d ms it holds %d (of %d) and has fired %d times (of %d); %d requests matched",
			id, limit, len(v.Held), held, v.Fired, fired, v.Matched)}
	}
	return v, nil
}

func (p *proxy) release(r *http.Request, id string) (any, error) {
	seq, err := number(r, "seq", 0)
	if err != nil {
		return nil, err
	}
	n, found := p.rules.release(id, seq, r.URL.Query().Get("drop") == "")
	if !found {
		return nil, noRule(id)
	}
	return map[string]int{"released": n}, nil
}

func number(r *http.Request, key string, otherwise int) (int, error) {
	s := r.URL.Query().Get(key)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%s: not a number", key, s)
	}
	return n, nil
}

// decode reads a JSON body strictly: a rule with a misspelt field would silently disturb the wrong thing. An empty body is {}.
func decode(r *http.Request, out any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil && err != io.EOF {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}
