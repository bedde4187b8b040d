package chart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"
)

// A release's life: from the README's three commands to an uninstall that leaves what docs/install.md says, and once more from the
// version before this one.
func TestRelease(t *testing.T) {
	before := ours(t)
	t.Run("ReadmeCommands", testReadmeCommands)
	if t.Failed() {
		return
	}
	t.Run("MainJob", func(t *testing.T) { needNode(t); succeeds(t, "scale-checkout", 5) })
	t.Run("View", testView)
	t.Run("Memory", testMemory)
	t.Run("LogInThePod", testLogInThePod)
	t.Run("OtherValues", testOtherValues)
	t.Run("Uninstalled", func(t *testing.T) { testUninstalled(t, before) })
	t.Run("FromThePreviousVersion", testFromThePreviousVersion)
}

// The block of commands below a heading.
var readmeBlock = regexp.MustCompile("(?s)\n## On your cluster\n.*?\n```\n(.*?)```")

// As they stand there: build the image, install, ask. The namespace enforces what the pods promise.
func testReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := readmeBlock.FindSubmatch(readme)
	if found == nil {
		t.Fatal("README.md has no block of commands in its section On your cluster")
	}
	lines := strings.Split(strings.TrimSpace(string(found[1])), "\n")
	if len(lines) != 3 {
		t.Fatalf("not three commands: %q", lines)
	}
	kubectl(t, "create", "namespace", namespace)
	kubectl(t, "label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
	if noNode != nil { // without containers there is nothing to give the image to, and nobody whom admission could ask
		must(t, "bash", "-e", "-c", lines[1])
		return
	}
	for _, line := range lines {
		began := time.Now()
		if out, err := command("bash", "-e", "-c", line); err != nil {
			t.Fatalf("%v\n%s", err, out+podsTell())
		}
		t.Logf("%.1f s  %s", time.Since(began).Seconds(), line)
	}
}

// ask makes a request as sre, with a name that no earlier run has used, and returns it.
func ask(t *testing.T, request, prompt string) string {
	t.Helper()
	request = fmt.Sprintf("%s-%d", request, os.Getpid())
	text := fmt.Sprintf("apiVersion: kubechat.io/v1alpha1\nkind: ChatRequest\nmetadata: {name: %s, namespace: shop}\nspec: {prompt: %q}\n", request, prompt)
	eventually(t, 60*time.Second, func() error { // the API server notices after a moment where the webhook is
		_, err := feed(text, "kubectl", "apply", "--as=sre", "--as-group=sre", "-f", "-")
		return err
	})
	return request
}

// succeeds approves what a request plans, in plain kubectl, and waits for the pods that it asks for.
func succeeds(t *testing.T, request string, pods int) {
	t.Helper()
	phase := func(want string) {
		t.Helper()
		eventually(t, 60*time.Second, func() error {
			out, err := command("kubectl", "get", "chat", request, "--namespace", "shop", "-o", "jsonpath={.status.phase}: {.status.summary}")
			if err == nil && !strings.HasPrefix(out, want+":") {
				err = fmt.Errorf("%s is %s, wanted %s", request, out, want)
			}
			return err
		})
	}
	phase("AwaitingApproval")
	digest := kubectl(t, "get", "chat", request, "--namespace", "shop", "-o", "jsonpath={.status.plan.digest}")
	patch := `[{"op":"add","path":"/spec/approvals/-","value":{"decision":"Approve","planDigest":"` + digest + `"}}]`
	kubectl(t, "patch", "chat", request, "--namespace", "shop", "--type=json", "-p", patch, "--as=sre", "--as-group=sre")
	phase("Succeeded")
	if got := kubectl(t, "get", "deployment", "checkout", "--namespace", "shop", "-o", "jsonpath={.status.readyReplicas}"); got != fmt.Sprint(pods) {
		t.Errorf("%s of %d pods are ready", got, pods)
	}
}

// The API server reaches the manager's own API by its Service, and trusts the CA that the manager wrote.
func testView(t *testing.T) {
	needNode(t)
	kubectl(t, "wait", "apiservice/v1alpha1.view.kubechat.io", "--for=condition=Available", "--timeout=60s")
	if out := kubectl(t, "get", "--raw", "/apis/view.kubechat.io/v1alpha1", "--as=sre", "--as-group=sre"); !strings.Contains(out, `"outputs"`) {
		t.Error(out)
	}
}

