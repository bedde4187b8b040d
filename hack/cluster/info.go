package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// info is what scripts read with `cluster info -o json`.
type info struct {
	Name        string                   `json:"name"`
	State       string                   `json:"state"`
	Kubernetes  string                   `json:"kubernetes"`
	Server      string                   `json:"server"`
	AuditLog    string                   `json:"auditLog"`
	StateDir    string                   `json:"stateDir"`
	BinDirs     []string                 `json:"binDirs"`
	CA          string                   `json:"certificateAuthority"`
	Nodes       int                      `json:"nodes"`
	Components  map[string]componentInfo `json:"components"`
	Kubeconfigs map[string]string        `json:"kubeconfigs"`
}

type componentInfo struct {
	Port int    `json:"port"`
	Pid  int    `json:"pid,omitempty"` // absent when it does not run
	Log  string `json:"log"`
}

func (c *cluster) info() info {
	i := info{Name: c.Name, State: c.state(), Kubernetes: c.Version, Server: c.server(), AuditLog: c.auditLog(), StateDir: c.dir, BinDirs: c.Bins,
		CA: c.path("pki", "ca.crt"), Nodes: c.Nodes, Components: map[string]componentInfo{}, Kubeconfigs: map[string]string{}}
	for _, x := range c.components() {
		ci := componentInfo{Port: c.Ports[x.name], Log: c.logFile(x.name)}
		if p := c.process(x.name); p != nil {
			ci.Pid = p.pid
		}
		i.Components[x.name] = ci
	}
	for _, u := range users {
		i.Kubeconfigs[u.kubeconfig] = c.path("kubeconfig", u.kubeconfig)
	}
	return i
}

// state is up, down, or partial with what is missing.
func (c *cluster) state() string {
	var missing []string
	for _, x := range c.components() {
		if c.process(x.name) == nil {
			missing = append(missing, x.name)
		}
	}
	switch len(missing) {
	case 0:
		return "up"
	case len(c.components()):
		return "down"
	}
	return "partial: no " + strings.Join(missing, ", ")
}

func runInfo(args []string) error {
	fs := flags("info")
	name := nameFlag(fs)
	output := fs.String("o", "", "json for programs")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *output != "" && *output != "json" {
		return fmt.Errorf("-o %s: only json is known", *output)
	}
	c, err := open(*name)
	if err != nil {
		return err
	}
	i := c.info()
	if *output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(i)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "name\t%s\nstate\t%s\nkubernetes\t%s\nserver\t%s\naudit log\t%s\nstate folder\t%s\n", i.Name, i.State, i.Kubernetes, i.Server, i.AuditLog, i.StateDir)
	for _, d := range i.BinDirs {
		fmt.Fprintf(w, "programs\t%s\n", d)
	}
	for _, x := range c.components() {
		ci := i.Components[x.name]
		pid := "not running"
		if ci.Pid != 0 {
			pid = fmt.Sprintf("pid %d", ci.Pid)
		}
		fmt.Fprintf(w, "%s\tport %d, %s\n", x.name, ci.Port, pid)
	}
	for _, u := range users {
		fmt.Fprintf(w, "user %s\t%s\n", u.kubeconfig, i.Kubeconfigs[u.kubeconfig])
	}
	return w.Flush()
}

func runList(args []string) error {
	if err := parse(flags("list"), args); err != nil {
		return err
	}
	names, err := clusterNames()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		fmt.Fprintln(os.Stderr, "no clusters; `cluster up` makes one")
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKUBERNETES\tSERVER\tSTATE")
	for _, n := range names {
		c, err := open(n)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Name, c.Version, c.server(), c.state())
	}
	return w.Flush()
}

func runEnv(args []string) error {
	fs := flags("env")
	name := nameFlag(fs)
	if err := parse(fs, args); err != nil {
		return err
	}
	c, err := open(*name)
	if err != nil {
		return err
	}
	fmt.Printf("export PATH=%s:\"$PATH\"\nexport KUBECONFIG=%s\n", quote(strings.Join(c.Bins, ":")), quote(c.path("kubeconfig", "admin")))
	if c.Debian != "" { // what ctr reads
		fmt.Printf("export CONTAINERD_ADDRESS=%s\nexport CONTAINERD_NAMESPACE=k8s.io\n", quote(c.socket()))
	}
	return nil
}

// quote makes one shell word of s.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
