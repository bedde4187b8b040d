package groups

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

var nodes = regexp.MustCompile(` · on \d+ nodes?`)

// What all parts of a step touch together, each pod once.
func (w *world) testReach(t *testing.T) {
	ns := w.tier(t, 3, 2)
	const around = " · service front 5 → 0 endpoints, none remain · ingress shop in front · PDB front now asks for 3 healthy, 0 would be left, and it does not stop this"
	reaches(t, ns, w.sre, "kubectl scale deployments -l tier=front --replicas=0", "2 deployments in "+ns.Name+" · 5 fewer pods"+around)
	reaches(t, ns, w.sre, "kubectl rollout restart deployments -l tier=front",
		"2 deployments in "+ns.Name+" · 5 pods replaced · on N nodes · service front 5 endpoints · ingress shop in front")
	reaches(t, ns, w.sre, "kubectl delete deployments -l tier=front",
		"2 deployments in "+ns.Name+" · deletes 2 replicasets, 5 pods with them · on N nodes"+around)
	reaches(t, ns, w.sre, "kubectl delete pods -l tier=front",
		"5 pods in "+ns.Name+" · all replaced by 2 replicasets · on N nodes"+strings.Replace(around, "none remain", "none remain until the pods are back", 1))
	reaches(t, ns, w.sre, "kubectl label deployments --all team=shop", "all 3 deployments in "+ns.Name)
	// Each alone would leave some endpoints; one of them is no group.
	reaches(t, ns, w.sre, "kubectl scale deployment/api --replicas=0",
		"2 fewer pods · service front 5 → 3 endpoints · ingress shop in front · PDB front is kept")
}

// Who may not list services and budgets learns how many there are, and no name.
func (w *world) testUnseen(t *testing.T) {
	ns := w.tier(t, 1, 1)
	role := "restarter-" + ns.Name
	w.Admin.Must(t, "POST", ns.Path("rbac.authorization.k8s.io/v1", "roles", ""), object{"metadata": object{"name": role}, "rules": []object{
		{"apiGroups": []string{"apps"}, "resources": []string{"deployments", "deployments/scale"}, "verbs": []string{"get", "list", "patch"}}}})
	w.Admin.Must(t, "POST", ns.Path("rbac.authorization.k8s.io/v1", "rolebindings", ""), object{"metadata": object{"name": role},
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
		"subjects": []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "viewers"}}})
	ns.Bind(t, "viewers", "kubechat-requester")
	w.Admin.Must(t, "DELETE", ns.Path("rbac.authorization.k8s.io/v1", "rolebindings", "viewers-view"), nil)
	harness.Eventually(t, patience, func() error { // the rights of both bindings are known to the API server
		if _, err := w.viewer.Do("GET", ns.Path("v1", "services", ""), nil); !harness.IsStatus(err, 403) {
			return fmt.Errorf("the viewer still lists services: %v", err)
		}
		_, err := w.viewer.Do("GET", ns.Path("apps/v1", "deployments", ""), nil)
		return err
	})
	reaches(t, ns, w.viewer, "kubectl scale deployments -l tier=front --replicas=0",
		"2 deployments in "+ns.Name+" · 2 fewer pods · 1 service · 1 ingress · 1 PDB")
}

