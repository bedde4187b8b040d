package main

import (
	"strings"
	"testing"
)

func TestStagingIsReplaced(t *testing.T) {
	const model = "module k8s.io/kubernetes\n\ngo 1.24.0\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tk8s.io/client-go => ./staging/src/k8s.io/client-go\n)\n"
	got, err := seedGoMod(module{folder: "k8s-1.34", version: "1.34.10"}, model)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\ngo 1.24.0\n", "\tk8s.io/api => k8s.io/api v0.34.10\n", "\tk8s.io/client-go => k8s.io/client-go v0.34.10\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, err := seedGoMod(module{}, "nothing"); err == nil {
		t.Error("a go.mod without a go line was taken")
	}
}
