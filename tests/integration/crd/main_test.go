// Package crd_test tries the generated CustomResourceDefinition on a real API server: KUBECONFIG has to name an
// administrator's configuration, and kubectl has to be on PATH.
//
// The definition is installed under a group of its own, so that these tests see the schema alone: no webhook and no
// admission policy speaks up for that group, and whatever else runs in the cluster is left in peace.
package crd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	shippedFile = "../../../crds/kubechat.io_chatrequests.yaml"
	group       = "crdtest.kubechat.io"
	resource    = "chatrequests." + group
	namespace   = "kubechat-crd-test"
)

func TestMain(m *testing.M) {
	if os.Getenv("KUBECONFIG") == "" {
		fmt.Fprintln(os.Stderr, "KUBECONFIG is not set: these tests need an API server; hack/test starts one")
		os.Exit(1)
	}
	if err := install(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, args := range [][]string{{"delete", "crd", resource}, {"delete", "namespace", namespace, "--wait=false"}} {
		if out, err := run("", args...); err != nil {
			fmt.Fprintln(os.Stderr, "cleaning up:", out)
			code = 1
		}
	}
	os.Exit(code)
}

// install puts the shipped definition under the tests' own group and names.
func install() error {
	text, err := os.ReadFile(filepath.FromSlash(shippedFile))
	if err != nil {
		return err
	}
	renamed := strings.NewReplacer(
		"name: chatrequests.kubechat.io", "name: "+resource,
		"group: kubechat.io", "group: "+group,
		`- "chat"`, `- "chatcrdtest"`,
		`- "kubechat"`, `- "kubechatcrdtest"`,
	).Replace(string(text))
	if strings.Count(renamed, "crdtest") != 4 {
		return fmt.Errorf("%s: name, group, short name and category are not where they were", shippedFile)
	}
	steps := []struct {
		stdin string
		args  []string
	}{
		{renamed, []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}},
		{"", []string{"delete", "namespace", namespace, "--ignore-not-found"}}, // an earlier run's, on its way out
		{`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"` + namespace + `"}}`, []string{"apply", "-f", "-"}},
	}
	for _, s := range steps {
		if out, err := run(s.stdin, s.args...); err != nil {
			return fmt.Errorf("kubectl %s: %s", strings.Join(s.args, " "), out)
		}
	}
	// Applied is not yet served, nor is what is served explained.
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		out, err := run("", "get", resource, "--namespace", namespace)
		if err == nil {
			out, err = run("", "explain", "--api-version="+group+"/v1alpha1", "chatrequest.spec.prompt")
		}
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not served after 60 s: %s", resource, out)
		}
	}
}

// run gives what kubectl printed on both streams.
func run(stdin string, args ...string) (string, error) {
	cmd := exec.Command("kubectl", args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, err := run(stdin, args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

type object = map[string]any

// spec is a valid one with the fields of changes put in; nil takes a field away.
func spec(changes object) object {
	s := object{"prompt": "scale checkout to five"}
	for k, v := range changes {
		if v == nil {
			delete(s, k)
		} else {
			s[k] = v
		}
	}
	return s
}

func manifest(t *testing.T, name string, spec any) string {
	t.Helper()
	text, err := json.Marshal(object{
		"apiVersion": group + "/v1alpha1",
		"kind":       "ChatRequest",
		"metadata":   object{"name": name, "namespace": namespace},
		"spec":       spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// objectName makes a name of a test's.
func objectName(t *testing.T) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, t.Name()), "-")
}

// check compares an outcome with what a case wants: "" is success, else the words of the refusal.
func check(t *testing.T, out string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Fatalf("refused: %s", out)
	case want != "" && err == nil:
		t.Fatalf("accepted, wanted a refusal with %q: %s", want, out)
	case want != "" && !strings.Contains(out, want):
		t.Fatalf("wanted a refusal with %q, got: %s", want, out)
	}
}
