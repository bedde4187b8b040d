package main

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

// A tree is the files of one layer, by absolute path. Folders that lead to a file are made by themselves.
type tree struct {
	entries map[string]entry
}

type entry struct {
	mode    int64
	owner   int
	content []byte
	link    string // target of a symbolic link
	folder  bool
}

func (t *tree) add(name string, e entry) {
	if t.entries == nil {
		t.entries = map[string]entry{}
	}
	name = path.Clean("/" + name)
	t.entries[name] = e
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if _, ok := t.entries[dir]; ok {
			break
		}
		t.entries[dir] = entry{folder: true, mode: 0o755}
	}
}

func (t *tree) write(name, text string) { t.add(name, entry{mode: 0o644, content: []byte(text)}) }

// copyFile takes the file that from is or leads to.
func (t *tree) copyFile(from, to string, mode int64) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	t.add(to, entry{mode: mode, content: b})
	return nil
}

// copyFolder takes files and links as they are; skip names folders (relative) to leave out.
func (t *tree) copyFolder(from, to string, skip ...string) error {
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
			t.add(in, entry{mode: 0o777, link: link})
			return nil
		case d.Type().IsRegular():
			return t.copyFile(p, in, 0o644)
		}
		return fmt.Errorf("%s is no file, folder or link", p)
	})
}

// tar is the layer: sorted, so a folder comes before what is in it.
func (t *tree) tar(when time.Time) ([]byte, error) {
	var names []string
	for n := range t.entries {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range names {
		e := t.entries[n]
		h := &tar.Header{Name: strings.TrimPrefix(n, "/"), Mode: e.mode, Uid: e.owner, Gid: e.owner, ModTime: when, Typeflag: tar.TypeReg,
			Size: int64(len(e.content))}
		switch {
		case e.folder:
			h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
		case e.link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
