package parity

import (
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// A call as the API server got it: "verb", "path", "status", "query NAME", "body PATH", ...
type call map[string]any

// key is what is asked for.
func (c call) key() string {
	var details []string
	for name, value := range c {
		if strings.HasPrefix(name, "query ") || strings.HasPrefix(name, "body ") {
			details = append(details, fmt.Sprintf("%s=%v", name, value))
		}
	}
	sort.Strings(details)
	return fmt.Sprintf("%v %v %s", c["verb"], c["path"], strings.Join(details, " "))
}

// A record is everything that reached the API server, by the person for whom: its audit log, read once, and the proxy's,
// which alone knows the types of bodies.
type record struct {
	audit map[string][]harness.Access
	proxy map[string][]harness.Call
}

func (w *world) record(t *testing.T) record {
	t.Helper()
	r := record{audit: w.AccessesAs(t), proxy: map[string][]harness.Call{}}
	for _, c := range w.proxy.Calls(t, harness.Match{}) {
		if c.User != "" {
			r.proxy[c.User] = append(r.proxy[c.User], c)
		}
	}
	return r
}

// take is what the proxy saw of a call; calls that look the same come in the same order in both logs.
func (r *record) take(person, method string, u *url.URL) harness.Call {
	calls := r.proxy[person]
	for i, c := range calls {
		query, err := url.ParseQuery(c.Query) // characters are escaped in more than one way
		if err == nil && c.Method == method && c.Path == u.Path && query.Encode() == u.Query().Encode() {
			r.proxy[person] = append(calls[:i:i], calls[i+1:]...)
			return c
		}
	}
	return harness.Call{}
}

var (
	methods = map[string]string{"get": "GET", "list": "GET", "watch": "GET", "patch": "PATCH", "update": "PUT", "create": "POST",
		"delete": "DELETE", "deletecollection": "DELETE"}
	reads = map[string]bool{"get": true, "list": true, "watch": true}
	// What the server can do: kubectl asks before it does anything, kubechat has asked long before.
	discovery = regexp.MustCompile(`^/(api|apis|openapi|version)(/v[0-9]+)?$|^/apis/[^/]+(/v[^/]+)?$|^/openapi/`)
)

// sent is what a side's person asked of the API server: reads for a reading, otherwise changes that were no dry runs.
func (w *world) sent(t *testing.T, r *record, run *run, s *side) []call {
	t.Helper()
	var out []call
	for _, a := range r.audit[s.name] {
		u, err := url.Parse(a.URI)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		seen := r.take(s.name, methods[a.Verb], u)
		body, _ := a.RequestBody.(map[string]any)
		// While first pods start, either side may meet a conflict and try again.
		if strings.HasPrefix(u.Path, "/apis/kubechat.io/") || strings.HasPrefix(u.Path, "/apis/view.kubechat.io/") || discovery.MatchString(u.Path) || isDryRun(query, body) || a.Code == 409 {
			continue
		}
		// What a person may name of types that are not watched is listed from the API server's cache, by kubechat alone.
		if a.Verb == "list" && query.Get("resourceVersion") == "0" {
			continue
		}
		// How many pages there are depends on what has come meanwhile.
		if a.Verb == "list" && query.Get("continue") != "" {
			continue
		}
		// What a person may do is asked by kubechat for each plan; it is what the command is about in kubectl auth only.
		if review := strings.HasPrefix(u.Path, "/apis/authorization.k8s.io/"); review && !strings.HasPrefix(run.text, "kubectl auth") ||
			run.reads != ((reads[a.Verb] && !isRun(u.Path)) || review) {
			continue
		}
		c := call{"verb": a.Verb, "path": w.plain(u.Path, run, s), "user agent": a.Agent, "user": a.User, "status": a.Code,
			"content type": seen.Type, "accept": seen.Accept}
		if a.Verb != "get" && a.Verb != "list" && a.Verb != "watch" {
			c["query fieldManager"] = query.Get("fieldManager")
		}
		for parameter := range query {
			value := strings.Join(query[parameter], "\n")
			if parameter == "fieldSelector" { // kubectl says its terms in any order
				terms := strings.Split(value, ",")
				sort.Strings(terms)
				value = strings.Join(terms, ",")
			}
			c["query "+parameter] = w.plain(value, run, s)
		}
		w.flatten("body", withoutPrecondition(a.RequestBody, c), run, s, c)
		out = append(out, c)
	}
	return out
}

// plain has the same name for both sides.
func (w *world) plain(text string, run *run, s *side) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, s.target, "NAME"), run.ns.Name, "NS")
}

// isRun: a command in a container is a GET, since it begins as a WebSocket.
func isRun(path string) bool { return strings.HasSuffix(path, "/exec") }

func isDryRun(query url.Values, body map[string]any) bool {
	return query.Get("dryRun") != "" || harness.IsDryRun(body)
}

// withoutPrecondition takes ours out of a JSON patch, so that the operations after it are compared one by one.
func withoutPrecondition(body any, c call) any {
	ops, _ := body.([]any)
	if len(ops) == 0 || object(asMap(ops[0])).String("path") != "/metadata/resourceVersion" {
		return body
	}
	c["precondition"] = object(asMap(ops[0])).String("op") + " /metadata/resourceVersion"
	return ops[1:]
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

var aTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

func (w *world) flatten(path string, v any, run *run, s *side, into call) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if path == "body" {
				w.flatten(path+" "+key, value, run, s, into)
			} else {
				w.flatten(path+"."+key, value, run, s, into)
			}
		}
	case []any:
		for i, value := range v {
			separator := ""
			if path == "body" {
				separator = " "
			}
			w.flatten(fmt.Sprintf("%s%s[%d]", path, separator, i), value, run, s, into)
		}
	case string:
		if aTime.MatchString(v) {
			v = "a time"
		}
		into[path] = w.plain(v, run, s)
	case nil:
		into[path] = "null"
	default:
		into[path] = v
	}
}
