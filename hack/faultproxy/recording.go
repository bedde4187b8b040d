package main

import (
	"encoding/json"
	"net/http"
	"os"
	"sync"
)

// A recording is a file with a line of JSON for each request as it came in, bodies and all, in the form that `apibench replay`
// sends. Credentials are not in it.
type recording struct {
	mutex sync.Mutex
	file  *os.File
}

type recordedCall struct {
	Method            string          `json:"method"`
	Path              string          `json:"path"` // with the query
	ContentType       string          `json:"contentType,omitempty"`
	Body              json.RawMessage `json:"body,omitempty"`
	ImpersonateUser   string          `json:"impersonateUser,omitempty"`
	ImpersonateUID    string          `json:"impersonateUid,omitempty"`
	ImpersonateGroups []string        `json:"impersonateGroups,omitempty"`
}

func openRecording(path string) (*recording, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	return &recording{file: f}, err
}

// add is called before anything happens to the request, so that lines stand in the order of arrival.
func (r *recording) add(q *http.Request, body []byte) error {
	if r == nil {
		return nil
	}
	c := recordedCall{Method: q.Method, Path: q.URL.RequestURI(), ContentType: q.Header.Get("Content-Type"),
		ImpersonateUser: q.Header.Get("Impersonate-User"), ImpersonateUID: q.Header.Get("Impersonate-Uid"),
		ImpersonateGroups: q.Header.Values("Impersonate-Group")}
	if json.Valid(body) {
		c.Body = body
	} else if len(body) > 0 {
		text, err := json.Marshal(string(body))
		if err != nil {
			return err
		}
		c.Body = text
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	e := json.NewEncoder(r.file)
	e.SetEscapeHTML(false) // bodies as they were
	return e.Encode(c)
}
