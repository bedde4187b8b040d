package parity

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// What kubechat sends differs from what kubectl sends in this and in nothing else.
var allowedDifferences = []struct {
	what   *regexp.Regexp
	flag   string // only in commands with it
	reason string
}{
	{regexp.MustCompile(`^user agent: `), "", "each program says which one it is"},
	{regexp.MustCompile(`^impersonated user: "" → "(sre|olga)"$`), "", "kubechat comes with its own credentials and acts as the requester; kubectl comes with the requester's"},
	{regexp.MustCompile(`^query fieldManager: "(kubectl-[a-z]+)?" → "kubechat"$`), "", "managedFields tell through what the field was set"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: <nil> → "\d+"$`), "", "the precondition: nothing may have changed since the object was looked at"},
	{regexp.MustCompile(`^precondition: <nil> → "replace /metadata/resourceVersion"$`), "", "the same in a JSON patch"},
	{regexp.MustCompile(`^body preconditions\.(resourceVersion|uid): <nil> → `), "delete", "the same for a delete"},
	{regexp.MustCompile(`^content type: "application/vnd.kubernetes.protobuf" → "application/json"$`), "", "the encoding alone; the API server decodes both to the same object"},
	{regexp.MustCompile(`^body metadata\.namespace: <nil> → "NS"$`), "", "kubectl leaves it to the path for some kinds"},
	{regexp.MustCompile(`^verb: "update" → "patch"$`), "--current-replicas", "kubectl sends back the whole Scale that it has read; the precondition makes a patch as safe"},
	{regexp.MustCompile(`^content type: `), "--current-replicas", "of the patch"},
	{regexp.MustCompile(`^body (apiVersion|kind|metadata\.\S+|status\.\S+): "?[^"]*"? → <nil>$`), "--current-replicas", "what the patch leaves alone"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: `), "--current-replicas", "each object has its own"},
	{regexp.MustCompile(`^body \[[1-9]\]\.`), "rollout undo deploy", "kubectl replaces all annotations, also those whose value kubechat has only seen a digest of; kubechat those that differ"},
	{regexp.MustCompile(`^body metadata\.ownerReferences\[0\]\.uid: `), "create job", "each twin has a CronJob of its own"},
	{regexp.MustCompile(`\.limits\.cpu: "500m" → "0\.5"$`), "cpu=0.5", "the API server writes it in its own way, whoever sends it"},
}

// A change as the API server got it.
type change map[string]any

// differences lists what is not the same as "what: theirs → ours".
func differences(a, b change) []string {
	names := map[string]bool{}
	for _, m := range []change{a, b} {
		for name := range m {
			names[name] = true
		}
	}
	var out []string
	for name := range names {
		if x, y := show(a[name]), show(b[name]); x != y {
			out = append(out, name+": "+x+" → "+y)
		}
	}
	sort.Strings(out)
	return out
}

func show(v any) string {
	if v == nil {
		return "<nil>"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

var mutating = map[string]string{"patch": "PATCH", "update": "PUT", "create": "POST", "delete": "DELETE"}

// sent is what reached the API server about a twin, as its audit log tells; only the proxy in front of it knows content types.
func (w *world) sent(t *testing.T, name string) []change {
	t.Helper()
	about := regexp.MustCompile(`/` + name + `(-[a-z]+)?(/|$)`)
	var out []change
	for _, a := range append(w.Accesses(t, w.ns.Name), append(w.Accesses(t, ""), w.Accesses(t, name)...)...) {
		u, err := url.Parse(a.URI)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		body, _ := a.RequestBody.(map[string]any)
		made, _ := object(body).At("metadata.name").(string)
		// The twins are made by an administrator. While their first pods start, either side may meet a conflict and try again.
		if mutating[a.Verb] == "" || (!about.MatchString(u.Path) && !about.MatchString("/"+made)) || strings.Contains(u.Path, "chatrequests") ||
			isDryRun(query, body) || a.User == "admin" || a.Code == 409 {
			continue
		}
		s := change{"verb": a.Verb, "path": strings.ReplaceAll(strings.ReplaceAll(u.Path, name, "NAME"), w.ns.Name, "NS"), "user agent": a.Agent,
			"impersonated user": a.As, "status": a.Code, "query fieldManager": query.Get("fieldManager")}
		for parameter := range query {
			s["query "+parameter] = query.Get(parameter)
		}
		w.flatten("body", withoutPrecondition(a.RequestBody, s), name, s)
		calls := w.proxy.Calls(t, matching(mutating[a.Verb], u.Path))
		for _, c := range calls {
			if !strings.Contains(c.Query, "dryRun") {
				s["content type"] = c.Type
			}
		}
		if a.Verb == "create" { // many are made at one path: what was sent last need not be this one
			s["content type"] = "application/json"
			if strings.HasPrefix(a.Agent, "kubectl") {
				s["content type"] = "application/vnd.kubernetes.protobuf"
			}
		}
		out = append(out, s)
	}
	return out
}

func isDryRun(query url.Values, body map[string]any) bool {
	return query.Get("dryRun") != "" || body["dryRun"] != nil
}

// withoutPrecondition takes ours out of a JSON patch, so that the operations after it are compared one by one.
func withoutPrecondition(body any, s change) any {
	ops, _ := body.([]any)
	if len(ops) == 0 || object(asMap(ops[0])).String("path") != "/metadata/resourceVersion" {
		return body
	}
	s["precondition"] = object(asMap(ops[0])).String("op") + " /metadata/resourceVersion"
	return ops[1:]
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

var aTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

func (w *world) flatten(path string, v any, name string, into change) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if path == "body" {
				w.flatten(path+" "+key, value, name, into)
			} else {
				w.flatten(path+"."+key, value, name, into)
			}
		}
	case []any:
		for i, value := range v {
			separator := ""
			if path == "body" {
				separator = " "
			}
			w.flatten(fmt.Sprintf("%s%s[%d]", path, separator, i), value, name, into)
		}
	case string:
		if aTime.MatchString(v) {
			v = "a time"
		}
		into[path] = strings.ReplaceAll(strings.ReplaceAll(v, name, "NAME"), w.ns.Name, "NS")
	case nil:
		into[path] = "null"
	default:
		into[path] = v
	}
}
