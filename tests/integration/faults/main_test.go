// Package faults tests what the manager makes of crashes, of an API server that is away, and of a network that loses answers.
package faults

import (
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// limit is how long anything that does not wait for a fault may take.
const limit = 60 * time.Second

// stops is how long a manager may take to end that is told to: it waits for no answer.
const stops = 10 * time.Second
