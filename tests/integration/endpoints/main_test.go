// Package endpoints tests what becomes of changes after which a service does not get its endpoints back
// (docs/decisions/0020), on a node whose kubelet is the test.
package endpoints

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

type object = harness.Object

const (
	works = "registry.k8s.io/pause:3.10"
	mute  = "registry.k8s.io/pause:3.9" // its pods are ready and have no address: nobody reaches them
	pods  = 2
)

// A shop is a namespace with a Deployment behind a service, on a node of its own.
type shop struct {
	*harness.Cluster
	ns   *harness.Namespace
	sre  *harness.User
	node string
	next int // address
}

func newShop(t *testing.T, c *harness.Cluster) *shop {
	t.Helper()
	s := &shop{Cluster: c, ns: c.Namespace(t), sre: c.User(t, "sre")}
	s.node = s.ns.Name
	now := time.Now().UTC().Format(time.RFC3339)
	c.Admin.Must(t, "POST", "/api/v1/nodes", object{"metadata": object{"name": s.node}, "status": object{
		"capacity": object{"cpu": "8", "memory": "32Gi", "pods": "110"}, "allocatable": object{"cpu": "8", "memory": "32Gi", "pods": "110"},
		"conditions": []object{{"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now, "lastTransitionTime": now}}}})
	t.Cleanup(func() { c.Admin.Do("DELETE", "/api/v1/nodes/"+s.node, nil) })
	s.kubelet(t)
	c.Admin.Must(t, "POST", s.ns.Path("v1", "services", ""), object{"metadata": object{"name": "front"},
		"spec": object{"selector": object{"app": "checkout", "tier": "front"}, "ports": []object{{"port": 80}}}})
	c.Admin.Must(t, "POST", s.ns.Path("apps/v1", "deployments", ""), object{"metadata": object{"name": "checkout"}, "spec": object{
		"replicas": pods, "selector": object{"matchLabels": object{"app": "checkout"}},
		"strategy": object{"type": "Recreate"},
		"template": object{"metadata": object{"labels": object{"app": "checkout", "tier": "front"}},
			"spec": object{"nodeName": s.node, "terminationGracePeriodSeconds": 0, "containers": []object{{"name": "main", "image": works}}}}}})
	s.ns.AwaitRollout(t, "checkout")
	s.awaitEndpoints(t, pods)
	return s
}

// kubelet makes every pod ready, until the test ends: new ones once the service has lost the old ones, so that what is seen when
// the rollout is complete is what the new ones give it.
func (s *shop) kubelet(t *testing.T) {
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		for {
			list, err := s.Admin.Do("GET", s.ns.Path("v1", "pods", ""), nil)
			var pending []object
			started := 0
			for _, p := range list.List("items") {
				if p.String("status.phase") == "Pending" {
					pending = append(pending, p)
				} else {
					started++
				}
			}
			if n, known := s.endpoints(); err == nil && known && n <= started {
				for _, p := range pending {
					s.start(p)
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(stop); done.Wait() })
}

// start may come too late for a pod: then there is nothing to start.
func (s *shop) start(pod object) {
	image := pod.List("spec.containers")[0].String("image")
	status := object{"phase": "Running", "conditions": []object{{"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}},
		"containerStatuses": []object{{"name": "main", "image": image, "imageID": "", "ready": true, "restartCount": 0,
			"state": object{"running": object{"startedAt": time.Now().UTC().Format(time.RFC3339)}}}}}
	if image != mute {
		s.next++
		ip := fmt.Sprintf("10.99.0.%d", s.next)
		status["podIP"], status["podIPs"] = ip, []object{{"ip": ip}}
	}
	s.Admin.Patch(s.ns.Path("v1", "pods", pod.String("metadata.name"))+"/status", "strategic", object{"status": status})
}

// endpoints of the service that are ready; false: the API server did not say.
func (s *shop) endpoints() (int, bool) {
	slices, err := s.Admin.Do("GET", s.ns.Path("discovery.k8s.io/v1", "endpointslices", ""), nil)
	if err != nil {
		return 0, false
	}
	n := 0
	for _, slice := range slices.List("items") {
		for _, e := range slice.List("endpoints") {
			if e.At("conditions.ready") == true {
				n++
			}
		}
	}
	return n, true
}

func (s *shop) awaitEndpoints(t *testing.T, want int) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		if n, known := s.endpoints(); !known || n != want {
			return fmt.Errorf("service front has %d endpoints, not %d", n, want)
		}
		return nil
	})
}

// before is how many endpoints the intent says that there were.
func before(t *testing.T, r *harness.Request) int {
	t.Helper()
	for _, row := range r.Rows(t) {
		if row.Type == "Intent" {
			return row.Detail.Int("before.endpoints.front")
		}
	}
	t.Fatal("no intent was recorded")
	return 0
}
