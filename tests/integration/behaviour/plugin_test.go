package behaviour

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// installPlugin puts the binary where kubectl looks for plugins.
func installPlugin(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(os.Getenv("KUBECHAT_BIN"), filepath.Join(dir, "kubectl-chat")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// chat runs `kubectl chat` as somebody and checks its exit code.
func chat(t *testing.T, who *harness.User, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command("kubectl", append([]string{"chat"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+who.Kubeconfig)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != code {
		t.Errorf("kubectl chat %s: exit code %d, wanted %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

var approveLine = regexp.MustCompile(`approve with\s+kubectl chat approve (\S+) (--namespace=\S+) (--plan=[0-9a-f]{12})`)

// The plugin: ask, look, decide, follow, with exit codes for scripts: 0 done or waiting, 1 error, 2 a question, 3 refused.
func (w *world) testPlugin(t *testing.T) {
	ns := w.Namespace(t, checkout(1), harness.Deployment{Name: "checkout-api", Replicas: 1})
	in := "--namespace=" + ns.Name
	ask := func(words string) (name, plan string) {
		t.Helper()
		out := chat(t, w.sre, 0, "ask", words, in)
		m := approveLine.FindStringSubmatch(out)
		if m == nil || m[2] != in {
			t.Fatalf("ask prints no line to approve with:\n%s", out)
		}
		return m[1], m[3]
	}

	out := chat(t, w.sre, 0, "ask", "scale", "deployment", "checkout", "to", "2", in)
	harness.Says(t, out, "AwaitingApproval", "risk Low", "cluster in-cluster", "asked by sre", "expires in", `"scale deployment checkout to 2"`,
		"1  kubectl scale deployment/checkout "+in+" --replicas=2", "spec.replicas: 1 → 2", "RBAC yes", "dry run accepted", "1 more pod",
		"kubectl scale deployment/checkout "+in+" --replicas=1", "plain kubectl  kubectl patch chat")
	if strings.Contains(out, "\x1b") {
		t.Errorf("colour in a pipe: %q", out)
	}
	m := approveLine.FindStringSubmatch(out)
	if m == nil {
		t.Fatal(out)
	}
	name, plan := m[1], m[3]
	if !strings.HasPrefix(name, "scale-deployment-checkout-to-2-") {
		t.Errorf("it was named %s", name)
	}
	if shown := chat(t, w.approver, 0, "show", name, in); !strings.Contains(shown, "AwaitingApproval") {
		t.Error(shown)
	}
	list := chat(t, w.sre, 0, "get", in)
	if want, err := w.sre.Kubectl("", "get", "chat", in); err != nil || squeeze(list) != squeeze(want) {
		t.Errorf("kubectl chat get prints\n%s\nkubectl get chat (%v)\n%s", list, err, want)
	}

	harness.Says(t, chat(t, w.approver, 1, "approve", name, in, "--plan=0123456789ab"), "now has plan "+strings.TrimPrefix(plan, "--plan="), "you gave 0123456789ab", "kubectl chat show "+name)
	harness.Says(t, chat(t, w.developer, 1, "approve", name, in, plan), `"dev" may not approve changes in namespace "`+ns.Name+`"`)
	ns.Changed(t, "checkout", 0)
	harness.Says(t, chat(t, w.approver, 0, "approve", name, in, plan, "--wait", "--comment=go"), "chatrequest.kubechat.io/"+name+" approved", "Succeeded", "2 of 2 replicas available")
	ns.Changed(t, "checkout", 1)
	harness.Says(t, chat(t, w.sre, 0, "watch", name, in), "Succeeded")
	harness.Says(t, chat(t, w.approver, 1, "approve", name, in, plan), "has ended (Succeeded)")

	name, plan = ask("scale deployment checkout to 3")
	harness.Says(t, chat(t, w.approver, 0, "reject", name, in, plan, "--comment=too many"), name+" rejected")
	harness.Says(t, chat(t, w.sre, 3, "watch", name, in), "Rejected", "rejected by approver: too many")
	harness.Says(t, chat(t, w.sre, 0, "show", name, in), "Rejected", "rejected by approver: too many")

	harness.Eventually(t, patience, func() error { // the fleet hears of the second pod a moment later
		if out = chat(t, w.sre, 0, "ask", "restart deployment checkout", in); !strings.Contains(out, "2 pods replaced") {
			return errors.New(out)
		}
		return nil
	})
	harness.Says(t, out, "risk Medium", "pods that were replaced are not the same again")
	out = chat(t, w.sre, 0, "ask", "show me the pods that are crashlooping", in)
	harness.Says(t, out, "checks   RBAC yes\n", "0 pods, crash looping: all are shown")

	name, _ = ask("scale deployment checkout to 4")
	harness.Says(t, chat(t, w.sre, 0, "cancel", name, in), name+" cancelled")
	harness.Says(t, chat(t, w.sre, 3, "watch", name, in), "Cancelled", "cancelled before anything was changed")

	harness.Says(t, chat(t, w.sre, 2, "ask", "scale chekout to 4", in), "NeedsClarification", "checkout")
	harness.Says(t, chat(t, w.sre, 2, "ask", "more of it", "--command", "kubectl scale deployment/nothing --replicas=2", in), "NeedsClarification", "there is no deployment/"+ns.Name+"/nothing")
	harness.Says(t, chat(t, w.sre, 3, "ask", "one more", "--command", "kubectl scale deployment/checkout --replicas=8 --current-replicas=7", in), "Refused", "has 2 replicas, not 7")
	harness.Says(t, chat(t, w.sre, 1, "ask", "x", "--command", "kubectl scale deployment/checkout --replicas=2 --dry-run=server", in), "spec.commands[0]", "--dry-run")
	harness.Says(t, chat(t, w.sre, 1, "ask", in), "say what you want")
	harness.Says(t, chat(t, w.sre, 1, "ask", "not\xffutf8", in), "not valid UTF-8")
	harness.Says(t, chat(t, w.sre, 1, "show", "nobody", in), `"nobody" not found`)
	harness.Says(t, chat(t, w.sre, 1, "frobnicate", in), "frobnicate")
	harness.Says(t, chat(t, w.sre, 1, "get", "--colour", in), "--colour")
	ns.Changed(t, "checkout", 1)

	var o object
	decode(t, chat(t, w.sre, 0, "show", name, in, "-o", "json"), &o)
	if o.String("kind") != "ChatRequest" || o.String("status.phase") != "Cancelled" {
		t.Errorf("-o json: %v", o)
	}
	named := strings.TrimSpace(chat(t, w.sre, 0, "ask", "scale deployment checkout to 6", in, "-o", "name"))
	r := &harness.Request{Namespace: ns, Name: strings.TrimPrefix(named, "chatrequest.kubechat.io/")}
	r.WaitFor(t, "AwaitingApproval")
}

// squeeze makes the widths of columns and the age of objects the same.
func squeeze(table string) string {
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 0 {
			fields = fields[:len(fields)-1]
		}
		out = append(out, strings.Join(fields, " "))
	}
	return strings.Join(out, "\n")
}
