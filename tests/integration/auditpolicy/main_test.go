// Package auditpolicy tests on a real API server what AuditPolicies make of requests: before they are stored, when their plan is
// shown, and right before each step. Each test's policies match its own namespace alone.
package auditpolicy

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "12") // these tests wait more than they compute
	harness.Main(m)
}

const patience = 20 * time.Second

type object = harness.Object

// A world is what the tests share: sre may ask and approve, dev may ask, approver may approve, olga may do everything.
type world struct {
	*harness.Cluster
	manager *harness.Manager
	proxy   *harness.Proxy

	admin, olga, sre, dev, approver *harness.User
}

func TestAuditPolicy(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, proxy: c.Proxy(t), admin: c.Admin, olga: c.User(t, "admin-sso"), sre: c.User(t, "sre"),
		dev: c.User(t, "developer"), approver: c.User(t, "approver")}

	// Alone, because the manager is stopped, or policies hold up everything.
	t.Run("NotKnownYet", w.testNotKnownYet)
	t.Run("KillSwitchWithoutTheWebhook", w.testKillSwitchWithoutTheWebhook)

	w.manager = c.Start(t, harness.Options{Proxy: w.proxy})
	t.Run("Unreadable", w.testUnreadable)
	t.Run("Together", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"SuspendedBeforeApproval":  w.testSuspendedBeforeApproval,
			"SuspendedAfterApproval":   w.testSuspendedAfterApproval,
			"SuspendedBetweenSteps":    w.testSuspendedBetweenSteps,
			"TwoPersons":               w.testTwoPersons,
			"Groups":                   w.testGroups,
			"MinRisk":                  w.testMinRisk,
			"NobodyHasToApprove":       w.testNobodyHasToApprove,
			"ContextLock":              w.testContextLock,
			"TypedConfirmation":        w.testTypedConfirmation,
			"ServiceAccount":           w.testServiceAccount,
			"WarnAndDryRun":            w.testWarnAndDryRun,
			"NamespaceSelector":        w.testNamespaceSelector,
			"StricterAfterApproval":    w.testStricterAfterApproval,
			"StrictestOfSeveral":       w.testStrictestOfSeveral,
			"OtherClustersKindsPlaces": w.testOtherClustersKindsPlaces,
			"Status":                   w.testStatus,
			"Schema":                   w.testSchema,
			"Rights":                   w.testRights,
		} {
			test := test
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
		}
	})
	t.Run("AuditLogVerifies", func(t *testing.T) { c.CheckAudit(t) })
}

// A policy is one AuditPolicy of a test, deleted at its end.
type policy struct {
	w    *world
	name string
}

const policiesPath = "/apis/kubechat.io/v1alpha1/auditpolicies"

func (w *world) tryPolicy(who *harness.User, name string, spec object) (object, error) {
	return who.Do("POST", policiesPath, object{"apiVersion": "kubechat.io/v1alpha1", "kind": "AuditPolicy", "metadata": object{"name": name},
		"spec": spec})
}

// policy makes one that matches the namespace, unless the spec says otherwise, and waits until it is in force.
func (w *world) policy(t *testing.T, ns *harness.Namespace, name string, spec object) *policy {
	t.Helper()
	p := w.unawaited(t, ns, name, spec)
	p.await(t)
	return p
}

func (w *world) unawaited(t *testing.T, ns *harness.Namespace, name string, spec object) *policy {
	t.Helper()
	full := object{"match": object{"namespaces": []string{ns.Name}}}
	for k, v := range spec {
		full[k] = v
	}
	p := &policy{w, name + "-" + ns.Name}
	if _, err := w.tryPolicy(w.admin, p.name, full); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.admin.Do("DELETE", policiesPath+"/"+p.name, nil) })
	return p
}

// set changes fields of the spec and waits until that is in force.
func (p *policy) set(t *testing.T, spec object) {
	t.Helper()
	p.setSpec(t, spec)
	p.await(t)
}

