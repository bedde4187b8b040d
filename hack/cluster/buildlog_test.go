package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestBuildLog(t *testing.T) {
	l := &buildLog{}
	for _, s := range []string{"go: downloading k8s.io/api v0.34.10\nk8s.io/a", "pi/core/v1\n", "# k8s.io/x\nx.go:1:2: undefined: y\n"} {
		fmt.Fprint(l, s)
	}
	if l.fetched != 1 || l.compiled != 1 || l.last != "k8s.io/api/core/v1" {
		t.Errorf("%+v", l)
	}
	if !strings.Contains(l.errors(), "undefined: y") {
		t.Errorf("errors: %s", l.errors())
	}
}
