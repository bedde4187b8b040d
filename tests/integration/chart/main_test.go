// Package chart installs the chart as a cluster's owner does, with the manager in a pod of its own: on a real node where this
// machine can run containers, on nodes that kwok plays (whose pods do nothing) where it cannot.
//
// It starts a cluster of its own with hack/cluster: KUBECHAT_CLUSTER_TOOL and KUBECHAT_ROOT have to be set, as hack/test does.
// KUBECHAT_CHART_CLUSTER names one that is up already, and stays.
package chart

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	release   = "kubechat"
	namespace = "kubechat-system"
	groups    = "impersonation.groups={sre,developers,viewers,approvers,platform-admins}"
)

// The cluster of these tests.
var (
	root    string // of the project's sources
	tool    string
	name    string
	noNode  error // why there is no real node
	environ []string
)

func TestMain(m *testing.M) {
	code := 1
	err := setUp()
	if err == nil {
		code = m.Run()
	}
	if name != "" && os.Getenv("KUBECHAT_CHART_CLUSTER") == "" {
		if _, undone := command(tool, "down", "--name", name, "--wipe"); err == nil {
			err = undone
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func setUp() error {
	root, tool = os.Getenv("KUBECHAT_ROOT"), os.Getenv("KUBECHAT_CLUSTER_TOOL")
	if root == "" || tool == "" {
		return errors.New("KUBECHAT_ROOT or KUBECHAT_CLUSTER_TOOL is not set; ./hack/test cluster sets them")
	}
	_, noNode = command(tool, "node", "--check")
	if name = os.Getenv("KUBECHAT_CHART_CLUSTER"); name == "" {
		name = fmt.Sprintf("chart-%d", os.Getpid())
		nodes := "--nodes=0"
		if noNode != nil {
			nodes = "--nodes=3"
		}
		if _, err := command(tool, "up", "--name", name, nodes); err != nil {
			return err
		}
	}
	if noNode == nil {
		if _, err := command(tool, "node", "--name", name); err != nil {
			return err
		}
	}
	if _, err := command(tool, "seed", "--name", name, "--wait"); err != nil {
		return err
	}
	return takeEnvironment()
}

// takeEnvironment has all later commands use the cluster's programs and its administrator.
func takeEnvironment() error {
	out, err := command("bash", "-c", `eval "$("$0" env --name "$1")" && env -0`, tool, name)
	environ = strings.Split(strings.TrimRight(out, "\x00"), "\x00")
	for _, e := range environ {
		if path, ok := strings.CutPrefix(e, "PATH="); ok {
			os.Setenv("PATH", path) // where exec looks programs up
		}
	}
	return err
}

// command returns what a program printed on both streams.
func command(program string, args ...string) (string, error) { return feed("", program, args...) }

func feed(stdin, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Dir, cmd.Env = strings.NewReader(stdin), root, environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return string(out), err
}

func must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := command(program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func kubectl(t *testing.T, args ...string) string { t.Helper(); return must(t, "kubectl", args...) }

// read is an object of the API.
func read(t *testing.T, to any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(kubectl(t, append([]string{"get", "-o", "json"}, args...)...)), to); err != nil {
		t.Fatal(err)
	}
}

// install brings the release to this chart (a path below the sources) and these settings, and waits for its pods.
func install(t *testing.T, chart string, settings ...string) {
	t.Helper()
	args := []string{"upgrade", "--install", release, chart, "--namespace", namespace, "--create-namespace", "--wait", "--timeout", "180s"}
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	if out, err := command("helm", args...); err != nil {
		t.Fatalf("%v\n%s", err, out+podsTell())
	}
}

// uninstall takes the release away, if there is one, and waits until its pods are gone: helm waits for the Deployment alone.
func uninstall(t *testing.T) {
	t.Helper()
	must(t, "helm", "uninstall", release, "--namespace", namespace, "--ignore-not-found", "--wait", "--timeout", "120s")
	kubectl(t, "wait", "pod", "--namespace", namespace, "--all", "--for=delete", "--timeout=120s")
}

// podsTell is what there is to know about pods that do not come up.
func podsTell() string {
	events, _ := command("kubectl", "get", "events", "--namespace", namespace)
	logs, _ := command("kubectl", "logs", "--namespace", namespace, "deployment/kubechat-manager", "--tail=30")
	return events + logs
}

// needNode skips what nobody can show without containers.
func needNode(t *testing.T) {
	t.Helper()
	if noNode != nil {
		t.Skipf("no real node: %v", noNode)
	}
}

func eventually(t *testing.T, limit time.Duration, f func() error) {
	t.Helper()
	end := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s: %v\n%s", limit, err, podsTell())
		}
		time.Sleep(100 * time.Millisecond)
	}
}
