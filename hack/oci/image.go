package oci

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sort"
	"time"
)

// An Image of the OCI image specification 1.1 (https://github.com/opencontainers/image-spec) for Linux.
type Image struct {
	Name         string // with registry and tag: docker.io/library/kubechat:0.1.0
	Architecture string // as Go calls it
	Created      time.Time
	User         string // UID:GID; empty is root
	Entrypoint   []string
	Env          []string
	Labels       map[string]string
	Layers       []*Tree // the lowest first
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

// Archive is an OCI layout and a Docker archive in one tar, and the digest that the image is pulled by. Layers are not
// compressed: the digest depends on what is in them alone.
func (i *Image) Archive() ([]byte, string, error) {
	files := blobs{}
	var layers []descriptor
	var ids, paths []string
	for _, t := range i.Layers {
		l, err := t.tar(i.Created)
		if err != nil {
			return nil, "", err
		}
		d := files.add(layerType, l)
		layers, ids, paths = append(layers, d), append(ids, d.Digest), append(paths, blobPath(d.Digest))
	}
	config, err := files.addJSON(configType, map[string]any{
		"architecture": i.Architecture, "os": "linux", "created": i.Created.Format(time.RFC3339),
		"config": map[string]any{"User": i.User, "Entrypoint": i.Entrypoint, "WorkingDir": "/", "Labels": i.Labels,
			"Env": i.Env},
		"rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	})
	if err != nil {
		return nil, "", err
	}
	manifest, err := files.addJSON(manifestType, map[string]any{"schemaVersion": 2, "mediaType": manifestType, "config": config,
		"layers": layers, "annotations": i.Labels})
	if err != nil {
		return nil, "", err
	}
	manifest.Platform = map[string]string{"architecture": i.Architecture, "os": "linux"}
	// containerd reads the first annotation, everybody else the second.
	manifest.Annotations = map[string]string{"io.containerd.image.name": i.Name, "org.opencontainers.image.ref.name": i.Name}
	for path, v := range map[string]any{
		"oci-layout": map[string]string{"imageLayoutVersion": "1.0.0"},
		"index.json": map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": []descriptor{manifest}},
		// What `docker load` reads.
		"manifest.json": []map[string]any{{"Config": blobPath(config.Digest), "RepoTags": []string{i.Name}, "Layers": paths}},
	} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, "", err
		}
		files[path] = b
	}
	b, err := files.tar(i.Created)
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
