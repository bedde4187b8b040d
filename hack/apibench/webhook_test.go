package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestBareWebhookAnswersRight(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(stamp))
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca")
	if err := os.WriteFile(ca, pemOf(s), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := newHook(s.URL+"/mutate", ca, "../../tests/bench/review.json", expectation{allowed: true, paths: []string{"/spec/requestedBy"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(h.template.with("705ab4f5-6393-11e8-b7cc-42010a800002")); n < 3000 || n > 3200 {
		t.Errorf("the review has %d bytes, should have 3 KB", n)
	}
	if r, err := h.load(2, 10, 0); err != nil || r.Errors > 0 {
		t.Errorf("%+v %v", r, err)
	}
}
