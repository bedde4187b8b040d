package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	systemNamespace = "kubechat-system"
	release         = "kubechat"
	// Groups of the users of hack/cluster: what the chart lets the manager impersonate.
	groups = "sre,developers,viewers,approvers,platform-admins"
)

// A Cluster is the API server that the environment names, with the chart installed.
type Cluster struct {
	Admin *User
	Root  string // of the project's sources
	Store string // the audit store of this package's managers, a path

	name, tool, binary, proxyBinary, managerKubeconfig string

	dir      string
	audit    *auditLog
	etcdPort int

	mutex   sync.Mutex
	users   map[string]*User
	proxy   *Proxy
	pg      *postgres
	running map[*Manager]bool
	made    []string // namespaces
	logs    int
}

var current *Cluster

// Main sets up, runs the tests of a package and exits.
func Main(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	c, err := open()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(c.dir)
	current = c
	code := m.Run()
	if err := c.cleanUp(); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		code = 1
	}
	return code
}

// Get is the cluster that Main has set up.
func Get(t testing.TB) *Cluster {
	t.Helper()
	if current == nil {
		t.Fatal("TestMain of this package does not call harness.Main")
	}
	return current
}

func open() (*Cluster, error) {
	c := &Cluster{users: map[string]*User{}, running: map[*Manager]bool{}}
	var missing []string
	for _, x := range []struct {
		name string
		to   *string
	}{
		{"KUBECONFIG", new(string)}, {"KUBECHAT_TEST_CLUSTER", &c.name}, {"KUBECHAT_CLUSTER_TOOL", &c.tool},
		{"KUBECHAT_FAULTPROXY", &c.proxyBinary}, {"KUBECHAT_BIN", &c.binary}, {"KUBECHAT_ROOT", &c.Root},
	} {
		if *x.to = os.Getenv(x.name); *x.to == "" {
			missing = append(missing, x.name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("not set: %s; ./hack/test cluster starts a cluster and sets them", strings.Join(missing, ", "))
	}
	dir, err := os.MkdirTemp("", "kubechat-test-")
	if err != nil {
		return nil, err
	}
	c.dir, c.Store = dir, filepath.Join(dir, "audit.db")
	if err := c.install(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

// install brings the chart and the identities that tests act with. Doing it again changes nothing.
func (c *Cluster) install() error {
	if _, err := command("", "helm", "upgrade", "--install", release, filepath.Join(c.Root, "charts", "kubechat"), "--namespace", systemNamespace,
		"--create-namespace", "--set", "manager.replicas=0,webhook.timeoutSeconds=15,view.externalName=localhost,models.secrets={model-key,missing},impersonation.groups={"+groups+"}"); err != nil {
		return err
	}
	var err error
	if c.Admin, err = newUser("admin", os.Getenv("KUBECONFIG")); err != nil {
		return err
	}
	if err := until(60*time.Second, c.chartInForce); err != nil {
		return err
	}
	out, err := c.clusterTool("manager-kubeconfig", "--namespace", systemNamespace, "--serviceaccount", "kubechat-manager")
	if err != nil {
		return err
	}
	c.managerKubeconfig = strings.TrimSpace(out)
	if out, err = c.clusterTool("info", "-o", "json"); err != nil {
		return err
	}
	var info struct {
		AuditLog   string
		Components map[string]struct{ Port int }
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return err
	}
	c.etcdPort = info.Components["etcd"].Port
	c.audit, err = openAuditLog(info.AuditLog)
	return err
}

// chartInForce tells whether the API server serves the chart's kinds, has its manager's rights in force, and asks its admission policies:
// it notices each in its own time. A policy that nothing matches lends its status for the last one, which no manager is needed for.
func (c *Cluster) chartInForce() error {
	for _, kind := range []string{"chatrequests", "auditpolicies", "aiproviders"} {
		if _, err := c.Admin.Do("GET", "/apis/kubechat.io/v1alpha1/"+kind, nil); err != nil {
			return err
		}
	}
	who := Object{"user": "system:serviceaccount:" + systemNamespace + ":kubechat-manager"}
	system := &Namespace{Name: systemNamespace, cluster: c}
	for _, g := range []grant{
		{who, "", clusterRole("kubechat-manager"), `ClusterRoleBinding "kubechat-manager"`},
		system.grant(who, "kubechat-manager", system.Path("rbac.authorization.k8s.io/v1", "roles", "kubechat-manager")),
	} {
		if err := c.allInForce(g); err != nil {
			return err
		}
	}
	name := "probe-" + namespaceRun
	if _, err := c.TryPolicy(c.Admin, name, Object{"match": Object{"namespaces": []string{name}}}); err != nil && !IsStatus(err, 409) {
		return err
	}
	_, err := c.Admin.Patch(PoliciesPath+"/"+name+"/status?dryRun=All", "merge", Object{"status": Object{"conditions": []Object{}}})
	if !IsStatus(err, 403) || !strings.Contains(err.Error(), "status is written by kubechat alone") {
		return fmt.Errorf("the admission policies are not in force yet: writing a status: %v", err)
	}
	_, err = c.Admin.Do("DELETE", PoliciesPath+"/"+name, nil)
	return err
}

// User is one of hack/cluster's users: admin, admin-sso, sre, developer, viewer, approver.
func (c *Cluster) User(t testing.TB, name string) *User {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if u := c.users[name]; u != nil {
		return u
	}
	path, err := c.clusterTool("kubeconfig", name)
	if err != nil {
		t.Fatal(err)
	}
	u, err := newUser(name, strings.TrimSpace(path))
	if err != nil {
		t.Fatal(err)
	}
	c.users[name] = u
	return u
}

// ManagerToken is the credential of this package's managers, for tests that look where it must not stand.
func (c *Cluster) ManagerToken(t testing.TB) string {
	t.Helper()
	token, err := command("", "kubectl", "--kubeconfig", c.managerKubeconfig, "config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}")
	if err != nil {
		t.Fatal(err)
	}
	if token == "" {
		file, err := command("", "kubectl", "--kubeconfig", c.managerKubeconfig, "config", "view", "--raw", "-o", "jsonpath={.users[0].user.tokenFile}")
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		token = strings.TrimSpace(string(b))
	}
	return token
}

// StopComponent kills a program of the control plane, StartComponent starts it again and returns when it answers.
func (c *Cluster) StopComponent(t testing.TB, component string) {
	t.Helper()
	if _, err := c.clusterTool("stop-component", "--kill", component); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) StartComponent(t testing.TB, component string) {
	t.Helper()
	if _, err := c.clusterTool("start-component", component); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) clusterTool(verb string, args ...string) (string, error) {
	return command("", c.tool, append([]string{verb, "--name", c.name}, args...)...)
}

// command returns what a program printed on standard output; its standard error is part of the error.
func command(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s %s: %w: %s%s", filepath.Base(name), strings.Join(args, " "), err, out, failed.Stderr)
	}
	return string(out), err
}

// cleanUp leaves no request for the manager of the next package, which has another store.
func (c *Cluster) cleanUp() error {
	if c.proxy != nil {
		c.proxy.stop()
	}
	defer c.pg.stop()
	failed := make([]error, len(c.made))
	Parallel(len(c.made), 8, func(i int) {
		if failed[i] = c.clearRequests(c.made[i]); failed[i] == nil {
			_, failed[i] = c.Admin.Do("DELETE", "/api/v1/namespaces/"+c.made[i], nil)
		}
	})
	return errors.Join(failed...)
}

// clearRequests takes the finalizers away too: no manager runs any more that would.
func (c *Cluster) clearRequests(ns string) error {
	path := requestsPath(ns)
	if _, err := c.Admin.Do("DELETE", path, nil); err != nil {
		return err
	}
	left, err := c.Admin.Do("GET", path, nil)
	if err != nil {
		return err
	}
	for _, item := range left.List("items") {
		_, err := c.Admin.Patch(path+"/"+item.String("metadata.name"), "merge", Object{"metadata": Object{"finalizers": nil}})
		if err != nil && !IsStatus(err, 404) {
			return err
		}
	}
	return nil
}

// Eventually tries until f returns nil, and fails the test with its last error after limit.
func Eventually(t testing.TB, limit time.Duration, f func() error) {
	t.Helper()
	if err := until(limit, f); err != nil {
		t.Fatal(err)
	}
}

func until(limit time.Duration, f func() error) error {
	end := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("after %s: %w", limit, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
