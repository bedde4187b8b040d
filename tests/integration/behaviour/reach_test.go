package behaviour

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// service puts one before checkout, and waits until it has its endpoints.
func (w *world) service(t *testing.T, ns *harness.Namespace, endpoints int) {
	t.Helper()
	w.Admin.Must(t, "POST", ns.Path("v1", "services", ""), object{"metadata": object{"name": "front"}, "spec": object{
		"selector": object{"app": "checkout"}, "ports": []object{{"port": 80}}}})
	harness.Eventually(t, patience, func() error {
		list := w.Admin.Must(t, "GET", ns.Path("discovery.k8s.io/v1", "endpointslices", "")+"?labelSelector=kubernetes.io/service-name%3Dfront", nil)
		ready := strings.Count(fmt.Sprint(list), "ready:true")
		if ready < endpoints {
			return fmt.Errorf("%d of %d endpoints", ready, endpoints)
		}
		return nil
	})
}

// front puts a service, an ingress and an autoscaler before checkout.
func (w *world) front(t *testing.T, ns *harness.Namespace, endpoints int) {
	t.Helper()
	post := func(groupVersion, resource string, o object) {
		t.Helper()
		w.Admin.Must(t, "POST", ns.Path(groupVersion, resource, ""), o)
	}
	w.service(t, ns, endpoints)
	post("networking.k8s.io/v1", "ingresses", object{"metadata": object{"name": "shop"}, "spec": object{
		"defaultBackend": object{"service": object{"name": "front", "port": object{"number": 80}}}}})
	post("autoscaling/v2", "horizontalpodautoscalers", object{"metadata": object{"name": "auto"}, "spec": object{
		"scaleTargetRef": object{"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"}, "minReplicas": 2, "maxReplicas": 4}})
}

func firstStep(o object) object {
	if steps := o.List("status.plan.steps"); len(steps) > 0 {
		return steps[0]
	}
	return nil
}

// reach asks until the fleet, which hears of new objects a moment later, says what is wanted.
func reach(t *testing.T, ns *harness.Namespace, who *harness.User, command, want string) {
	t.Helper()
	harness.Eventually(t, patience, func() error {
		o := ns.Ask(t, who, command).WaitFor(t, "AwaitingApproval")
		if got := firstStep(o).String("blastRadius"); got != want {
			return fmt.Errorf("%s reaches %q, wanted %q", command, got, want)
		}
		return nil
	})
}

// What a change touches besides its target.
func (w *world) testReach(t *testing.T) {
	ns := w.Namespace(t, checkout(3))
	w.front(t, ns, 3)
	reach(t, ns, w.sre, "kubectl scale deployment/checkout --replicas=5",
		"2 more pods · service front 3 → 5 endpoints · ingress shop in front · HPA auto will scale it back to at most 4")
	reach(t, ns, w.sre, "kubectl scale deployment/checkout --replicas=0",
		"3 fewer pods · service front 3 → 0 endpoints, none remain · ingress shop in front · HPA auto does nothing at 0 replicas")
	reach(t, ns, w.sre, "kubectl rollout restart deployment/checkout", "3 pods replaced · service front 3 endpoints · ingress shop in front")
	reach(t, ns, w.sre, "kubectl delete deployment/checkout",
		"deletes 1 replicaset, 3 pods with it · service front 3 → 0 endpoints, none remain · ingress shop in front · HPA auto is left without a target")
}

// Who may scale but not list services learns how many there are, not what they are called.
func (w *world) testReachUnseen(t *testing.T) {
	ns := w.Namespace(t, checkout(3))
	w.front(t, ns, 3)
	ns.Grant(t, "viewers", "scaler", object{"apiGroups": []string{"apps"}, "resources": []string{"deployments", "deployments/scale"},
		"verbs": []string{"get", "list", "patch"}})
	ns.Bind(t, "viewers", "kubechat-requester")
	ns.Unbind(t, "viewers", "view")
	reach(t, ns, w.viewer, "kubectl scale deployment/checkout --replicas=5", "2 more pods · 1 service · 1 ingress · 1 HPA")
}

// Whoever may undo a change is named, with what to change instead.
func (w *world) testManaged(t *testing.T) {
	d := checkout(1)
	d.Labels = map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
	ns := w.Namespace(t, d, harness.Deployment{Name: "free", Replicas: 1})
	warnings := func(command string) string {
		t.Helper()
		o := ns.Ask(t, w.sre, command).WaitFor(t, "AwaitingApproval")
		return fmt.Sprint(firstStep(o).At("dryRun.warnings"))
	}
	if got, want := warnings("kubectl scale deployment/checkout --replicas=2"),
		"managed by Flux (Kustomization flux-system/apps), which may undo this change; for good: write spec.replicas: 2 into that source"; !strings.Contains(got, want) {
		t.Errorf("warnings %s, wanted %q", got, want)
	}
	if got := warnings("kubectl scale deployment/free --replicas=2"); strings.Contains(got, "managed by") {
		t.Errorf("nobody manages it, and yet: %s", got)
	}
	pods := w.Admin.Must(t, "GET", ns.Path("v1", "pods", "")+"?labelSelector=app%3Dcheckout", nil)
	pod := pods.List("items")[0].String("metadata.name")
	harness.Eventually(t, patience, func() error {
		o := ns.Ask(t, w.sre, "kubectl delete pod/"+pod).WaitFor(t, "AwaitingApproval")
		got, want := fmt.Sprint(firstStep(o).At("dryRun.warnings")), "Deployment checkout above it is managed by Flux (Kustomization flux-system/apps)"
		if !strings.Contains(got, want) || !strings.Contains(got, "controlled by ReplicaSet checkout-") {
			return fmt.Errorf("warnings %s, wanted %q", got, want)
		}
		if risk := o.String("status.risk"); risk != "Medium" {
			return fmt.Errorf("risk %s of a pod that is made again", risk)
		}
		return nil
	})
}
