package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTemplateCarriesTheUid(t *testing.T) {
	tpl, err := newTemplate([]byte(`{"kind":"AdmissionReview","request":{"uid":"old","object":{"big":12345678901234567890}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Request struct {
			UID    string
			Object struct{ Big json.Number }
		}
	}
	if err := json.Unmarshal(tpl.with("new"), &got); err != nil {
		t.Fatal(err)
	}
	if got.Request.UID != "new" || got.Request.Object.Big != "12345678901234567890" {
		t.Errorf("got %+v", got)
	}
	if _, err := newTemplate([]byte(`{"kind":"Pod"}`)); err == nil {
		t.Error("a Pod passes for an AdmissionReview")
	}
}

func TestWrongAnswersAreErrors(t *testing.T) {
	patch := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	answer := func(response string) string {
		return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":` + response + `}`
	}
	good := `{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"` + patch(`[{"op":"add","path":"/spec/requestedBy","value":{}}]`) + `"}`
	e := expectation{allowed: true, paths: []string{"/spec/requestedBy"}}
	if err := e.check([]byte(answer(good)), "u"); err != nil {
		t.Errorf("a right answer: %v", err)
	}
	for _, c := range []struct{ body, want string }{
		{`nonsense`, "no JSON"},
		{`{"apiVersion":"v1","kind":"Status"}`, "not an AdmissionReview"},
		{answer(`null`), "no response"},
		{answer(strings.Replace(good, `"u"`, `"v"`, 1)), "response.uid"},
		{answer(strings.Replace(good, "true", "false", 1)), "response.allowed"},
		{answer(`{"uid":"u","allowed":true}`), "patch is missing"},
		{answer(strings.Replace(good, "JSONPatch", "", 1)), "patchType"},
		{answer(`{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"%%"}`), "response.patch"},
		{answer(`{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"` + patch(`{}`) + `"}`), "response.patch"},
		{answer(`{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"` + patch(`[{"op":"add","path":"/metadata"}]`) + `"}`), "does not touch"},
	} {
		if err := e.check([]byte(c.body), "u"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something about %s", c.body, err, c.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	var ms []time.Duration
	for i := 1; i <= 200; i++ {
		ms = append(ms, time.Duration(i)*time.Millisecond)
	}
	for p, want := range map[float64]float64{50: 100, 90: 180, 99: 198, 100: 200, 0.1: 1} {
		if got := percentile(ms, p); got != want {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
	if percentile(nil, 50) != 0 {
		t.Error("of nothing")
	}
}

func TestMeasureCountsEveryRequestOnce(t *testing.T) {
	seen := make([]int32, 100)
	w := func(n int) error {
		seen[n]++
		if n == 7 {
			return errors.New("seven")
		}
		return nil
	}
	r, err := measure([]worker{w, w, w}, 100, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for n, k := range seen {
		if k != 1 {
			t.Errorf("request %d was sent %d times", n, k)
		}
	}
	if r.Errors != 1 || r.FirstError != "seven" || r.Parallel != 3 || r.CPU == nil {
		t.Errorf("%+v", r)
	}
}

func TestCalls(t *testing.T) {
	calls, err := parseCalls(strings.NewReader(`{"method":"POST","path":"/a/{{n}}","body":{"x":1}}

{"method":"PATCH","path":"/b","contentType":"application/apply-patch+yaml","body":"x: 1"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%d %s %s %s", len(calls), calls[0].body, calls[0].ContentType, calls[1].body); got != `2 {"x":1} application/json x: 1` {
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{``, `{"method":"GET"}`, `{"method":"GET","path":"/","bodi":1}`} {
		if _, err := parseCalls(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestLoadOverTLS(t *testing.T) {
	wrong := make(map[string]bool)
	var mutex sync.Mutex
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct{ Request struct{ UID string } }
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil || r.ProtoMajor != 1 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mutex.Lock()
		defer mutex.Unlock()
		if wrong[review.Request.UID] {
			t.Errorf("uid %s came twice", review.Request.UID)
		}
		wrong[review.Request.UID] = true
		if len(wrong) == 10 {
			panic(http.ErrAbortHandler) // a connection that breaks
		}
		fmt.Fprintf(w, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":%q,"allowed":true}}`, review.Request.UID)
	}))
	defer s.Close()
	dir := t.TempDir()
	ca, review := filepath.Join(dir, "ca"), filepath.Join(dir, "review")
	os.WriteFile(ca, pemOf(s), 0o600)
	os.WriteFile(review, []byte(`{"request":{"uid":""}}`), 0o600)
	h, err := newHook(s.URL+"/mutate?x=1", ca, review, expectation{allowed: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.load(4, 200, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Errors != 1 || len(wrong) != 200 {
		t.Errorf("%d errors (%s), %d reviews; want the broken connection and 200", r.Errors, r.FirstError, len(wrong))
	}
}
