package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const chatrequests = "/apis/kubechat.io/v1alpha1/chatrequests"

func runRequests(args []string) error {
	c := newCommon("requests")
	config := c.fs.String("kubeconfig", "", "who asks")
	namespace := c.fs.String("namespace", "shop", "where")
	spec := c.fs.String("spec", "", "spec of every ChatRequest, as JSON; {{name}} in it becomes the ChatRequest's name")
	configMaps := c.fs.Bool("configmaps", false, "before a row begins, create a ConfigMap of the name of each of its ChatRequests")
	approve := c.fs.Bool("approve", false, "approve each plan as soon as it awaits that")
	phase := c.fs.String("until", "AwaitingApproval", "the phase that ends the clock")
	parallel := c.fs.String("parallel", "1", "a row for each of these numbers of requests under way at a time")
	count := c.fs.Int("count", 100, "how many ChatRequests a row")
	warmup := c.fs.Int("warmup", 0, "ChatRequests before the first row")
	limit := c.fs.Duration("timeout", time.Minute, "how long one may take")
	if err := c.parse(args); err != nil {
		return err
	}
	if *config == "" || !json.Valid([]byte(*spec)) {
		return errors.New("--kubeconfig and --spec (JSON) are needed")
	}
	rows, err := numbers(*parallel)
	if err != nil {
		return fmt.Errorf("--parallel: %w", err)
	}
	a, err := newAsker(*config, *namespace, *spec, *phase, *limit)
	if err != nil {
		return err
	}
	a.configMaps, a.approve = *configMaps, *approve
	if *warmup > 0 {
		if r, err := a.load(1, *warmup, 0); err != nil || r.Errors > 0 {
			return fmt.Errorf("before anything was measured: %s %w", r.FirstError, err)
		}
	}
	var out []row
	for _, n := range rows {
		r, err := a.load(n, *count, *c.pid)
		if err != nil {
			return err
		}
		out = append(out, r)
	}
	return c.report(os.Stdout, out)
}

// An asker creates ChatRequests and sees on a watch what becomes of them.
type asker struct {
	api                           *api
	path, namespace, spec, prefix string
	phase                         string
	limit                         time.Duration
	configMaps, approve           bool
	made                          int

	mutex   sync.Mutex
	waiting map[string]chan error // by name
	plans   map[string]bool       // digests that were approved, behind the request's name
	broken  error                 // the watch ended
}

func newAsker(config, namespace, spec, phase string, limit time.Duration) (*asker, error) {
	random := make([]byte, 4)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	a := &asker{namespace: namespace, spec: spec, prefix: fmt.Sprintf("bench-%x", random), phase: phase, limit: limit,
		path: strings.Replace(chatrequests, "chatrequests", "namespaces/"+namespace+"/chatrequests", 1), waiting: map[string]chan error{}, plans: map[string]bool{}}
	var err error
	if a.api, err = connect(config); err != nil {
		return nil, err
	}
	since, err := a.api.list(a.path)
	if err != nil {
		return nil, err
	}
	go func() { a.breakOff(a.api.watch(a.path, since, a.seen)) }()
	return a, nil
}

// load asks count times, n at a time.
func (a *asker) load(n, count, pid int) (row, error) {
	first := a.made
	a.made += count
	for k := 0; a.configMaps && k < count; k++ {
		body := fmt.Sprintf(`{"metadata":{"name":%q,"labels":{"apibench":""}},"data":{"colour":"green"}}`, a.name(first+k))
		path := "/api/v1/namespaces/" + a.namespace + "/configmaps"
		if err := a.api.do(call{Method: http.MethodPost, Path: path, ContentType: "application/json", body: body}); err != nil {
			return row{}, err
		}
	}
	workers := make([]worker, n)
	for i := range workers {
		workers[i] = func(k int) error { return a.askAndWait(a.name(first + k)) }
	}
	return measure(workers, count, pid)
}

func (a *asker) name(k int) string { return fmt.Sprintf("%s-%d", a.prefix, k) }

func (a *asker) askAndWait(name string) error {
	done := make(chan error, 1)
	a.mutex.Lock()
	a.waiting[name] = done
	broken := a.broken
	a.mutex.Unlock()
	if broken != nil {
		return broken
	}
	body := fmt.Sprintf(`{"apiVersion":"kubechat.io/v1alpha1","kind":"ChatRequest","metadata":{"name":%q,"namespace":%q},"spec":%s}`,
		name, a.namespace, strings.ReplaceAll(a.spec, "{{name}}", name))
	if err := a.api.do(call{Method: http.MethodPost, Path: a.path, ContentType: "application/json", body: body}); err != nil {
		return err
	}
	late := time.NewTimer(a.limit)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("%s is not %s after %s", name, a.phase, a.limit)
	}
}

// ends are the phases that nothing follows.
var ends = map[string]bool{"Succeeded": true, "Failed": true, "RolledBack": true, "Rejected": true, "Expired": true,
	"Cancelled": true, "Stale": true, "NeedsClarification": true, "Refused": true}

// seen takes one event of the watch.
func (a *asker) seen(_ string, object json.RawMessage) {
	var r struct {
		Metadata struct{ Name string }
		Status   struct {
			Phase      string
			Plan       struct{ Digest string }
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if json.Unmarshal(object, &r) != nil {
		return
	}
	if r.Status.Phase == "AwaitingApproval" && a.approve {
		a.approvePlan(r.Metadata.Name, r.Status.Plan.Digest)
	}
	if r.Status.Phase != a.phase && !ends[r.Status.Phase] {
		return
	}
	var err error
	if r.Status.Phase != a.phase {
		err = fmt.Errorf("%s ended as %s", r.Metadata.Name, r.Status.Phase)
		for _, c := range r.Status.Conditions {
			if c.Type == "Failed" {
				err = fmt.Errorf("%w: %s", err, c.Message)
			}
		}
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if done := a.waiting[r.Metadata.Name]; done != nil {
		delete(a.waiting, r.Metadata.Name)
		done <- err
	}
}

// approvePlan approves a plan that one of ours shows, once; seen calls it, and does not wait.
func (a *asker) approvePlan(name, digest string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.waiting[name] == nil || a.plans[name+" "+digest] {
		return
	}
	a.plans[name+" "+digest] = true
	go func() {
		body := fmt.Sprintf(`[{"op":"add","path":"/spec/approvals/-","value":{"decision":"Approve","planDigest":%q}}]`, digest)
		err := a.api.do(call{Method: http.MethodPatch, Path: a.path + "/" + name, ContentType: "application/json-patch+json", body: body})
		if err == nil {
			return
		}
		a.mutex.Lock()
		defer a.mutex.Unlock()
		if done := a.waiting[name]; done != nil {
			delete(a.waiting, name)
			done <- err
		}
	}()
}

func (a *asker) breakOff(err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.broken = err
	for name, done := range a.waiting {
		delete(a.waiting, name)
		done <- err
	}
}
