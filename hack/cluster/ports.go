package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kubechat.io/hack/cluster/statedir"
)

// Ports come from below 32768, where Linux begins to hand out ports for outgoing connections: one of those would otherwise
// sit now and then on a port that a component needs for its restart.
const (
	firstPort = 20000
	lastPort  = 31999
)

// choosePorts gives each name a port that is free and not remembered by another cluster (which may only be down just now).
// The search begins at a place that depends on seed, so clusters made at the same moment rarely meet.
func choosePorts(names []string, seed string, taken func(int) bool) (map[string]int, error) {
	h := fnv.New32a()
	h.Write([]byte(seed))
	span := lastPort - firstPort + 1
	next := int(h.Sum32() % uint32(span))
	ports := map[string]int{}
	for tried := 0; len(ports) < len(names); tried++ {
		if tried == span {
			return nil, fmt.Errorf("no %d free ports between %d and %d on 127.0.0.1; stop a cluster (`cluster list`)", len(names), firstPort, lastPort)
		}
		p := firstPort + (next+tried)%span
		if !taken(p) {
			ports[names[len(ports)]] = p
		}
	}
	return ports, nil
}

// portTaken tells whether somebody listens on the port.
func portTaken(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return true
	}
	l.Close()
	return false
}

// portStaysTaken is for ports that were ours: a component that was just killed may hold its port for a moment longer than it
// shows in /proc.
func portStaysTaken(port int) bool {
	for end := time.Now().Add(2 * time.Second); portTaken(port); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return true
		}
	}
	return false
}

// portNames are what a cluster has ports for: components, and what is none of its own.
func portNames() []string {
	return []string{etcdPeer, "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubelet", kubeletAPI}
}

// others is what the other clusters on this machine have.
type others struct {
	ports    map[int]bool
	networks map[int]bool
}

// otherClusters reads the cluster.json of every cluster but the named one.
func otherClusters(except string) (*others, error) {
	names, err := clusterNames()
	if err != nil {
		return nil, err
	}
	root, err := statedir.Root()
	if err != nil {
		return nil, err
	}
	out := &others{ports: map[int]bool{}, networks: map[int]bool{}}
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(root, n, "cluster.json"))
		if errors.Is(err, os.ErrNotExist) || n == except {
			continue
		}
		if err != nil {
			return nil, err
		}
		var c cluster
		if json.Unmarshal(b, &c) == nil {
			out.networks[c.Network] = true
			for _, p := range c.Ports {
				out.ports[p] = true
			}
		}
	}
	return out, nil
}

// portOwner names the process that listens on the port, as far as we may look.
func portOwner(port int) string {
	inode := listenerInode(port)
	if inode == "" {
		return "another process"
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == "socket:["+inode+"]" {
			pid := strings.Split(l, "/")[2]
			comm, _ := os.ReadFile("/proc/" + pid + "/comm")
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), pid)
		}
	}
	return "a process of another user"
}

// listenerInode looks the port up in /proc/net/tcp: local address in column 2, state in column 4, inode in column 10.
func listenerInode(port int) string {
	const listen = "0A"
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, _ := os.ReadFile(table)
		for _, line := range strings.Split(string(b), "\n") {
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == listen && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				return f[9]
			}
		}
	}
	return ""
}
