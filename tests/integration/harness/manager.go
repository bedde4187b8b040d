package harness

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options of a manager; the zero value is a plain one with the package's store.
type Options struct {
	Proxy   *Proxy   // between it and the API server
	Store   string   // path; default Cluster.Store
	Service *Service // it is one of several replicas, of which one leads
	View    string   // address that outputs are served at; default 127.0.0.1
	Args    []string // more flags
	NoKey   bool     // it captures nothing
}

// A Manager is one process of kubechat manager.
type Manager struct {
	Log         string // path of what it wrote to standard error
	WebhookPort string
	ProbePort   string

	t       testing.TB
	cluster *Cluster
	service *Service
	cmd     *exec.Cmd
	ended   chan struct{}
	state   *os.ProcessState
}

// How long a manager may take for it on a busy machine. How fast it has to be, tests say that look at just that.
const (
	startLimit = 60 * time.Second
	endLimit   = 30 * time.Second
)

var (
	startedLine = regexp.MustCompile(`manager: started .*webhook-port=(\d+) probe-port=(\d+)`)
	// What the sanitizers of the dev build print.
	sanitizerLine = regexp.MustCompile(`(?m)^.*(ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:).*$`)
)

// Start returns when the manager is ready and the API server reaches its webhook. It is stopped at the end of the test.
func (c *Cluster) Start(t testing.TB, o Options) *Manager {
	t.Helper()
	m := c.Launch(t, o)
	m.awaitReady(t)
	return m
}

// Launch returns as soon as the manager says that it has started.
func (c *Cluster) Launch(t testing.TB, o Options) *Manager {
	t.Helper()
	m := c.Begin(t, o)
	m.awaitStarted(t)
	return m
}

// Begin does not wait for anything.
func (c *Cluster) Begin(t testing.TB, o Options) *Manager {
	t.Helper()
	kubeconfig, store, url := c.managerKubeconfig, c.storeFlags(), "https://127.0.0.1:0"
	if o.Proxy != nil {
		kubeconfig = o.Proxy.kubeconfig
	}
	if o.Store != "" {
		store = []string{"--store", "sqlite:" + o.Store}
	}
	if o.Service != nil {
		url = o.Service.url
	}
	view := "127.0.0.1"
	if o.View != "" {
		view = o.View
	}
	args := []string{"manager", "--kubeconfig", kubeconfig, "--webhook-url", url, "--webhook-address", "127.0.0.1",
		"--webhook-port", "0", "--view-address", view, "--view-port", "0", "--probe-address", "127.0.0.1", "--probe-port", "0",
		"--impersonate-groups", groups, fmt.Sprintf("--leader-elect=%v", o.Service != nil)}
	if !o.NoKey {
		args = append(args, "--capture-key-file", c.captureKey(t))
	}
	args = append(append(args, store...), o.Args...)
	m := &Manager{t: t, cluster: c, service: o.Service, cmd: exec.Command(c.binary, args...), ended: make(chan struct{})}
	// Not even a test that is killed leaves it behind.
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.claim(t, m)
	log, err := os.Create(m.Log)
	if err != nil {
		t.Fatal(err)
	}
	m.cmd.Stderr = log
	err = m.cmd.Start()
	log.Close()
	if err != nil {
		c.letGo(m)
		t.Fatal(err)
	}
	go func() {
		m.cmd.Wait() // its error is in the state
		m.state = m.cmd.ProcessState
		o.Service.remove(m)
		c.letGo(m)
		close(m.ended)
	}()
	t.Cleanup(m.finish)
	return m
}

// captureKey is the file that all managers of this cluster lock their captures with.
func (c *Cluster) captureKey(t testing.TB) string {
	t.Helper()
	path := filepath.Join(c.dir, "capture.key")
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return path
	}
	if err == nil {
		_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// claim makes sure that only one manager runs, or several of one Service.
func (c *Cluster) claim(t testing.TB, m *Manager) {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for other := range c.running {
		if m.service == nil || other.service != m.service {
			t.Fatal("a manager runs already; Kill or Terminate it first")
		}
	}
	c.running[m] = true
	c.logs++
	m.Log = filepath.Join(c.dir, fmt.Sprintf("manager-%d.log", c.logs))
}

func (c *Cluster) letGo(m *Manager) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.running, m)
}

// AwaitReady is what Start does after Begin.
func (m *Manager) AwaitReady(t testing.TB) {
	t.Helper()
	m.awaitStarted(t)
	m.awaitReady(t)
}

func (m *Manager) awaitStarted(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(startLimit); m.ProbePort == ""; time.Sleep(5 * time.Millisecond) {
		if found := startedLine.FindStringSubmatch(m.logText()); found != nil {
			m.WebhookPort, m.ProbePort = found[1], found[2]
			m.service.add(m)
			return
		}
		select {
		case <-m.ended:
			t.Fatalf("the manager ended: %s\n%s", m.state, m.logText())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the manager has not started after %s:\n%s", startLimit, m.logText())
		}
	}
}

