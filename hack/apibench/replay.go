package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"kubechat.io/hack/cluster/kubeconfig"
)

func runReplay(args []string) error {
	c := newCommon("replay")
	config := c.fs.String("kubeconfig", "", "whom to be")
	file := c.fs.String("requests", "", "JSON lines (see above)")
	concurrency := c.fs.String("concurrency", "1", "a row for each of these numbers of parallel requests")
	count := c.fs.Int("count", 0, "how many requests a row (default: each line once)")
	if err := c.parse(args); err != nil {
		return err
	}
	if *config == "" || *file == "" {
		return errors.New("--kubeconfig and --requests are needed")
	}
	parallel, err := numbers(*concurrency)
	if err != nil {
		return fmt.Errorf("--concurrency: %w", err)
	}
	api, err := newAPI(*config)
	if err != nil {
		return err
	}
	calls, err := readCalls(*file)
	if err != nil {
		return err
	}
	if *count == 0 {
		*count = len(calls)
	}
	if err := api.warm(); err != nil {
		return err
	}
	var rows []row
	sent := 0
	for _, n := range parallel {
		var workers []worker
		base := sent // numbers go on from row to row, so that names made of them stay unique
		for i := 0; i < n; i++ {
			workers = append(workers, func(k int) error { return api.do(calls[k%len(calls)], base+k) })
		}
		r, err := measure(workers, *count, *c.pid)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		sent += *count
	}
	return c.report(os.Stdout, rows)
}

// A call is one line of the file.
type call struct {
	Method            string          `json:"method"`
	Path              string          `json:"path"`
	ContentType       string          `json:"contentType"`
	Body              json.RawMessage `json:"body"`
	ImpersonateUser   string          `json:"impersonateUser"`
	ImpersonateGroups []string        `json:"impersonateGroups"`
	Status            int             `json:"status"`

	body string
}

const lineLimit = 4 << 20

func readCalls(path string) ([]call, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	calls, err := parseCalls(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return calls, nil
}

func parseCalls(r io.Reader) ([]call, error) {
	var calls []call
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineLimit)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var c call
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c.Method == "" || !strings.HasPrefix(c.Path, "/") {
			return nil, fmt.Errorf("line %d: method and a path from / are needed", n)
		}
		c.body = string(c.Body)
		if len(c.Body) > 0 && c.Body[0] == '"' {
			if err := json.Unmarshal(c.Body, &c.body); err != nil {
				return nil, fmt.Errorf("line %d: body: %w", n, err)
			}
		}
		if c.ContentType == "" {
			c.ContentType = "application/json"
		}
		calls = append(calls, c)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, errors.New("holds no requests")
	}
	return calls, nil
}

// An api is a bare client: HTTP/2, kept alive, nothing cached, nothing retried.
type api struct {
	client *http.Client
	server string
	token  string
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
	return &api{&http.Client{Transport: t, Timeout: time.Minute}, c.Server, token}, nil
}

// warm makes the connection before the clock starts.
func (a *api) warm() error {
	return a.do(call{Method: http.MethodGet, Path: "/version"}, 0)
}

func (a *api) do(c call, n int) error {
	number := strconv.Itoa(n)
	body := strings.ReplaceAll(c.body, "{{n}}", number)
	r, err := http.NewRequest(c.Method, a.server+strings.ReplaceAll(c.Path, "{{n}}", number), strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		r.Header.Set("Content-Type", c.ContentType)
	}
	r.Header.Set("User-Agent", "apibench")
	r.Header.Set("Accept", "application/json")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	if c.ImpersonateUser != "" {
		r.Header.Set("Impersonate-User", c.ImpersonateUser)
	}
	for _, g := range c.ImpersonateGroups {
		r.Header.Add("Impersonate-Group", g)
	}
	resp, err := a.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if ok := resp.StatusCode/100 == 2; resp.StatusCode != c.Status && (c.Status != 0 || !ok) {
		return fmt.Errorf("%s %s: HTTP %d: %.300s", c.Method, r.URL.Path, resp.StatusCode, answer)
	}
	return nil
}
