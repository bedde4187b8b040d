package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A Row is an entry of kubechat's own audit log.
type Row struct {
	Index                             int
	Type                              string
	Request                           struct{ Namespace, Name, UID string }
	Who                               struct{ Username, UID string }
	PlanDigest, Step, Command, Target string
	Result, Reason, Message           string
	Blobs                             []string
	Detail                            Object
	Claims                            struct{ Attempt int }
}

// Rows are a request's, oldest first.
func (r *Request) Rows(t testing.TB) []Row {
	t.Helper()
	c := r.Namespace.cluster
	return c.export(t, "--request", r.Namespace.Name+"/"+r.Name)
}

// AllRows are those of the package's store.
func (c *Cluster) AllRows(t testing.TB) []Row { t.Helper(); return c.export(t) }

func (c *Cluster) export(t testing.TB, more ...string) []Row {
	t.Helper()
	out, err := command("", c.binary, append(append([]string{"audit", "export", "--format", "json"}, c.storeFlags()...), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Index int
			Entry Row
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		line.Entry.Index = line.Index
		rows = append(rows, line.Entry)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// CheckAudit has kubechat verify its own log.
func (c *Cluster) CheckAudit(t testing.TB) {
	t.Helper()
	out, err := command("", c.binary, append([]string{"audit", "verify"}, c.storeFlags()...)...)
	if err != nil || !strings.Contains(out, "PASS") {
		t.Errorf("audit verify: %v\n%s", err, out)
	}
}

// CheckTrail looks whether rows tell the whole story of a request that succeeded: every kind of row is there, those that
// there is one of once, and every intent has an outcome.
func CheckTrail(rows []Row) error {
	count := map[string]int{}
	open := map[string]bool{}
	for _, r := range rows {
		count[r.Type]++
		attempt := fmt.Sprintf("step %s, attempt %d", r.Step, r.Claims.Attempt)
		switch {
		case r.Type == "Intent" && open[attempt]:
			return fmt.Errorf("two intents of %s", attempt)
		case r.Type == "Intent":
			open[attempt] = true
		case r.Type == "Outcome" && !open[attempt]:
			return fmt.Errorf("an outcome without an intent: %s", attempt)
		case r.Type == "Outcome":
			delete(open, attempt)
		}
	}
	for attempt := range open {
		return fmt.Errorf("an intent without an outcome: %s", attempt)
	}
	for _, kind := range []string{"Requested", "Planned", "Previewed", "Approved", "Intent", "Outcome", "Verified", "Finished"} {
		if count[kind] == 0 {
			return fmt.Errorf("no row %s: there are %v", kind, count)
		}
	}
	for _, kind := range []string{"Requested", "Verified", "Finished"} {
		if count[kind] != 1 {
			return fmt.Errorf("%d rows %s: there are %v", count[kind], kind, count)
		}
	}
	return nil
}
