package behaviour

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"

	"kubechat.io/tests/harness"
)

// What kubechat sends differs from what kubectl sends in this and in nothing else.
var allowedDifferences = []struct {
	what   *regexp.Regexp
	flag   string // only in commands with it
	reason string
}{
	{regexp.MustCompile(`^user agent: `), "", "each program says which one it is"},
	{regexp.MustCompile(`^impersonated user: "" → "sre"$`), "", "kubechat comes with its own credentials and acts as the requester; kubectl comes with the requester's"},
	{regexp.MustCompile(`^query fieldManager: "" → "kubechat"$`), "", "managedFields tell through what the field was set; kubectl leaves it to the user agent"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: <nil> → "\d+"$`), "", "the precondition: nothing may have changed since the object was looked at"},
	{regexp.MustCompile(`^verb: "update" → "patch"$`), "--current-replicas", "kubectl sends back the whole Scale that it has read; the precondition makes a patch as safe"},
	{regexp.MustCompile(`^content type: `), "--current-replicas", "of the patch"},
	{regexp.MustCompile(`^body (apiVersion|kind|metadata\.\S+|status\.\S+): "?[^"]*"? → <nil>$`), "--current-replicas", "what the patch leaves alone"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: `), "--current-replicas", "each object has its own"},
}

// A change as the API server got it.
type change map[string]any

// The same command, given to kubectl for one object and to kubechat for its twin.
func (w *world) testParity(t *testing.T) {
	ns := w.Namespace(t)
	seen := struct {
		sync.Mutex
		rules map[int]bool
	}{rules: map[int]bool{}}
	t.Run("spellings", func(t *testing.T) {
		for i, command := range []string{
			"kubectl scale deployment/NAME --replicas=2",
			"kubectl scale deployment NAME --replicas 2",
			"kubectl scale --replicas=2 deploy/NAME",
			"kubectl scale deploy NAME --replicas=0",
			"kubectl scale deployments/NAME --replicas=3 --namespace=" + ns.Name,
			"kubectl scale deployments.apps/NAME --replicas=2 -n " + ns.Name,
			"kubectl scale deployments.v1.apps/NAME --replicas=2 -n" + ns.Name,
			"kubectl -n " + ns.Name + " scale deployment.apps NAME --replicas=2",
			"kubectl --namespace " + ns.Name + " scale --replicas 2 deployment.v1.apps NAME",
			"kubectl scale deployment/NAME --replicas=2 --current-replicas=1",
			"kubectl scale statefulset/NAME --replicas=2",
			"kubectl scale sts NAME --replicas=2",
			"kubectl scale rs/NAME --replicas=2",
			"kubectl scale replicasets.apps NAME --replicas=2",
			"kubectl scale deployment NAME NAME-b --replicas=2",
			"kubectl scale deployment/NAME deployment/NAME-b --replicas=2",
			"kubectl scale deployment/NAME sts/NAME-b --replicas=2",
			"kubectl scale deployment/NAME --replicas=1", // what it has
		} {
			i, command := i, command
			t.Run(strings.ReplaceAll(command, ns.Name, "NS"), func(t *testing.T) {
				t.Parallel()
				theirs, ours := fmt.Sprintf("theirs-%d", i), fmt.Sprintf("ours-%d", i)
				twins(t, w, ns, command, theirs, ours)
				words := strings.Fields(strings.ReplaceAll(command, "NAME", theirs))[1:]
				if !strings.Contains(command, ns.Name) {
					words = append(words[:1:1], append([]string{"--namespace=" + ns.Name}, words[1:]...)...)
				}
				if _, err := w.proxy.Kubectl(t, w.sre, words...); err != nil {
					t.Fatal(err)
				}
				own := strings.ReplaceAll(command, "NAME", ours)
				ns.Ask(t, w.sre, own).Succeed(t, w.sre)
				for _, d := range w.compare(t, ns, theirs, ours) {
					rule := -1
					for n, a := range allowedDifferences {
						if rule < 0 && a.what.MatchString(d) && strings.Contains(command, a.flag) {
							rule = n
						}
					}
					if rule < 0 {
						t.Errorf("differs in %s", d)
					}
					seen.Lock()
					seen.rules[rule] = true
					seen.Unlock()
				}
			})
		}
	})
	for n, a := range allowedDifferences {
		if !seen.rules[n] {
			t.Errorf("no longer a difference: %s (%s)", a.what, a.reason)
		}
	}
}

