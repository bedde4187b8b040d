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

const patience = 60 * time.Second

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
			"Force":                    w.testForce,
			"ForceWithdrawn":           w.testForceWithdrawn,
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
