package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// explain adds the way out to the failures that people meet: no network, a full disk, a forbidden toolchain.
func explain(err error, output string) error {
	if err == nil {
		return nil
	}
	text := err.Error() + "\n" + output
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC) || strings.Contains(text, "no space left on device"):
		hint = "the disk is full: a build from nothing takes some 4 GB in the Go caches and 0.6 GB in KUBECHAT_CACHE; finished programs are kept"
	case strings.Contains(text, "GOTOOLCHAIN=local"):
		hint = "this Go is older than the modules ask for, and GOTOOLCHAIN=local forbids fetching a newer one; set GOTOOLCHAIN=auto or install that version"
	case strings.Contains(text, "toolchain not available"):
		hint = "Go could not fetch the toolchain that the modules ask for; install that version, or give GOPROXY a proxy that has it"
	case containsAny(text, "dial tcp", "no such host", "i/o timeout", "connection refused", "TLS handshake timeout", "module lookup disabled"):
		hint = "the Go module proxy cannot be reached; check the network, or set GOPROXY (and HTTPS_PROXY) for yours; what was fetched so far is kept"
	}
	output = strings.TrimSpace(output)
	switch {
	case hint != "" && output != "":
		return fmt.Errorf("%w\n%s\n%s", err, output, hint)
	case hint != "":
		return fmt.Errorf("%w; %s", err, hint)
	case output != "":
		return fmt.Errorf("%w\n%s", err, output)
	}
	return err
}

func containsAny(s string, subs ...string) bool {
	for _, sub := range subs {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}
