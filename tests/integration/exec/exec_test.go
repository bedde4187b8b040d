package exec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// What a command says and how it ends: kept locked, shown to those who may run commands there.
func TestCommands(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	awaitView(t, c)
	sre := c.User(t, "sre")
	both := map[string][2]string{"quoting": {"sh a&b\n", "e\n"}, "exit code": {"out\n", "err\n"}}
	for _, x := range []struct {
		name, command, phase, result string
		says                         string // exactly
		begins                       string
	}{
		{"output", "kubectl exec shell -- echo hello", "Succeeded", "exit code 0, 1 line, 6 bytes", "hello\n", ""},
		{"no output", "kubectl exec shell -- true", "Succeeded", "exit code 0, 0 lines, 0 bytes", "exit code 0, 0 lines, 0 bytes\n", ""},
		{"quoting", `kubectl exec shell -- sh -c 'echo "$0 a&b" | cat; echo e >&2'`, "Succeeded", "exit code 0, 2 lines, 9 bytes", "", ""},
		{"exit code", "kubectl exec shell -- sh -c 'echo out; echo err >&2; exit 3'", "Failed",
			"command exited with 3: exit code 3, 2 lines, 8 bytes", "", ""},
		{"5 MiB", `kubectl exec shell -- sh -c 'i=0; while [ $i -lt 81920 ]; do echo 012345678901234567890123456789012345678901234567890123456789abc; i=$((i+1)); done'`,
			"Succeeded", "exit code 0, 81920 lines, 5242880 bytes; the first MiB is kept", "", "0123456789"},
		{"terminal sequences", `kubectl exec shell -- printf '\033[31mred\n'`, "Succeeded", "exit code 0, 1 line, 9 bytes", "^[[31mred\n", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.name == "exit code" {
				needNode(t, c) // of kwok's commands no exit code comes back
			}
			if x.name == "terminal sequences" && hasNode(c) {
				x.command = strings.Replace(x.command, "-- printf", "-- busybox printf", 1)
			}
			r := ns.Ask(t, sre, x.command)
			approve(t, c, r)
			o := r.WaitForIn(t, 60*time.Second, "Succeeded", "Failed", "Stale")
			step := o.List("status.plan.steps")[0]
			if o.String("status.phase") != x.phase || step.String("result") != x.result {
				t.Errorf("%s: %s; %v", o.String("status.phase"), step.String("result"), o.Condition("Failed"))
			}
			if x.phase == "Failed" && o.Condition("Failed").String("reason") != "CommandFailed" {
				t.Errorf("it says %v", o.Condition("Failed"))
			}
			if step.String("dryRun.outcome") != "NotPreviewable" || step.String("effect") != "Destructive" || step.String("reversible") != "Irreversible" {
				t.Errorf("it was shown as %v", step)
			}
			if !strings.HasPrefix(step.String("command"), "kubectl exec pod/shell --namespace="+ns.Name+" --container=web -- ") {
				t.Errorf("it was shown as %s", step.String("command"))
			}
			text, err := look(sre, r)
			if err != nil {
				t.Fatal(err)
			}
			if x.says != "" && text != x.says {
				t.Errorf("it said %q", text)
			}
			// Two streams: which of their lines comes first is nobody's promise.
			if lines := both[x.name]; lines != [2]string{} && text != lines[0]+lines[1] && text != lines[1]+lines[0] {
				t.Errorf("it said %q", text)
			}
			if x.begins != "" && (!strings.HasPrefix(text, x.begins) || !strings.HasSuffix(text, "the first MiB of what it said was kept\n") || len(text) < 1<<20) {
				t.Errorf("%d bytes, they begin with %.40q and end with %q", len(text), text, text[max(0, len(text)-60):])
			}
		})
	}
	c.CheckAudit(t)
}

