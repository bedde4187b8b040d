package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// nodeDown ends everything that the real node started and unmounts what it mounted. It returns how many programs it ended.
// Each step also does its part of what an earlier `down`, or a crash, left.
func (c *cluster) nodeDown() (int, error) {
	stopped := 0
	end := func(component string, polite time.Duration) error {
		for c.process(component) != nil {
			if err := c.stop(component, polite); err != nil {
				return err
			}
			stopped++
		}
		return nil
	}
	if err := end("kubelet", 0); err != nil { // first, so that no container comes back
		return stopped, err
	}
	killGroup(c.cgroup())
	c.forgetContainers()
	if err := end("containerd", 5*time.Second); err != nil {
		return stopped, err
	}
	for _, program := range []string{"containerd-shim-runc-v2", "forward"} {
		if err := end(program, 0); err != nil {
			return stopped, err
		}
	}
	if err := unmountBelow(c.path("node") + "/"); err != nil {
		return stopped, err
	}
	removeGroup(c.cgroup())
	c.forgetNetwork()
	if addressIsOn("lo", c.apiserverIP()) {
		if err := tool("", "ip", "address", "delete", c.apiserverIP()+"/32", "dev", "lo"); err != nil {
			return stopped, err
		}
	}
	return stopped, nil
}

// groups are the folders of a control group: one a hierarchy (version 1), or one (version 2).
func groups(name string) []string {
	if exists("/sys/fs/cgroup/cgroup.controllers") {
		return []string{"/sys/fs/cgroup" + name}
	}
	var out []string
	hierarchies, _ := filepath.Glob("/sys/fs/cgroup/*")
	for _, h := range hierarchies {
		if info, err := os.Lstat(h); err == nil && info.IsDir() {
			out = append(out, h+name)
		}
	}
	return out
}

func makeCgroup(name string) error {
	for _, g := range groups(name) {
		if err := os.MkdirAll(g, 0o755); err != nil {
			return fmt.Errorf("%w; this machine does not let us make control groups, as containers need them", err)
		}
		// In version 1 a new group has no processors and no memory nodes until it is given some.
		for _, f := range []string{"cpuset.cpus", "cpuset.mems"} {
			if b, err := os.ReadFile(filepath.Join(filepath.Dir(g), f)); err == nil && len(bytes.TrimSpace(b)) > 0 {
				_ = os.WriteFile(filepath.Join(g, f), b, 0o644)
			}
		}
	}
	return nil
}

// folders below and including the group's, the deepest first.
func groupFolders(name string) []string {
	var out []string
	for _, g := range groups(name) {
		_ = filepath.WalkDir(g, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				out = append(out, path)
			}
			return nil
		})
	}
	sort.Slice(out, func(i, j int) bool { return len(out[i]) > len(out[j]) })
	return out
}

// killGroup kills every process of the group, which are the containers' and nobody else's.
func killGroup(name string) {
	for round := 0; round < 50; round++ {
		left := 0
		for _, g := range groupFolders(name) {
			b, _ := os.ReadFile(filepath.Join(g, "cgroup.procs"))
			for _, line := range strings.Fields(string(b)) {
				if pid, err := strconv.Atoi(line); err == nil && pid > 1 {
					syscall.Kill(pid, syscall.SIGKILL)
					left++
				}
			}
		}
		if left == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func removeGroup(name string) {
	for _, g := range groupFolders(name) {
		_ = os.Remove(g)
	}
}

// forgetContainers lets containerd end the shims of containers that are dead, and remove what they hold.
func (c *cluster) forgetContainers() {
	ctr := func(args ...string) []string {
		exe, err := c.containerTool()
		if err != nil {
			return nil
		}
		out, _ := exec.Command(exe, append([]string{"--address", c.socket(), "--namespace", "k8s.io", "--timeout", "10s"}, args...)...).Output()
		return strings.Fields(string(out))
	}
	if c.process("containerd") == nil {
		return
	}
	if tasks := ctr("tasks", "list", "--quiet"); len(tasks) > 0 {
		ctr(append([]string{"tasks", "delete", "--force"}, tasks...)...)
	}
	if containers := ctr("containers", "list", "--quiet"); len(containers) > 0 {
		ctr(append([]string{"containers", "delete"}, containers...)...)
	}
}

func (c *cluster) containerTool() (string, error) {
	if c.Debian == "" {
		return "", fmt.Errorf("cluster %q has no real node", c.Name)
	}
	return filepath.Join(c.Debian, "usr/bin/ctr"), nil
}

// unmountBelow unmounts everything below folder, the last mount first.
func unmountBelow(folder string) error {
	b, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	var points []string
	for _, line := range strings.Split(string(b), "\n") {
		// Blanks in the path stand there as \040; ours have none.
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], folder) {
			points = append(points, f[1])
		}
	}
	for i := len(points) - 1; i >= 0; i-- {
		if syscall.Unmount(points[i], 0) == nil {
			continue
		}
		if err := syscall.Unmount(points[i], syscall.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", points[i], err)
		}
	}
	return nil
}

// forgetNetwork removes what CNI and the kubelet leave outside the state folder.
func (c *cluster) forgetNetwork() {
	const results = "/var/lib/cni/results/"
	ours, _ := filepath.Glob(results + "kubechat-" + c.Name + "-*-eth0")
	for _, f := range ours {
		// The network's name may continue in another cluster's; the file says which it is.
		var r struct{ NetworkName, ContainerID string }
		if b, err := os.ReadFile(f); err == nil && json.Unmarshal(b, &r) == nil && r.NetworkName == "kubechat-"+c.Name {
			_ = os.Remove(f)
			_ = os.Remove(results + "cni-loopback-" + r.ContainerID + "-lo")
		}
	}
	links, _ := filepath.Glob("/var/log/containers/*.log")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, c.dir+"/") {
			_ = os.Remove(l)
		}
	}
}
