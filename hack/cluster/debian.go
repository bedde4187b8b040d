package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// What a real node needs besides the kubelet. Unpacked into the cache, not installed: nothing on the machine changes.
var nodePackages = []string{"containerd", "runc", "containernetworking-plugins", "busybox-static"}

// debianRoot is the folder that holds the unpacked packages.
func debianRoot(p *progress) (string, error) {
	root, err := cacheRoot()
	if err != nil {
		return "", err
	}
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(strings.Join(nodePackages, " ") + "\n" + string(release)))
	dir := filepath.Join(root, "debian", hex.EncodeToString(key[:6]))
	if exists(dir) {
		return dir, nil
	}
	unlock, err := lock(dir+".lock", func() { p.say("another command unpacks the packages; waiting for it") })
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) {
		return dir, nil
	}
	p.say("unpacking %s", strings.Join(nodePackages, ", "))
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(part, "deb"), 0o755); err != nil {
		return "", explain(err, "")
	}
	if err := download(filepath.Join(part, "deb")); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(part, "deb", "*.deb"))
	if err != nil {
		return "", err
	}
	if len(files) != len(nodePackages) {
		return "", fmt.Errorf("apt-get download gave %d packages for %s", len(files), strings.Join(nodePackages, " "))
	}
	for _, f := range files {
		if err := tool("", "dpkg", "--extract", f, part); err != nil {
			return "", err
		}
	}
	if err := os.RemoveAll(filepath.Join(part, "deb")); err != nil {
		return "", err
	}
	return dir, os.Rename(part, dir)
}

// download fetches the packages into dir; a machine whose package lists are missing or old gets new ones.
func download(dir string) error {
	args := append([]string{"download"}, nodePackages...)
	if tool(dir, "apt-get", args...) == nil {
		return nil
	}
	if err := tool("", "apt-get", "update"); err != nil {
		return err
	}
	return tool(dir, "apt-get", args...)
}

// tool runs a program of the machine in dir; what it printed is part of the error.
func tool(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return explain(fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err), string(out))
	}
	return nil
}
