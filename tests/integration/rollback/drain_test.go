package rollback

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// A drained node takes pods again; those that were evicted are their controllers' matter, and that is said.
func TestDrain(t *testing.T) {
	w := newWorld(t, harness.Options{})
	name := "drained-" + w.ns.Name
	p := w.place(t, "node", name)
	before := w.fields(t, p)
	made := workload("settler", nil)
	spec := made["spec"].(object)["template"].(object)["spec"].(object)
	spec["nodeSelector"] = object{"kubernetes.io/hostname": name}
	if _, err := w.Admin.Patch(p, "merge", object{"metadata": object{"labels": object{"kubernetes.io/hostname": name}}}); err != nil {
		t.Fatal(err)
	}
	before["metadata.labels.kubernetes.io/hostname"] = `"` + name + `"`
	w.Admin.Must(t, "POST", w.ns.Path("apps/v1", "deployments", ""), made)
	w.ns.AwaitRollout(t, "settler")
	r := w.change(t, w.olga, "kubectl drain "+name+" --ignore-daemonsets")
	if !w.Admin.Must(t, "GET", p, nil).At("spec.unschedulable").(bool) {
		t.Fatal("it was not cordoned")
	}
	again := w.approved(t, w.olga, back(r))
	o := again.WaitFor(t, "Succeeded")
	if is := o.List("status.plan.steps"); len(is) != 1 || is[0].String("command") != "kubectl uncordon "+name {
		t.Errorf("the way back is %v", is)
	}
	if note := o.String("status.planner.message"); !strings.Contains(note, "makes it again by itself") {
		t.Errorf("it says %q", note)
	}
	for _, d := range different(before, w.fields(t, p)) {
		if !strings.HasPrefix(d, "spec.taints") { // the node controller's own, a moment later
			t.Errorf("not as it was: %s", d)
		}
	}
}
