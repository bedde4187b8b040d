package main

import (
	"fmt"
	"strings"
)

// A release is a set of versions that are built and run together. A new one is a row here and a run of `cluster pin`.
type release struct {
	minor      string // what --kubernetes takes
	kubernetes string
	helm       string
}

// From the oldest to the newest; the first row is the default. etcd has no column: it is the version that upstream's go.mod names, because that is the one
// Kubernetes is tested with (an older one lacks what the watch cache asks for).
var releases = []release{
	{minor: "1.34", kubernetes: "1.34.10", helm: "3.19.5"},
	{minor: "1.37", kubernetes: "1.37.2", helm: "3.22.0"},
}

// kwok needs a module of its own: its dependencies are newer than those of the oldest release we run.
const kwokVersion = "0.8.0"

func findRelease(minor string) (release, error) {
	if minor == "newest" {
		return releases[len(releases)-1], nil
	}
	for _, r := range releases {
		if r.minor == minor {
			return r, nil
		}
	}
	return release{}, fmt.Errorf("no Kubernetes %s here; known: %s, newest", minor, strings.Join(minors(), ", "))
}

func minors() []string {
	var out []string
	for _, r := range releases {
		out = append(out, r.minor)
	}
	return out
}

// A module is a folder with a pinned go.mod, and what is compiled from it.
type module struct {
	folder   string // under the source folder
	cache    string // folder in the cache
	version  string
	ldflags  string
	programs []program
	trees    []tree
}

// A program is one main package. output is what `go build` calls it, where that differs from its name.
type program struct {
	name   string
	pkg    string
	output string
	probe  []string // arguments that make it print its version and exit
}

// A tree is a folder of a module's source that clusters read at run time: upstream's manifests stay upstream.
type tree struct {
	name   string
	module string
	path   string
}

// setVariables are linker flags that leave symbols out and give string variables their values.
func setVariables(settings ...string) string {
	return "-s -w -X " + strings.Join(settings, " -X ")
}

// control is what every cluster of the release runs; node is what a real node adds, compiled only when one is asked for.
// Both come from one go.mod.
func (r release) control() module {
	minor := strings.TrimPrefix(r.minor, "1.")
	cmd := "k8s.io/kubernetes/cmd/"
	return module{
		folder:  "k8s-" + r.minor,
		cache:   "k8s",
		version: r.kubernetes,
		// Modules carry no git tags, so the programs would call themselves v0.0.0: clients compare versions, and user agents
		// (client-go's) name them.
		ldflags: setVariables(
			"k8s.io/component-base/version.gitVersion=v"+r.kubernetes, "k8s.io/component-base/version.gitMajor=1",
			"k8s.io/component-base/version.gitMinor="+minor, "k8s.io/component-base/version.gitTreeState=clean",
			"k8s.io/client-go/pkg/version.gitVersion=v"+r.kubernetes,
			"helm.sh/helm/v3/internal/version.version=v"+r.helm, "helm.sh/helm/v3/internal/version.gitTreeState=clean",
			// What helm takes a cluster for when it has none: charts say which they need.
			"helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1", "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor="+minor,
			"helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1", "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor="+minor),
		programs: []program{
			{name: "etcd", pkg: "go.etcd.io/etcd/server/v3", output: "server", probe: []string{"--version"}},
			{name: "kubectl", pkg: cmd + "kubectl", probe: []string{"version", "--client"}},
			{name: "kube-scheduler", pkg: cmd + "kube-scheduler", probe: []string{"--version"}},
			{name: "kube-controller-manager", pkg: cmd + "kube-controller-manager", probe: []string{"--version"}},
			{name: "kube-apiserver", pkg: cmd + "kube-apiserver", probe: []string{"--version"}},
			{name: "helm", pkg: "helm.sh/helm/v3/cmd/helm", probe: []string{"version"}},
		},
	}
}

func (r release) node() module {
	m := r.control()
	m.cache = "node"
	m.programs = []program{{name: "kubelet", pkg: "k8s.io/kubernetes/cmd/kubelet", probe: []string{"--version"}}}
	return m
}

// pinned is all that the release's go.mod has to cover.
func (r release) pinned() module {
	m := r.control()
	m.programs = append(m.programs, r.node().programs...)
	return m
}

func kwokModule() module {
	return module{
		folder:   "kwok",
		cache:    "kwok",
		version:  kwokVersion,
		ldflags:  "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v" + kwokVersion,
		programs: []program{{name: "kwok", pkg: "sigs.k8s.io/kwok/cmd/kwok", probe: []string{"--version"}}},
		trees:    []tree{{name: "kustomize", module: "sigs.k8s.io/kwok", path: "kustomize"}},
	}
}
