package harness

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A Namespace belongs to one test.
type Namespace struct {
	Name    string
	cluster *Cluster
}

// A Deployment to start with, of pods that kwok plays.
type Deployment struct {
	Name     string
	Replicas int
	Labels   map[string]string // of the object, besides app
}

var (
	namespaceRun     = randomHex(3)
	namespaceCounter atomic.Int64
)

// bindings are those of the seeded namespaces.
var bindings = []struct{ group, role string }{
	{"sre", "edit"}, {"sre", "kubechat-requester"}, {"sre", "kubechat-approver"},
	{"developers", "edit"}, {"developers", "kubechat-requester"},
	{"viewers", "view"}, {"viewers", "kubechat-viewer"},
	{"approvers", "view"}, {"approvers", "kubechat-approver"},
}

// Namespace makes one with a name of its own, workloads and role bindings, and waits until those are in force and
// the pods are ready.
func (c *Cluster) Namespace(t testing.TB, deployments ...Deployment) *Namespace {
	t.Helper()
	n := c.newNamespace(t, fmt.Sprintf("test-%s-%d", namespaceRun, namespaceCounter.Add(1)))
	for _, d := range deployments {
		n.Deploy(t, d)
	}
	for _, d := range deployments {
		n.AwaitRollout(t, d.Name)
	}
	return n
}

// LongNamespace has a name that is as long as one may be.
func (c *Cluster) LongNamespace(t testing.TB) *Namespace {
	t.Helper()
	const longest = 63
	name := fmt.Sprintf("test-%s-%d-", namespaceRun, namespaceCounter.Add(1))
	return c.newNamespace(t, name+strings.Repeat("n", longest-len(name)))
}

func (c *Cluster) newNamespace(t testing.TB, name string) *Namespace {
	t.Helper()
	n := &Namespace{Name: name, cluster: c}
	c.Admin.Must(t, "POST", "/api/v1/namespaces", Object{"metadata": Object{"name": n.Name}})
	c.mutex.Lock()
	c.made = append(c.made, n.Name)
	c.mutex.Unlock()
	var grants []grant
	for _, b := range bindings {
		grants = append(grants, n.bind(t, b.group, b.role))
	}
	for _, g := range grants {
		c.awaitGrant(t, g)
	}
	n.awaitAccount(t)
	return n
}

// awaitAccount waits for what the controllers put into every namespace: no pod is admitted without its ServiceAccount.
func (n *Namespace) awaitAccount(t testing.TB) {
	t.Helper()
	for _, path := range []string{n.Path("v1", "serviceaccounts", "default"), n.Path("v1", "configmaps", "kube-root-ca.crt")} {
		Eventually(t, 60*time.Second, func() error {
			_, err := n.cluster.Admin.Do("GET", path, nil)
			return err
		})
	}
}

// Namespaces makes many at a time.
func (c *Cluster) Namespaces(t testing.TB, n int, deployments ...Deployment) []*Namespace {
	t.Helper()
	out := make([]*Namespace, n)
	Parallel(n, 8, func(i int) { out[i] = c.Namespace(t, deployments...) })
	for _, ns := range out {
		if ns == nil {
			t.FailNow()
		}
	}
	return out
}

// Path of a namespaced resource: "apps/v1", "deployments", "checkout".
func (n *Namespace) Path(groupVersion, resource, name string) string {
	prefix := "/apis/"
	if groupVersion == "v1" {
		prefix = "/api/"
	}
	path := prefix + groupVersion + "/namespaces/" + n.Name + "/" + resource
	if name != "" {
		path += "/" + name
	}
	return path
}

func (n *Namespace) Deploy(t testing.TB, d Deployment) {
	t.Helper()
	labels := Object{"app": d.Name}
	for k, v := range d.Labels {
		labels[k] = v
	}
	n.cluster.Admin.Must(t, "POST", n.Path("apps/v1", "deployments", ""), Object{
		"metadata": Object{"name": d.Name, "labels": labels},
		"spec": Object{
			"replicas": d.Replicas,
			"selector": Object{"matchLabels": Object{"app": d.Name}},
			"template": Object{
				"metadata": Object{"labels": Object{"app": d.Name}},
				"spec":     Object{"containers": []Object{{"name": "main", "image": "registry.k8s.io/pause:3.10"}}},
			},
		},
	})
}

// GetDeployment is the object as it is now.
func (n *Namespace) GetDeployment(t testing.TB, name string) Object {
	t.Helper()
	return n.cluster.Admin.Must(t, "GET", n.Path("apps/v1", "deployments", name), nil)
}

// AwaitRollout waits until a Deployment has what it asks for.
func (n *Namespace) AwaitRollout(t testing.TB, name string) {
	t.Helper()
	Eventually(t, 60*time.Second, func() error {
		d := n.GetDeployment(t, name)
		want := d.Int("spec.replicas")
		if d.Int("status.observedGeneration") < d.Int("metadata.generation") || d.Int("status.readyReplicas") != want ||
			d.Int("status.updatedReplicas") != want || d.Int("status.replicas") != want {
			return fmt.Errorf("deployment %s/%s: %d of %d ready", n.Name, name, d.Int("status.readyReplicas"), want)
		}
		return nil
	})
}

// AwaitReplicas waits until somebody has asked for that many pods.
func (n *Namespace) AwaitReplicas(t testing.TB, name string, want int) {
	t.Helper()
	Eventually(t, 30*time.Second, func() error {
		if is := n.GetDeployment(t, name).Int("spec.replicas"); is != want {
			return fmt.Errorf("deployment %s/%s: spec.replicas is %d, not %d", n.Name, name, is, want)
		}
		return nil
	})
}

// Parallel calls f(0) to f(n-1), at most limit at a time.
func Parallel(n, limit int, f func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, limit)
	for i := 0; i < n; i++ {
		i := i
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			f(i)
		}()
	}
	wg.Wait()
}

func randomHex(n int) string {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	return hex.EncodeToString(b)
}
