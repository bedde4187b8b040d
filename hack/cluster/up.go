package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kubechat.io/hack/cluster/statedir"
)

// startLimit is how long `up` waits for anything; a quiet machine needs a tenth of it.
const startLimit = 90 * time.Second

func runUp(args []string) error {
	fs := flags("up")
	name := nameFlag(fs)
	minor := fs.String("kubernetes", releases[0].minor, "release to run")
	nodes := fs.Int("nodes", 3, "how many nodes to fake")
	var extra stringList
	fs.Var(&extra, "apiserver-arg", "further argument of kube-apiserver, such as --goaway-chance=0.01 (may be repeated; remembered)")
	if err := parse(fs, args); err != nil {
		return err
	}
	r, err := findRelease(*minor)
	if err != nil {
		return err
	}
	if *nodes < 0 || *nodes > 1000 {
		return fmt.Errorf("--nodes=%d: 0 to 1000, please", *nodes)
	}
	p := newProgress()
	dir, err := statedir.Of(*name)
	if err != nil {
		return err
	}
	c := &cluster{dir: dir}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if exists(c.path("cluster.json")) {
		if c, err = open(*name); err != nil {
			return err
		}
		if c.Minor != r.minor && flagGiven(fs, "kubernetes") {
			return fmt.Errorf("cluster %q runs Kubernetes %s, not %s; `cluster down --name %s --wipe` first, or choose another --name", c.Name, c.Minor, r.minor, c.Name)
		}
		if r, err = findRelease(c.Minor); err != nil {
			return err
		}
	} else {
		c.Name, c.Minor, c.Created = *name, r.minor, time.Now().UTC().Truncate(time.Second)
	}
	// What was asked for at an earlier start holds until something else is asked for.
	changed := false
	if c.Version == "" || flagGiven(fs, "nodes") {
		changed = changed || c.Nodes != *nodes
		c.Nodes = *nodes
	}
	if flagGiven(fs, "apiserver-arg") && strings.Join(extra, " ") != strings.Join(c.APIServerArgs, " ") {
		c.APIServerArgs, changed = extra, true
		if c.process("kube-apiserver") != nil {
			p.say("kube-apiserver restarts with %s", strings.Join(extra, " "))
			if err := c.stop("kube-apiserver", 10*time.Second); err != nil {
				return err
			}
		}
	}
	if !changed && c.complete(ctx) {
		p.say("cluster %s is up already (Kubernetes %s, %s)", c.Name, c.Version, c.server())
		fmt.Println(c.path("kubeconfig", "admin"))
		return nil
	}
	if err := c.up(ctx, r, p); err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped; run it again to go on, or `cluster down` to end what was started")
		}
		return err
	}
	fmt.Println(c.path("kubeconfig", "admin"))
	return nil
}

// complete tells whether all components run and the API server is ready: the state that up leaves.
func (c *cluster) complete(ctx context.Context) bool {
	for _, x := range c.components() {
		if c.process(x.name) == nil {
			return false
		}
	}
	if !exists(c.path("complete")) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	w, err := c.web()
	if err != nil {
		return false
	}
	status, _, err := w.get(ctx, c.server()+"/readyz")
	return err == nil && status == 200
}

// up starts whatever does not run. Each step leaves alone what is there, so a half-started or crashed cluster is repaired by
// the same way that makes a new one.
func (c *cluster) up(ctx context.Context, r release, p *progress) error {
	os.Remove(c.path("complete"))
	running := 0
	for _, x := range components {
		if c.process(x.name) != nil {
			running++
		}
	}
	// Programs are only exchanged under a cluster that is down; a running one keeps what it was started with.
	if running == 0 || c.Version == "" {
		bins, err := build(p, r.control(), kwokModule())
		if err != nil {
			return err
		}
		c.Bins, c.Version = bins, r.kubernetes
		if c.Debian != "" {
			if err := c.nodePrograms(r, p); err != nil {
				return err
			}
		}
	}
	if err := c.settlePorts(running, p); err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	p.say("certificates, users and kubeconfigs")

	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, x := range components[:2] { // each needs the one before it
		if err := c.startAndWait(limited, x); err != nil {
			return err
		}
		p.say("%s ready (port %d)", x.name, c.Ports[x.name])
	}
	err := together(
		func() error { return c.fakeNodes(limited, p) },
		func() error { return c.startComponents(limited, p, "kube-controller-manager", "kube-scheduler") },
	)
	if err != nil {
		return err
	}
	if c.Debian != "" {
		if err := c.nodeUp(limited, p); err != nil {
			return err
		}
	}
	return writeFile(c.path("complete"), nil, 0o644)
}

// settlePorts chooses ports for a new cluster, and others for a stopped one whose ports are taken by now.
func (c *cluster) settlePorts(running int, p *progress) error {
	names := portNames()
	if len(c.Ports) > 0 {
		if running > 0 {
			return nil // startAndWait says so if one is taken
		}
		taken := 0
		for _, n := range sorted(c.Ports) {
			if port := c.Ports[n]; portStaysTaken(port) {
				p.say("port %d of %s is taken by %s; choosing other ports", port, n, portOwner(port))
				taken++
			}
		}
		if taken == 0 {
			return nil
		}
	}
	// Two clusters that start at once must not choose the same ports.
	unlock, err := lock(filepath.Join(filepath.Dir(c.dir), "ports.lock"), func() {})
	if err != nil {
		return err
	}
	defer unlock()
	others, err := otherClusters(c.Name)
	if err != nil {
		return err
	}
	if len(c.Ports) == 0 {
		c.Network, err = chooseNetwork(c.Name, func(n int) bool { return others.networks[n] })
		if err != nil {
			return err
		}
	}
	c.Ports, err = choosePorts(names, c.Name, func(port int) bool { return others.ports[port] || portTaken(port) })
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return explain(err, "")
	}
	return c.save()
}

// prepare writes everything that components and clients read.
func (c *cluster) prepare() error {
	if err := c.save(); err != nil {
		return err
	}
	if err := c.writePKI(); err != nil {
		return err
	}
	if err := c.writeKubeconfigs(); err != nil {
		return err
	}
	return c.writeManifests()
}

func (c *cluster) startComponents(ctx context.Context, p *progress, names ...string) error {
	var steps []func() error
	for _, n := range names {
		x, err := findComponent(n)
		if err != nil {
			return err
		}
		steps = append(steps, func() error {
			if err := c.startAndWait(ctx, x); err != nil {
				return err
			}
			p.say("%s ready (port %d)", x.name, c.Ports[x.name])
			return nil
		})
	}
	return together(steps...)
}
