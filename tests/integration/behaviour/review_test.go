package behaviour

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// webhookClient trusts what the API server is told to trust.
func (w *world) webhookClient(t *testing.T) *http.Client {
	t.Helper()
	hook := w.admin.Must(t, "GET", webhooks[0], nil).List("webhooks")[0]
	bundle, err := base64.StdEncoding.DecodeString(hook.String("clientConfig.caBundle"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(bundle) {
		t.Fatalf("caBundle: %s", bundle)
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: config}}
}

// Whoever reaches the webhook's port may send anything; the manager answers that it is nothing, and goes on.
func (w *world) testMalformedReviews(t *testing.T) {
	client := w.webhookClient(t)
	send := func(method, path, contentType string, body []byte) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, "https://127.0.0.1:"+w.manager.WebhookPort+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	review := func(request any) []byte {
		b, err := json.Marshal(object{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	resource := object{"group": "kubechat.io", "version": "v1alpha1", "resource": "chatrequests"}
	good := object{"uid": "1", "operation": "CREATE", "resource": resource, "userInfo": object{"username": "sre"}, "namespace": "shop",
		"object": object{"apiVersion": "kubechat.io/v1alpha1", "kind": "ChatRequest", "metadata": object{"name": "x", "namespace": "shop"}, "spec": object{"prompt": "x"}}}
	for _, path := range []string{"/mutate", "/validate"} {
		for _, c := range []struct {
			name  string
			body  []byte
			words string
		}{
			{"nothing", nil, "AdmissionReview"},
			{"no JSON", []byte("hello"), "AdmissionReview"},
			{"cut off", review(good)[:100], "AdmissionReview"},
			{"two of them", append(review(good), review(good)...), "AdmissionReview"},
			{"a list", []byte("[]"), "AdmissionReview"},
			{"null", []byte("null"), "AdmissionReview"},
			{"deeply nested", []byte(strings.Repeat("[", 100000) + strings.Repeat("]", 100000)), "AdmissionReview"},
			{"not UTF-8", []byte("{\"kind\":\"\xff\xfe\"}"), "AdmissionReview"},
			{"a name twice", []byte(`{"kind":"AdmissionReview","kind":"AdmissionReview"}`), "AdmissionReview"},
			{"another kind", []byte(`{"apiVersion":"v1","kind":"Pod"}`), "apiVersion and kind are not admission.k8s.io/v1, AdmissionReview"},
			{"no request", review(nil), "request.uid is missing"},
			{"request is a string", review("x"), "request.uid is missing"},
			{"uid too long", review(with(good, object{"uid": strings.Repeat("a", 4096)})), "request.uid is missing or too long"},
			{"of another resource", review(with(good, object{"resource": with(resource, object{"resource": "pods"})})), "request.resource is not chatrequests.kubechat.io"},
			{"of another operation", review(with(good, object{"operation": "CONNECT"})), "neither CREATE nor UPDATE"},
			{"no object", review(with(good, object{"object": nil})), "request.object is missing"},
			{"an update of nothing", review(with(good, object{"operation": "UPDATE"})), "request.oldObject is missing"},
			{"nobody asks", review(with(good, object{"userInfo": nil})), "request.userInfo.username"},
			{"a name with NUL", review(with(good, object{"userInfo": object{"username": "sre\u0000olga"}})), "NUL"},
			{"groups are numbers", review(with(good, object{"userInfo": object{"username": "sre", "groups": []int{1}}})), "request.userInfo.groups"},
		} {
			code, body := send("POST", path, "application/json", c.body)
			if code != 400 || !strings.Contains(body, c.words) {
				t.Errorf("%s %s: %d %s\nwanted 400 and %q", path, c.name, code, body, c.words)
			}
			var answer object
			if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.String("message") == "" {
				t.Errorf("%s %s: the answer is no JSON with a message: %s", path, c.name, body)
			}
		}
		if code, body := send("GET", path, "", nil); code != 405 || !strings.Contains(body, "POST") {
			t.Errorf("GET %s: %d %s", path, code, body)
		}
		// Hanging up on it is an answer as well.
		resp, err := client.Post("https://127.0.0.1:"+w.manager.WebhookPort+path, "application/json", bytes.NewReader(bytes.Repeat([]byte(" "), 20<<20)))
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 413 {
				t.Errorf("%s: 20 MiB: %s", path, resp.Status)
			}
		}
	}
	if code, _ := send("POST", "/elsewhere", "application/json", review(good)); code != 404 {
		t.Errorf("/elsewhere: %d", code)
	}
	// No HTTP at all, and no more of it than a beginning.
	for _, noise := range []string{"\x00\x01\x02 no TLS", strings.Repeat("A", 1<<16)} {
		w.shout(t, nil, noise)
	}
	config := client.Transport.(*http.Transport).TLSClientConfig
	for _, noise := range []string{"NONSENSE\r\n\r\n", "POST /mutate HTTP/1.1\r\nContent-Length: -5\r\n\r\n", "POST /mutate HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"POST /mutate HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", "POST /mutate HTTP/1.1\r\nX: " + strings.Repeat("a", 1<<20), "GET"} {
		w.shout(t, config, noise)
	}
	if code, body := send("POST", "/mutate", "application/json", review(good)); code != 200 || !strings.Contains(body, `"allowed":true`) {
		t.Errorf("a good review: %d %s", code, body)
	}
	w.serves(t)
}

// shout sends bytes to the webhook's port and leaves.
func (w *world) shout(t *testing.T, config *tls.Config, text string) {
	t.Helper()
	conn, err := dial("127.0.0.1:"+w.manager.WebhookPort, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
	io.WriteString(conn, text) // the other side may hang up in the middle
	io.Copy(io.Discard, conn)
}
