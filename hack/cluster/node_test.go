package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every placeholder of the node's files is filled in, with and without nodes that kwok plays.
func TestNodeFilesAreFilledIn(t *testing.T) {
	for _, nodes := range []int{0, 3} {
		c := testCluster(t, "one")
		c.Nodes, c.Debian = nodes, t.TempDir()
		c.Ports = map[string]int{"kubelet": 1, kubeletAPI: 2}
		if err := c.nodeConfigs(); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"containerd.toml", "kubelet.yaml", "cni/10-kubechat.conflist"} {
			b, err := os.ReadFile(c.path("node", f))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.SplitN(string(b), "\n", 2)[1] // the first line speaks of placeholders
			if strings.Contains(text, "@") {
				t.Errorf("%s: something is left to fill in:\n%s", f, text)
			}
		}
		b, _ := os.ReadFile(c.path("node", "kubelet.yaml"))
		if tainted := strings.Contains(string(b), "NoSchedule"); tainted != (nodes > 0) {
			t.Errorf("with %d other nodes: tainted is %v", nodes, tainted)
		}
	}
}

func TestNothingIsMountedBelowAFreshFolder(t *testing.T) {
	if err := unmountBelow(filepath.Join(t.TempDir(), "node") + "/"); err != nil {
		t.Error(err)
	}
}
