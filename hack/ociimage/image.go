package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sort"
	"time"
)

// An image of the OCI image specification 1.1 (https://github.com/opencontainers/image-spec).
type image struct {
	name         string
	architecture string
	created      time.Time
	entrypoint   []string
	labels       map[string]string
	layers       [][]byte // tar, not compressed: what compresses them differently changes no digest
}

const (
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	indexType    = "application/vnd.oci.image.index.v1+json"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// blobs are the files of the archive by path.
type blobs map[string][]byte

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func blobPath(digest string) string { return "blobs/sha256/" + digest[len("sha256:"):] }

func (f blobs) add(mediaType string, b []byte) descriptor {
	d := descriptor{MediaType: mediaType, Digest: digestOf(b), Size: len(b)}
	f[blobPath(d.Digest)] = b
	return d
}

func (f blobs) addJSON(mediaType string, v any) (descriptor, error) {
	b, err := json.Marshal(v)
	return f.add(mediaType, b), err
}

// archive is the layout in a tar, and the digest that the image is pulled by.
func (i *image) archive() ([]byte, string, error) {
	files := blobs{}
	var layers []descriptor
	var ids, paths []string
	for _, l := range i.layers {
		d := files.add(layerType, l)
		layers, ids, paths = append(layers, d), append(ids, d.Digest), append(paths, blobPath(d.Digest))
	}
	config, err := files.addJSON(configType, map[string]any{
		"architecture": i.architecture, "os": "linux", "created": i.created.Format(time.RFC3339),
		"config": map[string]any{"User": "65532:65532", "Entrypoint": i.entrypoint, "WorkingDir": "/", "Labels": i.labels,
			"Env": []string{"PATH=/usr/bin", "HOME=/var/lib/kubechat"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	})
	if err != nil {
		return nil, "", err
	}
	manifest, err := files.addJSON(manifestType, map[string]any{"schemaVersion": 2, "mediaType": manifestType, "config": config,
		"layers": layers, "annotations": i.labels})
	if err != nil {
		return nil, "", err
	}
	manifest.Platform = map[string]string{"architecture": i.architecture, "os": "linux"}
	// containerd reads the first annotation, everybody else the second.
	manifest.Annotations = map[string]string{"io.containerd.image.name": i.name, "org.opencontainers.image.ref.name": i.name}
	for path, v := range map[string]any{
		"oci-layout": map[string]string{"imageLayoutVersion": "1.0.0"},
		"index.json": map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": []descriptor{manifest}},
		// What `docker load` reads.
		"manifest.json": []map[string]any{{"Config": blobPath(config.Digest), "RepoTags": []string{i.name}, "Layers": paths}},
	} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, "", err
		}
		files[path] = b
	}
	b, err := files.tar(i.created)
	return b, manifest.Digest, err
}

func (f blobs) tar(when time.Time) ([]byte, error) {
	var names []string
	for n := range f {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range names {
		if err := w.WriteHeader(&tar.Header{Name: n, Mode: 0o644, Size: int64(len(f[n])), ModTime: when, Typeflag: tar.TypeReg}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f[n]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
