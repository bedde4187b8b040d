// Package models tests planning by model servers on a real API server: a real llama.cpp with a real, small and not very
// clever model; servers that are slow, silent, rude or refuse; and one that answers valid commands at random.
package models

import (
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

type object = harness.Object

type world struct {
	*harness.Cluster
	manager *harness.Manager
	sre     *harness.User
}

func TestModels(t *testing.T) {
	c := harness.Get(t)
	w := &world{Cluster: c, sre: c.User(t, "sre")}
	w.manager = c.Start(t, harness.Options{Args: []string{"--workers", "4"}})
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Answers", w.testAnswers},
		{"Repaired", w.testRepaired},
		{"InVain", w.testInVain},
		{"Disagrees", w.testDisagrees},
		{"Default", w.testDefault},
		{"Refused", w.testRefused},
		{"Force", w.testForce},
		{"Secret", w.testSecret},
		{"Slow", w.testSlow},
		{"Random", w.testRandom},
		{"Llama", w.testLlama},
	} {
		t.Run(test.name, test.run)
	}
	t.Run("AuditLogVerifies", func(t *testing.T) { c.CheckAudit(t) })
}
