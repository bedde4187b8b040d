package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// runLoad fills a cluster with pods like those of a real one: two containers with environment, probes and volumes, labels, an
// owner, a status written as a kubelet does, and the managedFields that the API server makes of both writes: 9 KB of JSON each.
// Nothing runs them. Stop the controllers first: they would collect pods whose owner does not exist.
func runLoad(args []string) error {
	c := newCommon("load")
	config := c.fs.String("kubeconfig", "", "whom to be: an administrator")
	pods := c.fs.Int("pods", 30000, "how many")
	namespaces := c.fs.Int("namespaces", 60, "spread over so many, named load-0, load-1, ...")
	workers := c.fs.Int("workers", 16, "requests at the same time")
	prepare := c.fs.Bool("namespaces-only", false, "only create the namespaces, and wait for their ServiceAccount")
	if err := c.parse(args); err != nil {
		return err
	}
	if *config == "" || *pods < 1 || *namespaces < 1 {
		return errors.New("--kubeconfig, and at least one pod and namespace, are needed")
	}
	a, err := connect(*config)
	if err != nil {
		return err
	}
	for i := 0; i < *namespaces; i++ {
		if err := loadNamespace(a, fmt.Sprintf("load-%d", i)); err != nil {
			return err
		}
	}
	if *prepare {
		return nil
	}
	var next, wrong atomic.Int64
	var first atomic.Value
	var wg sync.WaitGroup
	for w := 0; w < *workers; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := int(next.Add(1)) - 1; n < *pods; n = int(next.Add(1)) - 1 {
				if err := loadPod(a, n, *namespaces); err != nil {
					wrong.Add(1)
					first.CompareAndSwap(nil, err)
				}
			}
		}()
	}
	wg.Wait()
	if wrong.Load() > 0 {
		return fmt.Errorf("%d of %d pods could not be written; the first: %w", wrong.Load(), *pods, first.Load().(error))
	}
	one, err := a.ask(call{Method: http.MethodGet, Path: "/api/v1/namespaces/load-0/pods/" + podName(0)})
	if err != nil {
		return err
	}
	fmt.Printf("%d pods of %d bytes of JSON in %d namespaces\n", *pods, len(one), *namespaces)
	return nil
}

func loadNamespace(a *api, name string) error {
	err := a.do(call{Method: http.MethodPost, Path: "/api/v1/namespaces", ContentType: "application/json",
		body: fmt.Sprintf(`{"metadata":{"name":%q}}`, name)})
	if err != nil && !strings.Contains(err.Error(), "HTTP 409") {
		return err
	}
	for until := time.Now().Add(callLimit); ; time.Sleep(50 * time.Millisecond) {
		err = a.do(call{Method: http.MethodGet, Path: "/api/v1/namespaces/" + name + "/serviceaccounts/default"})
		if err == nil || time.Now().After(until) {
			return err
		}
	}
}

const podsOfReplicaSet = 10

func podName(n int) string { return fmt.Sprintf("app-%d-7d9f8c6b5d-%05d", n/podsOfReplicaSet, n) }

type object = map[string]any

func loadPod(a *api, n, namespaces int) error {
	path := fmt.Sprintf("/api/v1/namespaces/load-%d/pods", n/podsOfReplicaSet%namespaces)
	var created object
	if err := loadWrite(a, http.MethodPost, path, podSpec(n), &created); err != nil {
		if strings.Contains(err.Error(), "HTTP 409") {
			return nil // from an earlier run
		}
		return err
	}
	created["status"] = podStatus(n)
	return loadWrite(a, http.MethodPut, path+"/"+podName(n)+"/status", created, &created)
}

func loadWrite(a *api, method, path string, body object, ret *object) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := a.ask(call{Method: method, Path: path, ContentType: "application/json", body: string(text)})
	if err != nil {
		return err
	}
	*ret = nil
	return json.Unmarshal(answer, ret)
}

func podSpec(n int) object {
	app := fmt.Sprintf("app-%d", n/podsOfReplicaSet)
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"name": podName(n),
			"labels": object{"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "app.kubernetes.io/version": "2.3.1",
				"pod-template-hash": "7d9f8c6b5d", "topology.kubernetes.io/zone": fmt.Sprintf("eu-west-1%c", 'a'+n%3)},
			"annotations": object{"prometheus.io/scrape": "true", "prometheus.io/port": "9090",
				"checksum/config": "9b74c9897bac770ffc029102a200c5de5f1c2a3d4e5f60718293a4b5c6d7e8f9"},
			"ownerReferences": []object{{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app + "-7d9f8c6b5d",
				"uid": fmt.Sprintf("705ab4f5-6393-11e8-b7cc-%012d", n/podsOfReplicaSet), "controller": true, "blockOwnerDeletion": true}},
		},
		"spec": object{
			"nodeName":   fmt.Sprintf("load-node-%d", n%300),
			"containers": []object{podContainer("app", 4), podContainer("proxy", 2)},
			"volumes": []object{{"name": "config", "configMap": object{"name": app + "-config"}},
				{"name": "cache", "emptyDir": object{"sizeLimit": "1Gi"}}, {"name": "tls", "secret": object{"secretName": app + "-tls"}}},
		},
	}
}

func podContainer(name string, variables int) object {
	env := []object{}
	for i := 0; i < variables; i++ {
		env = append(env, object{"name": fmt.Sprintf("%s_SETTING_%02d", strings.ToUpper(name), i), "value": fmt.Sprintf("value-%02d.of.setting", i)})
	}
	probe := object{"httpGet": object{"path": "/healthz", "port": 8080}, "initialDelaySeconds": 5, "periodSeconds": 10}
	return object{
		"name": name, "image": "registry.example.com/shop/" + name + ":2.3.1", "env": env,
		"ports":         []object{{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}},
		"livenessProbe": probe,
		"resources":     object{"requests": object{"cpu": "100m", "memory": "128Mi"}, "limits": object{"cpu": "1", "memory": "512Mi"}},
		"volumeMounts":  []object{{"name": "config", "mountPath": "/etc/" + name}, {"name": "cache", "mountPath": "/var/cache/" + name}},
	}
}

func podStatus(n int) object {
	const at = "2026-01-02T03:04:05Z"
	conditions, containers := []object{}, []object{}
	for _, t := range []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		conditions = append(conditions, object{"type": t, "status": "True", "lastProbeTime": nil, "lastTransitionTime": at})
	}
	for i, name := range []string{"app", "proxy"} {
		containers = append(containers, object{"name": name, "ready": true, "started": true, "restartCount": n % 3,
			"image": "registry.example.com/shop/" + name + ":2.3.1", "state": object{"running": object{"startedAt": at}},
			"imageID":     "registry.example.com/shop/" + name + "@sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865",
			"containerID": fmt.Sprintf("containerd://%064d", 2*n+i)})
	}
	return object{"phase": "Running", "startTime": at, "hostIP": "10.0.0.1", "podIP": fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255),
		"qosClass": "Burstable", "conditions": conditions, "containerStatuses": containers}
}
