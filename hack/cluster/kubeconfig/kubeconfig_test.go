package kubeconfig

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, c := range []Config{
		{Cluster: "dev", User: "sre", Server: "https://127.0.0.1:1", CA: []byte("ca"), Token: "t"},
		{Cluster: "dev", User: "sa", Server: "https://127.0.0.1:1", CA: []byte("ca"), TokenFile: "/run/token"},
		{Cluster: "dev", User: "admin", Server: "https://127.0.0.1:1", CA: []byte("ca"), Cert: []byte("cert"), Key: []byte("key")},
	} {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, c.YAML(), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("wrote %+v\nread  %+v", c, got)
		}
	}
}

func TestTokenFileIsReadEachTime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	os.WriteFile(path, Config{Server: "https://x", TokenFile: "token"}.YAML(), 0o600)
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two"} {
		os.WriteFile(filepath.Join(dir, "token"), []byte(want+"\n"), 0o600)
		if got, err := c.Bearer(); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

func TestSeveralUsersAreRefused(t *testing.T) {
	text := string(Config{Server: "https://x", Token: "a"}.YAML()) + "    token: b\n"
	if _, err := parse(text, "."); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("got %v", err)
	}
	if _, err := parse("kind: Config\n", "."); err == nil {
		t.Error("a file without a server was taken")
	}
}
