package oci

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

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
	x := &Tree{}
	x.Write("/b/c/file", "text")
	x.Add("/b/a", Entry{Mode: 0o777, Link: "c/file"})
	x.Add("/b", Entry{Folder: true, Mode: 0o700, Owner: 7})
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
	one, two := &Tree{}, &Tree{}
	one.Write("/one", "1")
	two.Write("/two", "2")
	i := Image{Name: "localhost/x:1", Architecture: "amd64", Created: time.Unix(0, 0), User: "65532:65532", Entrypoint: []string{"/x"}, Layers: []*Tree{one, two}}
	archive, digest, err := i.Archive()
	if err != nil {
		t.Fatal(err)
	}
	if again, _, _ := i.Archive(); !bytes.Equal(again, archive) {
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
	decode := func(path string, to any) {
		t.Helper()
		if err := json.Unmarshal([]byte(files[path]), to); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	decode("index.json", &index)
	decode(blobPath(digest), &manifest)
	decode(blobPath(manifest.Config.Digest), &config)
	if len(index.Manifests) != 1 || index.Manifests[0].Digest != digest {
		t.Errorf("the index names %+v, not %s", index.Manifests, digest)
	}
	if len(manifest.Layers) != 2 || len(config.Rootfs.IDs) != 2 {
		t.Fatalf("layers %+v, %q", manifest.Layers, config.Rootfs.IDs)
	}
	for n, name := range []string{"one", "two"} {
		d := manifest.Layers[n]
		layer := files[blobPath(d.Digest)]
		if names, _ := read(t, []byte(layer)); len(names) != 1 || names[0] != name || d.Size != len(layer) || config.Rootfs.IDs[n] != d.Digest {
			t.Errorf("layer %d: %+v, %q", n, d, names)
		}
	}
	if config.Config.User != "65532:65532" {
		t.Errorf("runs as %q", config.Config.User)
	}
}
