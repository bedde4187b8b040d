package chart

import (
	"strings"
	"testing"
)

const chart = "charts/kubechat"

// What people set, and what must then stand in the manifests. The API server takes all of it, and finds nothing that Pod Security
// "restricted" forbids but where a pod is put on the node's own network.
var settings = []struct {
	name     string
	set      string
	want     []string
	absent   []string
	free     bool // of "restricted"
	external bool // kinds that this cluster does not have
}{
	{name: "nothing", want: []string{"replicas: 1\n", "type: Recreate", "value: sqlite:/var/lib/kubechat/audit.db", "emptyDir: {sizeLimit: 1Gi}",
		"--impersonate-groups=system:authenticated", "image: kubechat:0.1.0\n", "policyTypes: [Ingress, Egress]", "port: 53",
		"name: v1alpha1.view.kubechat.io", "extension-apiserver-authentication-reader",
		"--capture-key-file=/etc/kubechat/capture-key/key", "name: kubechat-capture-key", "helm.sh/resource-policy: keep"},
		absent: []string{"kind: Job", "PodDisruptionBudget", "ServiceMonitor", "hostNetwork", "5432"}},
	{name: "PostgreSQL", set: "store.postgres.secretName=writer,signingKey.secretName=signing",
		want:   []string{"replicas: 2\n", "type: RollingUpdate", "secretKeyRef: {name: writer, key: url}", "kind: PodDisruptionBudget", "port: 5432", "/etc/ssl/certs/ca-certificates.crt"},
		absent: []string{"sqlite:", "kind: Job"}},
	{name: "PostgreSQL, its CA, migrations, a key", set: "store.postgres.secretName=writer,store.postgres.caSecretName=ca,store.postgres.migrate.secretName=owner," +
		"store.postgres.migrate.writerRole=kubechat,store.postgres.migrate.readerRole=auditor,signingKey.secretName=signing",
		want: []string{"kind: Job", "helm.sh/hook: pre-install,pre-upgrade", "secretKeyRef: {name: owner, key: url}", "--writer=kubechat", "--reader=auditor",
			"secretName: ca", "--signing-key=/etc/kubechat/signing-key/key", "name: kubechat-migrate", "automountServiceAccountToken: false"}},
	{name: "a volume for SQLite", set: "store.sqlite.persistence.enabled=true,store.sqlite.persistence.storageClassName=fast",
		want: []string{"kind: PersistentVolumeClaim", "storageClassName: fast", "claimName: kubechat-audit", "helm.sh/resource-policy: keep"}, absent: []string{"sizeLimit: 1Gi"}},
	{name: "a capture key of one's own", set: "capture.secretName=mine,capture.secretKey=keys",
		want: []string{"secretName: mine", "{key: keys, path: key}"}, absent: []string{"kubechat-capture-key"}},
	{name: "no captures", set: "capture.enabled=false", absent: []string{"capture-key"}},
	{name: "a volume of one's own", set: "store.sqlite.persistence.enabled=true,store.sqlite.persistence.existingClaim=mine",
		want: []string{"claimName: mine"}, absent: []string{"kind: PersistentVolumeClaim"}},
	{name: "a control plane that does not reach pods", set: "manager.hostNetwork=true,webhook.url=https://10.0.0.1:9445,webhook.port=9445",
		want: []string{"hostNetwork: true", "dnsPolicy: ClusterFirstWithHostNet", "--webhook-url=https://10.0.0.1:9445", "containerPort: 9445"}, free: true},
	{name: "networks", set: "networkPolicy.apiServer.cidrs={10.0.0.1/32,fd00::1/128},networkPolicy.apiServer.ports={8443},networkPolicy.dns=false," +
		"networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=monitoring,networkPolicy.extraEgress[0].ports[0].port=11434",
		want: []string{`ipBlock: {cidr: "10.0.0.1/32"}`, `ipBlock: {cidr: "fd00::1/128"}`, "port: 8443", "team: monitoring", "port: 11434"}, absent: []string{"port: 53", "port: 6443"}},
	{name: "no policies for the network", set: "networkPolicy.enabled=false", absent: []string{"kind: NetworkPolicy"}},
	{name: "no aggregated API", set: "view.enabled=false", absent: []string{"APIService", "view.kubechat.io/v1alpha1", "containerPort: 9444", "extension-apiserver-authentication-reader"}},
	{name: "a manager that runs elsewhere", set: "manager.replicas=0,manager.username=operator", want: []string{"replicas: 0\n", `== \"operator\"`}},
	{name: "Prometheus operator", set: "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.release=prom",
		want: []string{"kind: ServiceMonitor", "release: prom"}, external: true},
	{name: "an image by its digest", set: "image.repository=registry.example.com:5000/tools/kubechat,image.tag=1.2,image.digest=sha256:" + digest + ",imagePullSecrets={pull}",
		want: []string{"image: registry.example.com:5000/tools/kubechat:1.2@sha256:" + digest, "- name: pull"}},
	{name: "where and how it runs", set: "manager.nodeSelector.pool=system,manager.tolerations[0].operator=Exists,manager.priorityClassName=high," +
		"manager.extraArgs={--workers=4},manager.extraEnv[0].name=HTTPS_PROXY,manager.extraEnv[0].value=http://proxy:3128,manager.podLabels.team=platform,manager.podAnnotations.note=x",
		want: []string{"pool: system", "operator: Exists", "priorityClassName: high", "- --workers=4", "name: HTTPS_PROXY", "team: platform", "note: x"}},
	{name: "roles that stand alone", set: "rbac.aggregate=false", want: []string{"name: kubechat-viewer"}, absent: []string{"aggregate-to"}},
}

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestSettings(t *testing.T) {
	const namespace = "kubechat-settings"
	kubectl(t, "create", "namespace", namespace)
	kubectl(t, "label", "namespace", namespace, "pod-security.kubernetes.io/warn=restricted")
	t.Cleanup(func() { kubectl(t, "delete", "namespace", namespace) })
	must(t, "helm", "lint", "--strict", "--quiet", chart)
	for _, c := range settings {
		t.Run(c.name, func(t *testing.T) {
			text := must(t, "helm", "template", release, chart, "--namespace", namespace, "--set", c.set)
			for _, w := range c.want {
				if !strings.Contains(text, w) {
					t.Errorf("no %q in it", w)
				}
			}
			for _, w := range c.absent {
				if strings.Contains(text, w) {
					t.Errorf("%q is in it", w)
				}
			}
			if c.external {
				return
			}
			out, err := feed(text, "kubectl", "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-")
			if err != nil {
				t.Fatal(err)
			}
			if violates := strings.Contains(out, "would violate PodSecurity"); violates != c.free || !c.free && strings.Contains(out, "Warning") {
				t.Errorf("the API server warns: %s", out)
			}
		})
	}
}

