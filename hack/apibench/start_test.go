package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// The program to start is this test itself.
func TestMain(m *testing.M) {
	if port := os.Getenv("APIBENCH_TEST_PORT"); port != "" {
		time.Sleep(100 * time.Millisecond)
		http.ListenAndServe("127.0.0.1:"+port, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}
	os.Exit(m.Run())
}

func TestStartIsTimedUntilReady(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ports, err := freePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	if p := ports.Replace("{{port}} {{port2}}"); strings.Contains(p, "{") || strings.Fields(p)[0] == strings.Fields(p)[1] {
		t.Fatalf("ports %q", p)
	}
	s := starter{command: []string{"/usr/bin/env", ports.Replace("APIBENCH_TEST_PORT={{port}}"), self}, ready: ports.Replace("http://127.0.0.1:{{port}}/readyz"), limit: 10 * time.Second}
	for i := 0; i < 2; i++ {
		took, err := s.once(i)
		if err != nil || took < 100*time.Millisecond {
			t.Errorf("start %d: %s %v, want 100 ms and more", i, took, err)
		}
	}
	s.command = []string{"/bin/sh", "-c", "echo no such flag >&2; exit 1"}
	if _, err := s.once(0); err == nil || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("a program that ends at once: %v", err)
	}
}
