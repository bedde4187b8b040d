package main

import (
	"testing"
)

func TestRolledOut(t *testing.T) {
	var w workload
	w.Metadata.Generation, w.Spec.Replicas = 2, 3
	w.Status.ObservedGeneration, w.Status.Replicas, w.Status.UpdatedReplicas, w.Status.ReadyReplicas = 2, 3, 3, 3
	if !w.rolledOut() {
		t.Error("a finished rollout does not count")
	}
	for what, breakIt := range map[string]func(*workload){
		"not yet observed": func(w *workload) { w.Status.ObservedGeneration = 1 },
		"old pods left":    func(w *workload) { w.Status.Replicas = 4 },
		"old pods ready":   func(w *workload) { w.Status.UpdatedReplicas = 2 },
		"not ready":        func(w *workload) { w.Status.ReadyReplicas = 2 },
	} {
		x := w
		breakIt(&x)
		if x.rolledOut() {
			t.Error(what + " counts")
		}
	}
}
