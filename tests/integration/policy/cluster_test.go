// Package policy tests the chart's admission policies alone, on a real API server: what holds while the webhook is away.
//
// It wants KUBECONFIG of an administrator, kubectl and helm in PATH, and a cluster on which no manager runs: the chart is
// installed, the webhook configurations are taken away, and put back at the end.
package policy

import (
	"bytes"
	"encoding/json"
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
	// Where the requests are, and where else they may want to change something.
	home, away = "policy-home", "policy-away"
)

var (
	chart   = filepath.Join("..", "..", "..", "charts", "kubechat")
	manager string
)

// person is a caller of the API, impersonated by the administrator.
type person struct {
	name, uid string
	groups    []string
}

var (
	ana   = person{"policy-ana", "u-1", []string{"policy-sre", "policy-oncall"}} // asks and approves at home
	bob   = person{"policy-bob", "u-2", []string{"policy-dev"}}                  // asks at home, approves nowhere
	carol = person{"policy-carol", "", []string{"policy-leads"}}                 // approves at home and away
	robot = person{name: "system:serviceaccount:" + home + ":robot"}             // asks and approves at home, by RBAC
	root  = person{"policy-root", "", []string{"system:masters"}}
)

func (p person) flags() []string {
	if p.name == "" {
		return nil
	}
	f := []string{"--as=" + p.name}
	if p.uid != "" {
		f = append(f, "--as-uid="+p.uid)
	}
	for _, g := range p.groups {
		f = append(f, "--as-group="+g)
	}
	return f
}

