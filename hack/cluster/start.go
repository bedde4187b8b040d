package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

func runStartComponent(args []string) error {
	return onComponent(flags("start-component"), args, func(c *cluster, x component) error {
		p := newProgress()
		if c.process(x.name) != nil {
			p.say("%s runs already", x.name)
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		if err := c.startAndWait(ctx, x); err != nil {
			return err
		}
		p.say("%s ready (port %d)", x.name, c.Ports[x.name])
		return nil
	})
}

// onComponent reads the arguments that stop-component and start-component share.
func onComponent(fs *flag.FlagSet, args []string, act func(*cluster, component) error) error {
	name := nameFlag(fs)
	// The cluster may also be named first: stop-component dev kube-apiserver.
	first, second := "", ""
	if err := parse(fs, args, &first, &second); err != nil {
		return err
	}
	which := first
	if second != "" {
		*name, which = first, second
	}
	x, err := findComponent(which)
	if err != nil {
		return err
	}
	c, err := open(*name)
	if err != nil {
		return err
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := act(c, x); err != nil {
		return fmt.Errorf("cluster %s: %w", c.Name, err)
	}
	return nil
}

// flagGiven tells whether the flag was on the command line.
func flagGiven(fs *flag.FlagSet, name string) bool {
	given := false
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// A stringList is a flag that may be repeated.
type stringList []string

func (l *stringList) String() string { return strings.Join(*l, " ") }

func (l *stringList) Set(s string) error {
	if s != "" { // --apiserver-arg= takes back what was remembered
		*l = append(*l, s)
	}
	return nil
}
