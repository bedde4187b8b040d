package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kubechat.io/hack/cluster/kubeconfig"
)

// A fakeAPI keeps ChatRequests: it takes creates and status writes and shows both to its watches. Each watch ends after three
// events, as an API server's do now and then.
type fakeAPI struct {
	mutex   sync.Mutex
	events  []string // JSON, version i+1
	changed chan struct{}
	calls   []string
	answer  func(name string) string // the status that a create has at once
}

func newFakeAPI(t *testing.T) (*fakeAPI, string) {
	f := &fakeAPI{changed: make(chan struct{}), answer: func(string) string { return "{}" }}
	s := httptest.NewUnstartedServer(f)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.CloseClientConnections)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	c := kubeconfig.Config{Cluster: "fake", User: "ana", Server: s.URL, Token: "secret", CA: pemOf(s)}
	if err := os.WriteFile(path, c.YAML(), 0o600); err != nil {
		t.Fatal(err)
	}
	return f, path
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Query().Get("watch") != "" {
		f.watch(w, r)
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var o map[string]any
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/chatrequests"):
		json.Unmarshal(body, &o)
		name := o["metadata"].(map[string]any)["name"].(string)
		f.add("ADDED", name, `{}`)
		if status := f.answer(name); status != "{}" {
			f.add("MODIFIED", name, status)
		}
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/chatrequests"):
		fmt.Fprintf(w, `{"metadata":{"resourceVersion":"%d"}}`, len(f.events))
	default:
		f.calls = append(f.calls, fmt.Sprintf("%s %s as %s: %s", r.Method, r.URL.Path, r.Header.Get("Impersonate-User"), body))
		if strings.Contains(string(body), `"path":"/spec/approvals/-"`) {
			f.add("MODIFIED", r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], `{"phase":"Succeeded"}`)
		}
		if strings.HasSuffix(r.URL.Path, "/configmaps/new-9") {
			fmt.Fprint(w, `{"metadata":{"resourceVersion":"77"}}`)
		}
		if m := statusPath.FindStringSubmatch(r.URL.Path); m != nil {
			json.Unmarshal(body, &o)
			status, _ := json.Marshal(o["status"])
			f.add("MODIFIED", m[2], string(status))
			fmt.Fprintf(w, `{"metadata":{"resourceVersion":"%d"}}`, len(f.events))
		}
	}
}