// twins makes the objects that a command names, once for kubectl and once for kubechat.
func twins(t *testing.T, w *world, ns *harness.Namespace, command, theirs, ours string) {
	t.Helper()
	kinds := map[string]string{"NAME": "deployments", "NAME-b": "deployments"}
	switch {
	case strings.Contains(command, "sts/NAME-b"):
		kinds["NAME-b"] = "statefulsets"
	case strings.Contains(command, "sts"), strings.Contains(command, "statefulset"):
		kinds["NAME"] = "statefulsets"
	case strings.Contains(command, "rs/"), strings.Contains(command, "replicaset"):
		kinds["NAME"] = "replicasets"
	}
	for _, name := range []string{theirs, ours} {
		for word, resource := range kinds {
			if word == "NAME-b" && !strings.Contains(command, word) {
				continue
			}
			name := strings.Replace(word, "NAME", name, 1)
			labels := object{"app": name}
			spec := object{"replicas": 1, "selector": object{"matchLabels": labels}, "template": object{"metadata": object{"labels": labels},
				"spec": object{"containers": []object{{"name": "main", "image": "registry.k8s.io/pause:3.10"}}}}}
			if resource == "statefulsets" {
				spec["serviceName"] = name
			}
			w.admin.Must(t, "POST", ns.Path("apps/v1", resource, ""), object{"metadata": object{"name": name}, "spec": spec})
		}
	}
}

// compare pairs what was sent for the twins, in order, and lists the differences as "what: theirs → ours".
func (w *world) compare(t *testing.T, ns *harness.Namespace, theirs, ours string) []string {
	t.Helper()
	a, b := w.sent(t, ns, theirs), w.sent(t, ns, ours)
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("kubectl sent %d changes, kubechat %d", len(a), len(b))
	}
	var out []string
	for i := range a {
		names := map[string]bool{}
		for _, m := range []change{a[i], b[i]} {
			for name := range m {
				names[name] = true
			}
		}
		for name := range names {
			if x, y := show(a[i][name]), show(b[i][name]); x != y {
				out = append(out, name+": "+x+" → "+y)
			}
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

// sent is what reached the API server, as its audit log tells; only the proxy in front of it knows content types.
func (w *world) sent(t *testing.T, ns *harness.Namespace, name string) []change {
	t.Helper()
	about := regexp.MustCompile(`/namespaces/` + ns.Name + `/[a-z]+/` + name + `(-b)?(/|$)`)
	var out []change
	for _, a := range w.Accesses(t, ns.Name) {
		u, err := url.Parse(a.URI)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		// The twins are made by an administrator. While their first pods start, either side may meet a conflict and try again.
		if mutating[a.Verb] == "" || !about.MatchString(u.Path) || query.Get("dryRun") != "" || a.User == "admin" || a.Code == 409 {
			continue
		}
		s := change{"verb": a.Verb, "path": strings.ReplaceAll(u.Path, name, "NAME"), "user agent": a.Agent,
			"impersonated user": a.As, "status": a.Code, "query fieldManager": query.Get("fieldManager")}
		for parameter := range query {
			s["query "+parameter] = query.Get(parameter)
		}
		flatten("body", a.RequestBody, name, s)
		calls := w.proxy.Calls(t, harness.Match{Method: mutating[a.Verb], Path: "^" + regexp.QuoteMeta(u.Path) + "$"})
		for _, c := range calls {
			if !strings.Contains(c.Query, "dryRun") {
				s["content type"] = c.Type
			}
		}
		out = append(out, s)
	}
	return out
}

func flatten(path string, v any, name string, into change) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if path == "body" {
				flatten(path+" "+key, value, name, into)
			} else {
				flatten(path+"."+key, value, name, into)
			}
		}
	case string:
		into[path] = strings.ReplaceAll(v, name, "NAME")
	default:
		into[path] = v
	}
}
