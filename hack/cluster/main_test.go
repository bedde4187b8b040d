package main

import (
	"strings"
	"testing"
)

func TestArgumentsInAnyOrder(t *testing.T) {
	for _, line := range []string{"sre --name two", "--name two sre", "--name=two sre"} {
		fs := flags("kubeconfig")
		name, who := nameFlag(fs), ""
		if err := parse(fs, strings.Fields(line), &who); err != nil || *name != "two" || who != "sre" {
			t.Errorf("%s: %q %q %v", line, *name, who, err)
		}
	}
	who := ""
	if err := parse(flags("kubeconfig"), []string{"a", "b"}, &who); err == nil {
		t.Error("two users were taken")
	}
}
