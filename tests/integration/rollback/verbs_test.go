package rollback

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A trip there and back: NAME and NS are replaced; the first object is NAME's.
type trip struct {
	verb, command string
	object        string // of fixtures; "": it makes one
	makes         string // path of what it makes, "v1/services/NAME"; "": it changes or deletes the first object
	reversible    string // what the preview promises
	note          string // what does not come back, where something does not; of a step that stays as it is: why
}

const rbac = "rbac.authorization.k8s.io/v1/"

const patchLabels = `'{"metadata":{"labels":{"old":null,"new":"x"}}}'`

var trips = []trip{
	{"scale", "kubectl scale deployment/NAME --replicas=3", "deployment", "", "Reversible", ""},
	{"scale", "kubectl scale sts/NAME --replicas=0", "statefulset", "", "Reversible", ""},
	{"autoscale", "kubectl autoscale deployment/NAME --min=1 --max=3 --cpu-percent=80", "deployment", "autoscaling/v2/horizontalpodautoscalers/NAME", "Partial", "replicas"},
	{"expose", "kubectl expose deployment/NAME --port=80", "deployment", "v1/services/NAME", "Reversible", ""},
	{"label", "kubectl label deployment/NAME new=1 old-", "deployment", "", "Reversible", ""},
	{"label", "kubectl label configmap/NAME old=2 --overwrite", "configmap", "", "Reversible", ""},
	{"annotate", "kubectl annotate deployment/NAME old=2 new.io/x=1 --overwrite", "deployment", "", "Reversible", ""},
	{"set image", "kubectl set image deployment/NAME main=busybox:1 side=busybox:2", "deployment", "", "Reversible", ""},
	{"set image", "kubectl set image cronjob/NAME job=busybox:2", "cronjob", "", "Reversible", ""},
	{"set env", "kubectl set env deployment/NAME A=2 B=3", "deployment", "", "Reversible", ""},
	{"set env", "kubectl set env deployment/NAME F- A-", "deployment", "", "Reversible", ""},
	{"set resources", "kubectl set resources deployment/NAME --limits=cpu=1,memory=64Mi --requests=cpu=2m", "deployment", "", "Reversible", ""},
	{"set selector", "kubectl set selector service/NAME app=other", "service", "", "Reversible", ""},
	{"set subject", "kubectl set subject rolebinding/NAME --user=zoe", "rolebinding", "", "Reversible", ""},
	{"set serviceaccount", "kubectl set serviceaccount deployment/NAME robot", "deployment", "", "Reversible", ""},
	{"rollout restart", "kubectl rollout restart deployment/NAME", "deployment", "", "Partial", "pods that were replaced"},
	{"rollout pause", "kubectl rollout pause deployment/NAME", "deployment", "", "Reversible", ""},
	{"rollout resume", "kubectl rollout resume deployment/NAME", "paused", "", "Reversible", ""},
	{"rollout undo", "kubectl rollout undo deployment/NAME --to-revision=1", "deployment-history", "", "Reversible", ""},
	{"rollout undo", "kubectl rollout undo statefulset/NAME", "statefulset-history", "", "Reversible", ""},
	{"patch", "kubectl patch deployment/NAME -p " + patchLabels, "deployment", "", "Reversible", ""},
	{"patch", `kubectl patch deployment/NAME -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"},{"name":"third","image":"busybox:3"}]}}}}'`, "deployment", "", "Reversible", ""},
	{"patch", `kubectl patch deployment/NAME --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/args","value":["two","three","four"]}]'`, "deployment", "", "Reversible", ""},
	{"patch", `kubectl patch configmap/NAME --type=merge -p '{"data":{"a":null,"long":"short","new":"1"}}'`, "configmap", "", "Reversible", ""},
	{"patch", `kubectl patch service/NAME --type=merge -p '{"spec":{"ports":[{"name":"https","port":8443}]}}'`, "service", "", "Reversible", ""},
	{"taint", "kubectl taint node NAME new=1:NoSchedule old:NoSchedule-", "tainted", "", "Reversible", ""},
	{"cordon", "kubectl cordon NAME", "node", "", "Reversible", ""},
	{"uncordon", "kubectl uncordon NAME", "cordoned", "", "Reversible", ""},
	{"apply", "kubectl apply --server-side -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  b: \"1\"\n  d: e\nEOF\n", "configmap", "", "Reversible", ""},
	{"apply", "kubectl apply --server-side -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  a: c\nEOF\n", "", "v1/configmaps/NAME", "Reversible", ""},
	{"replace", "kubectl replace -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  c: d\nEOF\n", "configmap", "", "Reversible", ""},
	{"create", "kubectl create -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  c: d\nEOF\n", "", "v1/configmaps/NAME", "Reversible", ""},
	{"create configmap", "kubectl create configmap NAME --from-literal=a=b", "", "v1/configmaps/NAME", "Reversible", ""},
	{"create namespace", "kubectl create namespace NAME", "", "v1/namespaces/NAME", "Reversible", ""},
	{"create serviceaccount", "kubectl create serviceaccount NAME", "", "v1/serviceaccounts/NAME", "Reversible", ""},
	{"create job", "kubectl create job NAME --from=cronjob/NAME", "cronjob", "batch/v1/jobs/NAME", "Partial", "what its pods did"},
	{"create role", "kubectl create role NAME --verb=get --resource=pods", "", rbac + "roles/NAME", "Reversible", ""},
	{"create clusterrole", "kubectl create clusterrole NAME --verb=get --resource=nodes", "", rbac + "clusterroles/NAME", "Reversible", ""},
	{"create rolebinding", "kubectl create rolebinding NAME --clusterrole=view --user=x", "", rbac + "rolebindings/NAME", "Reversible", ""},
	{"create clusterrolebinding", "kubectl create clusterrolebinding NAME --clusterrole=view --user=x", "", rbac + "clusterrolebindings/NAME", "Reversible", ""},
	{"create quota", "kubectl create quota NAME --hard=count/leases.coordination.k8s.io=99", "", "v1/resourcequotas/NAME", "Reversible", ""},
	{"create deployment", "kubectl create deployment NAME --image=busybox:1 --replicas=2", "", "apps/v1/deployments/NAME", "Reversible", ""},
	{"create cronjob", "kubectl create cronjob NAME --image=busybox:1 --schedule='0 0 1 1 *'", "", "batch/v1/cronjobs/NAME", "Partial", "what its jobs did"},
	{"create ingress", "kubectl create ingress NAME --rule=a.example.com/=svc:80", "", "networking.k8s.io/v1/ingresses/NAME", "Reversible", ""},
	{"create poddisruptionbudget", "kubectl create poddisruptionbudget NAME --selector=app=NAME --min-available=1", "", "policy/v1/poddisruptionbudgets/NAME", "Reversible", ""},
	{"create priorityclass", "kubectl create priorityclass NAME --value=10", "", "scheduling.k8s.io/v1/priorityclasses/NAME", "Reversible", ""},
	{"create service clusterip", "kubectl create service clusterip NAME --tcp=80", "", "v1/services/NAME", "Reversible", ""},
	{"create service externalname", "kubectl create service externalname NAME --external-name=example.com", "", "v1/services/NAME", "Reversible", ""},
	{"create service loadbalancer", "kubectl create service loadbalancer NAME --tcp=80", "", "v1/services/NAME", "Reversible", ""},
	{"create service nodeport", "kubectl create service nodeport NAME --tcp=80", "", "v1/services/NAME", "Reversible", ""},
	{"run", "kubectl run NAME --image=busybox:1 --restart=Never", "", "v1/pods/NAME", "Partial", "what the pod did"},
	{"delete", "kubectl delete deployment/NAME", "deployment", "", "Partial", "another uid"},
	{"delete", "kubectl delete configmap NAME", "configmap", "", "Partial", "another uid"},
	{"delete", "kubectl delete service NAME", "service", "", "Partial", "another uid"},
	{"delete", "kubectl delete pod NAME --now", "pod", "", "Partial", "another uid"},
	{"delete", "kubectl delete ingress NAME", "ingress", "", "Partial", "another uid"},
}

