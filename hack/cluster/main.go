// Cluster builds and runs real Kubernetes control planes on this machine, for development and tests: etcd,
// kube-apiserver, kube-controller-manager, kube-scheduler, and kwok, which plays nodes and pods without pulling an image.
//
// Everything is compiled from pinned Go modules, so a Go toolchain (1.21 or newer) is all that is needed; neither root nor
// a container runtime is. Clusters live side by side, each under its own name, on loopback ports of its own.
//
//	go -C hack build -o /usr/local/bin/kubechat-cluster ./cluster
//	kubechat-cluster up && kubechat-cluster seed --wait
//	eval "$(kubechat-cluster env)" && kubectl get pods -A
//	kubechat-cluster down --wipe
//
// `cluster help` lists the commands. What people read goes to stderr, what programs read (a path, JSON) to stdout.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
)

// A command is one row of `cluster help`.
type command struct {
	name    string
	args    string
	summary string
	run     func(args []string) error
}

var commands []command

func init() {
	commands = []command{
		{"build", "[--kubernetes MINOR]", "compile the programs of a release into the cache", runBuild},
		{"up", "[--name NAME] [--kubernetes MINOR] [--nodes N] [--apiserver-arg ARG]...", "start a cluster, or what is missing of it; prints the admin kubeconfig", runUp},
		{"node", "[--name NAME] [--check]", "add a real node to a running cluster: containerd and a kubelet, as root", runNode},
		{"load", "[--name NAME] ARCHIVE", "give the real node a container image", runLoad},
		{"seed", "[--name NAME] [--fresh] [--wait] | --print", "apply the demo namespaces, workloads and RBAC", runSeed},
		{"list", "", "show every cluster and whether it is up", runList},
		{"info", "[--name NAME] [-o json]", "show addresses, ports, paths and pids", runInfo},
		{"env", "[--name NAME]", "print shell exports of PATH and KUBECONFIG", runEnv},
		{"kubeconfig", "[--name NAME] USER", "print the path of a user's kubeconfig", runKubeconfig},
		{"manager-kubeconfig", "[--name NAME] --namespace NS --serviceaccount SA", "write a kubeconfig with a fresh ServiceAccount token; prints its path", runManagerKubeconfig},
		{"stop-component", "[--name NAME] [--kill] COMPONENT", "stop one program, as in an outage", runStopComponent},
		{"start-component", "[--name NAME] COMPONENT", "start it again on the same port", runStartComponent},
		{"down", "[--name NAME|--all] [--wipe]", "stop a cluster; --wipe also deletes its state", runDown},
		{"pin", "[--kubernetes MINOR]", "rewrite the go.mod and go.sum that build compiles from", runPin},
		{"forward", "--from ADDRESS --to ADDRESS", "pass connections on (started by node)", runForward},
		{"help", "", "show this", runHelp},
	}
}

func main() {
	if len(os.Args) < 2 {
		usage(os.Stderr)
		os.Exit(2)
	}
	name := os.Args[1]
	if name == "-h" || name == "--help" {
		name = "help"
	}
	for _, c := range commands {
		if c.name != name {
			continue
		}
		err := c.run(os.Args[2:])
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "cluster %s: %v\n", c.name, err)
			os.Exit(1)
		}
		return
	}
	fmt.Fprintf(os.Stderr, "cluster: no command %q; `cluster help` lists them\n", name)
	os.Exit(2)
}

func usage(w *os.File) {
	fmt.Fprintln(w, "usage: cluster COMMAND [flags]")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-20s %s\n", c.name, c.summary)
		if c.args != "" {
			fmt.Fprintf(w, "  %-20s   %s\n", "", c.args)
		}
	}
	fmt.Fprintf(w, "\nreleases: %s (default %s)\ndefault cluster name: %s\nusers: %s\ncomponents: %s\n",
		strings.Join(minors(), ", "), releases[0].minor, defaultName, strings.Join(userNames(), ", "), strings.Join(componentNames(), ", "))
	fmt.Fprintln(w, "\nprograms are cached under $KUBECHAT_CACHE (default ~/.cache/kubechat), clusters under $KUBECHAT_STATE (default ~/.local/state/kubechat)")
}

func runHelp([]string) error {
	usage(os.Stdout)
	return nil
}

// parse reads flags that may stand before or after up to len(operands) positional arguments, which it fills in order.
func parse(fs *flag.FlagSet, args []string, operands ...*string) error {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			break
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(rest) > len(operands) {
		return fmt.Errorf("unexpected argument %q", rest[len(operands)])
	}
	for i, r := range rest {
		*operands[i] = r
	}
	return nil
}

// flags starts the flag set of a command. Errors are reported once, by main.
func flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {
		for _, c := range commands {
			if c.name == name {
				fmt.Fprintf(os.Stderr, "usage: cluster %s %s\n%s\n", c.name, c.args, c.summary)
			}
		}
		fs.PrintDefaults()
	}
	return fs
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
