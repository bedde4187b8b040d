package reads

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// TestJSONPath asks the real kubectl what the unit tests of our JSONPath take for its answers.
func TestJSONPath(t *testing.T) {
	c := harness.Get(t)
	golden := filepath.Join(os.Getenv("KUBECHAT_ROOT"), "tests/unit/show/golden")
	text, err := os.ReadFile(filepath.Join(golden, "jsonpath.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		path, how, want := expression(t, line)
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			format := "jsonpath=" + path
			if how == "&" {
				format = "jsonpath-as-json=" + path
			}
			out, err := kubectl(c.Admin, "create", "--dry-run=client", "--validate=false", "-f", filepath.Join(golden, "jsonpath.json"), "-o", format)
			if how == "!" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("kubectl says %q, %v; the table has the error %q", out, err, want)
				}
			} else if err != nil || out != want {
				t.Errorf("kubectl says %q, %v; the table has %q", out, err, want)
			}
		})
	}
}

// expression takes apart a line of the table: a path, a sign, an answer, the first and the last in quotes.
func expression(t *testing.T, line string) (path, how, answer string) {
	t.Helper()
	quoted, err := strconv.QuotedPrefix(line)
	rest := strings.TrimSpace(line[len(quoted):])
	if err == nil && len(rest) > 2 {
		if path, err = strconv.Unquote(quoted); err == nil {
			answer, err = strconv.Unquote(strings.TrimSpace(rest[1:]))
		}
	}
	if err != nil || len(rest) <= 2 {
		t.Fatalf("%q: %v", line, err)
	}
	return path, rest[:1], answer
}
