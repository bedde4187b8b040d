package main

import (
	"fmt"
	"os"
	"time"
)

// A progress prints lines that start with the time since the command began.
type progress struct{ start time.Time }

func newProgress() *progress { return &progress{start: time.Now()} }

func (p *progress) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}
