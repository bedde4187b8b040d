// Package harness runs a kubechat manager against a real API server for other packages' tests, and disturbs both.
//
//	func TestMain(m *testing.M) { harness.Main(m) }
//
//	func TestScale(t *testing.T) {
//		c := harness.Get(t)
//		c.Start(t, harness.Options{})
//		ns := c.Namespace(t, harness.Deployment{Name: "checkout", Replicas: 1})
//		r := ns.Ask(t, c.User(t, "sre"), "kubectl scale deployment/checkout --replicas=2")
//		r.WaitFor(t, "AwaitingApproval")
//		r.Approve(t, c.User(t, "sre"))
//		r.WaitFor(t, "Succeeded")
//		if n := len(c.Mutations(t, ns.Name, "deployments", "checkout")); n != 1 {
//			t.Fatalf("%d changes", n)
//		}
//	}
//
// Main installs the chart once. All managers of a package share one audit store (Cluster.Store), as one manager's successive
// processes do; there is never more than one at a time, because it owns the webhook configuration. Start is undone at the
// end of its test: the manager gets a SIGTERM and has to leave in time, with exit code 0 and nothing to say by a sanitizer.
// Kill is kill -9.
//
// A namespace of its own for each test keeps tests apart. It has the same role bindings as the namespaces of
// `cluster seed`: the groups sre and developers edit and request, sre and approvers approve, viewers and approvers look.
//
// Options{Proxy: c.Proxy(t)} puts hack/faultproxy between the manager and the API server: Proxy.Add adds rules (as its doc
// comment describes them), Held and Fired wait for them, Release and Drop let go. People in tests never go through it.
//
// Two sources tell what really happened: Mutations and Accesses read the API server's own audit log, Rows what kubechat wrote into its
// store; CheckAudit runs `kubechat audit verify`.
//
// The environment is that of hack/test: KUBECONFIG of an administrator, KUBECHAT_TEST_CLUSTER (a name of hack/cluster),
// KUBECHAT_CLUSTER_TOOL, KUBECHAT_FAULTPROXY, KUBECHAT_BIN and KUBECHAT_ROOT; kubectl and helm are in PATH.
package harness