// awaitReady also waits for the API server to have noticed where the webhooks are now: a request of somebody who may ask passes both of
// them, which it learns of one after the other.
func (m *Manager) awaitReady(t testing.TB) {
	t.Helper()
	probe := Object{"apiVersion": "kubechat.io/v1alpha1", "kind": "ChatRequest", "metadata": Object{"name": "probe"}, "spec": Object{"prompt": "probe"}}
	asks := m.cluster.Admin.As("probe", "", "platform-admins")
	Eventually(t, startLimit, func() error {
		if code, body := m.Probe("/readyz"); code != 200 {
			return fmt.Errorf("readyz: %d %s", code, body)
		}
		_, err := asks.Do("POST", requestsPath(systemNamespace)+"?dryRun=All", probe)
		if webhookIsAway(err) {
			return err
		}
		return nil
	})
}

func webhookIsAway(err error) bool {
	var e *StatusError
	return errors.As(err, &e) && e.Code == 500 && strings.Contains(e.Message, "failed calling webhook")
}

// Probe asks /readyz, /healthz or /metrics; 0 when nobody answers.
func (m *Manager) Probe(path string) (int, string) {
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get("http://127.0.0.1:" + m.ProbePort + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// Kill is kill -9; it returns when the process is gone.
func (m *Manager) Kill(t testing.TB) {
	t.Helper()
	m.cmd.Process.Kill()
	<-m.ended
}

// Terminate sends SIGTERM and returns how long the manager took. More than limit, or an exit code that is not 0, fails the
// test.
func (m *Manager) Terminate(t testing.TB, limit time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	m.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-m.ended:
	case <-time.After(limit):
		m.Kill(t)
		t.Errorf("the manager had not ended %s after SIGTERM\n%s", limit, m.tail())
		return limit
	}
	if code := m.state.ExitCode(); code != 0 {
		t.Errorf("the manager ended with %s\n%s", m.state, m.tail())
	}
	return time.Since(began)
}

// Stop is SIGSTOP. It returns when every thread stands still: the signal alone only asks for that, and on a busy machine some go on for
// a while.
func (m *Manager) Stop(t testing.TB) {
	t.Helper()
	m.cmd.Process.Signal(syscall.SIGSTOP)
	Eventually(t, endLimit, func() error {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", m.cmd.Process.Pid))
		if err != nil || len(threads) == 0 {
			return fmt.Errorf("the manager has no threads: %v", err)
		}
		for _, path := range threads {
			stat, err := os.ReadFile(path)
			// PID (NAME) STATE ...
			if i := bytes.LastIndexByte(stat, ')'); err != nil || !bytes.HasPrefix(stat[i+1:], []byte(" T ")) {
				return fmt.Errorf("a thread of the manager does not stop: %v %s", err, stat)
			}
		}
		return nil
	})
}

// Continue is SIGCONT.
func (m *Manager) Continue() { m.cmd.Process.Signal(syscall.SIGCONT) }

// Leads tells whether it says so itself.
func (m *Manager) Leads() bool {
	_, text := m.Probe("/readyz?verbose")
	return strings.Contains(text, "[+]leader ok")
}

// AwaitLeading waits until it leads and watches, and returns how long that took.
func (m *Manager) AwaitLeading(t testing.TB, limit time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	Eventually(t, limit, func() error {
		if code, text := m.Probe("/readyz?verbose"); code != 200 || strings.Contains(text, "[~]") {
			return fmt.Errorf("does not lead: %d %s\n%s", code, text, m.tail())
		}
		return nil
	})
	return time.Since(began)
}

// finish ends the manager with its test, and says what a sanitizer found.
func (m *Manager) finish() {
	select {
	case <-m.ended:
	default:
		m.Continue()
		m.Terminate(m.t, endLimit)
	}
	if found := sanitizerLine.FindString(m.logText()); found != "" {
		m.t.Errorf("%s\n%s", found, m.logText())
	}
	if m.t.Failed() {
		m.t.Logf("manager's log, its end:\n%s", m.tail())
	}
}

func (m *Manager) logText() string {
	b, _ := os.ReadFile(m.Log)
	return string(b)
}

// LogHas tells whether the manager has logged these words.
func (m *Manager) LogHas(words string) bool { return strings.Contains(m.logText(), words) }

// Logged is nil once it has.
func (m *Manager) Logged(words string) error {
	if m.LogHas(words) {
		return nil
	}
	return fmt.Errorf("not in the manager's log: %q\n%s", words, m.tail())
}

func (m *Manager) tail() string {
	lines := bytes.Split(bytes.TrimSpace([]byte(m.logText())), []byte("\n"))
	if len(lines) > 60 {
		lines = lines[len(lines)-60:]
	}
	return string(bytes.Join(lines, []byte("\n")))
}
