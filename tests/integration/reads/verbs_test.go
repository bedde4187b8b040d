package reads

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// Every verb end to end: asked for as a command, carried out without approval, looked at by the requester. same: the text
// is kubectl's own; otherwise it has these parts.
var verbs = []struct {
	command string
	same    bool
	parts   []string
}{
	{"kubectl get deployments", true, nil},
	{"kubectl get deploy -o wide", true, nil},
	{"kubectl get deploy web -o yaml", true, nil},
	{"kubectl get deploy/web -o json", true, nil},
	{"kubectl get deploy -o name", true, nil},
	{"kubectl get pods -l app=web --show-labels", true, nil},
	{"kubectl get configmaps --sort-by=.metadata.name", true, nil},
	{"kubectl get ingresses", true, nil},
	{"kubectl get pods -o jsonpath='{.items[*].spec.containers[*].image}'", true, nil},
	{"kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}' --sort-by=.metadata.name", true, nil},
	{"kubectl get deploy web -o jsonpath='{.status.conditions[?(@.type==\"Available\")].status}'", true, nil},
	{"kubectl get deploy web -o jsonpath='{.spec.template.spec}'", true, nil},
	{"kubectl get deploy web -o jsonpath='{.metadata.managedFields[0].operation}'", true, nil},
	{"kubectl get deploy -o jsonpath-as-json='{.items[*].metadata.labels}'", true, nil},
	{"kubectl get deploy,rs -o name", false, []string{"deployment.apps/web", "replicaset.apps/web-"}},
	{"kubectl get pods -o 'custom-columns=NAME:.metadata.name,PHASE:.status.phase,IMAGES:.spec.containers[*].image' --sort-by=.metadata.name", true, nil},
	{"kubectl get deploy -o custom-columns=NAME:metadata.name,NONE:.spec.nosuch,SELECTOR:.spec.selector --no-headers", true, nil},
	{"kubectl get pods -L app,pod-template-hash --no-headers", true, nil},
	{"kubectl get pods -l 'app in (web,other),app!=none' --sort-by=.spec.nodeName", true, nil},
	{"kubectl get pods --field-selector=status.phase=Running -o name", true, nil},
	{"kubectl get deploy --show-kind", true, nil},
	{"kubectl get deploy web --subresource=scale -o json", true, nil},
	{"kubectl get deploy web --subresource=status -o jsonpath='{.status.replicas}'", true, nil},
	{"kubectl get deploy nosuch --ignore-not-found", true, nil},
	{"kubectl get deploy web -o yaml --show-managed-fields", true, nil},
	{"kubectl get rs -o wide --sort-by='{.metadata.creationTimestamp}'", true, nil},
	{"kubectl get events --field-selector=involvedObject.name=web -o custom-columns=R:.reason,T:.type", true, nil},
	{"kubectl wait deploy/web --for=condition=Available", true, nil},
	{"kubectl wait --for=jsonpath='{.status.readyReplicas}'=2 deploy web --timeout=20s", true, nil},
	{"kubectl wait --for=create deploy/web", true, nil},
	{"kubectl wait --for=delete deploy/nosuch", false, []string{"deployment.apps/nosuch condition met"}},
	{"kubectl describe deploy web", false, []string{"Replicas:               2 desired", "ScalingReplicaSet", "NewReplicaSet:"}},
	{"kubectl describe svc web", true, nil},
	{"kubectl describe cm settings", true, nil},
	{"kubectl describe pods -l app=web", false, []string{"Controlled By:  ReplicaSet/web-", "Restart Count:", "Conditions:"}},
	{"kubectl events --for=deployment/web", false, []string{"LAST SEEN", "Deployment/web", "Scaled up replica set web-"}},
	{"kubectl rollout status deploy/web", true, nil},
	{"kubectl rollout history deploy/web", true, nil},
	{"kubectl rollout history deploy/web --revision=1", true, nil},
	{"kubectl api-versions", true, nil},
	{"kubectl api-resources", true, nil},
	{"kubectl api-resources -o wide --sort-by=kind", true, nil},
	{"kubectl api-resources -o name --namespaced=false --verbs=list,watch", true, nil},
	{"kubectl api-resources --api-group=apps --no-headers", true, nil},
	{"kubectl api-resources --categories=all --sort-by=name", true, nil},
	{"kubectl auth can-i create deployments", true, nil},
	{"kubectl auth can-i get pods/web --subresource=log", true, nil},
	{"kubectl auth can-i '*' '*'", false, []string{"no\n"}},
	{"kubectl auth can-i get /healthz", true, nil},
	{"kubectl auth can-i list deployments.apps", true, nil},
	{"kubectl auth can-i --list", true, nil},
	{"kubectl auth whoami", false, []string{"ATTRIBUTE   VALUE\nUsername    sre\n", "system:authenticated"}},
	{"kubectl version", false, []string{"Server Version: v1."}},
	{"kubectl explain deployment", true, nil},
	{"kubectl explain deployment.spec.strategy", true, nil},
	{"kubectl explain pods.spec.containers.imagePullPolicy", true, nil},
	{"kubectl explain pods.spec.containers.resources.limits", true, nil},
	{"kubectl explain deployments.apps.spec --recursive", true, nil},
	{"kubectl explain pod --recursive", true, nil},
	{"kubectl explain crd.spec.versions.schema.openAPIV3Schema --recursive", true, nil},
	{"kubectl explain chatrequest.spec", true, nil},
	{"kubectl explain hpa --api-version=autoscaling/v1", true, nil},
	{"kubectl explain service.spec.ports.targetPort", true, nil},
	{"kubectl get all", false, []string{"pod/web-", "deployment.apps/web", "replicaset.apps/web-"}},
	{"kubectl logs deploy/web", false, []string{"pods, using pod/web-"}},
}