func (f *fakeAPI) add(kind, name, status string) {
	f.events = append(f.events, fmt.Sprintf(`{"type":%q,"object":{"metadata":{"name":%q,"uid":"uid-%s","resourceVersion":"%d"},"status":%s}}`,
		kind, name, name, len(f.events)+1, status))
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fakeAPI) watch(w http.ResponseWriter, r *http.Request) {
	at := 0
	fmt.Sscan(r.URL.Query().Get("resourceVersion"), &at)
	w.(http.Flusher).Flush()
	for sent := 0; sent < 3; {
		f.mutex.Lock()
		fresh, changed := f.events[at:], f.changed
		f.mutex.Unlock()
		for _, e := range fresh {
			io.WriteString(w, e+"\n")
			at++
			sent++
		}
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func TestRequestsWaitForThePhase(t *testing.T) {
	f, config := newFakeAPI(t)
	f.answer = func(string) string { return `{"phase":"AwaitingApproval"}` }
	a, err := newAsker(config, "shop", `{"prompt":"x"}`, "AwaitingApproval", 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.load(4, 20, 0)
	if err != nil || r.Errors != 0 || r.P50 <= 0 {
		t.Fatalf("%+v %v", r, err)
	}
	f.answer = func(string) string {
		return `{"phase":"Refused","conditions":[{"type":"Failed","status":"True","message":"no such thing"}]}`
	}
	if r, _ = a.load(1, 1, 0); r.Errors != 1 || !strings.Contains(r.FirstError, "ended as Refused: no such thing") {
		t.Errorf("a refused request: %+v", r)
	}
	f.answer = func(string) string { return `{"phase":"Planning"}` }
	a.limit = 50 * time.Millisecond
	if r, _ = a.load(1, 1, 0); r.Errors != 1 || !strings.Contains(r.FirstError, "is not AwaitingApproval after") {
		t.Errorf("a request that stays: %+v", r)
	}
}

func TestRequestsApproveThePlanTheyAreShown(t *testing.T) {
	f, config := newFakeAPI(t)
	f.answer = func(string) string { return `{"phase":"AwaitingApproval","plan":{"digest":"sha256:1"}}` }
	a, err := newAsker(config, "shop", `{"prompt":"mark {{name}}"}`, "Succeeded", 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	a.approve, a.configMaps = true, true
	if r, err := a.load(2, 3, 0); err != nil || r.Errors != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, want := range []string{`"value":{"decision":"Approve","planDigest":"sha256:1"}`, `POST /api/v1/namespaces/shop/configmaps as : {"metadata":{"name":"` + a.name(2)} {
		if !strings.Contains(strings.Join(f.calls, "\n"), want) {
			t.Errorf("nothing like %s in\n%s", want, strings.Join(f.calls, "\n"))
		}
	}
	if n := strings.Count(strings.Join(f.calls, "\n"), "planDigest"); n != 3 {
		t.Errorf("%d approvals for 3 requests", n)
	}
}

const recorded = `
{"method":"GET","path":"/apis/kubechat.io/v1alpha1/chatrequests?watch=true"}
{"method":"PATCH","path":"/apis/apps/v1/namespaces/shop/deployments/web/scale","contentType":"application/merge-patch+json","body":{"spec":{"replicas":5}},"impersonateUser":"ana"}
{"method":"PUT","path":"/apis/kubechat.io/v1alpha1/namespaces/shop/chatrequests/rec-0/status","contentType":"application/json","body":{"metadata":{"name":"rec-0","namespace":"shop","uid":"uid-rec","resourceVersion":"17"},"status":{"phase":"AwaitingApproval"}}}
{"method":"POST","path":"/api/v1/namespaces/shop/events","contentType":"application/json","body":{"metadata":{"name":"rec-0.1"},"involvedObject":{"uid":"uid-rec","resourceVersion":"18"}}}
{"method":"POST","path":"/api/v1/namespaces/kubechat-system/events","contentType":"application/json","body":{}}
`

func TestOperatorSendsWhatWasRecorded(t *testing.T) {
	f, config := newFakeAPI(t)
	file := filepath.Join(t.TempDir(), "recorded")
	if err := os.WriteFile(file, []byte(recorded), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := newOperator(file)
	if err != nil {
		t.Fatal(err)
	}
	if o.api, err = connect(config); err != nil {
		t.Fatal(err)
	}
	go o.run(2)
	for end := time.Now().Add(5 * time.Second); !o.synced.Load() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	a, err := newAsker(config, "shop", `{"prompt":"x"}`, "AwaitingApproval", 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	f.mutex.Lock()
	f.calls = nil // both connections' first
	f.mutex.Unlock()
	if err := a.askAndWait("new-7"); err != nil {
		t.Fatal(err)
	}
	want := `PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale as ana: {"spec":{"replicas":5}}
PUT /apis/kubechat.io/v1alpha1/namespaces/shop/chatrequests/new-7/status as : {"metadata":{"name":"new-7","namespace":"shop","uid":"uid-new-7","resourceVersion":"1"},"status":{"phase":"AwaitingApproval"}}
POST /api/v1/namespaces/shop/events as : {"metadata":{"name":"new-7.1"},"involvedObject":{"uid":"uid-new-7","resourceVersion":"2"}}`
	got := ""
	for end := time.Now().Add(5 * time.Second); got != want && time.Now().Before(end); time.Sleep(time.Millisecond) {
		f.mutex.Lock()
		got = strings.Join(f.calls, "\n")
		f.mutex.Unlock()
	}
	if got != want {
		t.Errorf("sent:\n%s\nwant:\n%s", got, want)
	}
}

func TestOperatorGoesOnWhenItIsApproved(t *testing.T) {
	f, config := newFakeAPI(t)
	file := filepath.Join(t.TempDir(), "recorded")
	more := `{"method":"POST","path":"/apis/authorization.k8s.io/v1/subjectaccessreviews","contentType":"application/json","body":{"user":"ana"}}
{"method":"GET","path":"/api/v1/namespaces/shop/configmaps/rec-0"}
{"method":"PATCH","path":"/api/v1/namespaces/shop/configmaps/rec-0?fieldManager=kubechat","contentType":"application/merge-patch+json","body":{"metadata":{"resourceVersion":"23"}}}
{"method":"PUT","path":"/apis/kubechat.io/v1alpha1/namespaces/shop/chatrequests/rec-0/status","contentType":"application/json","body":{"metadata":{"uid":"uid-rec","resourceVersion":"19"},"status":{"phase":"Succeeded"}}}
`
	if err := os.WriteFile(file, []byte(recorded+more), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := newOperator(file)
	if err != nil {
		t.Fatal(err)
	}
	if o.api, err = newAPI(config); err != nil {
		t.Fatal(err)
	}
	var s subject
	s.Metadata.Name, s.Metadata.UID, s.Metadata.ResourceVersion = "new-9", "uid-new-9", "40"
	if err := o.handle(s); err != nil {
		t.Fatal(err)
	}
	f.mutex.Lock()
	last := f.calls[len(f.calls)-1]
	f.calls = nil
	f.mutex.Unlock()
	if !strings.Contains(last, `"phase":"AwaitingApproval"`) {
		t.Errorf("before the approval it ends with %s", last)
	}
	s.Spec.Approvals = []json.RawMessage{json.RawMessage(`{}`)}
	if err := o.handle(s); err != nil {
		t.Fatal(err)
	}
	want := `POST /api/v1/namespaces/shop/events as : {"metadata":{"name":"new-9.1"},"involvedObject":{"uid":"uid-new-9","resourceVersion":"40"}}
POST /apis/authorization.k8s.io/v1/subjectaccessreviews as : {"user":"ana"}
GET /api/v1/namespaces/shop/configmaps/new-9 as : 
PATCH /api/v1/namespaces/shop/configmaps/new-9 as : {"metadata":{"resourceVersion":"77"}}
PUT /apis/kubechat.io/v1alpha1/namespaces/shop/chatrequests/new-9/status as : {"metadata":{"uid":"uid-new-9","resourceVersion":"40"},"status":{"phase":"Succeeded"}}`
	if got := strings.Join(f.calls, "\n"); got != want {
		t.Errorf("sent:\n%s\nwant:\n%s", got, want)
	}
}

func TestRecordingsWithoutOneRequestAreRefused(t *testing.T) {
	two := recorded + strings.ReplaceAll(recorded, "rec-0", "rec-1")
	for _, text := range []string{two, `{"method":"GET","path":"/version"}`} {
		file := filepath.Join(t.TempDir(), "recorded")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := newOperator(file); err == nil {
			t.Errorf("taken:\n%s", text)
		}
	}
}
