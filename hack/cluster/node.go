package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// nodeName is the real node's; a cluster has one at most.
const nodeName = "real"

func runNode(args []string) error {
	fs := flags("node")
	name := nameFlag(fs)
	check := fs.Bool("check", false, "only tell whether this machine can run containers")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := canRunContainers(); err != nil || *check {
		return err
	}
	c, err := openRunning(*name)
	if err != nil {
		return err
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	p := newProgress()
	r, err := findRelease(c.Minor)
	if err != nil {
		return err
	}
	if c.Ports["kubelet"] == 0 {
		return fmt.Errorf("cluster %q is from before there were real nodes; `cluster down --name %s --wipe`, then `cluster up --name %s`", c.Name, c.Name, c.Name)
	}
	fresh := c.Debian == ""
	if err := c.nodePrograms(r, p); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if fresh { // it did not know yet that there would be pods to call; open watches would keep it for long
		if err := c.stop("kube-apiserver", 0); err != nil {
			return err
		}
		if err := c.startComponents(ctx, p, "kube-apiserver"); err != nil {
			return err
		}
	}
	return c.nodeUp(ctx, p)
}

// canRunContainers says what is missing, and what to do about it.
func canRunContainers() error {
	if os.Geteuid() != 0 {
		return errors.New("containers need root here: run this as root, or do without a real node (kwok plays nodes without it)")
	}
	for _, t := range []struct{ name, from string }{{"apt-get", "a Debian"}, {"dpkg", "a Debian"}, {"gcc", "gcc"}, {"ip", "iproute2"}, {"mount", "mount"}, {"unshare", "util-linux"}} {
		if _, err := exec.LookPath(t.name); err != nil {
			return fmt.Errorf("this machine has no %s: containers need %s here", t.name, t.from)
		}
	}
	if err := tool("", "unshare", "--mount", "--net", "--pid", "--fork", "true"); err != nil {
		return fmt.Errorf("this machine does not let us make namespaces, as containers need them: %w", err)
	}
	if b, err := os.ReadFile("/proc/filesystems"); err != nil || !strings.Contains(string(b), "\toverlay\n") {
		return errors.New("this machine's kernel has no overlay file system loaded: modprobe overlay")
	}
	return nil
}

// nodePrograms compiles the kubelet, unpacks the packages, and remembers that there is a real node.
func (c *cluster) nodePrograms(r release, p *progress) error {
	bins, err := build(p, r.node())
	if err != nil {
		return err
	}
	if c.Debian, err = debianRoot(p); err != nil {
		return err
	}
	for _, b := range append(bins, filepath.Join(c.Debian, "usr/bin")) {
		if !contains(c.Bins, b) {
			c.Bins = append(c.Bins, b)
		}
	}
	return c.save()
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func (c *cluster) socket() string { return c.path("node", "containerd.sock") }
func (c *cluster) cgroup() string { return "/kubechat-" + c.Name }

// nodeUp starts what does not run of the real node, and returns when it is Ready.
func (c *cluster) nodeUp(ctx context.Context, p *progress) error {
	if err := c.nodeConfigs(); err != nil {
		return err
	}
	if err := nodeImages(c.Debian, c.path("node", "images")); err != nil {
		return err
	}
	if err := makeCgroup(c.cgroup()); err != nil {
		return err
	}
	// The address that pods know the API server by.
	if !addressIsOn("lo", c.apiserverIP()) {
		if err := tool("", "ip", "address", "add", c.apiserverIP()+"/32", "dev", "lo"); err != nil {
			return err
		}
	}
	if err := c.startComponents(ctx, p, "forward", "containerd"); err != nil {
		return err
	}
	archives, err := filepath.Glob(c.path("node", "images", "*.tar"))
	if err != nil {
		return err
	}
	for _, a := range archives {
		err := poll(ctx, 100*time.Millisecond, func() (bool, error) {
			err := c.load(a) // containerd needs a moment before it answers
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	if err := c.startComponents(ctx, p, "kubelet"); err != nil {
		return err
	}
	return c.nodeReady(ctx, p)
}

func addressIsOn(device, address string) bool {
	out, err := exec.Command("ip", "-oneline", "address", "show", "dev", device).Output()
	return err == nil && strings.Contains(string(out), " "+address+"/")
}

// nodeConfigs writes what the node's programs read.
func (c *cluster) nodeConfigs() error {
	taints := "[]"
	if c.Nodes > 0 { // what is meant for kwok's nodes stays there: their images do not exist
		taints = "[{key: kubechat.io/real, value: \"true\", effect: NoSchedule}]"
	}
	fill := strings.NewReplacer("@NODE@", c.path("node"), "@SOCKET@", c.socket(), "@PKI@", c.path("pki"), "@DEBIAN@", c.Debian, "@PAUSE@", pauseImage,
		"@CGROUP@", c.cgroup(), "@NETWORK@", "kubechat-"+c.Name, "@PODS@", c.pods(), "@TAINTS@", taints,
		"@PORT@", fmt.Sprint(c.Ports[kubeletAPI]), "@HEALTHZ@", fmt.Sprint(c.Ports["kubelet"]))
	if err := os.MkdirAll(c.path("node", "cni"), 0o755); err != nil {
		return explain(err, "")
	}
	for to, from := range map[string]string{"containerd.toml": "containerd.toml", "kubelet.yaml": "kubelet.yaml", "cni/10-kubechat.conflist": "cni.conflist"} {
		if err := writeFile(c.path("node", to), []byte(fill.Replace(manifest(from))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func forwardArgs(c *cluster) []string {
	return []string{"forward", "--from", c.apiserverIP() + ":443", "--to", fmt.Sprintf("127.0.0.1:%d", c.Ports["kube-apiserver"])}
}

func containerdArgs(c *cluster) []string {
	return []string{"--config", c.path("node", "containerd.toml")}
}

func kubeletArgs(c *cluster) []string {
	return []string{
		"--kubeconfig=" + c.path("node.kubeconfig"), "--config=" + c.path("node", "kubelet.yaml"), "--root-dir=" + c.path("node", "kubelet"),
		"--hostname-override=" + nodeName, "--node-labels=type=real,kubernetes.io/hostname=" + nodeName,
		// The kubelet refuses a loopback address as its own; we set it, as a cloud provider would.
		"--cloud-provider=external",
	}
}

// nodeReady plays the cloud provider, and waits.
func (c *cluster) nodeReady(ctx context.Context, p *progress) error {
	w, err := c.web()
	if err != nil {
		return err
	}
	path := "/api/v1/nodes/" + nodeName
	if err := poll(ctx, 50*time.Millisecond, func() (bool, error) { return w.object(ctx, path, &struct{}{}) }); err != nil {
		return fmt.Errorf("the kubelet does not register: %w; its log: %s", err, c.logFile("kubelet"))
	}
	if _, err := c.kubectl(ctx, "", "patch", "node", nodeName, "--subresource=status", "--type=merge", "-p",
		`{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"},{"type":"Hostname","address":"`+nodeName+`"}]}}`); err != nil {
		return err
	}
	// No error when it is gone already.
	_, _ = c.kubectl(ctx, "", "taint", "node", nodeName, "node.cloudprovider.kubernetes.io/uninitialized:NoSchedule-")
	if _, err := c.kubectl(ctx, "", "wait", "--for=condition=Ready", "node/"+nodeName, "--timeout=60s"); err != nil {
		return fmt.Errorf("%w\nthe end of %s:\n%s", err, c.logFile("kubelet"), c.lastLines("kubelet", 15))
	}
	p.say("node %s Ready (containerd: %s)", nodeName, c.socket())
	return nil
}

func runLoad(args []string) error {
	fs := flags("load")
	name := nameFlag(fs)
	archive := ""
	if err := parse(fs, args, &archive); err != nil {
		return err
	}
	if archive == "" {
		return errors.New("which archive? ./hack/image writes build/image/kubechat.tar")
	}
	c, err := openRunning(*name)
	if err != nil {
		return err
	}
	if c.Debian == "" {
		return fmt.Errorf("cluster %q has no real node; `cluster node --name %s` adds one", c.Name, c.Name)
	}
	return c.load(archive)
}

func (c *cluster) load(archive string) error {
	return tool("", filepath.Join(c.Debian, "usr/bin/ctr"), "--address", c.socket(), "--namespace", "k8s.io", "images", "import", archive)
}
