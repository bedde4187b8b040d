package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed manifests
var manifestFiles embed.FS

// manifest is one of our own YAML files; they are known at compile time, so a missing one is our mistake.
func manifest(name string) string {
	b, err := manifestFiles.ReadFile("manifests/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

const nodeLabel = "type=kwok"

// nodesYAML describes n nodes in three zones, as large as a cloud's usual ones.
func nodesYAML(n int) string {
	var docs []string
	for i := 0; i < n; i++ {
		name, zone := fmt.Sprintf("kwok-%d", i), string(rune('a'+i%3))
		docs = append(docs, fmt.Sprintf(`apiVersion: v1
kind: Node
metadata:
  name: %s
  labels: {type: kwok, kubernetes.io/hostname: %s, kubernetes.io/os: linux, kubernetes.io/arch: amd64, topology.kubernetes.io/zone: zone-%s}
  annotations: {kwok.x-k8s.io/node: fake}
status:
  allocatable: {cpu: "8", memory: 32Gi, pods: "110", ephemeral-storage: 100Gi}
  capacity: {cpu: "8", memory: 32Gi, pods: "110", ephemeral-storage: 100Gi}
`, name, name, zone))
	}
	return strings.Join(docs, "---\n")
}

// writeManifests puts the files that components read into the state folder.
func (c *cluster) writeManifests() error {
	if err := os.MkdirAll(c.path("kwok"), 0o755); err != nil {
		return err
	}
	files := map[string]string{
		"audit-policy.yaml": manifest("audit-policy.yaml"),
		"kwok/kwok.yaml":    strings.ReplaceAll(manifest("kwok.yaml"), "@DIR@", c.path("kwok")),
		"kwok/default.log":  manifest("default.log"),
	}
	for _, name := range sorted(files) {
		if err := writeFile(c.path(name), []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// upstreamStages are the stages of kwok that make nodes Ready and let pods run, finish and go.
var upstreamStages = []string{"stage/node/fast", "stage/node/heartbeat-with-lease", "stage/pod/fast"}

// stages joins upstream's stages, ours, the nodes and the base objects.
func (c *cluster) stages() (string, error) {
	kustomize, err := c.bin("kustomize")
	if err != nil {
		return "", err
	}
	docs := []string{manifest("base.yaml"), manifest("inject.yaml"), nodesYAML(c.Nodes)}
	for _, dir := range upstreamStages {
		files, err := filepath.Glob(filepath.Join(kustomize, dir, "*.yaml"))
		if err != nil {
			return "", err
		}
		found := 0
		for _, f := range files {
			if filepath.Base(f) == "kustomization.yaml" {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				return "", err
			}
			docs = append(docs, string(b))
			found++
		}
		if found == 0 {
			return "", fmt.Errorf("no stages in %s; the layout changed upstream, see hack/cluster/manifests.go", filepath.Join(kustomize, dir))
		}
	}
	return strings.Join(docs, "\n---\n"), nil
}
