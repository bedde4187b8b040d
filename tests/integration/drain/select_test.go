package drain

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func (w *world) configmap(t *testing.T, ns *harness.Namespace, name, tier string) {
	w.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), object{"metadata": object{"name": name, "labels": object{"tier": tier}}})
}

func TestSelection(t *testing.T) {
	w := newWorld(t)
	w.Start(t, harness.Options{})
	t.Run("WhatComesLaterStays", w.testWhatComesLaterStays)
	t.Run("SeveralNames", w.testSeveralNames)
	t.Run("Nothing", w.testNothing)
	t.Run("TooMany", w.testTooMany)
	t.Run("MayNotList", w.testMayNotList)
}

// The objects that fitted when the plan was made are deleted, and what fits since is not; one that went meanwhile is no
// obstacle.
func (w *world) testWhatComesLaterStays(t *testing.T) {
	ns := w.Namespace(t)
	for _, name := range []string{"a", "b", "c"} {
		w.configmap(t, ns, name, "old")
	}
	w.configmap(t, ns, "other", "new")
	r := ns.Ask(t, w.sre, "kubectl delete configmaps -l tier=old")
	s := r.WaitFor(t, "AwaitingApproval").List("status.plan.steps")
	if len(s) != 1 || s[0].String("command") != "kubectl delete configmap/a configmap/b configmap/c --namespace="+ns.Name ||
		s[0].String("parts") != "0/3 deleted" {
		t.Fatalf("%v", s)
	}
	w.configmap(t, ns, "d", "old")
	w.Admin.Must(t, "DELETE", ns.Path("v1", "configmaps", "b"), nil)
	w.approve(t, r)
	o := r.WaitFor(t, "Succeeded")
	if m := o.Condition("Complete").String("message"); m != "3/3 deleted and verified" {
		t.Error(m)
	}
	for name, there := range map[string]bool{"a": false, "b": false, "c": false, "d": true, "other": true} {
		_, err := w.Admin.Do("GET", ns.Path("v1", "configmaps", name), nil)
		if (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m := w.Mutations(t, ns.Name, "configmaps", "b"); len(m) > 0 {
		t.Errorf("%+v", m)
	}
}

func (w *world) testSeveralNames(t *testing.T) {
	ns := w.Namespace(t)
	w.configmap(t, ns, "a", "old")
	w.configmap(t, ns, "b", "older")
	r := ns.Ask(t, w.sre, "kubectl label configmaps a b tier=new --overwrite")
	s := r.WaitFor(t, "AwaitingApproval").List("status.plan.steps")
	if len(s) != 1 || s[0].String("command") != "kubectl label configmap/a configmap/b tier=new --namespace="+ns.Name+" --overwrite" {
		t.Fatalf("%v", s)
	}
	for i, path := range []string{"configmap/" + ns.Name + "/a metadata.labels.tier", "configmap/" + ns.Name + "/b metadata.labels.tier"} {
		if is := s[0].List("dryRun.changes")[i].String("path"); is != path {
			t.Errorf("%s: %s", path, is)
		}
	}
	r.Approve(t, w.sre)
	r.WaitFor(t, "Succeeded")
	for _, name := range []string{"a", "b"} {
		if tier := w.Admin.Must(t, "GET", ns.Path("v1", "configmaps", name), nil).String("metadata.labels.tier"); tier != "new" {
			t.Errorf("%s: %s", name, tier)
		}
	}
}

func (w *world) testNothing(t *testing.T) {
	ns := w.Namespace(t)
	o := ns.Ask(t, w.sre, "kubectl delete configmaps -l tier=none").WaitFor(t, "Refused")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "No resources in "+ns.Name+" namespace") {
		t.Error(m)
	}
}

func (w *world) testTooMany(t *testing.T) {
	ns := w.Namespace(t)
	harness.Parallel(513, 16, func(i int) { w.configmap(t, ns, fmt.Sprintf("n-%d", i), "old") })
	o := ns.Ask(t, w.sre, "kubectl delete configmaps -l tier=old").WaitFor(t, "Refused")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "513 objects fit, at most 512") {
		t.Error(m)
	}
}

func (w *world) testMayNotList(t *testing.T) {
	ns := w.Namespace(t)
	o := ns.Ask(t, w.sre, "kubectl label nodes --all tier=x").WaitFor(t, "Refused", "NeedsClarification")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "nodes") {
		t.Error(m)
	}
	o = ns.Ask(t, w.sre, "kubectl delete secrets --all -A").WaitFor(t, "Refused", "NeedsClarification")
	if m := o.Condition("Failed").String("message"); !strings.Contains(m, "cannot list resource \"secrets\"") {
		t.Error(m)
	}
}
