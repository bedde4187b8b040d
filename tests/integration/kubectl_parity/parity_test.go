package parity

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func matching(method, path string) harness.Match {
	return harness.Match{Method: method, Path: "^" + regexp.QuoteMeta(path) + "$"}
}

func TestKubectl(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, proxy: c.Proxy(t), admin: c.Admin, olga: c.User(t, "admin-sso"), sre: c.User(t, "sre")}
	c.Start(t, harness.Options{Proxy: w.proxy})
	w.ns = c.Namespace(t)
	w.admin.Must(t, "POST", w.ns.Path("v1", "serviceaccounts", ""), object{"metadata": object{"name": "robot"}})
	used := struct {
		sync.Mutex
		rules map[int]bool
	}{rules: map[int]bool{}}
	run := strconv.FormatInt(time.Now().Unix()%46656, 36) // some twins are in no namespace of ours
	t.Run("commands", func(t *testing.T) {
		for i, command := range commands {
			i, command := i, command
			t.Run(command.text, func(t *testing.T) {
				t.Parallel()
				theirs, ours := fmt.Sprintf("theirs%d%s", i, run), fmt.Sprintf("ours%d%s", i, run)
				for _, d := range w.both(t, command, theirs, ours) {
					rule := allowed(command.text, d)
					if rule < 0 {
						t.Errorf("differs in %s", d)
					}
					used.Lock()
					used.rules[rule] = true
					used.Unlock()
				}
			})
		}
	})
	for n, a := range allowedDifferences {
		if !used.rules[n] {
			t.Errorf("no longer a difference: %s (%s)", a.what, a.reason)
		}
	}
}

func allowed(command, difference string) int {
	for n, a := range allowedDifferences {
		if a.what.MatchString(difference) && strings.Contains(command, a.flag) {
			return n
		}
	}
	return -1
}

// both runs the command with kubectl and with kubechat and compares what was sent, and what came of it.
func (w *world) both(t *testing.T, c command, theirs, ours string) []string {
	t.Helper()
	var results [2]string
	harness.Parallel(2, 2, func(i int) {
		name := []string{theirs, ours}[i]
		for j, kind := range c.objects {
			if p := w.place(t, kind, name); j == 0 {
				results[i] = p
			}
		}
		if c.made != "" {
			part := strings.Split(strings.ReplaceAll(c.made, "NAME", name), "/")
			n := len(part)
			results[i] = path(w.ns.Name, strings.Join(part[:n-2], "/"), part[n-2], part[n-1])
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	who := w.sre
	if !strings.Contains(results[0], "/namespaces/"+w.ns.Name) {
		who = w.olga
		t.Cleanup(func() { w.admin.Do("DELETE", results[0], nil); w.admin.Do("DELETE", results[1], nil) })
	}
	w.kubectl(t, who, w.text(c, theirs))
	w.kubechat(t, who, w.text(c, ours))
	a, b := w.sent(t, theirs), w.sent(t, ours)
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("kubectl sent %d changes, kubechat %d: %v %v", len(a), len(b), a, b)
	}
	var out []string
	for i := range a {
		out = append(out, differences(a[i], b[i])...)
	}
	for _, d := range differences(w.result(t, results[0], theirs), w.result(t, results[1], ours)) {
		t.Errorf("the objects differ in %s", d)
	}
	return out
}

func (w *world) text(c command, name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(c.text, "NAME", name), "NS", w.ns.Name)
}

// kubectl runs the command line as a shell would, in the namespace.
func (w *world) kubectl(t *testing.T, who *harness.User, text string) {
	t.Helper()
	words := splitWords(text)[1:]
	if !strings.Contains(text, w.ns.Name) && who != w.olga {
		words = append([]string{"--namespace=" + w.ns.Name}, words...)
	}
	if strings.Contains(text, "kubectl delete") {
		words = append(words, "--wait=false") // kubechat looks by itself whether it is gone
	}
	if _, err := w.proxy.Kubectl(t, who, words...); err != nil {
		t.Fatal(err)
	}
}

// splitWords: single quotes are the only ones in the table.
func splitWords(text string) []string {
	var out []string
	word, quoted := "", false
	for _, r := range text + " " {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == ' ' && !quoted:
			if word != "" {
				out = append(out, word)
			}
			word = ""
		default:
			word += string(r)
		}
	}
	return out
}

// kubechat asks, has it approved by whoever the effect asks for, and waits for the good end.
func (w *world) kubechat(t *testing.T, who *harness.User, text string) {
	t.Helper()
	r := w.ns.Ask(t, who, text)
	o := r.WaitFor(t, "AwaitingApproval")
	approval := object{"decision": "Approve", "planDigest": o.String("status.plan.digest")}
	approver := who
	if o.List("status.plan.steps")[0].String("effect") == "Destructive" {
		approver = w.olga
		approval["confirm"] = "in-cluster/" + w.ns.Name
	}
	if err := r.TryApprove(approver, approval); err != nil {
		t.Fatal(err)
	}
	r.WaitForIn(t, 3*time.Minute, "Succeeded")
}

// What the API server writes by itself, and what controllers go on changing.
var servers = regexp.MustCompile(`^body (status|metadata\.(uid|resourceVersion|creationTimestamp|deletionTimestamp|generation|managedFields)|spec\.(clusterIPs?|nodeName|containers\[\d\]\.volumeMounts|volumes|ports\[\d\]\.nodePort|podCIDRs?|providerID)|metadata\.annotations\.(deprecated\.daemonset|deployment\.kubernetes\.io/)|metadata\.labels\.(batch\.kubernetes\.io/|controller-uid|job-name)|spec\.template\.metadata\.labels\.(batch\.kubernetes\.io/|controller-uid|job-name)|spec\.selector\.matchLabels\.batch|metadata\.ownerReferences\[0\]\.uid)`)

// result is the object as it is afterwards, without what is the server's own.
func (w *world) result(t *testing.T, path, name string) change {
	t.Helper()
	o, err := w.admin.Do("GET", path, nil)
	if harness.IsStatus(err, 404) {
		return change{"gone": true}
	}
	if err != nil {
		t.Fatal(err)
	}
	if o.At("metadata.deletionTimestamp") != nil {
		return change{"gone": true}
	}
	all, out := change{}, change{}
	w.flatten("body", map[string]any(o), name, all)
	for k, v := range all {
		if !servers.MatchString(k) {
			out[k] = v
		}
	}
	return out
}
