// Package groups tests what is shown of a step that changes several objects, and of steps that come to something together,
// on a real API server.
package groups

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

type object = harness.Object

const patience = 30 * time.Second

// A world is what the tests share.
type world struct {
	*harness.Cluster
	sre, viewer *harness.User
}

func TestGroups(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, sre: c.User(t, "sre"), viewer: c.User(t, "viewer")}
	installPlugin(t)
	c.Start(t, harness.Options{})
	t.Run("Reach", w.testReach)
	t.Run("Unseen", w.testUnseen)
	t.Run("Managers", w.testManagers)
	t.Run("Risk", w.testRisk)
	t.Run("Steps", w.testSteps)
	t.Run("ManyPods", w.testManyPods)
}

// installPlugin puts the binary where kubectl looks for plugins.
func installPlugin(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(os.Getenv("KUBECHAT_BIN"), filepath.Join(dir, "kubectl-chat")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// deploy makes a Deployment of the tier front: its pods are behind the service of that name.
func (w *world) deploy(t *testing.T, ns *harness.Namespace, name string, replicas int, labels object) {
	t.Helper()
	own := object{"app": name, "tier": "front"}
	for k, v := range labels {
		own[k] = v
	}
	w.Admin.Must(t, "POST", ns.Path("apps/v1", "deployments", ""), object{"metadata": object{"name": name, "labels": own},
		"spec": object{"replicas": replicas, "selector": object{"matchLabels": object{"app": name}},
			"template": object{"metadata": object{"labels": object{"app": name, "tier": "front"}},
				"spec": object{"containers": []object{{"name": "main", "image": "registry.k8s.io/pause:3.10"}}}}}})
}

// front is the service, the ingress and the budget of the tier.
func (w *world) front(t *testing.T, ns *harness.Namespace, minAvailable int) {
	t.Helper()
	w.Admin.Must(t, "POST", ns.Path("v1", "services", ""), object{"metadata": object{"name": "front"}, "spec": object{
		"selector": object{"tier": "front"}, "ports": []object{{"port": 80}}}})
	w.Admin.Must(t, "POST", ns.Path("networking.k8s.io/v1", "ingresses", ""), object{"metadata": object{"name": "shop"}, "spec": object{
		"defaultBackend": object{"service": object{"name": "front", "port": object{"number": 80}}}}})
	path := ns.Path("policy/v1", "poddisruptionbudgets", "")
	w.Admin.Must(t, "POST", path, object{"metadata": object{"name": "front"}, "spec": object{"minAvailable": minAvailable,
		"selector": object{"matchLabels": object{"tier": "front"}}}})
}

// tier is two Deployments behind one service; other is behind none.
func (w *world) tier(t *testing.T, web, api int) *harness.Namespace {
	t.Helper()
	ns := w.Namespace(t, harness.Deployment{Name: "other", Replicas: 1})
	w.deploy(t, ns, "web", web, nil)
	w.deploy(t, ns, "api", api, nil)
	w.front(t, ns, web)
	for _, name := range []string{"web", "api"} {
		ns.AwaitRollout(t, name)
	}
	harness.Eventually(t, patience, func() error {
		o := w.Admin.Must(t, "GET", ns.Path("policy/v1", "poddisruptionbudgets", "front"), nil)
		if o.Int("status.currentHealthy") != web+api {
			return fmt.Errorf("the budget counts %d healthy pods, not %d", o.Int("status.currentHealthy"), web+api)
		}
		return nil
	})
	return ns
}

// shows asks anew until each step has what is wanted of it: the manager hears of new objects a moment later.
func shows(t *testing.T, ns *harness.Namespace, who *harness.User, what func(steps []object, risk string) error, commands ...string) {
	t.Helper()
	harness.Eventually(t, patience, func() error {
		o := ns.Ask(t, who, commands...).WaitFor(t, "AwaitingApproval")
		if err := what(o.List("status.plan.steps"), o.String("status.risk")); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(commands, ", then "), err)
		}
		return nil
	})
}

// reaches is what a command of one step reaches, but for the nodes, which the scheduler chooses.
func reaches(t *testing.T, ns *harness.Namespace, who *harness.User, command, want string) {
	t.Helper()
	shows(t, ns, who, func(steps []object, _ string) error {
		if len(steps) != 1 {
			return fmt.Errorf("%d steps", len(steps))
		}
		if got := nodes.ReplaceAllString(steps[0].String("blastRadius"), " · on N nodes"); got != want {
			return fmt.Errorf("reaches\n%q, wanted\n%q", got, want)
		}
		return nil
	}, command)
}