func testLogInThePod(t *testing.T) {
	needNode(t)
	out := kubectl(t, "exec", "--namespace", namespace, "deployment/kubechat-manager", "--", "kubechat", "audit", "verify", "--store", "sqlite:/var/lib/kubechat/audit.db")
	if !strings.Contains(out, "PASS") {
		t.Error(out)
	}
}

// An upgrade that changes how the manager runs replaces its pod, and the API server reaches the new one.
func testOtherValues(t *testing.T) {
	install(t, chart, groups, "manager.workers=4", "metrics.port=9090", "webhook.port=9445", "networkPolicy.enabled=false")
	args := kubectl(t, "get", "pods", "--namespace", namespace, "-l", "app.kubernetes.io/component=manager", "--field-selector=status.phase=Running",
		"-o", "jsonpath={.items[*].spec.containers[0].args}")
	if !strings.Contains(args, "--workers=4") || strings.Contains(args, "--workers=16") {
		t.Errorf("the pods run with %s", args)
	}
	if out, err := command("kubectl", "get", "networkpolicy", "--namespace", namespace, "-o", "name"); err != nil || out != "" && !strings.Contains(out, "No resources") {
		t.Errorf("what the values leave out is still there: %s %v", out, err)
	}
	if noNode == nil {
		succeeds(t, ask(t, "with-other-values", "scale checkout to 4"), 4)
	}
}

// ours is everything in the cluster that bears our name, but what says that something happened.
func ours(t *testing.T) map[string]bool {
	t.Helper()
	var kinds []string
	for _, k := range strings.Fields(kubectl(t, "api-resources", "--verbs=list", "--output=name")) {
		if !strings.HasPrefix(k, "events") {
			kinds = append(kinds, k)
		}
	}
	out := map[string]bool{}
	for _, name := range strings.Fields(kubectl(t, "get", strings.Join(kinds, ","), "--all-namespaces", "--output=name", "--ignore-not-found")) {
		if strings.Contains(name, "kubechat") {
			out[name] = true
		}
	}
	return out
}

func testUninstalled(t *testing.T, before map[string]bool) {
	uninstall(t)
	// docs/install.md says so.
	documented := map[string]bool{"namespace/" + namespace: true,
		"apiservice.apiregistration.k8s.io/v1alpha1.kubechat.io": true} // the API server's own, for the definitions
	documented["secret/kubechat-capture-key"] = true
	definitions, err := filepath.Glob(filepath.Join(root, "crds/kubechat.io_*.yaml"))
	if err != nil || len(definitions) == 0 {
		t.Fatalf("no definitions in crds/: %v", err)
	}
	for _, d := range definitions {
		kind := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(d), "kubechat.io_"), ".yaml")
		documented["customresourcedefinition.apiextensions.k8s.io/"+kind+".kubechat.io"] = true
	}
	if noNode == nil { // the manager's own
		documented["secret/kubechat-webhook"], documented["lease.coordination.k8s.io/kubechat-manager"] = true, true
	}
	eventually(t, 60*time.Second, func() error { // what a Service or a Deployment has made goes a moment after it
		var wrong []string
		left := ours(t)
		for name := range left {
			if !before[name] && !documented[name] && !strings.HasPrefix(name, "chatrequest.kubechat.io/") {
				wrong = append(wrong, "left behind: "+name)
			}
		}
		for name := range documented {
			if !left[name] {
				wrong = append(wrong, "gone: "+name)
			}
		}
		sort.Strings(wrong)
		if len(wrong) > 0 {
			return errors.New(strings.Join(wrong, "\n"))
		}
		return nil
	})
	// Nothing holds the namespace.
	kubectl(t, "delete", "namespace", namespace, "--timeout=60s")
}

// The version before this one had no manager in the cluster; its definitions are upgraded, and a manager comes up.
func testFromThePreviousVersion(t *testing.T) {
	previous, err := filepath.Glob(filepath.Join(root, "tests/integration/chart/testdata/kubechat-*.tgz"))
	if err != nil || len(previous) == 0 {
		t.Fatalf("no packaged chart in testdata: %v", err)
	}
	sort.Strings(previous)
	install(t, previous[len(previous)-1], groups)
	version := func() string {
		return kubectl(t, "get", "crd", "chatrequests.kubechat.io", "-o", `jsonpath={.metadata.labels.helm\.sh/chart}`)
	}
	old := version()
	install(t, chart, groups)
	if now := version(); now == old {
		t.Errorf("the definition is still that of %s", old)
	}
	if noNode == nil {
		succeeds(t, ask(t, "after-the-upgrade", "scale checkout to 3"), 3)
	}
}
