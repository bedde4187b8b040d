package behaviour

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// here is a command with its manifest, as a person writes it.
func here(command, manifest string) string {
	return command + " <<'EOF'\n" + manifest + "\nEOF\n"
}

const apply = "kubectl apply --server-side -f -"

func configMap(name, value string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n  key: " + value
}

// applied lays the object down as another field manager.
func (w *world) applied(t *testing.T, manager string, o object) {
	t.Helper()
	body, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.admin.Kubectl(string(body), "apply", "--server-side", "--force-conflicts", "--field-manager="+manager, "-f", "-"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func (w *world) get(t *testing.T, path string) object {
	t.Helper()
	return w.admin.Must(t, "GET", path, nil)
}

// Something new and something that is there, in the form that documentation has; nothing of the values gets into the audit log.
func (w *world) testManifest(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	text := "cat <<'EOF' | kubectl apply --server-side -f -\n" + configMap("fresh", "v4lue-of-ours") + `
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
spec:
  template:
    spec:
      containers:
      - name: main
        env:
        - name: TOKEN
          value: "yes"
EOF
`
	r := ns.Ask(t, w.sre, text)
	o := r.WaitFor(t, "AwaitingApproval")
	steps := o.List("status.plan.steps")
	if len(steps) != 2 {
		t.Fatalf("%d steps: %v", len(steps), steps)
	}
	harness.Says(t, steps[0].String("command"), "kubectl apply --server-side --filename=- <<'EOF'\n", "  key: v4lue-of-ours\n", "\nEOF")
	harness.Says(t, steps[1].String("command"), "value: \"yes\"")
	if steps[0].String("reversible") != "Reversible" || steps[0].String("rollback") != "kubectl delete configmap/fresh --namespace="+ns.Name {
		t.Errorf("way back: %v", steps[0])
	}
	if changes := fmt.Sprint(steps[1].At("dryRun.changes")); !strings.Contains(changes, "spec.template.spec.containers[name=main].env[name=TOKEN].value") {
		t.Errorf("changes: %s", changes)
	}
	r.Approve(t, w.sre)
	r.WaitFor(t, "Succeeded")
	if v := w.get(t, ns.Path("v1", "configmaps", "fresh")); v.String("data.key") != "v4lue-of-ours" || !managedBy(v, "kubechat", "Apply") {
		t.Errorf("made: %v", v)
	}
	if v := w.get(t, ns.Path("apps/v1", "deployments", "checkout")); !managedBy(v, "kubechat", "Apply") || v.Int("spec.replicas") != 1 {
		t.Errorf("changed: %v", v)
	}
	for _, row := range r.Rows(t) {
		if b, _ := json.Marshal(row); strings.Contains(string(b), "v4lue") {
			t.Errorf("a value is in the audit log: %s", b)
		}
	}
}

func managedBy(o object, manager, operation string) bool {
	for _, f := range o.List("metadata.managedFields") {
		if f.String("manager") == manager && f.String("operation") == operation {
			return true
		}
	}
	return false
}

// Whose fields they are is shown, and they are taken only when that is asked for.
func (w *world) testManifestConflict(t *testing.T) {
	ns := w.Namespace(t)
	w.applied(t, "gitops", object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "owned", "namespace": ns.Name},
		"data": object{"key": "theirs", "other": "kept"}})
	r := ns.Ask(t, w.sre, here(apply, configMap("owned", "ours")))
	o := r.WaitFor(t, "Refused", "Failed")
	harness.Says(t, o.Condition("Failed").String("message"), `conflict with "gitops"`, ".data.key", "--force-conflicts")

	r = ns.Ask(t, w.sre, here(apply+" --force-conflicts", configMap("owned", "ours")))
	o = r.WaitFor(t, "AwaitingApproval")
	harness.Says(t, fmt.Sprint(o.List("status.plan.steps")[0].At("dryRun.warnings")), "takes these fields over", `"gitops"`, ".data.key")
	if o.String("status.risk") != "High" {
		t.Errorf("the risk is %s", o.String("status.risk"))
	}
	r.Approve(t, w.sre)
	r.WaitFor(t, "Succeeded")
	if v := w.get(t, ns.Path("v1", "configmaps", "owned")); v.String("data.key") != "ours" || v.String("data.other") != "kept" {
		t.Errorf("the object is %v", v.At("data"))
	}
}

