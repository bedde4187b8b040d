package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokensStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.csv")
	first, err := writeTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := writeTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.groups == nil {
			continue
		}
		if first[u.name] == "" || first[u.name] != second[u.name] {
			t.Errorf("%s: %q, then %q", u.name, first[u.name], second[u.name])
		}
		for _, g := range u.groups {
			if strings.HasPrefix(g, "system:") {
				t.Errorf("%s is in %s", u.name, g)
			}
		}
	}
	if !strings.Contains(string(b), `,sre,u-1002,"sre,developers"`) {
		t.Errorf("several groups must stand in quotes:\n%s", b)
	}
}
