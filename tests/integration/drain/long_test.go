package drain

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// As many objects as a plan may have, with the longest names there are.
const (
	most      = 512
	nameMax   = 253
	statusMax = 256 << 10
	screen    = 8 << 10 // what a person is shown at once
)

// longNames makes configmaps of which each has a label of its own, and returns their names in order.
func (w *world) longNames(t *testing.T, ns *harness.Namespace) []string {
	names := make([]string, most)
	for i := range names {
		names[i] = fmt.Sprintf("%03d-", i)
		names[i] += strings.Repeat("n", nameMax-len(names[i]))
	}
	harness.Parallel(most, 16, func(i int) {
		w.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), object{"metadata": object{"name": names[i],
			"labels": object{"tier": "old", "own": strconv.Itoa(i)}}})
	})
	return names
}

func compact(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fits checks that a request's status is within what the API gives it.
func fits(t *testing.T, o object) object {
	t.Helper()
	if n := len(compact(t, o.At("status"))); n > statusMax {
		t.Errorf("%s: the status has %d bytes, at most %d", o.String("status.phase"), n, statusMax)
	}
	return o
}

// show is what kubectl chat shows, which has to say all of these and to be short.
func show(t *testing.T, who *harness.User, r *harness.Request, words ...string) {
	t.Helper()
	c := exec.Command(os.Getenv("KUBECHAT_BIN"), "chat", "show", r.Name, "--namespace="+r.Namespace.Name)
	c.Env = append(os.Environ(), "KUBECONFIG="+who.Kubeconfig)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(out) > 4*screen {
		t.Errorf("%d bytes are shown", len(out))
	}
	for _, line := range strings.Split(string(out), "\n") {
		if len(line) > screen {
			t.Errorf("a line of %d bytes: %.200s", len(line), line)
		}
	}
	harness.Says(t, string(out), words...)
}

func TestLongNames(t *testing.T) {
	w := newWorld(t)
	w.Start(t, harness.Options{})
	ns := w.LongNamespace(t)
	names := w.longNames(t, ns)
	w.cutChanges(t, ns, names)
	w.deleteAll(t, ns, names)
	w.CheckAudit(t)
}

// Each object changes in another way: status shows the first of the changes and counts the others, and the audit log has all.
func (w *world) cutChanges(t *testing.T, ns *harness.Namespace, names []string) {
	r := ns.Ask(t, w.sre, "kubectl label configmaps -l tier=old own=none --overwrite")
	s := fits(t, r.WaitFor(t, "AwaitingApproval")).List("status.plan.steps")[0]
	changes := s.List("dryRun.changes")
	shown := len(changes) - 1
	if shown < 1 || shown >= most {
		t.Fatalf("%d changes are shown", shown)
	}
	if last, want := changes[shown].String("path"), fmt.Sprintf("… %d more changes", most-shown); last != want {
		t.Errorf("the last change is %q, not %q", last, want)
	}
	for i, c := range changes[:shown] {
		if want := "configmap/" + ns.Name + "/" + names[i] + " metadata.labels.own"; c.String("path") != want || c.String("from") != strconv.Itoa(i) {
			t.Errorf("change %d: %v", i, c)
		}
	}
	show(t, w.sre, r, "kubectl label (512 objects) own=none --namespace="+ns.Name+" --overwrite", "configmap/"+names[0], " and 509 more: ", "--output=wide")
	for _, row := range r.Rows(t) {
		if row.Type == "Previewed" && (len(row.Blobs) != 1 || row.Detail.String("steps.blob") != row.Blobs[0]) {
			t.Errorf("the preview is not beside its row: %v %v", row.Blobs, row.Detail)
		}
	}
	if _, err := w.sre.Patch(r.Path(), "merge", object{"spec": object{"cancel": true}}); err != nil {
		t.Fatal(err)
	}
	r.WaitFor(t, "Cancelled")
}

func (w *world) deleteAll(t *testing.T, ns *harness.Namespace, names []string) {
	r := ns.Ask(t, w.sre, "kubectl delete configmaps -l tier=old")
	s := fits(t, r.WaitFor(t, "AwaitingApproval")).List("status.plan.steps")[0]
	command := s.String("command")
	for _, name := range names {
		if !strings.Contains(command, " configmap/"+name+" ") {
			t.Fatalf("the command does not name %s", name)
		}
	}
	show(t, w.sre, r, "kubectl delete (512 objects) --namespace="+ns.Name, "configmap/"+names[0], " and 509 more: ", "kubectl chat approve "+r.Name)
	w.approve(t, r)
	o := fits(t, r.WaitForIn(t, 3*time.Minute, "Succeeded"))
	if m := o.Condition("Complete").String("message"); m != "512/512 deleted and verified" {
		t.Error(m)
	}
	if left := w.Admin.Must(t, "GET", ns.Path("v1", "configmaps", "")+"?labelSelector=tier%3Dold", nil).List("items"); len(left) > 0 {
		t.Errorf("%d are left", len(left))
	}
}
