package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParseClosure(t *testing.T) {
	for _, c := range []struct {
		name, out string
		want      []string
		wrong     string
	}{
		{"libraries and the loader", "\tlinux-vdso.so.1 (0x7f)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f)\n\t/lib64/ld-linux-x86-64.so.2 (0x7f)\n",
			[]string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"}, ""},
		{"a missing library", "\tlibx.so.1 => not found\n", nil, "libx.so.1 is not found"},
		{"nothing", "\n", nil, "no library"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseClosure(c.out)
			if !reflect.DeepEqual(got, c.want) || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// names are the files in all layers of an archive.
func names(t *testing.T, archive []byte) (all []string) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(h.Name, "blobs/") {
			all = append(all, h.Name)
		} else if !bytes.HasPrefix(content, []byte("{")) {
			all = append(all, names(t, content)...)
		}
	}
}

// The folder's own program is not needed: any program of the machine will do.
func TestProgramWithItsLibraries(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no Debian: libraries and licences come from its packages")
	}
	output := filepath.Join(t.TempDir(), "out", "image.tar")
	if err := run("/bin/ls", "1", "localhost/ls:1", output); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	text := "\n" + strings.Join(names(t, archive), "\n") + "\n"
	for _, want := range []string{"\nusr/bin/ls\n", "libc.so.6\n", "\netc/ssl/certs/ca-certificates.crt\n", "\nusr/share/zoneinfo/Europe/Berlin\n",
		"\nusr/share/doc/libc6/copyright\n", "\nvar/lib/dpkg/status.d/libc6\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}
