package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		err    error
		output string
		want   string
	}{
		{fmt.Errorf("write: %w", syscall.ENOSPC), "", "disk is full"},
		{errors.New("exit status 1"), "link: write: no space left on device", "disk is full"},
		{errors.New("exit status 1"), "dial tcp: lookup proxy: no such host", "proxy cannot be reached"},
		{errors.New("exit status 1"), "go.mod requires go >= 1.26.0 (running go 1.25.0; GOTOOLCHAIN=local)", "GOTOOLCHAIN=auto"},
		{errors.New("exit status 1"), "x.go:1: syntax error", "syntax error"},
	} {
		if got := explain(c.err, c.output); !strings.Contains(got.Error(), c.want) || !errors.Is(got, c.err) {
			t.Errorf("%v / %s: %v", c.err, c.output, got)
		}
	}
	if explain(nil, "noise") != nil {
		t.Error("no error became one")
	}
}
