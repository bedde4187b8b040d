package models

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func web(n *harness.Namespace) string { return "deployment/" + n.Name + "/web" }

func scaleWeb(n *harness.Namespace, replicas int) string {
	return fmt.Sprintf("kubectl scale deployment/web --namespace=%s --replicas=%d", n.Name, replicas)
}

func (w *world) ask(t *testing.T, n *harness.Namespace, provider, prompt string) *harness.Request {
	t.Helper()
	return n.Create(t, w.sre, object{"prompt": prompt, "providerRef": object{"name": provider}})
}

func expectPlan(t *testing.T, o object, want ...string) {
	t.Helper()
	if got := planOf(o); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("plan: got %q, want %q", got, want)
	}
}

// Both protocols, from the words to a change that was made.
func (w *world) testAnswers(t *testing.T) {
	for _, kind := range []string{"OpenAI", "Ollama"} {
		t.Run(kind, func(t *testing.T) {
			n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
			m := serve(t, func(_ http.ResponseWriter, c chat, _ int) string { return steps(step("scale", web(n), "--replicas=3")) })
			spec := openAI(m)
			if kind == "Ollama" {
				spec["type"], spec["endpoint"] = "Ollama", m.URL
			}
			p := w.provider(t, "answers-"+strings.ToLower(kind), spec)
			if p.Condition("Ready").String("status") != "True" {
				t.Fatalf("not ready: %v", p["status"])
			}
			r := w.ask(t, n, "answers-"+strings.ToLower(kind), "web needs three pods, password: hunter2hunter2")
			o := r.WaitFor(t, "AwaitingApproval")
			expectPlan(t, o, scaleWeb(n, 3))
			if got := o.String("status.planner.provider") + " " + o.String("status.planner.model"); got != "answers-"+strings.ToLower(kind)+" tiny" {
				t.Errorf("planner: %q", got)
			}
			r.Succeed(t, w.sre)
			c := m.asked()[0]
			if _, targets := c.enums(); len(targets) == 0 || targets[0] != web(n) {
				t.Errorf("targets to choose from: %q", targets)
			}
			if user := c.Messages[1].Content; strings.Contains(user, "hunter2") || !strings.Contains(user, "three pods") {
				t.Errorf("what the model was told: %s", user)
			}
		})
	}
}

func (w *world) testRepaired(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	m := serve(t, func(_ http.ResponseWriter, c chat, nth int) string {
		if nth == 1 {
			return steps(step("scale", web(n), "--replicas=many"))
		}
		if last := c.Messages[len(c.Messages)-1].Content; !strings.Contains(last, "many") {
			t.Errorf("the complaint does not say what was wrong: %s", last)
		}
		return steps(step("scale", web(n), "--replicas=4"))
	})
	w.provider(t, "repaired", openAI(m))
	expectPlan(t, w.ask(t, n, "repaired", "web should have four pods").WaitFor(t, "AwaitingApproval"), scaleWeb(n, 4))
	if asked := len(m.asked()); asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// What no model answers is planned by the built-in planner, which says so.
func (w *world) testInVain(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, chat, int) string{
		"garbage": func(http.ResponseWriter, chat, int) string { return "Sure! Here is the plan you asked for." },
		"no-json": func(w http.ResponseWriter, _ chat, _ int) string { fmt.Fprint(w, "<html>"); return "" },
		"empty":   func(http.ResponseWriter, chat, int) string { return `{"steps":[],"ask":""}` },
		"unknown-object": func(http.ResponseWriter, chat, int) string {
			return steps(step("scale", "deployment/kube-system/coredns", "--replicas=0"))
		},
		"unknown-verb": func(http.ResponseWriter, chat, int) string { return steps(step("exec", "deployment/x/web", "rm")) },
		"two-steps-long": func(http.ResponseWriter, chat, int) string {
			return strings.Repeat("[", 100000)
		},
		"loading": func(w http.ResponseWriter, _ chat, _ int) string {
			http.Error(w, `{"error":{"message":"Loading model"}}`, 503)
			return ""
		},
		"silent": func(http.ResponseWriter, chat, int) string { time.Sleep(4 * time.Second); return "{}" },
		"hangs-up": func(w http.ResponseWriter, _ chat, _ int) string {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
			return ""
		},
	} {
		answer := answer
		t.Run(name, func(t *testing.T) {
			n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
			spec := openAI(serve(t, answer))
			spec["timeoutSeconds"] = 2
			w.provider(t, "vain-"+name, spec)
			o := w.ask(t, n, "vain-"+name, "scale web to 2").WaitFor(t, "AwaitingApproval")
			expectPlan(t, o, scaleWeb(n, 2))
			if o.String("status.planner.provider") != "Builtin" || !strings.Contains(o.String("status.planner.message"), "vain-"+name) {
				t.Errorf("planner: %v", o.At("status.planner"))
			}
		})
	}
}

// A model that reads the words otherwise than the built-in planner, which is sure of them: shown, and a step riskier.
func (w *world) testDisagrees(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 4}, harness.Deployment{Name: "cart", Replicas: 4})
	m := serve(t, func(http.ResponseWriter, chat, int) string {
		return steps(step("scale", "deployment/"+n.Name+"/cart", "--replicas=5"))
	})
	w.provider(t, "disagrees", openAI(m))
	o := w.ask(t, n, "disagrees", "scale web to 5").WaitFor(t, "AwaitingApproval")
	if message := o.String("status.planner.message"); !strings.Contains(message, scaleWeb(n, 5)) {
		t.Errorf("the other reading is not shown: %q", message)
	}
	if risk := o.String("status.risk"); risk != "Medium" { // five of four pods alone is Low
		t.Errorf("risk %s", risk)
	}
}

