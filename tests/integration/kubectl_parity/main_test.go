// Package parity gives the same commands to the real kubectl and to kubechat and compares what reached the API server, and
// what became of the objects: twins but for their names, one for each side; reads share theirs. Each command is given by a
// person of its own on each side, so that the API server's audit log tells whose calls are whose. All of it goes on at once:
// the objects are made, all commands run, the log is read, and only then is anything compared.
//
// To add commands: a file commands_<part>_test.go whose init() appends to commands or readings.
package parity

import (
	"flag"
	"testing"

	"kubechat.io/tests/harness"
)

var only = flag.String("only", "", "a regular expression: the commands to try, without looking for rules that nothing needs any more")

func TestMain(m *testing.M) {
	flag.Parse()
	harness.Main(m)
}

type object = harness.Object

// A world is what the commands share. Olga may do everything; so may the persons of the commands.
type world struct {
	*harness.Cluster
	proxy       *harness.Proxy // before the manager and kubectl, to see what they send
	ns          *harness.Namespace
	readNs      *harness.Namespace // nothing is changed here
	admin, olga *harness.User
	kubeconfig  string // olga's, through the proxy
	version     string // kubectl's: "1.34"
	id          string // of this run: in the names of what is in no namespace of ours
}
