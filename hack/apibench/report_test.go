package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"throughput-words.kubechat.1.json":      `[{"parallel":200,"requestsPerSecond":60}]`,
		"throughput-words.kubechat.2.json":      `[{"parallel":200,"requestsPerSecond":90}]`,
		"throughput-words.kubechat.3.json":      `[{"parallel":200,"requestsPerSecond":70}]`,
		"throughput-words.bare.1.json":          `[{"parallel":200,"requestsPerSecond":80}]`,
		"throughput-words.bare.2.json":          `[{"parallel":200,"requestsPerSecond":100}]`,
		"throughput-words.bare.3.json":          `[{"parallel":200,"requestsPerSecond":100}]`,
		"throughput-words-sent.kubechat.1.json": `[{"perRequest":8}]`,
		"admission.kubechat.json":               `[{"parallel":1,"p99":1},{"parallel":16,"p99":7,"requestsPerSecond":11999}]`,
		"micro-admission.kubechat.json":         `[{"admit_us":59,"bare_parse_us":20}]`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := newReport(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := d.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"200 applied at once, words | 70.00 /s | 100.0 /s | 0.75 | ≥ 0.7 of the baseline | met",
		"200 applied at once, words: API requests for each | 8.00 | - | -",
		"admission of 3 KB, 1 connection: p99 | 1.00 ms | - | -",
		"admission of 3 KB, 16 connections | 11999 /s | - | - | ≥ 12000 /s | MISSED",
		"admission of 3 KB, 16 connections: p99 | 7.00 ms | - | - | < 5 ms | MISSED",
		"one admission, CPU | 59.00 µs | 20.00 µs | 2.95 | < 60 µs | met",
	} {
		found := false
		for _, line := range strings.Split(out.String(), "\n") {
			found = found || strings.Join(cells(line), " | ") == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if n := len(d.Figures); n != 6 {
		t.Errorf("%d figures, want those that were measured: 6", n)
	}
	if _, err := newReport(t.TempDir()); err == nil {
		t.Error("an empty folder makes a report")
	}
}

// cells are the words of a table's line that two spaces or more part.
func cells(line string) []string {
	var out []string
	for _, c := range strings.Split(line, "  ") {
		if c = strings.TrimSpace(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}