func (w *world) testDefault(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	spec := openAI(serve(t, func(http.ResponseWriter, chat, int) string { return steps(step("scale", web(n), "--replicas=6")) }))
	spec["default"] = true
	w.provider(t, "the-default", spec)
	o := n.Create(t, w.sre, object{"prompt": "six of web please"}).WaitFor(t, "AwaitingApproval")
	expectPlan(t, o, scaleWeb(n, 6))
}

func (w *world) testRefused(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	p := w.provider(t, "outside", object{"type": "OpenAI", "endpoint": "https://api.openai.com/v1", "model": "gpt"})
	if reason := p.Condition("Ready").String("reason"); reason != "EgressDenied" {
		t.Errorf("Ready: %v", p.Condition("Ready"))
	}
	o := w.ask(t, n, "outside", "scale web to 2").WaitFor(t, "AwaitingApproval")
	if !strings.Contains(o.String("status.planner.message"), "outside of this cluster") {
		t.Errorf("planner: %v", o.At("status.planner"))
	}
	o = w.ask(t, n, "nobody", "scale web to 2").WaitFor(t, "Refused")
	if !strings.Contains(o.Condition("Failed").String("message"), `no AIProvider "nobody"`) {
		t.Errorf("%v", o.Condition("Failed"))
	}
}

func (w *world) testSecret(t *testing.T) {
	const key = "k3y-that-nobody-may-see"
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	w.Admin.Must(t, "POST", "/api/v1/namespaces/kubechat-system/secrets", object{"metadata": object{"name": "model-key"}, "stringData": object{"key": key + "\n"}})
	t.Cleanup(func() { w.Admin.Do("DELETE", "/api/v1/namespaces/kubechat-system/secrets/model-key", nil) })
	m := serve(t, func(http.ResponseWriter, chat, int) string { return steps(step("scale", web(n), "--replicas=2")) })
	spec := openAI(m)
	spec["secretRef"] = object{"name": "model-key"}
	w.provider(t, "secret", spec)
	w.ask(t, n, "secret", "two of web").WaitFor(t, "AwaitingApproval")
	if got := m.asked()[0].Authorization; got != "Bearer "+key {
		t.Errorf("Authorization: %q", got)
	}
	if w.manager.LogHas(key) {
		t.Error("the key is in the log")
	}
	spec = openAI(m)
	spec["secretRef"] = object{"name": "missing"}
	if p := w.provider(t, "no-secret", spec); p.Condition("Ready").String("status") != "False" {
		t.Errorf("Ready: %v", p.Condition("Ready"))
	}
}

// Thirty questions to a slow model hold no worker (there are four): a stated command is planned meanwhile.
func (w *world) testSlow(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	answer := make(chan struct{})
	spec := openAI(serve(t, func(http.ResponseWriter, chat, int) string {
		<-answer
		return steps(step("scale", web(n), "--replicas=2"))
	}))
	release := sync.OnceFunc(func() { close(answer) })
	t.Cleanup(release) // before the server waits for its calls to end
	spec["timeoutSeconds"] = 240
	w.provider(t, "slow", spec)
	var slow []*harness.Request
	for i := 0; i < 30; i++ {
		slow = append(slow, w.ask(t, n, "slow", "two of web"))
	}
	slow[29].WaitFor(t, "Planning")
	n.Ask(t, w.sre, "kubectl scale deployment/web --replicas=3").WaitFor(t, "AwaitingApproval")
	for _, r := range slow {
		if phase := r.Phase(t); phase != "Planning" {
			t.Errorf("%s is %s, and its model has not answered", r.Name, phase)
		}
	}
	release()
	for _, r := range slow {
		o := r.WaitFor(t, "AwaitingApproval")
		if o.String("status.planner.provider") != "slow" {
			t.Errorf("planner: %v", o.At("status.planner"))
		}
	}
}

// A model that comes up with --force is judged like a person; nobody has told it of the flag.
func (w *world) testForce(t *testing.T) {
	n := w.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	m := serve(t, func(_ http.ResponseWriter, c chat, _ int) string {
		if system := c.Messages[0].Content; strings.Contains(system, "--force]") || !strings.Contains(system, "--grace-period]") {
			t.Errorf("what the model is told of delete: %s", system)
		}
		return steps(step("delete", web(n), "--force"))
	})
	w.provider(t, "forces", openAI(m))
	o := w.ask(t, n, "forces", "web has to go").WaitFor(t, "Refused")
	harness.Says(t, o.Condition("Failed").String("message"), "kubectl delete --force of deployment/"+n.Name+"/web is refused unless an AuditPolicy")
	n.Policy(t, "force", object{"force": "Allowed"})
	o = w.ask(t, n, "forces", "web has to go now").WaitFor(t, "AwaitingApproval")
	expectPlan(t, o, "kubectl delete deployment/web --namespace="+n.Name+" --force")
	n.Changed(t, "web", 0)
}
