package rollback

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func message(o object) string { return o.Condition("Failed").String("message") }

func mustSay(t *testing.T, o object, reason string, words ...string) {
	t.Helper()
	if is := o.Condition("Failed").String("reason"); is != reason {
		t.Errorf("refused for %s, not %s: %s", is, reason, message(o))
	}
	for _, w := range words {
		if !strings.Contains(message(o), w) {
			t.Errorf("%q is not in: %s", w, message(o))
		}
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, harness.Options{})
	for name, test := range map[string]func(t *testing.T){
		"later change": w.laterChange, "later label": w.laterLabel, "created again": w.createdAgain, "unknown": w.unknown,
		"unfinished": w.unfinished, "nothing done": w.nothingDone, "already as it was": w.alreadyThere, "not allowed": w.notAllowed,
		"no object right": w.noObjectRight, "several steps": w.severalSteps, "controlled pod": w.controlledPod, "plugin": w.plugin,
	} {
		test := test
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// Somebody's later change is shown with its author, kept, and taken back only when that is asked for.
func (w *world) laterChange(t *testing.T) {
	p := w.place(t, "deployment", "later")
	before := w.fields(t, p)
	r := w.change(t, w.sre, "kubectl set image deployment/later main=busybox:1")
	if _, err := w.olga.Patch(p+"?fieldManager=olgas-editor", "strategic", object{"spec": object{"template": object{"spec": object{
		"containers": []object{{"name": "main", "image": "busybox:9"}}}}}}); err != nil {
		t.Fatal(err)
	}
	o := w.refused(t, w.sre, back(r))
	mustSay(t, o, "LaterChanges", "spec.template.spec.containers[name=main].image: was left at busybox:1, is busybox:9 (olgas-editor at 20",
		"overwriteLaterChanges")
	spec := back(r)
	spec["overwriteLaterChanges"] = true
	again := w.approved(t, w.sre, spec)
	o = again.WaitFor(t, "Succeeded")
	if why := o.List("status.plan.steps")[0].String("reason"); !strings.Contains(why, "what was changed later: ") || !strings.Contains(why, "olgas-editor") {
		t.Errorf("the plan does not name what it overwrites: %s", why)
	}
	for _, d := range different(before, w.fields(t, p)) {
		t.Errorf("not as it was: %s", d)
	}
}

// What others change beside it is not touched.
func (w *world) laterLabel(t *testing.T) {
	p := w.place(t, "deployment", "beside")
	r := w.change(t, w.sre, "kubectl set env deployment/beside A=2 NEW=1")
	if _, err := w.olga.Patch(p, "strategic", object{"metadata": object{"labels": object{"theirs": "1"}}, "spec": object{"template": object{"spec": object{
		"containers": []object{{"name": "added", "image": "busybox:9"}}}}}}); err != nil {
		t.Fatal(err)
	}
	w.approved(t, w.sre, back(r)).WaitFor(t, "Succeeded")
	o := w.Admin.Must(t, "GET", p, nil)
	text := fmt.Sprint(o.At("spec.template.spec.containers"))
	if o.String("metadata.labels.theirs") != "1" || !strings.Contains(text, "busybox:9") || strings.Contains(text, "NEW") || !strings.Contains(text, "name:A value:1") {
		t.Errorf("it is %v, %s", o.At("metadata.labels"), text)
	}
}

// Another object in the place of the one that was made is nobody's to delete.
func (w *world) createdAgain(t *testing.T) {
	r := w.change(t, w.sre, "kubectl create configmap again --from-literal=a=b")
	p := w.ns.Path("v1", "configmaps", "again")
	w.Admin.Must(t, "DELETE", p, nil)
	w.Admin.Must(t, "POST", w.ns.Path("v1", "configmaps", ""), object{"metadata": object{"name": "again"}})
	spec := back(r)
	spec["overwriteLaterChanges"] = true
	mustSay(t, w.refused(t, w.sre, spec), "CannotRollBack", "is another object than the one that was made")
	if w.fields(t, p) == nil {
		t.Error("it was deleted")
	}
}

func (w *world) unknown(t *testing.T) {
	mustSay(t, w.refused(t, w.sre, object{"prompt": "back", "rollbackOf": "nobody-asked"}), "UnknownRequest", "no request nobody-asked in namespace "+w.ns.Name)
}

func (w *world) unfinished(t *testing.T) {
	w.place(t, "configmap", "waits")
	r := w.ns.Ask(t, w.sre, "kubectl label configmap/waits x=1")
	r.WaitFor(t, "AwaitingApproval")
	mustSay(t, w.refused(t, w.sre, back(r)), "NotFinished", "has not ended yet", "kubectl chat cancel "+r.Name)
}

func (w *world) nothingDone(t *testing.T) {
	r := w.ns.Ask(t, w.sre, "kubectl get configmaps")
	r.WaitFor(t, "Succeeded")
	mustSay(t, w.refused(t, w.sre, back(r)), "NothingToRollBack", "changed nothing")
}

func (w *world) alreadyThere(t *testing.T) {
	p := w.place(t, "configmap", "there")
	r := w.change(t, w.sre, "kubectl label configmap/there new=1")
	if _, err := w.olga.Patch(p, "merge", object{"metadata": object{"labels": object{"new": nil}}}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, w.refused(t, w.sre, back(r)), "NothingToRollBack", "is already as it was")
}

// Whoever rolls back needs the rights for it, not whoever asked first.
func (w *world) notAllowed(t *testing.T) {
	node := w.place(t, "node", "rights-"+w.ns.Name)
	r := w.change(t, w.olga, "kubectl cordon rights-"+w.ns.Name)
	o := w.refused(t, w.sre, back(r))
	if !strings.Contains(message(o), "cannot") || !w.Admin.Must(t, "GET", node, nil).At("spec.unschedulable").(bool) {
		t.Errorf("sre rolled it back: %s", message(o))
	}
}

// A capture is only for those who may get the object; the request alone is not enough.
func (w *world) noObjectRight(t *testing.T) {
	p := w.ns.Path("rbac.authorization.k8s.io/v1", "roles", "hidden")
	w.Admin.Must(t, "POST", w.ns.Path("rbac.authorization.k8s.io/v1", "roles", ""), object{"metadata": object{"name": "hidden"},
		"rules": []object{{"apiGroups": []string{""}, "resources": []string{"configmaps"}, "resourceNames": []string{"planted-name"}, "verbs": []string{"get"}}}})
	r := w.change(t, w.olga, "kubectl delete role hidden")
	o := w.refused(t, w.sre, back(r))
	if !strings.Contains(message(o), "cannot") || strings.Contains(fmt.Sprint(o), "planted-name") {
		t.Errorf("it says %s", message(o))
	}
	if w.fields(t, p) != nil {
		t.Error("it is there")
	}
	w.approved(t, w.olga, back(r)).WaitFor(t, "Succeeded")
	if w.fields(t, p) == nil {
		t.Error("it is not there")
	}
}

// Steps go back in reverse order; those of one object that touch the same field go back as one.
func (w *world) severalSteps(t *testing.T) {
	one, two := w.place(t, "deployment", "first"), w.place(t, "configmap", "second")
	before := []map[string]string{w.fields(t, one), w.fields(t, two)}
	r := w.change(t, w.sre, "kubectl scale deployment/first --replicas=2", "kubectl label deployment/first old=5 --overwrite",
		`kubectl patch deployment/first --type=merge -p '{"metadata":{"labels":{"more":"1"}}}'`, "kubectl annotate configmap/second x=y",
		"kubectl create configmap third --from-literal=a=b")
	again := w.approved(t, w.sre, back(r))
	steps := again.WaitFor(t, "Succeeded").List("status.plan.steps")
	var commands []string
	for _, s := range steps {
		commands = append(commands, s.String("command"))
	}
	if len(steps) != 5 || !strings.HasPrefix(commands[0], "kubectl delete configmap/third") || !strings.HasPrefix(commands[4], "kubectl scale deployment/first") {
		t.Errorf("it did %q", commands)
	}
	for i, p := range []string{one, two} {
		for _, d := range different(before[i], w.fields(t, p)) {
			t.Errorf("not as it was: %s", d)
		}
	}
	if w.fields(t, w.ns.Path("v1", "configmaps", "third")) != nil {
		t.Error("the third is still there")
	}
	// The rollback's own rows name what they take back, and that one's trail names them.
	if !hasRow(again.Rows(t), func(x harness.Row) bool { return x.Type == "Planned" && x.Detail.String("rollbackOf") == r.UID }) {
		t.Error("no row of the rollback names the request")
	}
	if !hasRow(r.Rows(t), func(x harness.Row) bool { return x.Type == "RolledBack" && x.Result == again.Name }) {
		t.Error("no row of the request names the rollback")
	}
}

func hasRow(rows []harness.Row, is func(harness.Row) bool) bool {
	for _, x := range rows {
		if is(x) {
			return true
		}
	}
	return false
}

// A pod that a controller makes again needs nobody.
func (w *world) controlledPod(t *testing.T) {
	w.place(t, "deployment", "herd")
	pods := w.Admin.Must(t, "GET", w.ns.Path("v1", "pods", "")+"?labelSelector=app%3Dherd", nil).List("items")
	r := w.change(t, w.sre, "kubectl delete pod "+pods[0].String("metadata.name"))
	mustSay(t, w.refused(t, w.sre, back(r)), "NothingToRollBack", "makes it again by itself")
}

func plugin(who *harness.User, args ...string) (string, error) {
	cmd := exec.Command(os.Getenv("KUBECHAT_BIN"), append([]string{"chat", "--kubeconfig", who.Kubeconfig}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (w *world) plugin(t *testing.T) {
	p := w.place(t, "configmap", "by-hand")
	r := w.change(t, w.sre, "kubectl label configmap/by-hand new=1")
	shown, err := plugin(w.sre, "show", r.Name, "-n", w.ns.Name)
	if err != nil || !strings.Contains(shown, "take it back   kubectl chat rollback "+r.Name+" --namespace="+w.ns.Name) {
		t.Errorf("%v: %s", err, shown)
	}
	out, err := plugin(w.sre, "rollback", r.Name, "-n", w.ns.Name, "--name=back-by-hand")
	if err != nil || !strings.Contains(out, "kubectl label configmap/by-hand new- --namespace="+w.ns.Name+" --overwrite") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err = plugin(w.sre, "approve", "back-by-hand", "-n", w.ns.Name, "--wait"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if l := w.Admin.Must(t, "GET", p, nil).String("metadata.labels.new"); l != "" {
		t.Errorf("the label is %s", l)
	}
}

// Without a key nothing is captured, and the preview says what that means.
func TestWithoutKey(t *testing.T) {
	w := newWorld(t, harness.Options{NoKey: true})
	w.place(t, "configmap", "gone")
	w.place(t, "configmap", "labelled")
	r := w.ns.Ask(t, w.sre, "kubectl delete configmap gone")
	step := r.WaitFor(t, "AwaitingApproval").List("status.plan.steps")[0]
	if is := step.String("reversible"); is != "Irreversible" || !strings.Contains(fmt.Sprint(step.At("dryRun.warnings")), "--capture-key-file") {
		t.Errorf("%s: %v", is, step.At("dryRun.warnings"))
	}
	w.approve(t, r)
	r.WaitFor(t, "Succeeded")
	mustSay(t, w.refused(t, w.sre, back(r)), "NothingToRollBack", "step 1 cannot be taken back")
	// What the verb's own opposite takes back needs no capture.
	r = w.change(t, w.sre, "kubectl label configmap/labelled new=1")
	w.approved(t, w.sre, back(r)).WaitFor(t, "Succeeded")
}

func captures(t *testing.T, r *harness.Request) int {
	t.Helper()
	n := 0
	for _, x := range r.Rows(t) {
		if x.Type == "Intent" {
			n += len(x.Blobs)
		}
	}
	return n
}

// What stands in captured objects is nowhere to be read: not in the store's files, not in rows, logs and status.
func TestNothingInPlain(t *testing.T) {
	const planted = "plantedvalue8f31c"
	w := newWorld(t, harness.Options{})
	w.Admin.Must(t, "POST", w.ns.Path("v1", "secrets", ""), object{"metadata": object{"name": "s"}, "stringData": object{"password": planted}})
	w.Admin.Must(t, "POST", w.ns.Path("v1", "secrets", ""), object{"metadata": object{"name": "kept"}, "stringData": object{"password": planted}})
	w.Admin.Must(t, "POST", w.ns.Path("v1", "configmaps", ""), object{"metadata": object{"name": "c"}, "data": object{"innocent": planted}})
	r := w.change(t, w.olga, "kubectl label secret/s x=1", "kubectl label configmap/c x=1")
	if n := captures(t, r); n != 1 {
		t.Errorf("%d objects were captured, of a Secret and a ConfigMap: one should", n)
	}
	r = w.change(t, w.olga, "kubectl delete secret s")
	if n := captures(t, r); n != 0 {
		t.Error("a Secret was captured that no policy speaks of")
	}
	mustSay(t, w.refused(t, w.olga, back(r)), "NothingToRollBack", "step 1 cannot be taken back")
	w.ns.Policy(t, "secrets", object{"match": object{"namespaces": []string{w.ns.Name}, "kinds": []string{"Secret"}}, "capture": object{"secrets": true}})
	r = w.change(t, w.olga, "kubectl label secret/kept x=1")
	if n := captures(t, r); n != 1 {
		t.Errorf("%d Secrets were captured where a policy says so: one should", n)
	}
	w.approved(t, w.olga, back(r)).WaitFor(t, "Succeeded")
	places, err := filepath.Glob(w.Store + "*")
	if err != nil || len(places) == 0 {
		t.Fatalf("the store has no files: %v", err)
	}
	for _, p := range append(places, w.manager.Log) {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{planted, "cGxhbnRlZHZhbHVlOGYzMWM="} {
			if strings.Contains(string(text), form) {
				t.Errorf("%s holds it", p)
			}
		}
	}
	all := fmt.Sprint(w.Admin.Must(t, "GET", w.ns.Path("kubechat.io/v1alpha1", "chatrequests", ""), nil))
	if strings.Contains(all, planted) {
		t.Error("a status holds it")
	}
}
