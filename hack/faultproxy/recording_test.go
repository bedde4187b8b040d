package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecording(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "recorded")
		var err error
		if b.proxy.recording, err = openRecording(path); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ method, path, body string }{
			{"PATCH", "/apis/x?dryRun=All", `{"a":"<1>"}`}, {"POST", "/apis/y", "a: 1"}, {"GET", "/apis/z", ""},
		} {
			r, err := http.NewRequest(c.method, b.server+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer hush")
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Impersonate-User", "ana")
			r.Header["Impersonate-Group"] = []string{"sre", "dev"}
			resp, err := b.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		rest := `"contentType":"application/json",`
		who := `"impersonateUser":"ana","impersonateGroups":["sre","dev"]}` + "\n"
		want := `{"method":"PATCH","path":"/apis/x?dryRun=All",` + rest + `"body":{"a":"<1>"},` + who +
			`{"method":"POST","path":"/apis/y",` + rest + `"body":"a: 1",` + who +
			`{"method":"GET","path":"/apis/z",` + rest + who
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%v, recorded:\n%s\nwant:\n%s", err, got, want)
		}
	})
}
