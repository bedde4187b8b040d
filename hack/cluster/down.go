package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"kubechat.io/hack/cluster/statedir"
)

func runDown(args []string) error {
	fs := flags("down")
	name := nameFlag(fs)
	all := fs.Bool("all", false, "every cluster")
	wipe := fs.Bool("wipe", false, "delete the state too")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *all && flagGiven(fs, "name") {
		return errors.New("--all and --name exclude each other")
	}
	names := []string{*name}
	if *all {
		var err error
		if names, err = clusterNames(); err != nil {
			return err
		}
	}
	var failed error
	for _, n := range names {
		if err := downOne(n, *wipe); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", n, err))
		}
	}
	return failed
}

func downOne(name string, wipe bool) error {
	dir, err := statedir.Of(name)
	if err != nil {
		return err
	}
	c, err := open(name)
	if err != nil { // nothing there, or not readable: what runs is found by its folder all the same
		c = &cluster{Name: name, dir: dir}
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	start, stopped := time.Now(), 0
	os.Remove(c.path("complete"))
	if exists(c.path("node")) {
		n, err := c.nodeDown()
		if err != nil {
			return err
		}
		stopped += n
	}
	for i := len(components) - 1; i >= 0; i-- {
		x := components[i].name
		// Somebody may have been started twice in a race that we lost; stop until nothing of ours runs.
		for c.process(x) != nil {
			polite := 10 * time.Second
			if wipe { // nothing to keep
				polite = 0
			}
			if err := c.stop(x, polite); err != nil {
				return err
			}
			stopped++
		}
	}
	did := fmt.Sprintf("stopped %d processes", stopped)
	if stopped == 0 {
		did = "was not running"
	}
	if wipe {
		if err := os.RemoveAll(c.dir); err != nil {
			return err
		}
		os.Remove(c.dir + ".lock")
		did += ", state deleted"
	}
	fmt.Fprintf(os.Stderr, "cluster %s: %s (%.1fs)\n", name, did, time.Since(start).Seconds())
	return nil
}

func runStopComponent(args []string) error {
	fs := flags("stop-component")
	kill := fs.Bool("kill", false, "SIGKILL at once: a crash, not a shutdown")
	return onComponent(fs, args, func(c *cluster, x component) error {
		if c.process(x.name) == nil {
			fmt.Fprintf(os.Stderr, "%s does not run\n", x.name)
			return nil
		}
		polite := 5 * time.Second
		if *kill {
			polite = 0
		}
		if err := c.stop(x.name, polite); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s stopped\n", x.name)
		return nil
	})
}
