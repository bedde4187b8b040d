// Package oci writes container images by hand: files into layers, layers into an archive.
package oci

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// A Tree is the files of one layer, by absolute path. Folders that lead to a file are made by themselves.
type Tree struct {
	entries map[string]Entry
}

// An Entry is a file, a symbolic link or a folder.
type Entry struct {
	Mode    int64
	Owner   int // uid and gid
	Content []byte
	Link    string
	Folder  bool
}

func (t *Tree) Add(name string, e Entry) {
	if t.entries == nil {
		t.entries = map[string]Entry{}
	}
	name = path.Clean("/" + name)
	t.entries[name] = e
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if _, ok := t.entries[dir]; ok {
			break
		}
		t.entries[dir] = Entry{Folder: true, Mode: 0o755}
	}
}

// Write adds a text file.
func (t *Tree) Write(name, text string) { t.Add(name, Entry{Mode: 0o644, Content: []byte(text)}) }

// CopyFile takes the file that from is or leads to.
func (t *Tree) CopyFile(from, to string, mode int64) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	t.Add(to, Entry{Mode: mode, Content: b})
	return nil
}

// CopyFolder takes files and links as they are; skip names folders (relative) to leave out.
func (t *Tree) CopyFolder(from, to string, skip ...string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		for _, s := range skip {
			if rel == s {
				return filepath.SkipDir
			}
		}
		in := path.Join(to, rel)
		switch {
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(p)
			if err != nil {
				return err
			}
			t.Add(in, Entry{Mode: 0o777, Link: link})
			return nil
		case d.Type().IsRegular():
			return t.CopyFile(p, in, 0o644)
		}
		return fmt.Errorf("%s is no file, folder or link", p)
	})
}

// tar is the layer: sorted, so a folder comes before what is in it.
func (t *Tree) tar(when time.Time) ([]byte, error) {
	var names []string
	for n := range t.entries {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range names {
		e := t.entries[n]
		h := &tar.Header{Name: strings.TrimPrefix(n, "/"), Mode: e.Mode, Uid: e.Owner, Gid: e.Owner, ModTime: when, Typeflag: tar.TypeReg,
			Size: int64(len(e.Content))}
		switch {
		case e.Folder:
			h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
		case e.Link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.Link
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		if _, err := w.Write(e.Content); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
