package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Two managers in pods of their own share PostgreSQL: the schema comes by the chart's Job, one leads, the other takes over, and an
// upgrade that replaces both refuses nobody.
func TestReplicas(t *testing.T) {
	needNode(t)
	script := filepath.Join(root, "hack/postgres")
	if _, err := os.Stat(script); err != nil {
		t.Fatal(err)
	}
	uninstall(t) // a manager with another store would take the requests of this one
	secrets(t, startPostgres(t, script))
	settings := []string{groups, "store.postgres.secretName=store", "store.postgres.caSecretName=ca", "store.postgres.migrate.secretName=owner",
		"store.postgres.migrate.writerRole=kubechat_writer", "signingKey.secretName=signing"}
	install(t, chart, settings...)
	t.Cleanup(func() { uninstall(t) })
	if got := kubectl(t, "get", "deployment", "kubechat-manager", "--namespace", namespace, "-o", "jsonpath={.status.readyReplicas}"); got != "2" {
		t.Fatalf("%s of 2 managers are ready", got)
	}

	succeeds(t, ask(t, "on-postgres", "scale checkout to 4"), 4)

	first := leader(t)
	if first == "" {
		t.Fatal("nobody leads")
	}
	kubectl(t, "delete", "pod", first, "--namespace", namespace, "--wait=false")
	began := time.Now()
	eventually(t, 60*time.Second, func() error {
		if now := leader(t); now == "" || now == first {
			return fmt.Errorf("%q leads", now)
		}
		return nil
	})
	t.Logf("%s leads %.1f s after %s was deleted", leader(t), time.Since(began).Seconds(), first)
	succeeds(t, ask(t, "after-the-leader", "scale checkout to 3"), 3)

	t.Run("UpgradeRefusesNobody", func(t *testing.T) {
		done := make(chan struct{})
		refused := make(chan []string)
		go func() { refused <- keepAsking(done) }()
		install(t, chart, append(settings, "manager.workers=8")...)
		time.Sleep(2 * time.Second) // the last old pod is on its way out
		close(done)
		if r := <-refused; len(r) > 0 {
			t.Errorf("%d requests were refused, the first: %s", len(r), r[0])
		}
	})
	succeeds(t, ask(t, "after-it", "scale checkout to 5"), 5)
}

// leader is the pod that holds the lease, if one does; holders are named after their pod.
func leader(t *testing.T) string {
	t.Helper()
	holder := kubectl(t, "get", "lease", "kubechat-manager", "--namespace", namespace, "-o", "jsonpath={.spec.holderIdentity}")
	for _, pod := range strings.Fields(kubectl(t, "get", "pods", "--namespace", namespace, "-l", "app.kubernetes.io/component=manager", "-o", "jsonpath={.items[*].metadata.name}")) {
		if strings.HasPrefix(holder, pod) {
			return pod
		}
	}
	return ""
}

// keepAsking makes requests that are only tried, until done, and returns why some were refused.
func keepAsking(done chan struct{}) (refused []string) {
	const text = "apiVersion: kubechat.io/v1alpha1\nkind: ChatRequest\nmetadata: {generateName: probe-, namespace: shop}\nspec: {prompt: scale checkout to 4}\n"
	for {
		select {
		case <-done:
			return refused
		default:
			if _, err := feed(text, "kubectl", "create", "--dry-run=server", "--as=sre", "--as-group=sre", "-f", "-"); err != nil {
				refused = append(refused, err.Error())
			}
		}
	}
}

var postgresURL = regexp.MustCompile(`postgresql://kubechat_owner:([0-9a-f]+)@127\.0\.0\.1:(\d+)/`)

// A postgres is hack/postgres's server, and how pods reach it.
type postgres struct{ dir, password, address string }

// startPostgres starts one with a database of its own. It listens on loopback alone: pods reach it at the address that they know
// the API server by, and check its certificate all the same.
func startPostgres(t *testing.T, script string) postgres {
	t.Helper()
	dir, err := os.MkdirTemp("", "kubechat-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // the server runs as another user
		t.Fatal(err)
	}
	p := postgres{dir: filepath.Join(dir, "server")}
	found := postgresURL.FindStringSubmatch(must(t, script, "up", p.dir))
	t.Cleanup(func() { must(t, script, "down", p.dir) })
	if found == nil {
		t.Fatal("hack/postgres up printed no URL")
	}
	p.password = found[1]
	must(t, "psql", fmt.Sprintf("postgresql://kubechat_owner:%s@127.0.0.1:%s/postgres?sslrootcert=%s/ca.crt", p.password, found[2], p.dir), "-c", "CREATE DATABASE kubechat")

	ip := kubectl(t, "get", "service", "kubernetes", "--namespace", "default", "-o", "jsonpath={.spec.clusterIP}")
	p.address = "hostaddr=" + ip + "&port=5432"
	forward := exec.Command(tool, "forward", "--from", ip+":5432", "--to", "127.0.0.1:"+found[2])
	forward.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := forward.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { forward.Process.Kill(); forward.Wait() })
	return p
}

// secrets makes what docs/install.md says.
func secrets(t *testing.T, p postgres) {
	t.Helper()
	url := func(role string) string {
		return fmt.Sprintf("postgresql://%s:%s@localhost/kubechat?%s", role, p.password, p.address)
	}
	key := filepath.Join(p.dir, "audit.key")
	must(t, filepath.Join(root, "build/release/kubechat"), "audit", "key", "--create", "--signing-key", key)
	ca, err := os.ReadFile(filepath.Join(p.dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	signing, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = command("kubectl", "create", "namespace", namespace) // it may be there
	for name, data := range map[string]map[string]string{"store": {"url": url("kubechat_writer")}, "owner": {"url": url("kubechat_owner")},
		"ca": {"ca.crt": string(ca)}, "signing": {"key": string(signing)}} {
		b, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name, "namespace": namespace}, "stringData": data})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := feed(string(b), "kubectl", "apply", "-f", "-"); err != nil {
			t.Fatal(err)
		}
	}
}