// Verbs that have no trip of their own, and where they are proven.
var elsewhere = map[string]string{
	"evict": "a part of drain", "drain": "a step whose parts are cordon and evict",
}

// A row of the table of rollbacks, which a unit test holds against the verbs that there are.
var row = regexp.MustCompile(`(?m)^    \{"([^"]+)", KC_BACK_(\w+), KC_(\w+),`)

func TestEveryVerbHasATrip(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(harness.Get(t).Root, "controller/plan/rollback_table.c"))
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string]string{}
	for _, x := range trips {
		promised[x.verb] = strings.ToUpper(x.reversible)
	}
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 40 {
		t.Errorf("only %d rows were found", len(rows))
	}
	for _, r := range rows {
		verb, way, best := r[1], r[2], r[3]
		if way != "NEVER" && elsewhere[verb] == "" && promised[verb] != best {
			t.Errorf("kubectl %s is to be %s, and has a trip that is %q: add one", verb, best, promised[verb])
		}
	}
}

func TestThereAndBack(t *testing.T) {
	w := newWorld(t, harness.Options{})
	run := strconv.FormatInt(time.Now().Unix()%46656, 36)
	t.Run("trips", func(t *testing.T) {
		for i, x := range trips {
			i, x := i, x
			t.Run(x.command, func(t *testing.T) {
				t.Parallel()
				w.travel(t, x, fmt.Sprintf("trip%d%s", i, run))
			})
		}
	})
	w.CheckAudit(t)
}

