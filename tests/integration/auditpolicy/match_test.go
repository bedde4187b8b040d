package auditpolicy

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// From where a namespace may be changed: refused at the door for commands, in the preview for words.
func (w *world) testContextLock(t *testing.T) {
	target, ops, other := w.Namespace(t, checkout(1)), w.Namespace(t), w.Namespace(t)
	p := target.Policy(t, "lock", object{"contextLock": object{"requestNamespaces": []string{ops.Name}}})
	there := object{"context": object{"namespaces": []string{target.Name}}, "prompt": "scale checkout to 2"}
	message := fmt.Sprintf("policy %s: a request in namespace %s may not change namespace %s; ask in namespace %s", p.Name, other.Name,
		target.Name, ops.Name)

	other.Create(t, w.sre, there).Ended(t, "Refused", "ContextLocked", message)
	for name, spec := range map[string]object{
		"by context": {"context": there["context"], "commands": []string{scaleCheckout}},
		"by command": {"commands": []string{scaleCheckout + " --namespace=" + target.Name}},
	} {
		spec["prompt"] = "try"
		_, err := other.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"}, "spec": spec})
		harness.Refused(t, err, 403, "spec.commands[0]: "+message)
		if name == "by context" {
			spec["readOnly"] = true // whatever it says, it changes nothing
			if _, err := other.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"}, "spec": spec}); err != nil {
				t.Error(err)
			}
		}
	}
	// Not even from the namespace itself: it is not in the list.
	_, err := target.TryCreate(w.sre, object{"metadata": object{"generateName": "r-"},
		"spec": object{"prompt": "try", "commands": []string{scaleCheckout}}})
	harness.Refused(t, err, 403, "a request in namespace "+target.Name+" may not change namespace "+target.Name)
	target.Changed(t, "checkout", 0)
	ops.Create(t, w.sre, there).Succeed(t, w.sre)
	target.Changed(t, "checkout", 1)

	// Without a list, from the namespace itself alone.
	p.Set(t, object{"contextLock": object{"requestNamespaces": nil}})
	there["prompt"] = "scale checkout to 3"
	ops.Create(t, w.sre, there).Ended(t, "Refused", "ContextLocked", "ask in namespace "+target.Name)
	waitsFor(t, target.Create(t, w.sre, object{"prompt": "scale checkout to 3"}), "0/1")
}