func (p *policy) setSpec(t *testing.T, spec object) {
	t.Helper()
	if _, err := p.w.admin.Patch(policiesPath+"/"+p.name, "merge", object{"spec": spec}); err != nil {
		t.Fatal(err)
	}
}

func (p *policy) get(t *testing.T) object {
	t.Helper()
	return p.w.admin.Must(t, "GET", policiesPath+"/"+p.name, nil)
}

// await returns when Ready speaks of the newest spec: that is written after the requests have been woken.
func (p *policy) await(t *testing.T) object {
	t.Helper()
	var o object
	harness.Eventually(t, patience, func() error {
		o = p.get(t)
		if ready := o.Condition("Ready"); ready.Int("observedGeneration") != o.Int("metadata.generation") {
			return fmt.Errorf("AuditPolicy %s: Ready is %v", p.name, ready)
		}
		return nil
	})
	return o
}

func checkout(replicas int) harness.Deployment {
	return harness.Deployment{Name: "checkout", Replicas: replicas}
}

func web(replicas int) harness.Deployment {
	return harness.Deployment{Name: "web", Replicas: replicas}
}

const (
	scaleCheckout = "kubectl scale deployment/checkout --replicas=2"
	scaleWeb      = "kubectl scale deployment/web --replicas=2"
)

// theSend is the change itself, no dry run.
func theSend(ns, deployment string) harness.Match {
	return harness.Match{Method: "PATCH", Path: "/namespaces/" + ns + "/deployments/" + deployment + "/scale$", Query: "^fieldManager=[^&]*$"}
}

func approval(shown object, confirm string) object {
	a := object{"decision": "Approve", "planDigest": shown.String("status.plan.digest")}
	if confirm != "" {
		a["confirm"] = confirm
	}
	return a
}

// ended waits for a phase and checks why it was reached.
func ended(t *testing.T, r *harness.Request, phase, reason string, words ...string) object {
	t.Helper()
	o := r.WaitFor(t, phase)
	c := o.Condition("Failed")
	if phase == "Succeeded" {
		c = o.Condition("Complete")
	}
	if c.String("status") != "True" || c.String("reason") != reason {
		t.Errorf("%s: it ended with %v, wanted the reason %s", r.Name, c, reason)
	}
	says(t, c.String("message"), words...)
	return o
}

func says(t *testing.T, message string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(message, w) {
			t.Errorf("the message does not say %q:\n%s", w, message)
		}
	}
}

func refused(t *testing.T, err error, code int, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("accepted, should have been refused with %d %q", code, words)
		return
	}
	if !harness.IsStatus(err, code) {
		t.Errorf("wanted the status %d, got: %v", code, err)
	}
	says(t, err.Error(), words...)
}

// waitsFor returns when the request waits for approvals, shows that many, and says so in these words.
func waitsFor(t *testing.T, r *harness.Request, approvals string, words ...string) object {
	t.Helper()
	var o object
	harness.Eventually(t, patience, func() error {
		o = r.Get(t)
		message := o.Condition("Approved").String("message")
		if o.String("status.phase") != "AwaitingApproval" || o.String("status.approvals.summary") != approvals {
			return fmt.Errorf("%s is %s, %s approvals (%s), wanted AwaitingApproval, %s", r.Name, o.String("status.phase"),
				o.String("status.approvals.summary"), message, approvals)
		}
		for _, w := range words {
			if !strings.Contains(message, w) {
				return fmt.Errorf("%s does not say %q: %s", r.Name, w, message)
			}
		}
		return nil
	})
	return o
}

// policiesOf is what spoke on a step.
func policiesOf(o object, step int) string {
	list, _ := o.List("status.plan.steps")[step].At("policies").([]any)
	var out []string
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return strings.Join(out, " | ")
}

func (w *world) changed(t *testing.T, ns *harness.Namespace, deployment string, times int) {
	t.Helper()
	if m := w.Mutations(t, ns.Name, "deployments", deployment); len(m) != times {
		t.Errorf("deployment %s/%s was changed %d times, wanted %d: %+v", ns.Name, deployment, len(m), times, m)
	}
}
