package harness

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A User calls the API directly, never through the fault proxy.
type User struct {
	Name       string
	Kubeconfig string
	server     string
	token      string
	as         http.Header // whom the calls are made as, other than the user itself
	http       *http.Client
}

// An Object is JSON of the API.
type Object map[string]any

// A StatusError is an answer of the API server outside 2xx.
type StatusError struct {
	Code    int
	Message string // of its metav1.Status
	call    string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s: %d: %s", e.call, e.Code, e.Message) }

// IsStatus tells whether err is an answer with that HTTP status.
func IsStatus(err error, code int) bool {
	var e *StatusError
	return errors.As(err, &e) && e.Code == code
}

var patchTypes = map[string]string{
	"merge": "application/merge-patch+json", "json": "application/json-patch+json", "strategic": "application/strategic-merge-patch+json",
}

func newUser(name, kubeconfig string) (*User, error) {
	out, err := command("", "kubectl", "--kubeconfig", kubeconfig, "config", "view", "--raw", "--minify", "--flatten", "-o", "json")
	if err != nil {
		return nil, err
	}
	var c struct {
		Clusters []struct {
			Cluster struct {
				Server string
				CA     []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			User struct {
				Token string
				Cert  []byte `json:"client-certificate-data"`
				Key   []byte `json:"client-key-data"`
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		return nil, err
	}
	if len(c.Clusters) != 1 || len(c.Users) != 1 {
		return nil, fmt.Errorf("%s: it has no current context with one cluster and one user", kubeconfig)
	}
	who := c.Users[0].User
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(c.Clusters[0].Cluster.CA)
	if len(who.Cert) > 0 {
		pair, err := tls.X509KeyPair(who.Cert, who.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kubeconfig, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 10}
	return &User{Name: name, Kubeconfig: kubeconfig, server: c.Clusters[0].Cluster.Server, token: who.Token,
		http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}, nil
}

// As is somebody whom this user impersonates. The API server adds the groups that a service account has.
func (u *User) As(name, uid string, groups ...string) *User {
	other := *u
	other.Name, other.as = name, http.Header{"Impersonate-User": {name}}
	if uid != "" {
		other.as.Set("Impersonate-Uid", uid)
	}
	if len(groups) > 0 {
		other.as["Impersonate-Group"] = groups
	}
	return &other
}

// Do makes one call with a JSON body, or none for nil. Bytes are sent as they are.
func (u *User) Do(method, path string, body any) (Object, error) {
	return u.call(method, path, "application/json", body)
}

// Patch: kind is merge, json or strategic.
func (u *User) Patch(path, kind string, body any) (Object, error) {
	return u.call("PATCH", path, patchTypes[kind], body)
}

func (u *User) call(method, path, contentType string, body any) (Object, error) {
	var content io.Reader
	if b, ok := body.([]byte); ok {
		content = bytes.NewReader(b)
	} else if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, u.server+path, content)
	if err != nil {
		return nil, err
	}
	for name, values := range u.as {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if u.token != "" {
		req.Header.Set("Authorization", "Bearer "+u.token)
	}
	resp, err := u.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var o Object
	if err := json.Unmarshal(b, &o); err != nil && resp.StatusCode < 300 {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		message := o.String("message")
		if message == "" {
			message = string(b)
		}
		return o, &StatusError{Code: resp.StatusCode, Message: message, call: u.Name + ": " + method + " " + path}
	}
	return o, nil
}

// Must is Do that has to succeed.
func (u *User) Must(t testing.TB, method, path string, body any) Object {
	t.Helper()
	o, err := u.Do(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Kubectl runs the real one as this user and returns what it printed on both streams.
func (u *User) Kubectl(stdin string, args ...string) (string, error) {
	out, err := command(stdin, "kubectl", append([]string{"--kubeconfig", u.Kubeconfig}, args...)...)
	if err != nil {
		return err.Error(), err
	}
	return out, nil
}

// At follows a dotted path of plain field names; nil when there is nothing.
func (o Object) At(path string) any {
	var v any = o
	for _, name := range strings.Split(path, ".") {
		switch m := v.(type) {
		case Object:
			v = m[name]
		case map[string]any:
			v = m[name]
		default:
			return nil
		}
	}
	return v
}

func (o Object) String(path string) string {
	s, _ := o.At(path).(string)
	return s
}

func (o Object) Int(path string) int {
	n, _ := o.At(path).(float64)
	return int(n)
}

func (o Object) List(path string) []Object {
	var out []Object
	items, _ := o.At(path).([]any)
	for _, x := range items {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// Condition is the one of that type in status.conditions.
func (o Object) Condition(kind string) Object {
	for _, c := range o.List("status.conditions") {
		if c.String("type") == kind {
			return c
		}
	}
	return nil
}