// stamp is what the webhook would write for p; the policies look at its presence, not at its seal.
func (p person) stamp(more map[string]any) map[string]any {
	groups := append([]string{}, p.groups...)
	if strings.HasPrefix(p.name, "system:serviceaccount:") {
		groups = append(groups, "system:serviceaccounts", "system:serviceaccounts:"+home)
	}
	m := map[string]any{"username": p.name, "groups": append(groups, "system:authenticated"), "seal": "v1:c2VhbA=="}
	if p.uid != "" {
		m["uid"] = p.uid
	}
	for k, v := range more {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	return m
}

func run(stdin any, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	switch in := stdin.(type) {
	case nil:
	case string:
		cmd.Stdin = strings.NewReader(in)
	default:
		b, err := json.Marshal(in)
		if err != nil {
			return "", err
		}
		cmd.Stdin = bytes.NewReader(b)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func kubectl(p person, stdin any, args ...string) (string, error) {
	return run(stdin, "kubectl", append(args, p.flags()...)...)
}

func must(t *testing.T, out string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// expect compares an outcome with want: "" for success, else words of the refusal.
func expect(t *testing.T, out string, err error, want string) {
	t.Helper()
	out = strings.Join(strings.Fields(out), " ")
	switch {
	case want == "" && err != nil:
		t.Fatalf("refused: %s", out)
	case want != "" && err == nil:
		t.Fatalf("accepted, should have been refused with %q", want)
	case want != "" && !strings.Contains(out, want):
		t.Fatalf("refused with other words: %s\nwant: %s", out, want)
	}
}

func object(apiVersion, kind, ns, name string, more map[string]any) map[string]any {
	meta := map[string]any{"name": name}
	if ns != "" {
		meta["namespace"] = ns
	}
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func request(name string, requestedBy any, spec map[string]any) map[string]any {
	s := map[string]any{"prompt": "scale checkout to five"}
	if requestedBy != nil {
		s["requestedBy"] = requestedBy
	}
	for k, v := range spec {
		s[k] = v
	}
	return object("kubechat.io/v1alpha1", "ChatRequest", home, name, map[string]any{"spec": s})
}

func nonce(n int) map[string]any {
	return map[string]any{"nonce": fmt.Sprintf("%032x", n)}
}

func binding(ns, role string, p person) map[string]any {
	subject := map[string]any{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": p.name}
	name := role + "-" + strings.ReplaceAll(p.name, ":", "-")
	return object("rbac.authorization.k8s.io/v1", "RoleBinding", ns, name, map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubechat-" + role},
		"subjects": []any{subject},
	})
}

func install(args ...string) error {
	args = append([]string{"upgrade", "--install", release, chart, "--namespace", namespace, "--create-namespace",
		"--reset-then-reuse-values", "--set", "manager.replicas=0", "--wait"}, args...)
	if out, err := run(nil, "helm", args...); err != nil {
		return fmt.Errorf("helm %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// The name that the installed chart takes for the manager's.
func managerUsername() (string, error) {
	out, err := run(nil, "helm", "get", "values", release, "--namespace", namespace, "--all", "-o", "json")
	if err != nil {
		return "", fmt.Errorf("helm get values: %w: %s", err, out)
	}
	var values struct {
		Manager struct {
			Username string `json:"username"`
		} `json:"manager"`
	}
	if err := json.Unmarshal([]byte(out), &values); err != nil {
		return "", err
	}
	if values.Manager.Username != "" {
		return values.Manager.Username, nil
	}
	return "system:serviceaccount:" + namespace + ":kubechat-manager", nil
}

// dropWebhooks leaves the policies alone in force.
func dropWebhooks() error {
	for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration"} {
		if out, err := run(nil, "kubectl", "delete", kind, release, "--ignore-not-found"); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}

func populate() error {
	objects := []any{
		binding(home, "requester", ana), binding(home, "approver", ana), binding(home, "requester", bob),
		binding(home, "requester", robot), binding(home, "approver", robot),
		binding(home, "approver", carol), binding(away, "approver", carol), binding(home, "requester", carol),
	}
	// What an earlier run left may still be on its way out.
	if out, err := run(nil, "kubectl", "delete", "namespace", home, away, "--ignore-not-found"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	for _, ns := range []string{home, away} {
		if out, err := run(object("v1", "Namespace", "", ns, nil), "kubectl", "apply", "-f", "-"); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	list := map[string]any{"apiVersion": "v1", "kind": "List", "items": objects}
	if out, err := run(list, "kubectl", "apply", "-f", "-"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// settle waits until the API server enforces what was just installed, and asks the webhooks no more.
func settle() error {
	var out string
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var refused, accepted error
		out, refused = kubectl(bob, request("probe", ana.stamp(nonce(1)), nil), "create", "--dry-run=server", "-f", "-")
		if refused == nil || !strings.Contains(out, "kubechat-requests") {
			continue
		}
		if out, accepted = kubectl(bob, request("probe", bob.stamp(nonce(1)), nil), "create", "--dry-run=server", "-f", "-"); accepted == nil {
			return bound()
		}
	}
	return fmt.Errorf("the policies are not in force after 60 s: %s", out)
}

// bound waits until the API server's authorizer knows the bindings, which it learns of one after the other.
func bound() error {
	for _, x := range []struct {
		who      person
		verb, ns string
	}{{ana, "create", home}, {ana, "approve", home}, {bob, "create", home}, {robot, "create", home}, {robot, "approve", home},
		{carol, "create", home}, {carol, "approve", home}, {carol, "approve", away}} {
		if err := may(x.who, x.verb, "--namespace="+x.ns); err != nil {
			return err
		}
	}
	return nil
}

// may waits until somebody has that right on requests.
func may(p person, verb, where string) error {
	var out string
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if out, err = kubectl(p, nil, "auth", "can-i", verb, "chatrequests.kubechat.io", where); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s may not %s requests (%s) after 60 s: %s", p.name, verb, where, out)
}

func setUp() error {
	if os.Getenv("KUBECONFIG") == "" {
		return fmt.Errorf("KUBECONFIG is not set: these tests need a cluster's administrator")
	}
	if err := install(); err != nil {
		return err
	}
	var err error
	if manager, err = managerUsername(); err != nil {
		return err
	}
	for _, step := range []func() error{dropWebhooks, populate, settle} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func tearDown() error {
	if out, err := run(nil, "kubectl", "delete", "namespace", home, away, "--wait=false", "--ignore-not-found"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return install()
}

func TestMain(m *testing.M) {
	code := 1
	err := setUp()
	if err == nil {
		code = m.Run()
	}
	if os.Getenv("KUBECONFIG") != "" {
		if undone := tearDown(); err == nil {
			err = undone
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
