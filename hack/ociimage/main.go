// Ociimage makes a container image of one program without a container runtime: the program, the shared libraries it loads,
// CA certificates, time zones and a user that is not root; nothing else, no shell either.
//
//	ociimage -program build/release/kubechat -version 0.1.0 -name kubechat:0.1.0 -output build/image/kubechat.tar
//
// The archive is an OCI layout and a Docker archive at once, so `ctr images import`, `docker load`, `podman load` and `skopeo
// copy oci-archive:…` take it. The same files give the same bytes: entries are sorted, times are SOURCE_DATE_EPOCH (or 1970).
package main

import (
	"debug/elf"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"kubechat.io/hack/oci"
)

// user is who the program runs as; the chart's runAsNonRoot wants a number.
const (
	user = 65532
	home = "/var/lib/kubechat"
)

func main() {
	program := flag.String("program", "", "the executable")
	version := flag.String("version", "", "its version, for the image's labels")
	name := flag.String("name", "", "NAME:TAG in the archive")
	output := flag.String("output", "", "archive to write")
	flag.Parse()
	if *program == "" || *name == "" || *output == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*program, *version, *name, *output); err != nil {
		fmt.Fprintln(os.Stderr, "ociimage:", err)
		os.Exit(1)
	}
}

func run(program, version, name, output string) error {
	when, err := epoch()
	if err != nil {
		return err
	}
	architecture, err := architectureOf(program)
	if err != nil {
		return err
	}
	base, err := baseFiles(program)
	if err != nil {
		return err
	}
	in := "/usr/bin/" + filepath.Base(program)
	app := &oci.Tree{}
	if err := app.CopyFile(program, in, 0o755); err != nil {
		return err
	}
	i := oci.Image{
		Name: name, Architecture: architecture, Created: when, User: fmt.Sprintf("%d:%d", user, user), Entrypoint: []string{in},
		Env: []string{"PATH=/usr/bin", "HOME=" + home},
		Labels: map[string]string{"org.opencontainers.image.title": filepath.Base(program), "org.opencontainers.image.version": version,
			"org.opencontainers.image.licenses": "Apache-2.0"},
		Layers: []*oci.Tree{base, app}, // what changes rarely comes first: nodes that have it fetch only the program
	}
	archive, digest, err := i.Archive()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(output, archive, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s  %.1f MB  %s\n%s\n", output, float64(len(archive))/1e6, name, digest)
	return nil
}

// epoch is the time that everything in the image gets: https://reproducible-builds.org/specs/source-date-epoch/
func epoch() (time.Time, error) {
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH=%q: seconds since 1970, please", s)
	}
	return time.Unix(n, 0).UTC(), nil
}

var architectures = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

func architectureOf(program string) (string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return "", fmt.Errorf("%s: %w", program, err)
	}
	defer f.Close()
	name, ok := architectures[f.Machine]
	if !ok {
		return "", fmt.Errorf("%s: no image architecture is known for %s", program, f.Machine)
	}
	return name, nil
}
