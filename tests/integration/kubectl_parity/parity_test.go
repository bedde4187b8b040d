package parity

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	c := harness.Get(t)
	w := &world{Cluster: c, proxy: c.Proxy(t), admin: c.Admin, olga: c.User(t, "admin-sso"), id: strconv.FormatInt(time.Now().Unix()%46656, 36)}
	w.addType(t, widgets()) // before the manager asks which types there are
	w.serveMetrics(t)
	c.Start(t, harness.Options{Proxy: w.proxy})
	w.kubeconfig = w.proxy.Kubeconfig(t, w.olga)
	w.ns, w.readNs = c.Namespace(t), c.Namespace(t)
	w.ns.Policy(t, "force", object{"force": "Allowed"})
	w.awaitView(t)
	w.admin.Must(t, "POST", w.ns.Path("v1", "serviceaccounts", ""), object{"metadata": object{"name": "robot"}})
	out, err := harness.Kubectl(w.kubeconfig, "", "version", "--client", "--output=json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ ClientVersion struct{ GitVersion string } }
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	w.version = regexp.MustCompile(`\d+\.\d+`).FindString(v.ClientVersion.GitVersion)
	t.Logf("kubectl %s", v.ClientVersion.GitVersion)
	return w
}

// addType makes a type and waits until it is served.
func (w *world) addType(t *testing.T, crd object) {
	t.Helper()
	const all = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	name := crd.String("metadata.name")
	if _, err := w.admin.Do("POST", all, crd); err != nil && !harness.IsStatus(err, 409) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		harness.Eventually(t, 60*time.Second, func() error { // it goes after its objects
			if _, err := w.admin.Do("DELETE", all+"/"+name, nil); !harness.IsStatus(err, 404) {
				return fmt.Errorf("%s is still there: %v", name, err)
			}
			return nil
		})
	})
	harness.Eventually(t, 60*time.Second, func() error {
		_, err := w.admin.Do("GET", "/apis/"+crd.String("spec.group")+"/v1/"+crd.String("spec.names.plural"), nil)
		return err
	})
}

func TestKubectl(t *testing.T) {
	w := newWorld(t)
	runs := w.runs(t)
	w.prepare(t, runs)
	w.carryOut(t, runs)
	log := w.record(t)
	used := map[int]bool{}
	t.Run("commands", func(t *testing.T) {
		for _, r := range runs {
			r := r
			t.Run(r.text, func(t *testing.T) {
				for _, d := range w.compare(t, &log, r) {
					rule := w.allowed(r.text, d)
					if rule == 0 {
						t.Errorf("differs in %s", d)
					}
					used[rule] = true
				}
			})
		}
	})
	for n, d := range w.rules() {
		if *only == "" && !used[n+1] {
			t.Errorf("no longer a difference: %s (%s)", d.what, d.reason)
		}
	}
}

// compare says in what the two sides of a command differ.
func (w *world) compare(t *testing.T, log *record, r *run) []string {
	t.Helper()
	theirs, ours := &r.sides[0], &r.sides[1]
	if r.reads {
		if (theirs.failed == nil) != (ours.failed == nil) {
			t.Errorf("kubectl: %v; kubechat: %v", theirs.failed, ours.failed)
		}
	} else if theirs.failed != nil || ours.failed != nil {
		t.Fatalf("kubectl: %v; kubechat: %v", theirs.failed, ours.failed)
	}
	a, b := w.sent(t, log, r, theirs), w.sent(t, log, r, ours)
	if r.reads {
		if len(a)+len(b) == 0 && !onlyDiscovery.MatchString(r.text) {
			t.Error("nothing reached the API server")
		}
		if x, y := shown(r.text, theirs.output), shown(r.text, ours.output); r.shows && x != y {
			t.Errorf("kubectl prints\n%s\nkubechat\n%s", x, y)
		}
		return unordered(a, b)
	}
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("kubectl sent %d changes, kubechat %d:\n%s\n%s", len(a), len(b), keys(a), keys(b))
	}
	var out []string
	for i := range a {
		out = append(out, differences(a[i], b[i])...)
	}
	for _, d := range differences(w.result(t, r, theirs), w.result(t, r, ours)) {
		t.Errorf("the objects differ in %s", d)
	}
	return out
}

func keys(calls []call) string {
	var out []string
	for _, c := range calls {
		out = append(out, c.key())
	}
	return strings.Join(out, "\n")
}

// Readings that are answered by what discovery says.
var onlyDiscovery = regexp.MustCompile(`^kubectl (api-resources|api-versions|explain)`)

// carryOut runs every command on both sides.
func (w *world) carryOut(t *testing.T, runs []*run) {
	t.Helper()
	began := time.Now()
	var both sync.WaitGroup
	both.Add(2)
	go func() {
		defer both.Done()
		harness.Parallel(len(runs), 3, func(i int) { runs[i].sides[0].failed = w.kubectl(runs[i], &runs[i].sides[0]) })
	}()
	go func() {
		defer both.Done()
		harness.Parallel(len(runs), 16, func(i int) { runs[i].sides[1].failed = w.kubechat(runs[i], &runs[i].sides[1]) })
	}()
	both.Wait()
	t.Logf("%d commands twice in %s", len(runs), time.Since(began).Round(time.Second))
}

var hereDocument = regexp.MustCompile(`(?s)^(.*) <<'EOF'\n(.*\n)EOF\n?$`)

