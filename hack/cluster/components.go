package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A component is one long-running program of a cluster. The table's order is that of starting; stopping is the reverse.
type component struct {
	name  string
	args  func(c *cluster) []string
	ready string // URL that answers 200 once it serves; %d is its port. Empty: it is enough that it runs
}

// Ports that are no component of their own.
const (
	etcdPeer   = "etcd-peer"
	kubeletAPI = "kubelet-api" // logs, exec; that of the component is its health check
)

// The control plane, and the nodes that kwok plays.
var components = []component{
	{"etcd", etcdArgs, "http://127.0.0.1:%d/health"},
	{"kube-apiserver", apiserverArgs, "https://127.0.0.1:%d/readyz"},
	{"kube-controller-manager", controllerManagerArgs, "https://127.0.0.1:%d/healthz"},
	{"kube-scheduler", schedulerArgs, "https://127.0.0.1:%d/healthz"},
	{"kwok", kwokArgs, "https://127.0.0.1:%d/healthz"},
}

// A real node beside them.
var nodeComponents = []component{
	{"forward", forwardArgs, ""},
	{"containerd", containerdArgs, ""},
	{"kubelet", kubeletArgs, "http://127.0.0.1:%d/healthz"},
}

// components are those that make this cluster complete.
func (c *cluster) components() []component {
	if c.Debian == "" {
		return components
	}
	return append(append([]component{}, components...), nodeComponents...)
}

func componentNames() []string {
	var out []string
	for _, c := range append(append([]component{}, components...), nodeComponents...) {
		out = append(out, c.name)
	}
	return out
}

func findComponent(name string) (component, error) {
	for _, c := range append(append([]component{}, components...), nodeComponents...) {
		if c.name == name {
			return c, nil
		}
	}
	return component{}, fmt.Errorf("no component %q; there are: %s", name, strings.Join(componentNames(), ", "))
}

// Nothing here is worth an fsync: what matters survives `stop-component`, and a machine that crashes loses a test cluster.
func etcdArgs(c *cluster) []string {
	url, peer := fmt.Sprintf("http://127.0.0.1:%d", c.Ports["etcd"]), fmt.Sprintf("http://127.0.0.1:%d", c.Ports[etcdPeer])
	return []string{
		"--name=etcd", "--data-dir=" + c.path("etcd"), "--unsafe-no-fsync", "--quota-backend-bytes=2147483648", "--log-level=warn",
		"--listen-client-urls=" + url, "--advertise-client-urls=" + url,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=etcd=" + peer,
	}
}

func apiserverArgs(c *cluster) []string {
	pki := func(name string) string { return c.path("pki", name) }
	args := []string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", c.Ports["etcd"]),
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.Ports["kube-apiserver"]),
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
		"--client-ca-file=" + pki("ca.crt"), "--token-auth-file=" + pki("tokens.csv"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + pki("sa.pub"), "--service-account-signing-key-file=" + pki("sa.key"),
		"--service-cluster-ip-range=" + c.services(),
		"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"), "--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
		"--kubelet-certificate-authority=" + pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
		// The aggregation layer: aggregated APIs see callers by these headers and check our client certificate.
		"--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-uid-headers=X-Remote-Uid",
		"--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + pki("front-proxy-client.crt"), "--proxy-client-key-file=" + pki("front-proxy-client.key"),
		"--profiling=false",
		// Tests count requests in the audit log, so an entry is written before its request is answered.
		"--audit-policy-file=" + c.path("audit-policy.yaml"), "--audit-log-path=" + c.auditLog(), "--audit-log-mode=blocking",
		"--audit-log-maxsize=1024", "--audit-log-maxbackup=2",
	}
	if c.Debian != "" {
		// There is no kube-proxy: webhooks and aggregated APIs in pods are called at the pods' own addresses.
		args = append(args, "--enable-aggregator-routing=true")
	}
	return append(args, c.APIServerArgs...)
}

