// Package behaviour tests what people and programs see of kubechat on a real API server: who may do what, what changed in
// between, what cannot be meant, and what is sent in the end. One manager serves all of it, many tests at a time.
package behaviour

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "12") // these tests wait more than they compute
	harness.Main(m)
}

// A world is what the tests share. The people are those of hack/cluster; olga may do everything, admin is in system:masters.
type world struct {
	*harness.Cluster
	manager *harness.Manager
	proxy   *harness.Proxy // before the manager, to see what it sends; it disturbs nothing here

	admin, olga, sre, developer, viewer, approver *harness.User
}

func TestBehaviour(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, proxy: c.Proxy(t), admin: c.Admin, olga: c.User(t, "admin-sso"), sre: c.User(t, "sre"),
		developer: c.User(t, "developer"), viewer: c.User(t, "viewer"), approver: c.User(t, "approver")}
	installPlugin(t)
	w.manager = c.Start(t, harness.Options{Proxy: w.proxy})

	// Alone, because for a while everything passes admission.
	t.Run("AdmissionAway", w.testAdmissionAway)
	t.Run("Together", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"Drift":                     w.testDrift,
			"StatusFlap":                w.testStatusFlap,
			"WhoAsks":                   w.testWhoAsks,
			"ServiceAccount":            w.testServiceAccount,
			"Approvals":                 w.testApprovals,
			"ApproverInTargetNamespace": w.testApproverInTargetNamespace,
			"StatusByUser":              w.testStatusByUser,
			"Immutable":                 w.testImmutable,
			"Rejected":                  w.testRejected,
			"Cancelled":                 w.testCancelled,
			"Expired":                   w.testExpired,
			"DeletedWhileWaiting":       w.testDeletedWhileWaiting,
			"CreatedAgain":              w.testCreatedAgain,
			"TwoSteps":                  w.testTwoSteps,
			"Viewer":                    w.testViewer,
			"OtherNamespace":            w.testOtherNamespace,
			"BadText":                   w.testBadText,
			"BadBytes":                  w.testBadBytes,
			"BadCommands":               w.testBadCommands,
			"NULAnnotation":             w.testNULAnnotation,
			"MalformedReviews":          w.testMalformedReviews,
			"Kubectl":                   w.testKubectl,
			"FailedCondition":           w.testFailedCondition,
			"TTL":                       w.testTTL,
			"Plugin":                    w.testPlugin,
			"Reach":                     w.testReach,
			"ReachUnseen":               w.testReachUnseen,
			"Managed":                   w.testManaged,
			"APIWarnings":               w.testAPIWarnings,
			"CrashLoop":                 w.testCrashLoop,
			"ImagePull":                 w.testImagePull,
			"NoProgress":                w.testNoProgress,
			"EndpointsBack":             w.testEndpointsBack,
			"Manifest":                  w.testManifest,
			"ManifestConflict":          w.testManifestConflict,
			"ManifestRefused":           w.testManifestRefused,
			"ManifestStale":             w.testManifestStale,
			"ManifestOfCustomResource":  w.testManifestOfCustomResource,
		} {
			test := test
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
		}
	})
	// Afterwards, when there is something to look at.
	t.Run("Metrics", w.testMetrics)
	t.Run("Secrets", w.testSecrets)
	t.Run("AuditLogVerifies", func(t *testing.T) { c.CheckAudit(t) })
}

type object = harness.Object

func checkout(replicas int) harness.Deployment {
	return harness.Deployment{Name: "checkout", Replicas: replicas}
}

const scaleCheckout = "kubectl scale deployment/checkout --replicas=2"

// phases are those that a request has gone through, as a watch that begins with its creation sees them.
func (w *world) phases(t *testing.T, r *harness.Request, createdVersion string) []string {
	t.Helper()
	path := strings.TrimSuffix(r.Path(), "/"+r.Name)
	out, err := w.admin.Kubectl("", "get", "--raw", fmt.Sprintf("%s?watch=1&timeoutSeconds=1&resourceVersion=%s&fieldSelector=metadata.name=%s",
		path, createdVersion, r.Name))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var event struct{ Object object }
		decode(t, line, &event)
		if p := event.Object.String("status.phase"); p != "" && (len(list) == 0 || list[len(list)-1] != p) {
			list = append(list, p)
		}
	}
	return list
}
