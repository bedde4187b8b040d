package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A web talks to the components of one cluster as its administrator.
type web struct {
	http   *http.Client
	server string
}

func (c *cluster) web() (*web, error) {
	cert, err := tls.LoadX509KeyPair(c.path("pki", "admin.crt"), c.path("pki", "admin.key"))
	if err != nil {
		return nil, err
	}
	// Controller manager and scheduler serve self-made certificates. All are on loopback, found by a port of ours.
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true}
	return &web{http: &http.Client{Transport: &http.Transport{TLSClientConfig: conf, Proxy: nil}, Timeout: 5 * time.Second}, server: c.server()}, nil
}

func (w *web) get(ctx context.Context, url string) (int, []byte, error) {
	return w.do(ctx, http.MethodGet, url, nil)
}

func (w *web) do(ctx context.Context, method, url string, body any) (int, []byte, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		r = strings.NewReader(string(b))
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("User-Agent", "kubechat-cluster") // the audit log tells our polling from others' requests
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, b, err
}

// object reads one object or list from the API server into out; false when there is none.
func (w *web) object(ctx context.Context, path string, out any) (bool, error) {
	status, b, err := w.get(ctx, w.server+path)
	switch {
	case err != nil:
		return false, err
	case status == http.StatusNotFound:
		return false, nil
	case status != http.StatusOK:
		return false, fmt.Errorf("GET %s: %d: %s", path, status, message(b))
	}
	return true, json.Unmarshal(b, out)
}

// message is what a metav1.Status says, or the body as it is.
func message(b []byte) string {
	var s struct{ Message string }
	if json.Unmarshal(b, &s) == nil && s.Message != "" {
		return s.Message
	}
	return strings.TrimSpace(string(b))
}