// What the API server refuses is a preview in its own words; what may not be stored is refused before that.
func (w *world) testManifestRefused(t *testing.T) {
	ns := w.Namespace(t)
	for _, c := range []struct {
		command string
		words   []string
	}{
		{here(apply, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndatta: {a: b}"), []string{"datta"}},
		{here("kubectl create -f -", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndatta: {a: b}"), []string{`unknown field "datta"`}},
		{here("kubectl create -f -", configMap("kube-root-ca.crt", "x")), []string{"already exists", "kubectl apply --server-side changes what is there"}},
		{here("kubectl replace -f -", configMap("nothing", "x")), []string{"nothing"}},
		{here(apply, "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: odd}"), []string{"no Deployment in apiVersion apps/v1beta1; it has it in apps/v1"}},
		{here(apply, "apiVersion: v1\nkind: Namespace\nmetadata: {name: odd-"+ns.Name+"}"), []string{"namespaces", "forbidden"}},
	} {
		r := ns.Ask(t, w.sre, c.command)
		o := r.WaitFor(t, "Refused", "Failed", "NeedsClarification")
		harness.Says(t, fmt.Sprint(o.Condition("Failed"), o.String("status.question")), c.words...)
	}
	for _, c := range []struct{ command, words string }{
		{here(apply, "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}"), "change it with kubectl itself"},
		{here(apply, "a: 1\na: 2"), "a key that is there already"},
		{apply + " <<EOF\n" + configMap("x", "$HOME") + "\nEOF", "quote its delimiter"},
		{here(apply, configMap("x", strings.Repeat("y", 70000))), "65536"},
		{here("kubectl apply -f -", configMap("x", "y")), "write kubectl apply --server-side"},
	} {
		_, err := ns.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": "x", "commands": []string{c.command}}})
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%.80s: %v", c.command, err)
		}
	}
	many := make([]string, 5)
	for i := range many {
		many[i] = here(apply, configMap(fmt.Sprint("x", i), strings.Repeat("y", 60000)))
	}
	_, err := ns.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": "x", "commands": many}})
	if err == nil || !strings.Contains(err.Error(), "at most 262144") {
		t.Errorf("%v", err)
	}
}

// Between preview and approval the object comes to be, goes, or changes.
func (w *world) testManifestStale(t *testing.T) {
	for _, c := range []struct {
		name, command string
		there         bool
		meanwhile     func(t *testing.T, path, collection string)
		words         string
	}{
		{"came to be", apply, false, func(t *testing.T, _, collection string) {
			w.admin.Must(t, "POST", collection, object{"metadata": object{"name": "it"}})
		}, "has come to be since the preview"},
		{"came to be before a create", "kubectl create -f -", false, func(t *testing.T, _, collection string) {
			w.admin.Must(t, "POST", collection, object{"metadata": object{"name": "it"}})
		}, "has come to be since the preview"},
		{"went", apply, true, func(t *testing.T, path, _ string) { w.admin.Must(t, "DELETE", path, nil) }, "is gone since the preview"},
		{"changed", "kubectl replace -f -", true, func(t *testing.T, path, _ string) {
			if _, err := w.admin.Patch(path, "merge", object{"data": object{"later": "1"}}); err != nil {
				t.Fatal(err)
			}
		}, "changed since the preview"},
	} {
		c := c
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ns := w.Namespace(t)
			path, collection := ns.Path("v1", "configmaps", "it"), ns.Path("v1", "configmaps", "")
			if c.there {
				w.admin.Must(t, "POST", collection, object{"metadata": object{"name": "it"}, "data": object{"old": "1"}})
			}
			r := ns.Ask(t, w.sre, here(c.command, configMap("it", "new")))
			r.WaitFor(t, "AwaitingApproval")
			c.meanwhile(t, path, collection)
			r.Approve(t, w.sre)
			r.Ended(t, "Stale", "Drifted", c.words)
			if m := w.Mutations(t, ns.Name, "configmaps", "it"); len(m) != 0 {
				t.Errorf("it was changed: %+v", m)
			}
		})
	}
}

const widgets = `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.manifest.example.com"},
"spec": {"group": "manifest.example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
"versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object",
"properties": {"size": {"type": "number"}, "replicas": {"type": "integer"}, "parts": {"type": "array", "items": {"type": "string"}}}}}}}}]}}`

// A custom resource takes no update without the version that it replaces, and its replicas are its operator's affair.
func (w *world) testManifestOfCustomResource(t *testing.T) {
	if out, err := w.admin.Kubectl(widgets, "apply", "-f", "-"); err != nil {
		t.Fatal(err, out)
	}
	t.Cleanup(func() {
		w.admin.Do("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.manifest.example.com", nil)
	})
	ns := w.Namespace(t)
	path := ns.Path("manifest.example.com/v1", "widgets", "gear")
	widget := func(spec string) string {
		return "apiVersion: manifest.example.com/v1\nkind: Widget\nmetadata: {name: gear}\nspec: " + spec
	}
	harness.Eventually(t, 90*time.Second, func() error { // discovery is looked at anew now and then
		r := ns.Ask(t, w.olga, here(apply, widget("{size: 0.5, replicas: 3, parts: [a, b]}")))
		o := r.WaitFor(t, "AwaitingApproval", "Refused", "Failed")
		if o.String("status.phase") != "AwaitingApproval" {
			time.Sleep(2 * time.Second)
			return fmt.Errorf("%v", o.Condition("Failed"))
		}
		r.Approve(t, w.olga)
		r.WaitFor(t, "Succeeded")
		return nil
	})
	for _, command := range []string{"kubectl replace -f -", apply + " --force-conflicts"} {
		r := ns.Ask(t, w.olga, here(command, widget("{size: 1.5, parts: [b]}")))
		r.WaitFor(t, "AwaitingApproval")
		r.Approve(t, w.olga)
		r.WaitFor(t, "Succeeded")
		if o := w.get(t, path); fmt.Sprint(o.At("spec.size"), o.At("spec.parts")) != "1.5 [b]" || (strings.Contains(command, "replace") && o.At("spec.replicas") != nil) {
			t.Errorf("%s: %v", command, o.At("spec"))
		}
	}
	r := ns.Ask(t, w.olga, here("kubectl delete -f -", widget("{}")))
	o := r.WaitFor(t, "AwaitingApproval")
	if got := o.List("status.plan.steps")[0].String("command"); got != "kubectl delete widget/gear --namespace="+ns.Name {
		t.Errorf("the command is %s", got)
	}
}
