package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

func TestChoosePorts(t *testing.T) {
	names := []string{"a", "b", "c"}
	ports, err := choosePorts(names, "dev", func(int) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, n := range names {
		p := ports[n]
		if p < firstPort || p > lastPort || seen[p] {
			t.Errorf("%s got %d", n, p)
		}
		seen[p] = true
	}
	again, err := choosePorts(names, "dev", func(p int) bool { return seen[p] })
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if seen[again[n]] {
			t.Errorf("%s got %d, which is taken", n, again[n])
		}
	}
	free := 0
	_, err = choosePorts(names, "dev", func(int) bool { free++; return free > 2 })
	if err == nil {
		t.Error("three ports out of two")
	}
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if !portTaken(port) {
		t.Error("a listener does not count")
	}
	if owner := portOwner(port); !strings.Contains(owner, fmt.Sprint(os.Getpid())) {
		t.Errorf("the owner is %s, not us (%d)", owner, os.Getpid())
	}
	l.Close()
	if portTaken(port) {
		t.Error("a closed listener counts")
	}
}

func TestPortsOfOtherClustersAreRemembered(t *testing.T) {
	t.Setenv("KUBECHAT_STATE", t.TempDir())
	for name, port := range map[string]int{"one": 20001, "two": 20002} {
		c := testCluster(t, name)
		c.Ports = map[string]int{"etcd": port}
		if err := c.save(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := otherClusters("one")
	if err != nil {
		t.Fatal(err)
	}
	if got.ports[20001] || !got.ports[20002] {
		t.Errorf("got %v", got)
	}
}
