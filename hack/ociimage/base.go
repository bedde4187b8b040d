package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"kubechat.io/hack/oci"
)

const (
	caCertificates = "/etc/ssl/certs/ca-certificates.crt"
	zones          = "/usr/share/zoneinfo"
)

// baseFiles is everything but the program: libraries, certificates, time zones, the user database, folders to write in, and
// what licences and vulnerability scanners ask for.
func baseFiles(program string) (*oci.Tree, error) {
	t := &oci.Tree{}
	libraries, err := closure(program)
	if err != nil {
		return nil, err
	}
	packages := map[string]bool{}
	for _, l := range libraries {
		if err := t.CopyFile(l, merged(l), 0o755); err != nil {
			return nil, err
		}
		if err := note(packages, l); err != nil {
			return nil, err
		}
	}
	if len(libraries) > 0 { // the loader's path in the program is the one from before /usr was merged
		t.Add("/lib", oci.Entry{Mode: 0o777, Link: "usr/lib"})
		t.Add("/lib64", oci.Entry{Mode: 0o777, Link: "usr/lib64"})
	}
	if err := t.CopyFile(caCertificates, caCertificates, 0o644); err != nil {
		return nil, fmt.Errorf("%w; install ca-certificates", err)
	}
	if _, err := os.Stat(filepath.Join(zones, "Europe")); err != nil {
		return nil, fmt.Errorf("%w; install tzdata", err)
	}
	if err := t.CopyFolder(zones, zones, "posix", "right"); err != nil {
		return nil, err
	}
	packages["ca-certificates"], packages["tzdata"] = true, true
	for p := range packages {
		if err := describe(t, p); err != nil {
			return nil, err
		}
	}
	t.Write("/etc/passwd", fmt.Sprintf("root:x:0:0:root:/:/sbin/nologin\nkubechat:x:%d:%d:kubechat:%s:/sbin/nologin\n", user, user, home))
	t.Write("/etc/group", fmt.Sprintf("root:x:0:\nkubechat:x:%d:\n", user))
	t.Write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
	if err := t.CopyFile("/etc/os-release", "/etc/os-release", 0o644); err != nil {
		return nil, err
	}
	t.Add("/tmp", oci.Entry{Folder: true, Mode: 0o1777})
	t.Add(home, oci.Entry{Folder: true, Mode: 0o700, Owner: user})
	return t, nil
}

// closure is the loader and every library that the program loads, as the loader itself finds them. None for a static one.
// The C library looks names up by itself (files, dns), so no plug-in of it is missing.
func closure(program string) ([]string, error) {
	out, err := exec.Command("ldd", program).CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "not a dynamic executable") {
			return nil, nil
		}
		return nil, fmt.Errorf("ldd %s: %w: %s", program, err, out)
	}
	return parseClosure(string(out))
}

// parseClosure reads ldd's lines: "NAME => PATH (ADDRESS)", "PATH (ADDRESS)" for the loader, and the kernel's vdso without a
// path.
func parseClosure(out string) ([]string, error) {
	var paths []string
	for _, line := range strings.Split(out, "\n") {
		name, path, found := strings.Cut(strings.TrimSpace(line), " => ")
		if !found {
			path = name
		}
		path, _, _ = strings.Cut(path, " (")
		switch {
		case path == "not found":
			return nil, fmt.Errorf("%s is not found on this machine", name)
		case strings.HasPrefix(path, "/"):
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("ldd names no library")
	}
	return paths, nil
}

// merged is where a library lies on a system whose /lib is /usr/lib.
func merged(path string) string {
	if strings.HasPrefix(path, "/lib") {
		return "/usr" + path
	}
	return path
}

// note remembers which package a library comes from. dpkg knows it by either of its two paths.
func note(packages map[string]bool, library string) error {
	real, err := filepath.EvalSymlinks(library)
	if err != nil {
		return err
	}
	for _, p := range []string{library, real, strings.TrimPrefix(real, "/usr"), "/usr" + library} {
		out, err := exec.Command("dpkg-query", "--search", p).Output()
		if err == nil {
			name, _, _ := strings.Cut(string(out), ": ")
			packages[name] = true
			return nil
		}
	}
	return fmt.Errorf("%s belongs to no package; its licence could not be told", library)
}

// describe adds a package's licence and its entry in the package database, where scanners look in images without dpkg.
func describe(t *oci.Tree, pkg string) error {
	name, _, _ := strings.Cut(pkg, ":")
	status, err := exec.Command("dpkg-query", "--status", pkg).Output()
	if err != nil {
		return fmt.Errorf("dpkg-query --status %s: %w", pkg, err)
	}
	t.Write("/var/lib/dpkg/status.d/"+name, string(status))
	licence := filepath.Join("/usr/share/doc", name, "copyright")
	if _, err := os.Stat(licence); err != nil {
		return fmt.Errorf("%w; images must carry the licences of what is in them", err)
	}
	return t.CopyFile(licence, licence, 0o644)
}
