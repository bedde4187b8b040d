// Audit-interop verifies tiles that kubechat wrote with golang.org/x/mod/sumdb, the code that the go command checks
// sum.golang.org with: nothing of kubechat's own has a part in it.
//
//	go run . -key 'kubechat.io/...+1234abcd+...' DIR
//
// DIR is what `kubechat audit tiles --out DIR` wrote. DIR/older/* are checkpoints kept from before: each must be consistent
// with the newest. DIR/proofs/* are texts of `kubechat audit proof`.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// files reads tiles in the C2SP layout, which leaves out the height that tlog puts into a path.
type files struct{ dir string }

func (f files) Height() int { return tileHeight }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.TrimPrefix(t.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(f.dir, "tile", path))
		if err != nil && t.W < 1<<tileHeight { // a partial tile may have given way to the full one
			full := t
			full.W = 1 << tileHeight
			data, err = os.ReadFile(filepath.Join(f.dir, "tile", strings.TrimPrefix(full.Path(), "tile/8/")))
			if err == nil {
				data = data[:t.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func openCheckpoint(msg []byte, verifier note.Verifier) (origin string, tree tlog.Tree, err error) {
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return "", tree, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 {
		return "", tree, fmt.Errorf("checkpoint of %d lines", len(lines))
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return "", tree, err
	}
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return "", tree, fmt.Errorf("root %q", lines[2])
	}
	copy(tree.Hash[:], hash)
	return lines[0], tree, nil
}

// bundle splits an entry bundle: entries behind each other, each after its length in two bytes.
func bundle(data []byte) ([][]byte, error) {
	var all [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle ends within an entry")
		}
		n := int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:2+n])
		data = data[2+n:]
	}
	return all, nil
}

func entries(dir string, size int64) ([][]byte, error) {
	var all [][]byte
	for int64(len(all)) < size {
		t := tlog.Tile{H: tileHeight, L: 0, N: int64(len(all)) / 256, W: int(min64(256, size-int64(len(all))))}
		path := strings.Replace(t.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		some, err := bundle(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(some) != t.W {
			return nil, fmt.Errorf("%s: %d entries", path, len(some))
		}
		all = append(all, some...)
	}
	return all, nil
}

func min64(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// checkEntries proves every entry in the tree, from the tiles alone.
func checkEntries(all [][]byte, tree tlog.Tree, hashes tlog.HashReader) error {
	for i, entry := range all {
		if !json.Valid(entry) {
			return fmt.Errorf("entry %d is not JSON", i)
		}
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return nil
}

func checkOlder(path string, tree tlog.Tree, verifier note.Verifier, hashes tlog.HashReader) error {
	msg, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, old, err := openCheckpoint(msg, verifier)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// checkProof reads a C2SP tlog-proof.
func checkProof(path string, all [][]byte, verifier note.Verifier) error {
	msg, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, checkpoint, ok := bytes.Cut(msg, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return fmt.Errorf("not a proof: %q", head)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return fmt.Errorf("hash %q", line)
		}
		proof = append(proof, tlog.Hash(hash))
	}
	_, tree, err := openCheckpoint(checkpoint, verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(all[index]))
}

func each(pattern string, check func(path string) error) (n int, err error) {
	paths, err := filepath.Glob(pattern)
	for _, path := range paths {
		if err := check(path); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return len(paths), err
}

func verify(dir, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("-key: %w", err)
	}
	msg, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	origin, tree, err := openCheckpoint(msg, verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	hashes := tlog.TileHashReader(tree, files{dir})
	all, err := entries(dir, tree.N)
	if err != nil {
		return err
	}
	if err := checkEntries(all, tree, hashes); err != nil {
		return err
	}
	older, err := each(filepath.Join(dir, "older", "*"), func(path string) error {
		return checkOlder(path, tree, verifier, hashes)
	})
	if err != nil {
		return err
	}
	proofs, err := each(filepath.Join(dir, "proofs", "*"), func(path string) error { return checkProof(path, all, verifier) })
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d entries, %d older checkpoints, %d proofs: all fit\n", origin, tree.N, older, proofs)
	return nil
}

func main() {
	log.SetFlags(0)
	key := flag.String("key", "", "public key of the log")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: audit-interop -key KEY DIR")
	}
	if err := verify(flag.Arg(0), *key); err != nil {
		log.Fatal(err)
	}
}
