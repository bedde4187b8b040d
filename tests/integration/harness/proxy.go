package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Proxy is a process of hack/faultproxy between managers and the API server.
type Proxy struct {
	kubeconfig string
	admin      string
	cmd        *exec.Cmd
}

// A Rule as faultproxy's doc comment describes it.
type Rule struct {
	ID         string `json:"id,omitempty"`
	Match      Match  `json:"match"`
	Action     Action `json:"action"`
	DurationMS int    `json:"duration_ms,omitempty"`
}

type Match struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Query  string `json:"query,omitempty"`
	User   string `json:"user,omitempty"`
	Nth    int    `json:"nth,omitempty"`
	Times  int    `json:"times,omitempty"`
}

type Action struct {
	Type        string            `json:"type"`
	Forward     bool              `json:"forward,omitempty"`
	Stream      bool              `json:"stream,omitempty"`
	AfterBytes  int               `json:"after_bytes,omitempty"`
	AfterEvents int               `json:"after_events,omitempty"`
	ChunkBytes  int               `json:"chunk_bytes,omitempty"`
	DelayMS     int               `json:"delay_ms,omitempty"`
	Code        int               `json:"code,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	ContentType string            `json:"content_type,omitempty"`
}

// A Call is one line of the proxy's log.
type Call struct {
	Seq       int    `json:"seq"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Query     string `json:"query"`
	Type      string `json:"type"` // of the body
	Accept    string `json:"accept"`
	Agent     string `json:"agent"`
	User      string `json:"user"` // impersonated
	Rule      string `json:"rule"`
	Forwarded bool   `json:"forwarded"`
	Status    int    `json:"status"`
}

// A Trap is a rule in force.
type Trap struct {
	ID    string
	proxy *Proxy
}

// Proxy is the package's one, started by the first who asks. The test's rules go with the test.
func (c *Cluster) Proxy(t testing.TB) *Proxy {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.proxy == nil {
		p, err := c.startProxy()
		if err != nil {
			t.Fatal(err)
		}
		c.proxy = p
	}
	t.Cleanup(func() { c.proxy.Reset(t) })
	return c.proxy
}

// Reset ends all disturbance: what rules hold is dropped.
func (p *Proxy) Reset(t testing.TB) {
	t.Helper()
	p.do(t, "DELETE", "/blackhole", nil, nil)
	p.do(t, "DELETE", "/rules", nil, nil)
}

func (c *Cluster) startProxy() (*Proxy, error) {
	p := &Proxy{kubeconfig: filepath.Join(c.dir, "through-proxy")}
	p.cmd = exec.Command(c.proxyBinary, "--cluster", c.name, "--kubeconfig-in", c.managerKubeconfig, "--kubeconfig-out", p.kubeconfig)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("faultproxy has not said where it is: %w", err)
	}
	var where struct{ Admin string }
	if err := json.Unmarshal(line, &where); err != nil {
		return nil, fmt.Errorf("faultproxy: %q: %w", line, err)
	}
	p.admin = where.Admin
	return p, nil
}

func (p *Proxy) stop() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *Proxy) do(t testing.TB, method, path string, body, out any) {
	t.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, p.admin+path, &content)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		t.Fatalf("faultproxy: %s %s: %s", method, path, strings.TrimSpace(string(b)))
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *Proxy) Add(t testing.TB, r Rule) *Trap {
	t.Helper()
	var added struct{ ID string }
	p.do(t, "POST", "/rules", r, &added)
	return &Trap{ID: added.ID, proxy: p}
}

// Held waits until the trap holds n calls at the same time.
func (x *Trap) Held(t testing.TB, n int) { t.Helper(); x.await(t, "held", n) }

// Fired waits until the trap has acted n times.
func (x *Trap) Fired(t testing.TB, n int) { t.Helper(); x.await(t, "fired", n) }

func (x *Trap) await(t testing.TB, what string, n int) {
	t.Helper()
	x.proxy.do(t, "GET", fmt.Sprintf("/rules/%s?%s=%d&timeout_ms=60000", x.ID, what, n), nil, nil)
}

// Count is how often the trap has acted so far.
func (x *Trap) Count(t testing.TB) int {
	t.Helper()
	var v struct{ Fired int }
	x.proxy.do(t, "GET", "/rules/"+x.ID, nil, &v)
	return v.Fired
}

// Release lets what is held go on its way; Drop lets none of it arrive.
func (x *Trap) Release(t testing.TB) {
	t.Helper()
	x.proxy.do(t, "POST", "/rules/"+x.ID+"/release", nil, nil)
}

func (x *Trap) Drop(t testing.TB) {
	t.Helper()
	x.proxy.do(t, "POST", "/rules/"+x.ID+"/release?drop=1", nil, nil)
}

// Remove drops what is still held.
func (x *Trap) Remove(t testing.TB) { t.Helper(); x.proxy.do(t, "DELETE", "/rules/"+x.ID, nil, nil) }

var tokenFileLine = regexp.MustCompile(`(?m)^( +)tokenFile: .*$`)

// Kubeconfig is one for somebody with a token, through the proxy. It lasts as long as the test.
func (p *Proxy) Kubeconfig(t testing.TB, who *User) string {
	t.Helper()
	kubeconfig, err := os.ReadFile(p.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(own, tokenFileLine.ReplaceAll(kubeconfig, []byte("${1}token: "+who.token)), 0o600); err != nil {
		t.Fatal(err)
	}
	return own
}

// Kubectl runs the real one with that kubeconfig.
func Kubectl(kubeconfig, stdin string, args ...string) (string, error) {
	return command(stdin, "kubectl", append([]string{"--kubeconfig", kubeconfig}, args...)...)
}

// Calls are those that match, oldest first.
func (p *Proxy) Calls(t testing.TB, m Match) []Call {
	t.Helper()
	q := url.Values{"method": {m.Method}, "path": {m.Path}, "query": {m.Query}, "user": {m.User}}
	var out []Call
	p.do(t, "GET", "/requests?"+q.Encode(), nil, &out)
	return out
}

// BlackHole swallows everything for that long.
func (p *Proxy) BlackHole(t testing.TB, d time.Duration) {
	t.Helper()
	p.do(t, "POST", "/blackhole", map[string]int64{"duration_ms": d.Milliseconds()}, nil)
}

// Cut resets every connection.
func (p *Proxy) Cut(t testing.TB) { t.Helper(); p.do(t, "POST", "/cut", nil, nil) }
