package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func runPin(args []string) error {
	fs := flags("pin")
	minor := fs.String("kubernetes", releases[0].minor, "release to pin")
	if err := parse(fs, args); err != nil {
		return err
	}
	r, err := findRelease(*minor)
	if err != nil {
		return err
	}
	source, err := sourceDir()
	if err != nil {
		return err
	}
	if err := checkGo(); err != nil {
		return err
	}
	if err := pin(source, r.pinned(), "k8s.io/kubernetes@v"+r.kubernetes, func(upstream string) ([]string, error) {
		etcd, err := find(upstream, `go\.etcd\.io/etcd/server/v3 (v\S+)`)
		if err != nil {
			return nil, fmt.Errorf("k8s.io/kubernetes v%s: %w", r.kubernetes, err)
		}
		return []string{"k8s.io/kubernetes v" + r.kubernetes, "go.etcd.io/etcd/server/v3 " + etcd, "helm.sh/helm/v3 v" + r.helm}, nil
	}); err != nil {
		return err
	}
	return pin(source, kwokModule(), "sigs.k8s.io/kwok@v"+kwokVersion, func(string) ([]string, error) {
		return []string{"sigs.k8s.io/kwok v" + kwokVersion}, nil
	})
}

// pin writes m's go.mod and go.sum so that they resolve as upstream's own do. upstream is the module@version whose go.mod
// is taken as model; versions tells, from that go.mod, which module versions the programs come from.
func pin(source string, m module, upstream string, versions func(upstream string) ([]string, error)) error {
	dir := filepath.Join(source, m.folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	out, err := goTool(os.TempDir(), "mod", "download", "-json", upstream)
	if err != nil {
		return err
	}
	var got struct{ GoMod string }
	if err := json.Unmarshal(out, &got); err != nil {
		return fmt.Errorf("go mod download %s: %w", upstream, err)
	}
	model, err := os.ReadFile(got.GoMod)
	if err != nil {
		return err
	}
	wanted, err := versions(string(model))
	if err != nil {
		return err
	}
	mod, err := seedGoMod(m, string(model))
	if err != nil {
		return err
	}
	for _, f := range []string{"go.mod", "go.sum"} {
		if err := os.RemoveAll(filepath.Join(dir, f)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return err
	}
	// All programs in one `go get`: two in a row leave holes in go.sum.
	get := []string{"get", "-tool"}
	for _, p := range m.programs {
		for _, w := range wanted {
			path, version, _ := strings.Cut(w, " ")
			if p.pkg == path || strings.HasPrefix(p.pkg, path+"/") {
				get = append(get, p.pkg+"@"+version)
			}
		}
	}
	if _, err := goTool(dir, get...); err != nil {
		return err
	}
	if _, err := goTool(dir, "list", "-deps", "tool"); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "pinned %s: %s\n", m.folder, strings.Join(wanted, ", "))
	return nil
}

// seedGoMod is the go.mod before the first `go get`: the language version of upstream, and its staging folders, which exist
// only in its repository, replaced by the modules that are published from them.
func seedGoMod(m module, model string) (string, error) {
	language, err := find(model, `(?m)^go (\S+)`)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "module kubechat.io/hack/cluster/%s\n\ngo %s\n", m.folder, language)
	staged := regexp.MustCompile(`(k8s\.io/[a-z0-9-]+) => \./staging`).FindAllStringSubmatch(model, -1)
	if len(staged) > 0 {
		version := "v0." + strings.TrimPrefix(m.version, "1.")
		b.WriteString("\nreplace (\n")
		for _, s := range staged {
			fmt.Fprintf(&b, "\t%s => %s %s\n", s[1], s[1], version)
		}
		b.WriteString(")\n")
	}
	return b.String(), nil
}

func find(text, pattern string) (string, error) {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("its go.mod has no line like %s; the layout changed upstream, see hack/cluster/pin.go", pattern)
	}
	return m[1], nil
}