func (w *world) testServiceAccount(t *testing.T) {
	ns := w.Namespace(t, checkout(1), web(1))
	for _, role := range []string{"edit", "kubechat-requester", "kubechat-approver"} {
		ns.Bind(t, "system:serviceaccounts:"+ns.Name, role)
	}
	robot := w.admin.As("system:serviceaccount:"+ns.Name+":robot", "")
	other := w.admin.As("system:serviceaccount:"+ns.Name+":other", "")
	try := func(who *harness.User, command string) error {
		_, err := ns.TryCreate(who, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": "try", "commands": []string{command}}})
		return err
	}
	harness.Refused(t, try(robot, scaleCheckout), 403, "is a service account: it may ask for reads")
	p := ns.Policy(t, "robots", object{"serviceAccounts": []object{{"namespace": ns.Name, "name": "robot"}}})
	harness.Refused(t, try(other, scaleCheckout), 403, "policy "+p.Name+": spec.serviceAccounts does not let system:serviceaccount:"+ns.Name+":other ask")
	ns.Create(t, other, object{"prompt": "scale checkout to 2"}).Ended(t, "Refused", "ServiceAccountChange", "policy "+p.Name)

	r := ns.Ask(t, robot, scaleCheckout)
	o := waitsFor(t, r, "0/1")
	if is := policiesOf(o, 0); is != p.Name+": this service account may ask | default: one approval" {
		t.Errorf("the step says %q", is)
	}
	harness.Refused(t, r.TryApprove(robot, approval(o, "")), 403, "only people approve")
	r.Approve(t, w.approver)
	r.Ended(t, "Succeeded", "Verified")
	m := w.Mutations(t, ns.Name, "deployments", "checkout")
	if len(m) != 1 || m[0].User != "system:serviceaccount:"+ns.Name+":robot" {
		t.Errorf("changes: %+v", m)
	}

	// Taken from the list after it has asked.
	r = ns.Ask(t, robot, scaleWeb)
	waitsFor(t, r, "0/1")
	p.Set(t, object{"serviceAccounts": []object{}})
	r.Ended(t, "Refused", "ServiceAccountChange", "is a service account")
	ns.Changed(t, "web", 0)
}

// Neither holds anything up. Both are named; Warn also speaks to whoever asks.
func (w *world) testWarnAndDryRun(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	warn := ns.Policy(t, "warn", object{"enforcement": "Warn", "suspend": true})
	dry := ns.Policy(t, "dry", object{"enforcement": "DryRun", "approvals": []object{{"required": 3}}})
	manifest := "apiVersion: kubechat.io/v1alpha1\nkind: ChatRequest\nmetadata: {name: warned, namespace: " + ns.Name +
		"}\nspec: {prompt: try, commands: [\"" + scaleCheckout + "\"]}\n"
	create := exec.Command("kubectl", "--kubeconfig", w.sre.Kubeconfig, "create", "-f", "-")
	create.Stdin = strings.NewReader(manifest)
	both, err := create.CombinedOutput()
	out := string(both)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	harness.Says(t, out, "Warning: policy "+warn.Name+" (Warn): would refuse: changes are suspended here", "warned created")
	if strings.Contains(out, dry.Name) {
		t.Errorf("DryRun speaks to whoever asks: %s", out)
	}
	r := &harness.Request{Namespace: ns, Name: "warned"}
	o := waitsFor(t, r, "0/1")
	harness.Says(t, policiesOf(o, 0), warn.Name+" (Warn): would refuse:", dry.Name+" (DryRun): would ask for three approvals by other people",
		"default: one approval")
	harness.Eventually(t, patience, func() error {
		list := w.admin.Must(t, "GET", ns.Path("v1", "events", ""), nil)
		for _, e := range list.List("items") {
			if e.String("reason") == "PolicyWarning" && strings.Contains(e.String("message"), warn.Name) {
				return nil
			}
		}
		return fmt.Errorf("no Event PolicyWarning")
	})
	r.Approve(t, w.sre)
	r.Ended(t, "Succeeded", "Verified")
}

func (w *world) label(t *testing.T, ns *harness.Namespace, value any) {
	t.Helper()
	if _, err := w.admin.Patch("/api/v1/namespaces/"+ns.Name, "merge", object{"metadata": object{"labels": object{"test-tier": value}}}); err != nil {
		t.Fatal(err)
	}
}

// By the namespace's labels, also when those change while a request waits.
func (w *world) testNamespaceSelector(t *testing.T) {
	ns, lab := w.Namespace(t, checkout(1)), w.Namespace(t, checkout(1))
	p := ns.Policy(t, "tier", object{
		"match":     object{"namespaceSelector": object{"matchLabels": object{"test-tier": ns.Name}}},
		"approvals": []object{{"required": 2}},
	})
	r := ns.Ask(t, w.sre, scaleCheckout)
	waitsFor(t, r, "0/1")
	w.label(t, ns, ns.Name)
	waitsFor(t, r, "0/2", "policy "+p.Name)
	waitsFor(t, lab.Ask(t, w.sre, scaleCheckout), "0/1")
	w.label(t, ns, nil)
	waitsFor(t, r, "0/1")
	r.Approve(t, w.sre)
	r.Ended(t, "Succeeded", "Verified")
}

// What a policy does not match is as if it were not there.
func (w *world) testOtherClustersKindsPlaces(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	for name, match := range map[string]object{
		"cluster":   {"clusters": []string{"prod-*"}},
		"kind":      {"kinds": []string{"StatefulSet", "Deployment.example.com"}},
		"effect":    {"effects": []string{"Destructive"}},
		"namespace": {"namespaces": []string{"shop", ns.Name + "-*"}},
	} {
		if match["namespaces"] == nil {
			match["namespaces"] = []string{ns.Name}
		}
		ns.Policy(t, name, object{"match": match, "suspend": true})
	}
	yes := ns.Policy(t, "yes", object{"approvals": []object{{"required": 2}}, "match": object{"clusters": []string{"in-*"},
		"kinds": []string{"Deployment.apps"}, "effects": []string{"Mutating"}, "namespaces": []string{ns.Name + "*"}}})
	o := waitsFor(t, ns.Ask(t, w.sre, scaleCheckout), "0/2")
	if is := policiesOf(o, 0); is != yes.Name+": two approvals by other people" {
		t.Errorf("the step says %q", is)
	}
}

func (w *world) testStatus(t *testing.T) {
	ns := w.Namespace(t)
	for _, c := range []struct {
		name           string
		spec           object
		status, reason string
		words          string
	}{
		{"enforced", object{}, "True", "Enforced", "holds"},
		{"warns", object{"enforcement": "Warn"}, "True", "Warns", "warns"},
		{"dryrun", object{"enforcement": "DryRun"}, "True", "DryRun", "noted"},
		{"suspends", object{"suspend": true}, "True", "Suspends", "nothing changes"},
		{"typo", object{"match": object{"namespaces": []string{ns.Name}, "namespaceSelector": object{"matchLabels": object{"my tier": "x"}}}},
			"False", "SelectorInvalid", `spec.match.namespaceSelector.matchLabels: "my tier"`},
	} {
		p := ns.Policy(t, c.name, c.spec)
		o := p.Get(t)
		ready := o.Condition("Ready")
		if ready.String("status") != c.status || ready.String("reason") != c.reason || o.Int("status.observedGeneration") != o.Int("metadata.generation") {
			t.Errorf("%s: %v", c.name, o.At("status"))
		}
		harness.Says(t, ready.String("message"), c.words)
		if c.name != "suspends" {
			continue
		}
		p.Set(t, object{"suspend": false})
		after := p.Get(t).Condition("Ready")
		if after.String("reason") != "Enforced" || after.String("lastTransitionTime") != ready.String("lastTransitionTime") {
			t.Errorf("Ready was %v and is %v: it has been True all the time", ready, after)
		}
	}
	out, err := w.admin.Kubectl("", "get", "apol", "suspends-"+ns.Name)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Fields(out); strings.Join(lines[:5], " ") != "NAME ENFORCEMENT SUSPEND READY REASON" ||
		strings.Join(lines[6:10], " ") != "suspends-"+ns.Name+" Enforce false True" {
		t.Errorf("kubectl get apol prints\n%s", out)
	}
}

// The definition alone refuses what cannot be meant: no webhook is asked.
func (w *world) testSchema(t *testing.T) {
	for name, c := range map[string]struct {
		spec  object
		words string
	}{
		"glob in the middle": {object{"match": object{"namespaces": []string{"a*b"}}}, "spec.match.namespaces[0]"},
		"reads":              {object{"match": object{"effects": []string{"ReadOnly"}}}, `supported values: "Mutating", "Destructive"`},
		"resource name":      {object{"match": object{"kinds": []string{"deployments"}}}, "spec.match.kinds[0]"},
		"In without values": {object{"match": object{"namespaceSelector": object{"matchExpressions": []object{{"key": "a", "operator": "In"}}}}},
			"values belong to the operators In and NotIn"},
		"Exists with values": {object{"match": object{"namespaceSelector": object{"matchExpressions": []object{{"key": "a", "operator": "Exists",
			"values": []string{"x"}}}}}}, "values belong to the operators In and NotIn"},
		"nine approvals":         {object{"approvals": []object{{"required": 9}}}, "spec.approvals[0].required"},
		"no such risk":           {object{"approvals": []object{{"minRisk": "Huge"}}}, "spec.approvals[0].minRisk"},
		"half a service account": {object{"serviceAccounts": []object{{"name": "robot"}}}, "spec.serviceAccounts[0].namespace: Required"},
		"enforcement":            {object{"enforcement": "Maybe"}, "spec.enforcement"},
		"force":                  {object{"force": "Sometimes"}, `spec.force: Unsupported value: "Sometimes": supported values: "Allowed", "Refused"`},
		"confirm":                {object{"contextLock": object{"confirm": "Always"}}, "spec.contextLock.confirm"},
	} {
		_, err := w.TryPolicy(w.admin, "never", c.spec)
		harness.Refused(t, err, 422, c.words)
		if err == nil {
			t.Errorf("%s: stored", name)
			w.admin.Do("DELETE", harness.PoliciesPath+"/never", nil)
		}
	}
}

// Who may approve may not thereby write policies, and nobody but the manager writes their status.
func (w *world) testRights(t *testing.T) {
	for _, who := range []*harness.User{w.sre, w.dev, w.approver} {
		_, err := w.TryPolicy(who, "mine", object{})
		harness.Refused(t, err, 403, "cannot create resource")
	}
	ns := w.Namespace(t)
	p := ns.Policy(t, "rights", object{})
	_, err := w.olga.Patch(harness.PoliciesPath+"/"+p.Name+"/status", "merge", object{"status": object{"conditions": []object{}}})
	harness.Refused(t, err, 403, "status is written by kubechat alone")
}