// The plan names the pod that a workload's command will run in; RBAC says who learns what it said.
func TestWorkload(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 2})
	c.Start(t, keyed(t))
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl exec deploy/web -- echo secret-words")
	approve(t, c, r)
	o := r.WaitFor(t, "Succeeded")
	step := o.List("status.plan.steps")[0]
	if !strings.HasPrefix(step.String("command"), "kubectl exec pod/web-") || step.String("target.kind") != "Pod" {
		t.Errorf("shown as %v", step)
	}
	all := execs(t, c, ns)
	if len(all) != 1 || all[0].As != "sre" || !strings.HasSuffix(all[0].URI, "/exec?command=echo&command=secret-words&container="+containerOf(step.String("command"))+"&stderr=true&stdout=true") {
		t.Errorf("the API server saw %+v", all)
	}
	if text, err := look(sre, r); err != nil || text != "secret-words\n" {
		t.Errorf("%v %q", err, text)
	}
	// A viewer may read the request and not the pod's commands.
	if text, err := look(c.User(t, "viewer"), r); err == nil || !strings.Contains(err.Error(), "may create pods/exec") {
		t.Errorf("a viewer: %v %q", err, text)
	}
	for _, row := range r.Rows(t) {
		if strings.Contains(fmt.Sprint(row.Detail, row.Message), "secret-words\n") {
			t.Errorf("a row holds what was said: %v", row)
		}
	}
	if strings.Contains(fmt.Sprint(o.At("status.summary"), step.String("result")), "secret-words\n") {
		t.Errorf("the status holds what was said")
	}
}

func containerOf(command string) string {
	_, after, _ := strings.Cut(command, "--container=")
	name, _, _ := strings.Cut(after, " ")
	return name
}

func TestRefusals(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	pod(t, c, ns, "shell")
	m := c.Start(t, keyed(t))
	sre := c.User(t, "sre")
	for _, x := range []struct{ command, says string }{
		{"kubectl exec shell -c nope -- ls", "container nope is not in pod/" + ns.Name + "/shell: there are side, web"},
		{"kubectl exec shell -it -- sh", "nobody sits at a terminal"},
	} {
		t.Run(x.command, func(t *testing.T) {
			r, err := ns.TryCreate(sre, harness.Object{"metadata": harness.Object{"generateName": "r-"}, "spec": harness.Object{"prompt": "the command below", "commands": []string{x.command}}})
			if err != nil {
				if !strings.Contains(err.Error(), x.says) {
					t.Error(err)
				}
				return
			}
			o := (&harness.Request{Namespace: ns, Name: r.String("metadata.name")}).WaitFor(t, "Refused")
			if text := o.Condition("Failed").String("message"); !strings.Contains(text, x.says) {
				t.Errorf("it says %q", text)
			}
		})
	}
	t.Run("no right", func(t *testing.T) {
		ns.Grant(t, "viewers", "old-exec", harness.Object{"apiGroups": []string{""}, "resources": []string{"pods/exec"}, "verbs": []string{"create"}})
		ns.Bind(t, "viewers", "kubechat-requester")
		o := ns.Ask(t, c.User(t, "viewer"), "kubectl exec shell -- ls").WaitFor(t, "Refused")
		if text := o.Condition("Failed").String("message"); !strings.Contains(text, `user "viewer" cannot get resource "pods/exec"`) {
			t.Errorf("it says %q", text)
		}
	})
	m.Terminate(t, 20*time.Second)
	c.Start(t, harness.Options{NoKey: true})
	t.Run("no key", func(t *testing.T) {
		o := ns.Ask(t, sre, "kubectl exec shell -- ls").WaitFor(t, "Refused")
		if text := o.Condition("Failed").String("message"); !strings.Contains(text, "--capture-key-file") {
			t.Errorf("it says %q", text)
		}
	})
	if all := execs(t, c, ns); len(all) != 0 {
		t.Errorf("the API server saw %+v", all)
	}
}

// What is not there is told in the runtime's own words, and was not run.
func TestNoSuchProgram(t *testing.T) {
	c := harness.Get(t)
	needNode(t, c)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	r := ns.Ask(t, c.User(t, "sre"), "kubectl exec shell -- no-such-program")
	approve(t, c, r)
	o := r.WaitFor(t, "Failed", "Stale", "Succeeded")
	if f := o.Condition("Failed"); o.String("status.phase") != "Failed" || f.String("reason") != "StepRefused" || !strings.Contains(f.String("message"), "executable file not found") {
		t.Errorf("%s: %v", o.String("status.phase"), f)
	}
}

