package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"kubechat.io/hack/cluster/kubeconfig"
)

// An api is a bare client: HTTP/2, kept alive, nothing cached, nothing retried.
type api struct {
	client *http.Client
	server string
	token  string
	agent  string // User-Agent
}

func newAPI(path string) (*api, error) {
	c, err := kubeconfig.Read(path)
	if err != nil {
		return nil, err
	}
	token, err := c.Bearer()
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.CA) {
		return nil, fmt.Errorf("%s: no usable certificate-authority", path)
	}
	conf := &tls.Config{RootCAs: roots}
	if len(c.Cert) > 0 {
		pair, err := tls.X509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: client certificate: %w", path, err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	t := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true, DisableCompression: true}
	return &api{&http.Client{Transport: t}, c.Server, token, "apibench"}, nil
}

// connect makes the client and its connection, before any clock starts.
func connect(path string) (*api, error) {
	a, err := newAPI(path)
	if err != nil {
		return nil, err
	}
	return a, a.do(call{Method: http.MethodGet, Path: "/version"})
}

const callLimit = time.Minute

// do sends a call and forgets the answer.
func (a *api) do(c call) error {
	_, err := a.ask(c)
	return err
}

// ask sends a call and returns the body of an answer with the status that counts as success.
func (a *api) ask(c call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	resp, err := a.send(ctx, c)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if ok := resp.StatusCode/100 == 2; resp.StatusCode != c.Status && (c.Status != 0 || !ok) {
		return nil, fmt.Errorf("%s %s: HTTP %d: %.300s", c.Method, c.Path, resp.StatusCode, answer)
	}
	return answer, nil
}

func (a *api) send(ctx context.Context, c call) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, c.Method, a.server+c.Path, strings.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	if c.body != "" {
		r.Header.Set("Content-Type", c.ContentType)
	}
	r.Header.Set("User-Agent", a.agent)
	r.Header.Set("Accept", "application/json")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	if c.ImpersonateUser != "" {
		r.Header.Set("Impersonate-User", c.ImpersonateUser)
	}
	if c.ImpersonateUID != "" {
		r.Header.Set("Impersonate-Uid", c.ImpersonateUID)
	}
	for _, g := range c.ImpersonateGroups {
		r.Header.Add("Impersonate-Group", g)
	}
	return a.client.Do(r)
}

// list returns the resourceVersion of a collection as it is now.
func (a *api) list(path string) (string, error) {
	answer, err := a.ask(call{Method: http.MethodGet, Path: path})
	if err != nil {
		return "", err
	}
	var got struct {
		Metadata struct{ ResourceVersion string }
	}
	err = json.Unmarshal(answer, &got)
	return got.Metadata.ResourceVersion, err
}

// watch tells of every change of a collection after a resourceVersion. A watch that the server ends is taken up where it was;
// watch returns when that does not work.
func (a *api) watch(path, since string, on func(kind string, object json.RawMessage)) error {
	for {
		err := a.watchOnce(path, &since, on)
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("watch %s: %w", path, err)
		}
	}
}

func (a *api) watchOnce(path string, since *string, on func(kind string, object json.RawMessage)) error {
	resp, err := a.send(context.Background(), call{Method: http.MethodGet, Path: path + "?watch=true&resourceVersion=" + *since})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	for d := json.NewDecoder(resp.Body); ; {
		var event struct {
			Type   string
			Object json.RawMessage
		}
		if err := d.Decode(&event); err != nil {
			return err
		}
		if event.Type == "ERROR" {
			return fmt.Errorf("%.300s", event.Object)
		}
		var object struct {
			Metadata struct{ ResourceVersion string }
		}
		if err := json.Unmarshal(event.Object, &object); err != nil {
			return err
		}
		*since = object.Metadata.ResourceVersion
		on(event.Type, event.Object)
	}
}
