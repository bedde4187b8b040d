package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A bench is the proxy between a client of the given protocol and a small server that echoes, counts and watches.
type bench struct {
	t       *testing.T
	client  *http.Client
	server  string
	admin   string
	proxy   *proxy
	handled atomic.Int32
}

func newBench(t *testing.T, h2 bool) *bench {
	b := &bench{t: t}
	api := httptest.NewUnstartedServer(http.HandlerFunc(b.serve))
	api.EnableHTTP2 = true
	api.StartTLS()
	t.Cleanup(api.Close)
	server, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(api.Certificate())

	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	p := newProxy(target{server: server, roots: roots, cert: api.TLS.Certificates[0]}, raw)
	b.proxy = p
	go p.serve([]string{"h2", "http/1.1"})
	control := httptest.NewServer(p.admin())
	t.Cleanup(control.Close)

	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: h2}
	t.Cleanup(tr.CloseIdleConnections)
	b.client = &http.Client{Transport: tr, Timeout: 10 * time.Second}
	b.server, b.admin = "https://"+raw.Addr().String(), control.URL
	return b
}

func (b *bench) serve(w http.ResponseWriter, r *http.Request) {
	b.handled.Add(1)
	if r.URL.Query().Get("watch") != "" {
		for i := 1; i <= 3; i++ {
			fmt.Fprintf(w, `{"type":"ADDED","object":{"n":%d}}`+"\n", i)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s as %s with %s: %s", r.Method, r.URL.Path, r.Header.Get("Impersonate-User"), r.Header.Get("Authorization"), body)
}

// tell talks to the admin interface and decodes the answer into out.
func (b *bench) tell(method, path, body string, out any) {
	b.t.Helper()
	r, _ := http.NewRequest(method, b.admin+path, strings.NewReader(body))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 {
		b.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) get(path string) (string, int, error) {
	resp, err := b.client.Get(b.server + path)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), resp.StatusCode, err
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) { test(t, newBench(t, h2)) })
	}
}

func TestPassesThroughUnchanged(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		r, _ := http.NewRequest("PATCH", b.server+"/x?y=1", strings.NewReader("body"))
		r.Header.Set("Impersonate-User", "ana")
		r.Header.Set("Authorization", "Bearer t")
		resp, err := b.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		if string(text) != "PATCH /x as ana with Bearer t: body" {
			t.Errorf("got %q", text)
		}
		var log []record
		b.tell("GET", "/requests?user=ana&method=PATCH", "", &log)
		if len(log) != 1 || log[0].Status != 200 || log[0].Query != "y=1" || !log[0].Forwarded {
			t.Errorf("log: %+v", log)
		}
	})
}

func TestHoldBefore(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.tell("POST", "/rules", `{"id":"h","match":{"path":"^/held$"},"action":{"type":"hold-before"}}`, nil)
		done := make(chan error, 2)
		ctx, leave := context.WithCancel(context.Background())
		go func() { // this client leaves while its request is held
			r, _ := http.NewRequestWithContext(ctx, "GET", b.server+"/held", nil)
			_, err := b.client.Do(r)
			done <- err
		}()
		b.tell("GET", "/rules/h?held=1", "", nil)
		if n := b.handled.Load(); n != 0 {
			t.Fatalf("the server handled %d requests that were held", n)
		}
		leave()
		if err := <-done; err == nil {
			t.Fatal("a client that left got an answer")
		}
		b.tell("POST", "/rules/h/release", "", nil)
		for end := time.Now().Add(5 * time.Second); b.handled.Load() != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("a released request never arrived")
			}
		}
		go func() {
			_, _, err := b.get("/held")
			done <- err
		}()
		b.tell("GET", "/rules/h?held=1", "", nil)
		b.tell("POST", "/rules/h/release?drop=1", "", nil)
		if err := <-done; err == nil {
			t.Error("a dropped request got an answer")
		}
		if n := b.handled.Load(); n != 1 {
			t.Errorf("the server handled %d requests, want 1", n)
		}
	})
}

func TestHoldAfter(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.tell("POST", "/rules", `{"id":"h","match":{"times":1},"action":{"type":"hold-after"}}`, nil)
		done := make(chan string, 1)
		go func() {
			text, _, err := b.get("/held")
			done <- fmt.Sprint(text, err)
		}()
		b.tell("GET", "/rules/h?held=1", "", nil)
		if n := b.handled.Load(); n != 1 {
			t.Fatalf("the server handled %d requests, want 1", n)
		}
		select {
		case got := <-done:
			t.Fatalf("an answer before the release: %s", got)
		case <-time.After(20 * time.Millisecond):
		}
		b.tell("POST", "/rules/h/release", "", nil)
		if got := <-done; !strings.HasPrefix(got, "GET /held") {
			t.Errorf("got %q", got)
		}
	})
}

