package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"kubechat.io/hack/cluster/statedir"
)

const defaultName = "dev"

// A cluster is what cluster.json in its state folder remembers.
type cluster struct {
	Name          string         `json:"name"`
	Minor         string         `json:"minor"`
	Version       string         `json:"version"`
	Nodes         int            `json:"nodes"`
	Ports         map[string]int `json:"ports"`
	Bins          []string       `json:"bins"` // folders with the programs
	APIServerArgs []string       `json:"apiserverArgs,omitempty"`
	Network       int            `json:"network"`          // which of the address ranges
	Debian        string         `json:"debian,omitempty"` // unpacked packages of the real node; empty: there is none
	Created       time.Time      `json:"created"`

	dir string
}

// nameFlag is --name; KUBECHAT_CLUSTER saves repeating it.
func nameFlag(fs *flag.FlagSet) *string {
	name := os.Getenv("KUBECHAT_CLUSTER")
	if name == "" {
		name = defaultName
	}
	return fs.String("name", name, "which cluster (default from KUBECHAT_CLUSTER)")
}

// open reads a cluster that must exist.
func open(name string) (*cluster, error) {
	dir, err := statedir.Of(name)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	b, err := os.ReadFile(c.path("cluster.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no cluster %q under %s; `cluster up --name %s` makes one, `cluster list` shows those that exist", name, filepath.Dir(dir), name)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, fmt.Errorf("%s: %w; `cluster down --name %s --wipe` starts over", c.path("cluster.json"), err, name)
	}
	return c, nil
}

// openRunning reads a cluster whose API server must be up.
func openRunning(name string) (*cluster, error) {
	c, err := open(name)
	if err != nil {
		return nil, err
	}
	if c.process("kube-apiserver") == nil {
		return nil, fmt.Errorf("cluster %q is not up; `cluster up --name %s` starts it", name, name)
	}
	return c, nil
}

func (c *cluster) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

func (c *cluster) save() error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.path("cluster.json"), append(b, '\n'), 0o644)
}

func (c *cluster) server() string {
	return fmt.Sprintf("https://127.0.0.1:%d", c.Ports["kube-apiserver"])
}

// bin finds a program or a tree of manifests in the cache.
func (c *cluster) bin(name string) (string, error) {
	for _, d := range c.Bins {
		p := filepath.Join(d, name)
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s; `cluster build --kubernetes %s` makes it", name, strings.Join(c.Bins, " or "), c.Minor)
}

// lock keeps two commands from changing one cluster at once.
func (c *cluster) lock() (func(), error) {
	return lock(c.dir+".lock", func() {
		fmt.Fprintf(os.Stderr, "cluster %s: another command is at work on it; waiting\n", filepath.Base(c.dir))
	})
}

// clusterNames lists the state folders.
func clusterNames() ([]string, error) {
	root, err := statedir.Root()
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(root, "*", "cluster.json"))
	var names []string
	for _, f := range found {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	sort.Strings(names)
	return names, err
}

// writeFile replaces path at once, so that a reader or a crash never meets half a file.
func writeFile(path string, b []byte, mode os.FileMode) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, mode); err != nil {
		return explain(err, "")
	}
	if err := os.Chmod(tmp, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