// Each manager is named once, with how many of the objects are its.
func (w *world) testManagers(t *testing.T) {
	ns := w.Namespace(t)
	flux := object{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
	w.deploy(t, ns, "web", 2, flux)
	w.deploy(t, ns, "api", 1, flux)
	w.deploy(t, ns, "old", 1, object{"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "old"})
	w.deploy(t, ns, "free", 1, nil)
	for _, name := range []string{"web", "api", "old", "free"} {
		ns.AwaitRollout(t, name)
	}
	has := func(want ...string) func([]object, string) error {
		return func(steps []object, _ string) error {
			got := fmt.Sprint(steps[0].At("dryRun.warnings"))
			for _, s := range want {
				if strings.Count(got, s) != 1 {
					return fmt.Errorf("warnings %s, wanted %q once", got, s)
				}
			}
			return nil
		}
	}
	shows(t, ns, w.sre, has("2 of 4 managed by Flux (Kustomization flux-system/apps), which may undo this change; for good: write spec.replicas: 3 into that source",
		"1 of 4 managed by Helm (release old), which may undo this change"), "kubectl scale deployments --all --replicas=3")
	shows(t, ns, w.sre, has("all controlled by ReplicaSet ", "which may make them again",
		"2 of 5 below Deployment web, which is managed by Flux (Kustomization flux-system/apps)",
		"1 of 5 below Deployment old, which is managed by Helm (release old)"), "kubectl delete pods -l tier=front")
}

// How many objects a step is over makes it riskier.
func (w *world) testRisk(t *testing.T) {
	ns := w.tier(t, 1, 1)
	is := func(want string) func([]object, string) error {
		return func(_ []object, risk string) error {
			if risk != want {
				return fmt.Errorf("risk %s, wanted %s", risk, want)
			}
			return nil
		}
	}
	shows(t, ns, w.sre, is("High"), "kubectl scale deployments -l tier=front --replicas=0")
	shows(t, ns, w.sre, is("Critical"), "kubectl scale deployments --all --replicas=0")
	shows(t, ns, w.sre, is("Critical"), "kubectl scale deployments web api other --replicas=0")
	harness.Parallel(11, 4, func(i int) {
		w.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), object{"metadata": object{"name": fmt.Sprintf("c-%d", i),
			"labels": object{"many": "yes", "few": fmt.Sprint(i < 10)}}})
	})
	shows(t, ns, w.sre, is("Low"), "kubectl label configmaps -l few=true seen=yes")
	shows(t, ns, w.sre, is("Medium"), "kubectl label configmaps -l many=yes seen=yes")
}

// Two steps that only together leave nothing say so.
func (w *world) testSteps(t *testing.T) {
	ns := w.tier(t, 2, 2)
	shows(t, ns, w.sre, func(steps []object, _ string) error {
		if len(steps) != 2 {
			return fmt.Errorf("%d steps", len(steps))
		}
		first, second := fmt.Sprint(steps[0].At("dryRun.warnings")), fmt.Sprint(steps[1].At("dryRun.warnings"))
		if strings.Contains(first, "with step") || !strings.Contains(second, "with step 1: service front 4 → 0 endpoints, none remain") ||
			!strings.Contains(second, "with step 1: PDB front now asks for 2 healthy, 0 would be left") {
			return fmt.Errorf("warnings of step 1 %s, of step 2 %s", first, second)
		}
		return nil
	}, "kubectl scale deployment/web --replicas=0", "kubectl scale deployment/api --replicas=0")
	shows(t, ns, w.sre, func(steps []object, _ string) error {
		for _, s := range steps {
			if strings.Contains(fmt.Sprint(s.At("dryRun.warnings")), "with step") {
				return fmt.Errorf("one endpoint remains, and yet: %v", s.At("dryRun.warnings"))
			}
		}
		return nil
	}, "kubectl scale deployment/web --replicas=0", "kubectl scale deployment/api --replicas=2")
}

// Many pods on one screen: what is not told is counted, and everything is there for whoever asks.
func (w *world) testManyPods(t *testing.T) {
	const many = 120
	ns := w.Namespace(t)
	w.deploy(t, ns, "web", many, nil)
	w.front(t, ns, 10)
	ns.AwaitRollout(t, "web")
	r := ns.Ask(t, w.sre, "kubectl delete pods -l app=web")
	o := r.WaitFor(t, "AwaitingApproval")
	if got, want := o.String("status.summary"), fmt.Sprintf("delete %d pods", many); got != want {
		t.Errorf("summary %q, wanted %q", got, want)
	}
	show := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("kubectl", append([]string{"chat", "show", r.Name, "--namespace=" + ns.Name}, args...)...)
		cmd.Env = append(cmd.Environ(), "KUBECONFIG="+w.sre.Kubeconfig)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	brief := show()
	harness.Says(t, brief, fmt.Sprintf("kubectl delete (%d objects) --namespace=%s\n", many, ns.Name),
		fmt.Sprintf("and %d more: kubectl chat show %s --namespace=%s --output=wide\n", many-3, r.Name, ns.Name),
		fmt.Sprintf("%d pods in %s · all replaced by 1 replicaset", many, ns.Name))
	for i, line := range strings.Split(brief, "\n") {
		if len([]rune(line)) > 180 && !strings.HasPrefix(line, "plain kubectl") {
			t.Errorf("line %d has %d characters: %s", i+1, len([]rune(line)), line)
		}
	}
	if n := strings.Count(show("--output=wide"), " pod/web-"); n != many {
		t.Errorf("the whole command names %d pods", n)
	}
	if t.Failed() {
		t.Log(brief)
	}
}
