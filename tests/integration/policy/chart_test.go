package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestChartCarriesTheProjectsDefinitions(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join("..", "..", "..", "crds", "*.yaml"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no crds/*.yaml: %v", err)
	}
	for _, source := range sources {
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(filepath.Join(chart, "files", "crds", filepath.Base(source)))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("the chart's copy of %s differs (%v): cp crds/*.yaml charts/kubechat/files/crds/", filepath.Base(source), err)
		}
	}
}

// The chart writes a definition anew (an annotation, labels): nothing of its meaning may be lost on the way.
func TestInstalledDefinitionIsTheProjects(t *testing.T) {
	type definition struct {
		Metadata struct{ Annotations map[string]string }
		Spec     map[string]any
	}
	read := func(args ...string) (d definition) {
		out, err := kubectl(person{}, nil, args...)
		if err := json.Unmarshal([]byte(must(t, out, err)), &d); err != nil {
			t.Fatal(err)
		}
		d.Spec["group"] = ""
		return d
	}
	source := renamed(t, filepath.Join("..", "..", "..", "crds", "kubechat.io_chatrequests.yaml"))
	want := read("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", source)
	have := read("get", "crd", "chatrequests.kubechat.io", "-o", "json")
	if !reflect.DeepEqual(want.Spec, have.Spec) {
		t.Error("the installed definition is not what crds/ says")
	}
	if have.Metadata.Annotations["helm.sh/resource-policy"] != "keep" {
		t.Error("without helm.sh/resource-policy: keep, an uninstall takes every request with it")
	}
}

// A dry-run create of what exists fails: the same definition in another group does not.
func renamed(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("name: chatrequests.kubechat.io", "name: chatrequests.other.kubechat.io",
		"group: kubechat.io", "group: other.kubechat.io").Replace(string(text))
	file := filepath.Join(t.TempDir(), "crd.yaml")
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPoliciesTypeCheck(t *testing.T) {
	for _, name := range []string{"kubechat-requests", "kubechat-approvals", "kubechat-status"} {
		var got string
		for end := time.Now().Add(60 * time.Second); got == "" && time.Now().Before(end); time.Sleep(100 * time.Millisecond) { // a controller's work
			out, err := kubectl(person{}, nil, "get", "validatingadmissionpolicy", name, "-o",
				"jsonpath={.status.observedGeneration} {.status.typeChecking.expressionWarnings}")
			got = strings.TrimSpace(must(t, out, err))
		}
		if got == "" || strings.ContainsAny(got, "[{") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestChartRefusesWrongValues(t *testing.T) {
	for _, c := range []struct{ name, set, want string }{
		{"an unknown key", "impersonation.group={sre}", "group"},
		{"a system group", "impersonation.groups={system:masters}", "groups"},
		{"every group", "impersonation.groups={*}", "groups"},
		{"a time-out that the API server refuses", "webhook.timeoutSeconds=31", "timeoutSeconds"},
		{"a credential's extra", "impersonation.extras={authentication.kubernetes.io/pod-name}", "extras"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := run(nil, "helm", "template", release, chart, "--set", c.set)
			expect(t, out, err, c.want)
		})
	}
}

// The manager's own rights: what it may do, and what it must not be able to.
func TestManagerHasNoMoreRightsThanItNeeds(t *testing.T) {
	if err := install("--set", "impersonation.groups={policy-sre}", "--set", "impersonation.extras={scopes}"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := install("--set", "impersonation.groups=null", "--set", "impersonation.extras=null"); err != nil {
			t.Fatal(err)
		}
		for _, step := range []func() error{dropWebhooks, settle} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
	})
	const (
		kubechat, admission = "kubechat.io", "admissionregistration.k8s.io"
		authentication      = "authentication.k8s.io"
	)
	for _, c := range []struct {
		allowed                                      bool
		verb, group, resource, subresource, ns, name string
	}{
		{true, "watch", kubechat, "chatrequests", "", "", ""},
		{true, "update", kubechat, "chatrequests", "status", home, ""},
		{false, "create", kubechat, "chatrequests", "", home, ""},
		{false, "approve", kubechat, "chatrequests", "", home, ""},
		{true, "impersonate", "", "users", "", "", "policy-ana"},
		{true, "impersonate", "", "groups", "", "", "policy-sre"},
		{false, "impersonate", "", "groups", "", "", "system:masters"},
		{false, "impersonate", "", "groups", "", "", ""},
		{true, "impersonate", authentication, "userextras", "scopes", "", "a"},
		{false, "impersonate", authentication, "userextras", "team", "", "a"},
		{true, "get", "", "namespaces", "", "", "kube-system"},
		{true, "list", "", "namespaces", "", "", ""},
		{false, "update", "", "namespaces", "", "", home},
		{true, "watch", kubechat, "auditpolicies", "", "", ""},
		{true, "patch", kubechat, "auditpolicies", "status", "", "production"},
		{false, "patch", kubechat, "auditpolicies", "", "", "production"},
		{true, "update", "", "secrets", "", namespace, "kubechat-webhook"},
		{false, "get", "", "secrets", "", namespace, "other"},
		{false, "get", "", "secrets", "", home, "kubechat-webhook"},
		{true, "update", admission, "mutatingwebhookconfigurations", "", "", "kubechat"},
		{false, "update", admission, "mutatingwebhookconfigurations", "", "", "other"},
		{false, "update", admission, "validatingadmissionpolicies", "", "", "kubechat-status"},
		{false, "update", "apps", "deployments", "scale", home, ""},
	} {
		t.Run(strings.Join([]string{c.verb, c.resource, c.subresource, c.ns, c.name}, " "), func(t *testing.T) {
			review := object("authorization.k8s.io/v1", "SubjectAccessReview", "", "", map[string]any{"spec": map[string]any{
				"user": "system:serviceaccount:" + namespace + ":kubechat-manager",
				"resourceAttributes": map[string]any{"verb": c.verb, "group": c.group, "resource": c.resource,
					"subresource": c.subresource, "namespace": c.ns, "name": c.name},
			}})
			delete(review, "metadata")
			var got bool
			for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) { // the role has just been changed
				out, err := kubectl(person{}, review, "create", "-f", "-", "-o", "jsonpath={.status.allowed}")
				if got = must(t, out, err) == "true"; got == c.allowed || time.Now().After(end) {
					break
				}
			}
			if got != c.allowed {
				t.Errorf("allowed is %v", got)
			}
		})
	}
}

// Any CA will do: the cluster's own.
func caBundle(t *testing.T) string {
	out, err := kubectl(person{}, nil, "get", "configmap", "kube-root-ca.crt", "-n", namespace, "-o", "jsonpath={.data.ca\\.crt}")
	return base64.StdEncoding.EncodeToString([]byte(must(t, out, err)))
}

// The manager owns clientConfig: an upgrade of the release neither resets it nor mixes the two ways of reaching it.
func TestUpgradeKeepsWhatTheManagerWrote(t *testing.T) {
	if err := install(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, step := range []func() error{dropWebhooks, settle} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
	})
	ca := caBundle(t)
	read := func() string {
		out, err := kubectl(person{}, nil, "get", "mutatingwebhookconfiguration", release, "-o",
			"jsonpath={.webhooks[0].clientConfig}")
		return must(t, out, err)
	}
	if !strings.Contains(read(), `"service"`) {
		t.Fatalf("a first install does not name the Service: %s", read())
	}
	for name, config := range map[string]string{
		"url":     `{"url":"https://127.0.0.1:1/mutate","caBundle":"` + ca + `"}`,
		"service": `{"service":{"name":"kubechat-webhook","namespace":"kubechat-system","path":"/mutate","port":443},"caBundle":"` + ca + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			patch := `[{"op":"replace","path":"/webhooks/0/clientConfig","value":` + config + `}]`
			out, err := kubectl(person{}, nil, "patch", "mutatingwebhookconfiguration", release, "--type=json", "-p", patch)
			must(t, out, err)
			want := read()
			for i := 0; i < 2; i++ {
				if err := install("--set", "webhook.timeoutSeconds=6"); err != nil {
					t.Fatal(err)
				}
				if got := read(); got != want {
					t.Errorf("upgrade %d made %s of %s", i+1, got, want)
				}
			}
		})
	}
	if err := install("--set", "webhook.timeoutSeconds=5"); err != nil {
		t.Fatal(err)
	}
}
