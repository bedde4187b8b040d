package harness

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A postgres is a server with a database for the audit store of a package's managers.
type postgres struct {
	tool, dir     string // dir "": somebody else's server
	writer, owner string // URLs
	Key           string
}

var exported = regexp.MustCompile(`KUBECHAT_TEST_POSTGRES='([^']*)'`)

// UsePostgres makes the package's managers keep their rows in PostgreSQL: on the server that KUBECHAT_TEST_POSTGRES names, or
// on one of its own.
func (c *Cluster) UsePostgres(t testing.TB) {
	t.Helper()
	c.usePostgres(t, os.Getenv("KUBECHAT_TEST_POSTGRES"))
}

// OwnPostgres is UsePostgres on a server that is the package's alone, so that it may be stopped.
func (c *Cluster) OwnPostgres(t testing.TB) { t.Helper(); c.usePostgres(t, "") }

func (c *Cluster) usePostgres(t testing.TB, server string) {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.pg != nil {
		return
	}
	p := &postgres{tool: filepath.Join(c.Root, "hack", "postgres"), Key: filepath.Join(c.dir, "signing.key")}
	if server == "" {
		// Not below our own folder, which the server's user cannot enter.
		p.dir = filepath.Join(os.TempDir(), "kubechat-postgres-"+randomHex(4))
		out, err := command("", p.tool, "up", p.dir)
		if err != nil {
			t.Fatal(err)
		}
		if found := exported.FindStringSubmatch(out); found != nil {
			server = found[1]
		}
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		t.Fatalf("PostgreSQL's address: %q: %v", server, err)
	}
	name := "test_" + randomHex(6)
	if _, err := command("", "psql", server, "-q", "-v", "ON_ERROR_STOP=1", "-c", "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	p.owner = u.String()
	p.writer = strings.Replace(p.owner, "kubechat_owner:", "kubechat_writer:", 1)
	if _, err := command("", c.binary, "audit", "migrate", "--store", p.owner, "--writer", "kubechat_writer", "--reader", "kubechat_reader"); err != nil {
		t.Fatal(err)
	}
	c.pg = p
}

// StopPostgres ends the package's own server: its clients' connections are closed, and new ones refused. StartPostgres returns when
// it takes them again.
func (c *Cluster) StopPostgres(t testing.TB) { t.Helper(); c.pg.run(t, "stop") }

func (c *Cluster) StartPostgres(t testing.TB) { t.Helper(); c.pg.run(t, "start") }

// SQL runs statements as the store's owner.
func (c *Cluster) SQL(t testing.TB, statements string) string {
	t.Helper()
	out, err := command(statements, "psql", c.pg.owner, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// LockIntents lets no intent be stored until the returned function is called. It returns when those that were being stored are.
func (c *Cluster) LockIntents(t testing.TB) func() {
	t.Helper()
	cmd := exec.Command("psql", c.pg.owner, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	unlock := sync.OnceFunc(func() {
		in.Close()
		cmd.Wait()
	})
	t.Cleanup(unlock)
	fmt.Fprintln(in, "BEGIN; LOCK TABLE kubechat.intents IN EXCLUSIVE MODE; SELECT 'locked';")
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("locking intents: %q %v", line, err)
	}
	return unlock
}

// AwaitBlockedIntent waits until somebody is about to store one: who only prepares to, on a new connection, does not hold the log's own
// lock. The server gives up on it after the store's statement timeout, a few seconds.
func (c *Cluster) AwaitBlockedIntent(t testing.TB) {
	t.Helper()
	Eventually(t, 30*time.Second, func() error {
		n := c.SQL(t, "SELECT count(*) FROM pg_locks i JOIN pg_locks log ON log.pid = i.pid AND log.locktype = 'advisory' AND log.granted"+
			" WHERE i.relation = 'kubechat.intents'::regclass AND NOT i.granted")
		if n == "0" {
			return errors.New("nobody waits to store an intent")
		}
		return nil
	})
}

func (p *postgres) run(t testing.TB, verb string) {
	t.Helper()
	if p.dir == "" {
		t.Fatal("not a server of this package: use OwnPostgres")
	}
	if _, err := command("", p.tool, verb, p.dir); err != nil {
		t.Fatal(err)
	}
}

func (p *postgres) stop() {
	if p != nil && p.dir != "" {
		command("", p.tool, "down", p.dir)
	}
}

func (c *Cluster) storeFlags() []string {
	if c.pg != nil {
		return []string{"--store", c.pg.writer, "--signing-key", c.pg.Key}
	}
	return []string{"--store", "sqlite:" + c.Store}
}