func (w *world) travel(t *testing.T, x trip, name string) {
	p, who := "", w.sre
	if x.object != "" {
		p = w.place(t, x.object, name)
	}
	if x.makes != "" {
		part := strings.Split(strings.ReplaceAll(x.makes, "NAME", name), "/")
		n := len(part)
		p = path(w.ns.Name, strings.Join(part[:n-2], "/"), part[n-2], part[n-1])
		t.Cleanup(func() { w.Admin.Do("DELETE", p, nil) })
	}
	if !strings.Contains(p, "/namespaces/"+w.ns.Name) || strings.Contains(p, rbac) || strings.Contains(p, "quota") || strings.Contains(p, "rolebinding") {
		who = w.olga
	}
	before := w.fields(t, p)
	if (before == nil) != (x.makes != "") {
		t.Fatalf("before: %v", before)
	}
	r := w.change(t, who, strings.ReplaceAll(x.command, "NAME", name))
	w.checkPromise(t, x, r.Get(t).List("status.plan.steps")[0])
	harness.Eventually(t, 30*time.Second, func() error { // what goes takes a moment
		if after := w.fields(t, p); len(different(before, after)) == 0 {
			return fmt.Errorf("nothing changed")
		}
		return nil
	})
	deleted := strings.HasPrefix(x.command, "kubectl delete")
	if deleted {
		harness.Eventually(t, 30*time.Second, func() error {
			if _, err := w.Admin.Do("GET", p, nil); !harness.IsStatus(err, 404) {
				return fmt.Errorf("%s is still there: %v", p, err)
			}
			return nil
		})
	}
	w.approved(t, who, back(r)).WaitFor(t, "Succeeded")
	harness.Eventually(t, 30*time.Second, func() error {
		if (before == nil) != (w.fields(t, p) == nil) {
			return fmt.Errorf("%s: there before: %v, there now: %v", p, before != nil, w.fields(t, p) != nil)
		}
		return nil
	})
	for _, d := range different(before, w.fields(t, p)) {
		if !deleted || !givenAgain.MatchString(strings.SplitN(d, ":", 2)[0]) {
			t.Errorf("not as it was: %s", d)
		}
	}
	// Once is enough.
	if o := w.refused(t, who, back(r)); !strings.Contains(o.String("status.summary"), "rolled back already") {
		t.Errorf("a second time: %s", o.String("status.summary"))
	}
}

// checkPromise: the preview says what can be taken back, how, and what cannot.
func (w *world) checkPromise(t *testing.T, x trip, step object) {
	t.Helper()
	if is := step.String("reversible"); is != x.reversible {
		t.Errorf("the preview promises %s, not %s", is, x.reversible)
	}
	command := step.String("rollback")
	if (command == "") != (x.verb == "delete") {
		t.Errorf("the way back is %q", command)
	}
	note := fmt.Sprint(step.At("dryRun.warnings"))
	if x.note == "" && strings.Contains(note, "way back: ") || !strings.Contains(note, x.note) {
		t.Errorf("the preview warns %s, wanted %q", note, x.note)
	}
}
