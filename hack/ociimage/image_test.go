package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
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

// read takes a tar apart: contents of files, targets of links after "->".
func read(t *testing.T, b []byte) (names []string, files map[string]string) {
	t.Helper()
	files = map[string]string{}
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Linkname != "" {
			content = []byte("->" + h.Linkname)
		}
		names, files[h.Name] = append(names, h.Name), string(content)
	}
}

func TestFoldersComeFirstAndTimesAreFixed(t *testing.T) {
	x := &tree{}
	x.write("/b/c/file", "text")
	x.add("/b/a", entry{mode: 0o777, link: "c/file"})
	x.add("/b", entry{folder: true, mode: 0o700, owner: 7})
	layer, err := x.tar(time.Unix(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	names, files := read(t, layer)
	if want := []string{"b/", "b/a", "b/c/", "b/c/file"}; !reflect.DeepEqual(names, want) {
		t.Errorf("%q", names)
	}
	if files["b/c/file"] != "text" || files["b/a"] != "->c/file" {
		t.Errorf("%q", files)
	}
	h, _ := tar.NewReader(bytes.NewReader(layer)).Next()
	if h.ModTime.Unix() != 5 || h.Mode != 0o700 || h.Uid != 7 {
		t.Errorf("%+v", h)
	}
}

// Every digest in the layout is that of the bytes it names, up from the index.
func TestLayoutHoldsTogether(t *testing.T) {
	i := image{name: "localhost/x:1", architecture: "amd64", created: time.Unix(0, 0), entrypoint: []string{"/x"}, layers: [][]byte{[]byte("one"), []byte("two")}}
	archive, digest, err := i.archive()
	if err != nil {
		t.Fatal(err)
	}
	if again, _, _ := i.archive(); !bytes.Equal(again, archive) {
		t.Error("the same image gave other bytes")
	}
	_, files := read(t, archive)
	for path, content := range files {
		if name, ok := strings.CutPrefix(path, "blobs/sha256/"); ok && digestOf([]byte(content)) != "sha256:"+name {
			t.Errorf("%s holds something else", path)
		}
	}
	var index struct{ Manifests []descriptor }
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	var config struct {
		Config struct{ User string }
		Rootfs struct {
			IDs []string `json:"diff_ids"`
		}
	}
	for _, step := range []struct {
		path string
		to   any
	}{{"index.json", &index}, {blobPath(digest), &manifest}} {
		if err := json.Unmarshal([]byte(files[step.path]), step.to); err != nil {
			t.Fatalf("%s: %v", step.path, err)
		}
	}
	if err := json.Unmarshal([]byte(files[blobPath(manifest.Config.Digest)]), &config); err != nil {
		t.Fatal(err)
	}
	if len(index.Manifests) != 1 || index.Manifests[0].Digest != digest {
		t.Errorf("the index names %+v, not %s", index.Manifests, digest)
	}
	for n, text := range []string{"one", "two"} {
		if d := manifest.Layers[n]; files[blobPath(d.Digest)] != text || d.Size != len(text) || config.Rootfs.IDs[n] != d.Digest {
			t.Errorf("layer %d: %+v, %q", n, d, config.Rootfs.IDs)
		}
	}
	if !strings.HasPrefix(config.Config.User, "65532") {
		t.Errorf("runs as %q", config.Config.User)
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
	_, files := read(t, archive)
	var all []string
	for path, content := range files {
		if strings.HasPrefix(path, "blobs/") && !strings.HasPrefix(content, "{") {
			names, _ := read(t, []byte(content))
			all = append(all, names...)
		}
	}
	text := "\n" + strings.Join(all, "\n") + "\n"
	for _, want := range []string{"\nusr/bin/ls\n", "libc.so.6\n", "\netc/ssl/certs/ca-certificates.crt\n", "\nusr/share/zoneinfo/Europe/Berlin\n",
		"\nusr/share/doc/libc6/copyright\n", "\nvar/lib/dpkg/status.d/libc6\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}