// kubectl runs the command line as a shell would, in the namespace.
func (w *world) kubectl(r *run, s *side) error {
	text, stdin := w.text(r, s), ""
	if found := hereDocument.FindStringSubmatch(text); found != nil {
		text, stdin = found[1], found[2]
	}
	words := []string{"--namespace=" + r.ns.Name, "--as=" + s.name, "--as-group=platform-admins"}
	if strings.HasPrefix(text, "kubectl delete") {
		words = append(words, "--wait=false") // kubechat looks by itself whether it is gone
	}
	command, rest := splitWords(text)[1:], []string{}
	for i, word := range command {
		if word == "--" { // what is behind it is not for kubectl
			command, rest = command[:i:i], command[i:]
			break
		}
	}
	args := append(append(command, words...), rest...)
	if !r.shows {
		_, err := harness.Kubectl(w.kubeconfig, stdin, args...)
		return err
	}
	// Both streams, as on a terminal.
	out, err := exec.Command("kubectl", append([]string{"--kubeconfig", w.kubeconfig}, args...)...).CombinedOutput()
	if s.output = string(out); err != nil {
		return fmt.Errorf("%s: %w: %s", text, err, out)
	}
	return nil
}

// Ages go on between two looks, and how wide their column is goes with them.
var age = regexp.MustCompile(`(LAST SEEN|\b(\d+[smhd]){1,2}( \(x\d+ over \w+\))?) *`)

// shown is what has to be the same of an output.
func shown(command, text string) string {
	if strings.HasPrefix(command, "kubectl events") {
		return age.ReplaceAllString(text, "AGE ")
	}
	if strings.Contains(command, "--all-containers") { // kubectl asks for them in any order
		lines := strings.SplitAfter(text, "\n")
		sort.Strings(lines)
		return strings.Join(lines, "")
	}
	return text
}

// look is what the reading's person sees of it afterwards.
func (w *world) look(s *side, request harness.Request) error {
	var err error
	s.output, err = harness.Kubectl(w.kubeconfig, "", "get", "--raw", "/apis/view.kubechat.io/v1alpha1/namespaces/"+request.Namespace.Name+
		"/outputs/"+request.Name+"?format=text", "--as="+s.name, "--as-group=platform-admins")
	return err
}

// awaitView returns when the API server passes looks on to the manager.
func (w *world) awaitView(t *testing.T) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		o, err := w.admin.Do("GET", "/apis/view.kubechat.io/v1alpha1", nil)
		if err == nil && o.String("kind") != "APIResourceList" {
			err = fmt.Errorf("answered %v", o)
		}
		return err
	})
}

// splitWords: single quotes are the only ones in the table.
func splitWords(text string) []string {
	var out []string
	word, quoted, begun := "", false, false
	for _, r := range text + " " {
		switch {
		case r == '\'':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				out = append(out, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	return out
}

// kubechat asks, has olga approve whatever the plan is, and waits for the end.
func (w *world) kubechat(r *run, s *side) error {
	who := w.admin.As(s.name, "", "platform-admins")
	o, err := r.ns.TryCreate(who, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": "the command below",
		"commands": []string{w.text(r, s)}}})
	if err != nil {
		return err
	}
	request := harness.Request{Namespace: r.ns, Name: o.String("metadata.name")}
	approved := ""
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if o, err = w.admin.Do("GET", request.Path(), nil); err != nil {
			return err
		}
		digest := o.String("status.plan.digest")
		switch {
		case o.Condition("Complete").String("status") == "True":
			if r.shows {
				return w.look(s, request)
			}
			return nil
		case o.Condition("Failed").String("status") == "True":
			return fmt.Errorf("%s: %s", o.String("status.phase"), o.String("status.summary"))
		case o.String("status.phase") == "AwaitingApproval" && digest != approved:
			approved = digest
			if err := request.TryApprove(w.olga, object{"decision": "Approve", "planDigest": digest, "confirm": "in-cluster/" + r.ns.Name}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("after three minutes: %s: %s", o.String("status.phase"), o.String("status.summary"))
}

func (w *world) text(r *run, s *side) string {
	return strings.ReplaceAll(strings.ReplaceAll(r.text, "NAME", s.target), "NS", r.ns.Name)
}

// What the API server writes by itself, and what controllers go on changing.
var servers = regexp.MustCompile(`^body (status|metadata\.(uid|resourceVersion|creationTimestamp|deletionTimestamp|generation|managedFields)|spec\.(clusterIPs?|nodeName|containers\[\d\]\.volumeMounts|volumes|ports\[\d\]\.nodePort|podCIDRs?|providerID)|metadata\.annotations\.(deprecated\.daemonset|deployment\.kubernetes\.io/)|metadata\.labels\.(topology\.kubernetes\.io/|batch\.kubernetes\.io/|controller-uid|job-name)|spec\.template\.metadata\.labels\.(batch\.kubernetes\.io/|controller-uid|job-name)|spec\.selector\.matchLabels\.batch|metadata\.ownerReferences\[0\]\.uid)`)

// result is the object as it is afterwards, without what is the server's own.
func (w *world) result(t *testing.T, r *run, s *side) call {
	t.Helper()
	o, err := w.admin.Do("GET", s.object, nil)
	if harness.IsStatus(err, 404) {
		return call{"gone": true}
	}
	if err != nil {
		t.Fatal(err)
	}
	if o.At("metadata.deletionTimestamp") != nil {
		return call{"gone": true}
	}
	all, out := call{}, call{}
	w.flatten("body", map[string]any(o), r, s, all)
	for k, v := range all {
		if !servers.MatchString(k) {
			out[k] = v
		}
	}
	return out
}