func TestStatus(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.tell("POST", "/rules", `{"match":{"nth":2,"times":1},"action":{"type":"status","code":429,"reason":"TooManyRequests","headers":{"Retry-After":"3"}}}`, nil)
		var codes []int
		for i := 0; i < 3; i++ {
			text, code, err := b.get("/")
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
			if code == 429 && !strings.Contains(text, `"retryAfterSeconds":3`) {
				t.Errorf("body %s", text)
			}
		}
		if fmt.Sprint(codes) != "[200 429 200]" || b.handled.Load() != 2 {
			t.Errorf("codes %v, handled %d", codes, b.handled.Load())
		}
		b.tell("DELETE", "/rules", "", nil)
		b.tell("POST", "/rules", `{"action":{"type":"status","code":504,"forward":true}}`, nil)
		if _, code, err := b.get("/"); code != 504 || err != nil || b.handled.Load() != 3 {
			t.Errorf("forwarded: code %d, err %v, handled %d", code, err, b.handled.Load())
		}
	})
}

func TestBrokenConnections(t *testing.T) {
	for _, c := range []struct {
		action  string
		handled int32
	}{
		{`{"type":"reset"}`, 0},
		{`{"type":"reset","forward":true}`, 1},
		{`{"type":"cut","after_bytes":5}`, 1},
		{`{"type":"cut","after_bytes":5,"stream":true}`, 1},
	} {
		each(t, func(t *testing.T, b *bench) {
			b.tell("POST", "/rules", `{"match":{"method":"POST"},"action":`+c.action+`}`, nil)
			resp, err := b.client.Post(b.server+"/", "text/plain", strings.NewReader("x"))
			text := []byte{}
			if err == nil {
				text, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if err == nil {
				t.Errorf("%s: answer %q without an error", c.action, text)
			}
			if strings.Contains(c.action, "cut") && string(text) != "POST " {
				t.Errorf("%s: %q came through, want 5 bytes", c.action, text)
			}
			if b.handled.Load() != c.handled {
				t.Errorf("%s: handled %d, want %d", c.action, b.handled.Load(), c.handled)
			}
			if _, code, err := b.get("/"); code != 200 || err != nil {
				t.Errorf("%s: afterwards %d %v", c.action, code, err)
			}
		})
	}
}

func TestWatchEvents(t *testing.T) {
	for _, c := range []struct{ action, want string }{
		{`{"type":"gone-event","after_events":2}`, `1 2 410`},
		{`{"type":"gone-event"}`, `410`},
		{`{"type":"duplicate-event","after_events":2}`, `1 2 2 3`},
		{`{"type":"split","chunk_bytes":3}`, `1 2 3`},
	} {
		each(t, func(t *testing.T, b *bench) {
			b.tell("POST", "/rules", `{"match":{"query":"watch=true"},"action":`+c.action+`}`, nil)
			resp, err := b.client.Get(b.server + "/pods?watch=true")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got []string
			for d := json.NewDecoder(resp.Body); len(got) < len(strings.Fields(c.want)); {
				var e struct{ Object struct{ N, Code int } }
				if err := d.Decode(&e); err != nil {
					t.Fatalf("%s: after %v: %v", c.action, got, err)
				}
				got = append(got, fmt.Sprint(e.Object.N+e.Object.Code))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: got %v, want %s", c.action, got, c.want)
			}
		})
	}
}

func TestStallBody(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.tell("POST", "/rules", `{"id":"s","action":{"type":"stall-body","after_bytes":3}}`, nil)
		resp, err := b.client.Get(b.server + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		part := make([]byte, 3)
		if _, err := io.ReadFull(resp.Body, part); err != nil || string(part) != "GET" {
			t.Fatalf("%q %v", part, err)
		}
		b.tell("GET", "/rules/s?held=1", "", nil)
		b.tell("POST", "/rules/s/release", "", nil)
		rest, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.HasPrefix(rest, []byte(" / as")) {
			t.Errorf("rest %q %v", rest, err)
		}
	})
}

func TestBlackhole(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		if _, _, err := b.get("/"); err != nil {
			t.Fatal(err)
		}
		b.tell("POST", "/blackhole", `{"duration_ms":0}`, nil)
		done := make(chan error, 2)
		go func() { _, _, err := b.get("/old-connection"); done <- err }()
		fresh := &http.Client{Transport: b.client.Transport.(*http.Transport).Clone()}
		go func() {
			resp, err := fresh.Get(b.server + "/new-connection")
			if err == nil {
				resp.Body.Close()
			}
			done <- err
		}()
		select {
		case err := <-done:
			t.Fatalf("something came out of the black hole: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		if n := b.handled.Load(); n != 1 {
			t.Errorf("handled %d during the black hole", n)
		}
		b.tell("DELETE", "/blackhole", "", nil)
		for i := 0; i < 2; i++ {
			if err := <-done; err != nil {
				t.Errorf("after it: %v", err)
			}
		}
	})
}

func TestCutAll(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		resp, err := b.client.Get(b.server + "/pods?watch=true")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var n map[string]int
		b.tell("POST", "/cut", "", &n)
		if n["connections"] != 1 {
			t.Errorf("cut %v", n)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("the watch ended without an error")
		}
	})
}