// A later step does not run when a command fails.
func TestLaterSteps(t *testing.T) {
	c := harness.Get(t)
	needNode(t, c)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	r := ns.Ask(t, c.User(t, "sre"), "kubectl exec shell -- sh -c 'exit 7'", "kubectl scale deploy/web --replicas=2")
	approve(t, c, r)
	o := r.WaitFor(t, "Failed", "Succeeded")
	if text := o.Condition("Failed").String("message"); !strings.Contains(text, "command exited with 7") {
		t.Errorf("it says %q", text)
	}
	if n := ns.GetDeployment(t, "web").Int("spec.replicas"); n != 1 {
		t.Errorf("it was scaled to %d", n)
	}
}

// The pod that was previewed is gone, another one has its name.
func TestAnotherPod(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	r := ns.Ask(t, c.User(t, "sre"), "kubectl exec shell -- echo hello")
	r.WaitFor(t, "AwaitingApproval")
	c.Admin.Must(t, "DELETE", ns.Path("v1", "pods", "shell"), harness.Object{"gracePeriodSeconds": 0})
	harness.Eventually(t, 30*time.Second, func() error {
		if _, err := c.Admin.Do("GET", ns.Path("v1", "pods", "shell"), nil); !harness.IsStatus(err, 404) {
			return fmt.Errorf("still there: %v", err)
		}
		return nil
	})
	pod(t, c, ns, "shell")
	approve(t, c, r)
	o := r.WaitFor(t, "Stale", "Succeeded", "Failed")
	if o.String("status.phase") != "Stale" || !strings.Contains(o.Condition("Failed").String("message"), "was deleted and created again") {
		t.Errorf("%s: %v", o.String("status.phase"), o.Condition("Failed"))
	}
	if all := execs(t, c, ns); len(all) != 0 {
		t.Errorf("the API server saw %+v", all)
	}
}

// kill -9 while a command runs: what became of it is not known, and it is not sent again.
func TestKilled(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	options := keyed(t)
	p := c.Proxy(t)
	options.Proxy = p
	m := c.Start(t, options)
	r := ns.Ask(t, c.User(t, "sre"), "kubectl exec shell -- sleep 30")
	approve(t, c, r)
	harness.Eventually(t, 60*time.Second, func() error {
		for _, call := range p.Calls(t, harness.Match{Path: "/namespaces/" + ns.Name + "/pods/shell/exec$"}) {
			if call.Status == 101 {
				return nil
			}
		}
		return fmt.Errorf("the command does not run yet")
	})
	m.Kill(t)
	c.Start(t, options)
	o := r.WaitForIn(t, 60*time.Second, "Stale", "Succeeded", "Failed")
	if f := o.Condition("Failed"); o.String("status.phase") != "Stale" || f.String("reason") != "OutcomeUnknown" || !strings.Contains(f.String("message"), "not sent again") {
		t.Errorf("%s: %v", o.String("status.phase"), f)
	}
	// The API server writes a call of its own down when it ends.
	harness.Eventually(t, 60*time.Second, func() error {
		if n := ours(execs(t, c, ns)); n != 1 {
			return fmt.Errorf("the API server saw %d", n)
		}
		return nil
	})
	time.Sleep(2 * time.Second)
	if n := ours(execs(t, c, ns)); n != 1 {
		t.Errorf("the API server saw %d", n)
	}
	c.CheckAudit(t)
}

func ours(all []harness.Access) int {
	n := 0
	for _, a := range all {
		if a.As == "sre" {
			n++
		}
	}
	return n
}

// A command that does not end is left alone after its time.
func TestTimeout(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t)
	pod(t, c, ns, "shell")
	c.Start(t, keyed(t))
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl exec shell --request-timeout=8s -- sh -c 'echo begun; sleep 60'")
	approve(t, c, r)
	o := r.WaitFor(t, "Stale", "Succeeded", "Failed")
	if text := o.Condition("Failed").String("message"); o.String("status.phase") != "Stale" || !strings.Contains(text, "had not ended after 8s") {
		t.Errorf("%s: %q", o.String("status.phase"), text)
	}
	if text, err := look(sre, r); err != nil || text != "begun\n" {
		t.Errorf("%v %q", err, text)
	}
}
