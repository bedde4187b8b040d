package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestGoMinor(t *testing.T) {
	for v, want := range map[string]int{"go1.26.8": 26, "go1.21": 21, "go1.22rc1": 22, "go1.9": 9} {
		if got, ok := goMinor(v); !ok || got != want {
			t.Errorf("%s: %d %v", v, got, ok)
		}
	}
	if _, ok := goMinor("devel +abc"); ok {
		t.Error("a development version has a minor")
	}
}

func TestCacheKeyFollowsWhatIsBuilt(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go here")
	}
	t.Setenv("KUBECHAT_CACHE", t.TempDir())
	source := t.TempDir()
	m := module{folder: "m", cache: "k8s", version: "1"}
	os.Mkdir(filepath.Join(source, "m"), 0o755)
	write := func(name, text string) { os.WriteFile(filepath.Join(source, "m", name), []byte(text), 0o644) }
	write("go.mod", "module m\n\ngo 1.21\n")
	if _, err := m.dir(source); err == nil || !strings.Contains(err.Error(), "cluster pin") {
		t.Errorf("without go.sum: %v", err)
	}
	keys := map[string]string{}
	note := func(what string) {
		dir, err := m.dir(source)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := keys[dir]; ok {
			t.Errorf("%s: the same folder as %s", what, other)
		}
		keys[dir] = what
	}
	write("go.sum", "a\n")
	note("at first")
	write("go.sum", "b\n")
	note("other go.sum")
	m.ldflags = "-s"
	note("other flags")
	m.programs = []program{{name: "x"}}
	note("other programs")
	write("go.mod", "module n\n\ngo 1.21\n")
	note("other go.mod")
}
