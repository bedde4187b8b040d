package models

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A real model server. The model is too small to plan well: what is tested is that it is reached, understood and held to
// the schema, and that a plan it makes is a plan like any other.
func (w *world) testLlama(t *testing.T) {
	python := os.Getenv("KUBECHAT_LLAMA_PYTHON")
	if python == "" {
		t.Fatal("KUBECHAT_LLAMA_PYTHON is not set: ./hack/test cluster makes the environment and sets it")
	}
	cmd := exec.Command(python, filepath.Join(w.Root, "hack", "llama", "serve.py"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Process.Kill(); cmd.Wait() })
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 2}, harness.Deployment{Name: "cart", Replicas: 1})
	w.provider(t, "llama", object{"type": "OpenAI", "endpoint": strings.TrimSpace(url), "model": "SmolLM2-135M-Instruct", "timeoutSeconds": 240, "maxTokens": 300})
	planned := 0
	for _, prompt := range []string{"scale web to 5"} {
		began := time.Now()
		o := w.ask(t, n, "llama", prompt).WaitForIn(t, 300*time.Second, "AwaitingApproval", "NeedsClarification", "Refused", "Succeeded", "Failed")
		t.Logf("%q after %.1f s: %s by %s %q %s", prompt, time.Since(began).Seconds(), o.String("status.phase"), o.String("status.planner.provider"), planOf(o),
			o.String("status.planner.message"))
		if o.String("status.planner.provider") == "llama" {
			planned++
		} else if !strings.Contains(o.String("status.planner.message"), "llama") {
			t.Errorf("nothing says that the model was asked: %v", o.At("status.planner"))
		}
		for _, name := range []string{"web", "cart"} {
			if m := w.Mutations(t, n.Name, "deployments", name); len(m) > 0 {
				t.Errorf("nobody approved anything, and %s was changed: %v", name, m)
			}
		}
	}
	t.Logf("%d of 1 answers could be used", planned)
}