// Ages go on between two looks; how wide their column is goes with them (the unit tests compare every byte).
var age = regexp.MustCompile(`(AGE|\b(\d+[smhd]){1,2}\b) *`)

func withoutAges(text string) string { return age.ReplaceAllString(text, "AGE ") }

func sorted(text string) string {
	words := strings.Fields(strings.NewReplacer("[", " ", "]", " ").Replace(text))
	sort.Strings(words)
	return strings.Join(words, "\n")
}

func TestVerbs(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 2})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	c.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), harness.Object{"metadata": harness.Object{"name": "settings", "labels": harness.Object{"a": "b"}},
		"data": harness.Object{"text": "two\n\tlines\n", "k": "v"}, "binaryData": harness.Object{"blob": "AAECAw=="}})
	c.Admin.Must(t, "POST", ns.Path("v1", "services", ""), harness.Object{"metadata": harness.Object{"name": "web"},
		"spec": harness.Object{"selector": harness.Object{"app": "web"}, "type": "NodePort",
			"ports": []harness.Object{{"name": "http", "port": 80, "targetPort": 8080}, {"name": "named", "port": 81, "targetPort": "admin"}}}})
	for _, v := range verbs {
		t.Run(v.command, func(t *testing.T) {
			r := ns.Ask(t, sre, v.command)
			o := r.WaitFor(t, "Succeeded")
			if o.String("status.approvals.summary") != "-" {
				t.Errorf("approvals: %s", o.String("status.approvals.summary"))
			}
			if o.At("metadata.finalizers") != nil {
				t.Errorf("a read left a finalizer")
			}
			var got string
			harness.Eventually(t, 30e9, func() (err error) { // controllers may write between the two looks
				if got, err = look(sre, r); err != nil || !v.same {
					return err
				}
				want, err := shell(sre, ns.Name, v.command)
				if err != nil {
					return err
				}
				ours := got
				if strings.HasSuffix(v.command, "--list") { // the API server gives rules and verbs in any order
					ours, want = sorted(ours), sorted(want)
				}
				if withoutAges(ours) != withoutAges(want) {
					return fmt.Errorf("ours:\n%s\nkubectl's:\n%s", ours, want)
				}
				return nil
			})
			for _, part := range v.parts {
				if !strings.Contains(got, part) {
					t.Errorf("no %q in\n%s", part, got)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	if o := ns.Ask(t, sre, "kubectl get pod nosuch").WaitFor(t, "NeedsClarification"); !strings.Contains(o.String("status.question"), "there is no pod/") {
		t.Errorf("it asks %q", o.String("status.question"))
	}
	for _, x := range []struct{ command, says string }{
		{"kubectl get nodes", `nodes is forbidden: User "sre" cannot list resource "nodes"`},
		{"kubectl get pods --all-namespaces", `pods is forbidden`},
		{"kubectl top pods", "metrics server"},
		{"kubectl rollout history deploy/web --revision=7", "has no revision 7"},
		{"kubectl explain deployment.spec.nosuch", `field "nosuch" does not exist`},
		{"kubectl cluster-info", `services is forbidden`},
		{"kubectl logs deploy/web -c nosuch", "container nosuch is not in"},
	} {
		t.Run(x.command, func(t *testing.T) {
			o := ns.Ask(t, sre, x.command).WaitFor(t, "Refused")
			if text := o.Condition("Failed").String("message"); !strings.Contains(text, x.says) {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// A plan that changes something and then looks at it waits for the approval, and shows what came of it.
func TestChangeThenRead(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl scale deploy/web --replicas=2", "kubectl rollout status deploy/web")
	r.WaitFor(t, "AwaitingApproval")
	if text, err := look(sre, r); err != nil || !strings.Contains(text, "not read yet") {
		t.Errorf("before its time: %v %s", err, text)
	}
	r.Succeed(t, sre)
	if text, err := look(sre, r); err != nil || text != "deployment \"web\" successfully rolled out\n" {
		t.Errorf("%v %s", err, text)
	}
}

// A wait goes on over a restart of the manager, ends when what it waits for comes, and fails with what was missing.
func TestWait(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	m := c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")

	r := ns.Ask(t, sre, "kubectl wait configmap/flag --for=create --timeout=60s")
	r.WaitFor(t, "Executing")
	if text := r.Get(t).Condition("Executed").String("message"); text != "it is not there yet" {
		t.Errorf("it waits for %q", text)
	}
	m.Kill(t)
	c.Start(t, harness.Options{})
	c.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), harness.Object{"metadata": harness.Object{"name": "flag"}, "data": harness.Object{"k": "hidden"}})
	o := r.WaitFor(t, "Succeeded")
	if text := o.String("status.summary"); text != "configmap flag: create met" {
		t.Errorf("summary %q", text)
	}

	r = ns.Ask(t, sre, "kubectl wait configmap/flag --for=jsonpath='{.data.k}'=other --timeout=2s")
	o = r.WaitFor(t, "Failed")
	text := o.Condition("Failed").String("message")
	if !strings.HasPrefix(text, "timed out waiting for the condition on configmap/") || !strings.HasSuffix(text, "after 2s: {.data.k} is not other") {
		t.Errorf("it failed with %q", text)
	}
	if o := ns.Ask(t, sre, "kubectl wait deploy/nosuch --for=condition=Available").WaitFor(t, "Failed", "Refused"); !strings.Contains(o.Condition("Failed").String("message"), `deployments.apps "nosuch" not found`) {
		t.Errorf("it says %q", o.Condition("Failed").String("message"))
	}
	c.CheckAudit(t)
}

// A plan that changes something and waits for what comes of it.
func TestChangeThenWait(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl scale deploy/web --replicas=3", "kubectl wait deploy/web --for=jsonpath='{.status.readyReplicas}'=3",
		"kubectl label deploy/web scaled=yes")
	r.WaitFor(t, "AwaitingApproval")
	r.Succeed(t, sre)
	if labels := c.Admin.Must(t, "GET", ns.Path("apps/v1", "deployments", "web"), nil).String("metadata.labels.scaled"); labels != "yes" {
		t.Errorf("the step after the wait: %q", labels)
	}
}
