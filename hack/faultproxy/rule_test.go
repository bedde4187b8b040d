package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRulesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{`{"action":{"type":"explode"}}`, "explode"},
		{`{"action":{"type":"status"}}`, "action.code"},
		{`{"action":{"type":"delay"}}`, "delay_ms"},
		{`{"action":{"type":"cut","forward":true}}`, "forward"},
		{`{"action":{"type":"delay","delay_ms":1,"stream":true}}`, "stream"},
		{`{"action":{"type":"reset"},"match":{"path":"("}}`, "match.path"},
		{`{"action":{"type":"reset"},"match":{"nth":-1}}`, "negative"},
	} {
		var r rule
		if err := json.Unmarshal([]byte(c.json), &r); err != nil {
			t.Fatal(err)
		}
		if err := r.compile(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something about %s", c.json, err, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		match match
		want  bool
	}{
		{match{}, true},
		{match{Method: "PATCH|PUT"}, true},
		{match{Method: "PAT"}, false},
		{match{Path: "/deployments/checkout$"}, true},
		{match{Path: "^/deployments"}, false},
		{match{Query: "dryRun=All"}, true},
		{match{Query: "watch"}, false},
		{match{User: "ana"}, true},
		{match{User: "an"}, false},
		{match{Agent: "^kubechat/"}, true},
		{match{User: "ana", Method: "GET"}, false},
	} {
		if err := c.match.compile(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("PATCH", "/apis/apps/v1/namespaces/shop/deployments/checkout?dryRun=All", nil)
		r.Header.Set("Impersonate-User", "ana")
		r.Header.Set("User-Agent", "kubechat/1")
		if got := c.match.selectsRequest(r); got != c.want {
			t.Errorf("%+v: %v", c.match, got)
		}
	}
}

func TestFirstFiringRuleActsAndAllCount(t *testing.T) {
	b := newRulebook()
	for _, r := range []rule{
		{ID: "second", Match: match{Nth: 2, Times: 1}, Action: action{Type: "reset"}},
		{ID: "always", Action: action{Type: "reset"}},
	} {
		if _, err := b.add(r); err != nil {
			t.Fatal(err)
		}
	}
	var fired []string
	for i := 0; i < 3; i++ {
		fired = append(fired, b.pick(httptest.NewRequest("GET", "/", nil)).ID)
	}
	if got := strings.Join(fired, " "); got != "always second always" {
		t.Errorf("fired %s", got)
	}
	for _, v := range b.list() {
		if v.Matched != 3 {
			t.Errorf("%s matched %d", v.ID, v.Matched)
		}
	}
	if _, err := b.add(rule{ID: "always", Action: action{Type: "reset"}}); err == nil {
		t.Error("two rules with one id")
	}
}

// The bytes are those with which a kube-apiserver 1.34 answered a watch of pods in protobuf at resourceVersion=1 after a
// compaction.
func TestProtobufGone(t *testing.T) {
	const want = "000000630a054552524f52125a0a586b3873000a0c0a027631120653746174757312400a060a0012001a001207466169" +
		"6c7572651a21746f6f206f6c64207265736f757263652076657273696f6e3a2031202835393029220745787069726564" +
		"309a031a002200"
	got := protobufGone("too old resource version: 1 (590)")
	if hex.EncodeToString(got) != want {
		t.Errorf("got  %x\nwant %s", got, want)
	}
	frame, err := nextMessage(bufio.NewReader(bytes.NewReader(append(got, got...))))
	if err != nil || !bytes.Equal(frame, got) {
		t.Errorf("frame %x, %v", frame, err)
	}
}
