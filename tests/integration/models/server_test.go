package models

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A chat is what a model server was sent.
type chat struct {
	Authorization string
	Model         string
	Messages      []struct{ Role, Content string }
	Format        json.RawMessage // Ollama's
	Response      struct {
		Schema struct{ Schema json.RawMessage } `json:"json_schema"`
	} `json:"response_format"`
}

// enums are what the schema lets the model choose from.
func (c chat) enums() (verbs, targets []string) {
	var schema struct {
		Properties struct {
			Steps struct {
				Items struct {
					Properties struct {
						Verb, Target struct{ Enum []string }
					}
				}
			}
		}
	}
	raw := c.Response.Schema.Schema
	if raw == nil {
		raw = c.Format
	}
	json.Unmarshal(raw, &schema)
	p := schema.Properties.Steps.Items.Properties
	return p.Verb.Enum, p.Target.Enum
}

// A model is a server that speaks both protocols; answer writes the assistant's text, or answers itself and returns "".
type model struct {
	*httptest.Server
	mutex sync.Mutex
	chats []chat
}

func serve(t *testing.T, answer func(w http.ResponseWriter, c chat, nth int) string) *model {
	t.Helper()
	m := &model{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/models":
			fmt.Fprint(w, `{"data":[{"id":"tiny"}]}`)
			return
		case "/api/tags":
			fmt.Fprint(w, `{"models":[{"name":"tiny"}]}`)
			return
		}
		c := chat{Authorization: r.Header.Get("Authorization")}
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		m.mutex.Lock()
		m.chats = append(m.chats, c)
		nth := len(m.chats)
		m.mutex.Unlock()
		text := answer(w, c, nth)
		if text == "" {
			return
		}
		if r.URL.Path == "/api/chat" {
			json.NewEncoder(w).Encode(object{"message": object{"role": "assistant", "content": text}, "done": true, "done_reason": "stop"})
			return
		}
		json.NewEncoder(w).Encode(object{"choices": []object{{"finish_reason": "stop", "message": object{"role": "assistant", "content": text}}}})
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *model) asked() []chat {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return append([]chat{}, m.chats...)
}

// steps is an answer that follows the schema.
func steps(of ...object) string {
	b, _ := json.Marshal(object{"steps": of, "ask": ""})
	return string(b)
}

func step(verb, target string, arguments ...string) object {
	if arguments == nil {
		arguments = []string{}
	}
	return object{"verb": verb, "target": target, "arguments": arguments}
}

const providersPath = "/apis/kubechat.io/v1alpha1/aiproviders"

// provider makes one and waits until its status says something.
func (w *world) provider(t *testing.T, name string, spec object) object {
	t.Helper()
	w.Admin.Must(t, "POST", providersPath, object{"apiVersion": "kubechat.io/v1alpha1", "kind": "AIProvider", "metadata": object{"name": name}, "spec": spec})
	t.Cleanup(func() { w.Admin.Do("DELETE", providersPath+"/"+name, nil) })
	var o object
	harness.Eventually(t, 20*time.Second, func() error {
		o = w.Admin.Must(t, "GET", providersPath+"/"+name, nil)
		if o.Condition("Ready") == nil {
			return fmt.Errorf("%s has no Ready condition yet", name)
		}
		return nil
	})
	return o
}

func openAI(m *model) object {
	return object{"type": "OpenAI", "endpoint": m.URL + "/v1", "model": "tiny", "timeoutSeconds": 60}
}

func planOf(o object) (commands []string) {
	for _, s := range o.List("status.plan.steps") {
		commands = append(commands, s.String("command"))
	}
	return commands
}