// Without the larger client-side limits (--kube-api-*) every start takes seconds longer.
func controllerManagerArgs(c *cluster) []string {
	k := c.path("kube-controller-manager.kubeconfig")
	return []string{
		"--kubeconfig=" + k, "--authentication-kubeconfig=" + k, "--authorization-kubeconfig=" + k,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.Ports["kube-controller-manager"]),
		"--cert-dir=" + c.path("pki", "kube-controller-manager"),
		"--service-account-private-key-file=" + c.path("pki", "sa.key"), "--root-ca-file=" + c.path("pki", "ca.crt"),
		"--cluster-signing-cert-file=" + c.path("pki", "ca.crt"), "--cluster-signing-key-file=" + c.path("pki", "ca.key"),
		"--use-service-account-credentials=true", "--leader-elect=false", "--kube-api-qps=300", "--kube-api-burst=600",
		// After an outage of the API server nodes seem lost, and nobody reports their pods ready again, as kubelets would.
		"--node-monitor-grace-period=1h",
		"--cluster-name=" + c.Name, "--profiling=false",
	}
}

func schedulerArgs(c *cluster) []string {
	k := c.path("kube-scheduler.kubeconfig")
	return []string{
		"--kubeconfig=" + k, "--authentication-kubeconfig=" + k, "--authorization-kubeconfig=" + k,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.Ports["kube-scheduler"]),
		"--cert-dir=" + c.path("pki", "kube-scheduler"),
		"--leader-elect=false", "--kube-api-qps=300", "--kube-api-burst=600", "--profiling=false",
	}
}

func kwokArgs(c *cluster) []string {
	port := c.Ports["kwok"]
	return []string{
		"--kubeconfig=" + c.path("kwok.kubeconfig"), "--config=" + c.path("kwok", "kwok.yaml"),
		"--manage-nodes-with-label-selector=" + nodeLabel, "--node-lease-duration-seconds=40",
		"--node-ip=127.0.0.1", fmt.Sprintf("--node-port=%d", port), fmt.Sprintf("--server-address=127.0.0.1:%d", port),
		"--tls-cert-file=" + c.path("pki", "kubelet-serving.crt"), "--tls-private-key-file=" + c.path("pki", "kubelet-serving.key"),
		"--enable-crds=Stage,Logs,Exec,Attach,PortForward,ResourceUsage",
	}
}

func (c *cluster) auditLog() string { return c.path("audit.log") }

// startAndWait starts a component that does not run and returns once it serves.
func (c *cluster) startAndWait(ctx context.Context, x component) error {
	if c.process(x.name) == nil {
		if port := c.Ports[x.name]; port != 0 && portStaysTaken(port) {
			return fmt.Errorf("port %d of %s is taken by %s; free it, or move the cluster to other ports: `cluster down --name %s`, then `cluster up --name %s`",
				port, x.name, portOwner(port), c.Name, c.Name)
		}
		if err := c.start(x.name, x.args(c)); err != nil {
			return err
		}
	}
	return c.waitReady(ctx, x)
}

func (c *cluster) waitReady(ctx context.Context, x component) error {
	web, err := c.web()
	if err != nil {
		return err
	}
	url := strings.ReplaceAll(x.ready, "%d", fmt.Sprint(c.Ports[x.name]))
	err = poll(ctx, 20*time.Millisecond, func() (bool, error) {
		if c.process(x.name) == nil {
			return false, final{fmt.Errorf("%s died; the end of %s:\n%s", x.name, c.logFile(x.name), c.lastLines(x.name, 15))}
		}
		if x.ready == "" {
			return true, nil
		}
		status, _, err := web.get(ctx, url)
		if err == nil && status != 200 {
			err = fmt.Errorf("it answers %d", status)
		}
		return err == nil, err
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s is not ready at %s: %w; its log: %s", x.name, url, err, c.logFile(x.name))
	}
	return err
}
