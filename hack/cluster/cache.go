package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// cacheRoot is where compiled programs live: outside the work tree, so that cleaning that does not cost a rebuild.
func cacheRoot() (string, error) {
	if d := os.Getenv("KUBECHAT_CACHE"); d != "" {
		return filepath.Abs(d)
	}
	d, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w; set KUBECHAT_CACHE", err)
	}
	return filepath.Join(d, "kubechat"), nil
}

// sourceDir finds the folder that holds the pinned go.mod files. A compiled copy of this program runs from anywhere, so we
// look upwards from the working folder, then from the program, and at last where it was compiled.
func sourceDir() (string, error) {
	var starts []string
	if d, err := os.Getwd(); err == nil {
		starts = append(starts, d)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		starts = append(starts, filepath.Dir(file))
	}
	if d := os.Getenv("KUBECHAT_SOURCE"); d != "" {
		starts = []string{d}
	}
	for _, d := range starts {
		for {
			for _, sub := range []string{"hack/cluster", "cluster", "."} {
				if _, err := os.Stat(filepath.Join(d, sub, kwokModule().folder, "go.mod")); err == nil {
					return filepath.Join(d, sub), nil
				}
			}
			parent := filepath.Dir(d)
			if parent == d {
				break
			}
			d = parent
		}
	}
	return "", errors.New("cannot find hack/cluster with its pinned go.mod files; run this inside the repository, or set KUBECHAT_SOURCE to the repository")
}

// goTool runs go in dir and returns what it printed. Flags and workspaces of the caller must not leak into a pinned build.
func goTool(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = goEnv()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("go is not on PATH; install Go 1.21 or newer from go.dev/dl or your distribution")
		}
		return nil, explain(fmt.Errorf("go %s in %s: %w", strings.Join(args, " "), dir, err), stderr.String())
	}
	return out, nil
}

func goEnv() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOOS=", "GOARCH=")
}

// checkGo fails when the installed Go cannot even read the go.mod files; a newer toolchain that they ask for is fetched by
// go itself, unless GOTOOLCHAIN=local forbids it.
func checkGo() error {
	out, err := goTool(os.TempDir(), "env", "GOVERSION")
	if err != nil {
		// A toolchain from before GOTOOLCHAIN answers too; what fails here is a missing or broken go.
		return err
	}
	v := strings.TrimSpace(string(out))
	if n, ok := goMinor(v); ok && n < 21 {
		return fmt.Errorf("%s is too old; Go 1.21 or newer is needed (that one fetches the toolchain which the modules ask for)", v)
	}
	return nil
}

// goMinor reads 26 out of go1.26.8, go1.26rc1 and the like; a development version has none.
func goMinor(version string) (int, bool) {
	rest, ok := strings.CutPrefix(version, "go1.")
	if !ok {
		return 0, false
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	return n, err == nil
}

// dir is where the programs of m are kept. Its name changes with everything that goes into them.
func (m module) dir(source string) (string, error) {
	root, err := cacheRoot()
	if err != nil {
		return "", err
	}
	mod := filepath.Join(source, m.folder)
	// Run inside the module, so that this is the toolchain that will compile it.
	version, err := goTool(mod, "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(mod, f))
		if err != nil {
			return "", fmt.Errorf("%w; `cluster pin` writes it", err)
		}
		fmt.Fprintf(h, "%s %d\n%s", f, len(b), b)
	}
	fmt.Fprintf(h, "%s\n%s\n%v\n%v\n", version, strings.Join(m.buildArgs(), " "), m.programs, m.trees)
	return filepath.Join(root, m.cache, m.version+"-"+hex.EncodeToString(h.Sum(nil))[:12]), nil
}
