package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// A buildLog reads what `go build -v` prints: modules as they are fetched, packages as they are compiled, and errors.
type buildLog struct {
	mutex    sync.Mutex
	rest     []byte
	fetched  int
	compiled int
	last     string
	other    []string
}

func (l *buildLog) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.rest = append(l.rest, b...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := string(l.rest[:i])
		l.rest = l.rest[i+1:]
		switch {
		case strings.HasPrefix(line, "go: downloading "):
			l.fetched++
			l.last = strings.TrimPrefix(line, "go: downloading ")
		case line != "" && !strings.ContainsAny(line, " \t:#"):
			l.compiled++
			l.last = line
		default:
			l.other = append(l.other, line)
		}
	}
}

func (l *buildLog) status() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.compiled == 0 && l.fetched > 0 {
		return fmt.Sprintf("fetched %d modules, last %s", l.fetched, l.last)
	}
	return fmt.Sprintf("compiled %d packages, last %s", l.compiled, l.last)
}

// errors is what was printed besides progress, cut to what fits a screen.
func (l *buildLog) errors() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	lines := append(append([]string{}, l.other...), string(l.rest))
	if len(lines) > 30 {
		lines = lines[:30]
	}
	return strings.Join(lines, "\n")
}
