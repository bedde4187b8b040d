// Package parity gives the same commands to the real kubectl and to kubechat, each for an object of its own, twins but for
// their names, and compares what reached the API server and what became of the objects.
package parity

import (
	"flag"
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "12") // these tests wait more than they compute
	harness.Main(m)
}

type object = harness.Object

// A world is what the tests share: sre asks in the namespace, olga may do everything and does what is not in one.
type world struct {
	*harness.Cluster
	proxy            *harness.Proxy // before the manager and kubectl, to see what they send
	ns               *harness.Namespace
	admin, olga, sre *harness.User
}