func TestRefusedSettings(t *testing.T) {
	for _, c := range []struct{ name, set, want string }{
		{"a key that does not exist", "manager.replica=2", "replica"},
		{"one further down", "networkPolicy.apiServer.port=1", "port"},
		{"at the top", "postgres=yes", "postgres"},
		{"several managers on SQLite", "manager.replicas=2", "share a store only in PostgreSQL"},
		{"managers that would not sign alike", "store.postgres.secretName=writer", "needs signingKey.secretName"},
		{"migrations of nothing", "store.postgres.migrate.secretName=owner", "store.postgres.secretName is empty"},
		{"a URL that is not HTTPS", "webhook.url=http://10.0.0.1:9443", "webhook.url"},
		{"a URL with a path", "webhook.url=https://10.0.0.1:9443/mutate", "webhook.url"},
		{"an address that is no network", "networkPolicy.apiServer.cidrs={10.0.0.1}", "cidrs"},
		{"a group that two are in", `impersonation.groups={a\,b}`, "impersonation.groups"},
		{"no workers", "manager.workers=0", "workers"},
		{"a port that does not exist", "metrics.port=70000", "metrics.port"},
		{"a digest that is none", "image.digest=latest", "image.digest"},
		{"a flag that is none", "manager.extraArgs={workers=4}", "extraArgs"},
		{"another format of logs", "manager.logFormat=xml", "logFormat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, err := command("helm", "template", release, chart, "--set", c.set); err == nil || !strings.Contains(strings.ReplaceAll(out, "/", "."), c.want) {
				t.Errorf("wanted a refusal that names %q: %v", c.want, err)
			}
		})
	}
}
