package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// testCluster is a cluster's empty folder under KUBECHAT_STATE.
func testCluster(t *testing.T, name string) *cluster {
	t.Helper()
	dir := filepath.Join(os.Getenv("KUBECHAT_STATE"), "clusters", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &cluster{Name: name, dir: dir}
}

func TestProcesses(t *testing.T) {
	t.Setenv("KUBECHAT_STATE", t.TempDir())
	c := testCluster(t, "p")
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("no sleep here")
	}
	// A copy with a name of its own, so that no other sleep of this machine is ours.
	exe := filepath.Join(c.dir, "etcd")
	b, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, b, 0o755); err != nil {
		t.Fatal(err)
	}
	c.Bins = []string{c.dir}
	if c.process("etcd") != nil {
		t.Fatal("found before it was started")
	}
	if err := c.start("etcd", []string{"60"}); err != nil {
		t.Fatal(err)
	}
	p := c.process("etcd")
	if p == nil {
		t.Fatal("not found by its pid file")
	}
	defer syscall.Kill(p.pid, syscall.SIGKILL)
	if c.process("kwok") != nil {
		t.Error("etcd passes for kwok")
	}

	// The pid file is lost: the folder in the arguments tells whose it is. /proc/PID/cmdline begins with the program's path.
	if err := os.Remove(c.pidFile("etcd")); err != nil {
		t.Fatal(err)
	}
	if q := c.process("etcd"); q == nil || q.pid != p.pid {
		t.Errorf("without its pid file: %v", q)
	}
	if q := testCluster(t, "other").process("etcd"); q != nil {
		t.Errorf("another cluster's process: %v", q)
	}

	// A pid that somebody else has by now.
	os.WriteFile(c.pidFile("etcd"), []byte(fmt.Sprintf("%d 1\n", os.Getpid())), 0o644)
	if q := c.process("etcd"); q == nil || q.pid != p.pid {
		t.Errorf("with a stale pid file: %v", q)
	}
	if err := c.stop("etcd", time.Second); err != nil {
		t.Fatal(err)
	}
	if c.process("etcd") != nil || exists(c.pidFile("etcd")) {
		t.Error("not stopped")
	}
}
