package parity

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
)

// A difference that is meant, as differences() writes it: "what: theirs → ours".
type difference struct {
	what   *regexp.Regexp
	flag   string // only in commands with it
	reason string
}

// What kubechat sends differs from what kubectl sends in this and in nothing else.
var allowedDifferences = []difference{
	{regexp.MustCompile(`^user agent: `), "", "each program says which one it is"},
	{regexp.MustCompile(`^user: `), "", "kubechat comes with its own credentials and acts as the requester"},
	{regexp.MustCompile(`^accept: `), "", "kubectl offers encodings that it then decodes to the same object; kubechat those it can read"},
	{regexp.MustCompile(`^query limit: "500" → "250"$`), "kubectl get", "where whole objects are read, not tables: a page then stays within what one answer may hold"},
	{regexp.MustCompile(`^query fieldManager: "(kubectl-[a-z]+)?" → "kubechat"$`), "", "managedFields tell through what the field was set"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: <nil> → "\d+"$`), "", "the precondition: nothing may have changed since the object was looked at"},
	{regexp.MustCompile(`^precondition: <nil> → "replace /metadata/resourceVersion"$`), "", "the same in a JSON patch"},
	{regexp.MustCompile(`^body preconditions\.(resourceVersion|uid): <nil> → `), "delete", "the same for a delete"},
	{regexp.MustCompile(`^body deleteOptions\.preconditions\.uid: <nil> → `), "drain", "it is the pod that was approved, not one that has come to have its name"},
	{regexp.MustCompile(`^content type: "application/vnd.kubernetes.protobuf" → "application/json"$`), "", "the encoding alone; the API server decodes both to the same object"},
	{regexp.MustCompile(`^body metadata\.namespace: <nil> → "NS"$`), "", "kubectl leaves it to the path for some kinds"},
	{regexp.MustCompile(`^verb: "update" → "patch"$`), "--current-replicas", "kubectl sends back the whole Scale that it has read; the precondition makes a patch as safe"},
	{regexp.MustCompile(`^content type: `), "--current-replicas", "of the patch"},
	{regexp.MustCompile(`^body (apiVersion|kind|metadata\.\S+|status\.\S+): "?[^"]*"? → <nil>$`), "--current-replicas", "what the patch leaves alone"},
	{regexp.MustCompile(`^body metadata\.resourceVersion: `), "--current-replicas", "each object has its own"},
	{regexp.MustCompile(`^body \[[1-9]\]\.`), "rollout undo deploy", "kubectl replaces all annotations, also those whose value kubechat has only seen a digest of; kubechat those that differ"},
	{regexp.MustCompile(`^path: "/api/v1/namespaces/NS/pods/NAME-[^/]+/exec" → "/api/v1/namespaces/NS/pods/NAME-[^/]+/exec"$`), "kubectl exec", "each twin has pods of its own"},
	{regexp.MustCompile(`^body metadata\.ownerReferences\[0\]\.uid: `), "create job", "each twin has a CronJob of its own"},
	{regexp.MustCompile(`\.limits\.cpu: "500m" → "0\.5"$`), "cpu=0.5", "the API server writes it in its own way, whoever sends it"},
}

// What only one of the kubectl versions does, by its minor version: kubechat sends what 1.34 sends.
var differencesOf = map[string][]difference{}

// allowed is the row that allows a difference, 0 for none. Rows are numbered from 1, those of the version behind the others.
func (w *world) allowed(command, found string) int {
	for n, d := range w.rules() {
		if d.what.MatchString(found) && strings.Contains(command, d.flag) {
			return n + 1
		}
	}
	return 0
}

func (w *world) rules() []difference {
	return append(append([]difference{}, allowedDifferences...), differencesOf[w.version]...)
}

// differences lists what is not the same as "what: theirs → ours".
func differences(a, b call) []string {
	names := map[string]bool{}
	for _, m := range []call{a, b} {
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

// unordered compares reads: each once, those of the same path with each other. What one side does not send at all is
// "reads get PATH query NAME=VALUE: kubectl alone" or "...: kubechat alone".
func unordered(theirs, ours []call) []string {
	theirs, ours = once(theirs), once(ours)
	var out []string
	for _, same := range []func(a, b call) bool{
		func(a, b call) bool { return a.key() == b.key() },
		func(a, b call) bool {
			return a["path"] == b["path"] && a["verb"] == b["verb"] && a["query container"] == b["query container"] &&
				a["query fieldSelector"] == b["query fieldSelector"]
		},
		func(a, b call) bool { return a["path"] == b["path"] && a["verb"] == b["verb"] },
	} {
		for i := 0; i < len(theirs); i++ {
			for j := range ours {
				if same(theirs[i], ours[j]) {
					out = append(out, differences(theirs[i], ours[j])...)
					theirs, ours = append(theirs[:i:i], theirs[i+1:]...), append(ours[:j:j], ours[j+1:]...)
					i--
					break
				}
			}
		}
	}
	for _, c := range theirs {
		out = append(out, "reads "+c.key()+": kubectl alone")
	}
	for _, c := range ours {
		out = append(out, "reads "+c.key()+": kubechat alone")
	}
	return out
}

func once(calls []call) []call {
	seen := map[string]bool{}
	var out []call
	for _, c := range calls {
		if !seen[c.key()] {
			seen[c.key()] = true
			out = append(out, c)
		}
	}
	return out
}

func show(v any) string {
	if v == nil {
		return "<nil>"
	}
	b, _ := json.Marshal(v)
	return string(b)
}
