package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Mutation is a change that the API server made for an impersonated user, as its audit log tells.
type Mutation struct {
	Verb        string
	Resource    string // with its subresource: deployments/scale
	Namespace   string
	Name        string
	User        string
	Code        int
	Time        time.Time
	RequestBody any
}

// auditLog follows the API server's audit log from where it was when the tests began.
type auditLog struct {
	mutex  sync.Mutex
	file   *os.File
	reader *bufio.Reader
	torn   []byte // a line that is not written to its end yet
	byNs   map[string][]Mutation
	cut    map[string][]Mutation // by namespace too
	access []Access
}

// An Access is a call that was answered, made by a person or on a person's behalf.
type Access struct {
	Verb        string
	Namespace   string
	URI         string // with the query
	Agent       string
	User        string // whose credentials it came with
	As          string // impersonated
	Code        int
	RequestBody any
}

var mutatingVerbs = map[string]bool{"create": true, "update": true, "patch": true, "delete": true, "deletecollection": true}

func openAuditLog(path string) (*auditLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	return &auditLog{file: f, reader: bufio.NewReaderSize(f, 1<<20), byNs: map[string][]Mutation{}, cut: map[string][]Mutation{}}, nil
}

// read takes in what was written since the last time. The mutex is held.
func (a *auditLog) read() error {
	for {
		line, err := a.reader.ReadBytes('\n')
		a.torn = append(a.torn, line...)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.take(a.torn); err != nil {
			return err
		}
		a.torn = a.torn[:0]
	}
}

func (a *auditLog) take(line []byte) error {
	var e struct {
		Stage            string
		RequestURI       string
		Verb             string
		UserAgent        string
		User             struct{ Username string }
		ImpersonatedUser *struct{ Username string }
		ObjectRef        struct{ Resource, Subresource, Namespace, Name string }
		ResponseStatus   struct{ Code int }
		RequestObject    any
		StageTimestamp   time.Time
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("the API server's audit log: %w", err)
	}
	if e.Stage == "ResponseComplete" && (e.ImpersonatedUser != nil || !strings.HasPrefix(e.User.Username, "system:")) {
		x := Access{Verb: e.Verb, Namespace: e.ObjectRef.Namespace, URI: e.RequestURI, Agent: e.UserAgent, User: e.User.Username,
			Code: e.ResponseStatus.Code, RequestBody: e.RequestObject}
		if e.ImpersonatedUser != nil {
			x.As = e.ImpersonatedUser.Username
		}
		a.access = append(a.access, x)
	}
	if e.Stage != "ResponseComplete" || e.ImpersonatedUser == nil || !mutatingVerbs[e.Verb] || e.ResponseStatus.Code >= 300 && e.ResponseStatus.Code != 504 ||
		strings.Contains(e.RequestURI, "dryRun=") || IsDryRun(e.RequestObject) {
		return nil
	}
	resource := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		resource += "/" + e.ObjectRef.Subresource
	}
	m := Mutation{Verb: e.Verb, Resource: resource, Namespace: e.ObjectRef.Namespace, Name: e.ObjectRef.Name, User: e.ImpersonatedUser.Username,
		Code: e.ResponseStatus.Code, Time: e.StageTimestamp, RequestBody: e.RequestObject}
	if m.Code == 504 {
		a.cut[m.Namespace] = append(a.cut[m.Namespace], m)
	} else {
		a.byNs[m.Namespace] = append(a.byNs[m.Namespace], m)
	}
	return nil
}

// IsDryRun tells it of DeleteOptions, which carry it themselves, and of an Eviction, which carries DeleteOptions.
func IsDryRun(body any) bool {
	options, _ := body.(map[string]any)
	inner, _ := options["deleteOptions"].(map[string]any)
	return options["dryRun"] != nil || inner["dryRun"] != nil
}

// Mutations are the changes of one object (or of a subresource of it) that succeeded on an impersonated user's behalf,
// dry runs left out. What was answered to the caller is in the log.
func (c *Cluster) Mutations(t testing.TB, ns, resource, name string) []Mutation {
	t.Helper()
	return c.mutations(t, c.audit.byNs, ns, resource, name)
}

// CutShort are the changes whose sender was gone before the answer, as a manager that is killed is: the API server counts them as 504,
// whether they were made or not.
func (c *Cluster) CutShort(t testing.TB, ns, resource, name string) []Mutation {
	t.Helper()
	return c.mutations(t, c.audit.cut, ns, resource, name)
}

func (c *Cluster) mutations(t testing.TB, from map[string][]Mutation, ns, resource, name string) []Mutation {
	t.Helper()
	c.audit.mutex.Lock()
	defer c.audit.mutex.Unlock()
	if err := c.audit.read(); err != nil {
		t.Fatal(err)
	}
	var out []Mutation
	for _, m := range from[ns] {
		if m.Name == name && (m.Resource == resource || strings.HasPrefix(m.Resource, resource+"/")) {
			out = append(out, m)
		}
	}
	return out
}

// Accesses are all calls to a namespace by people, and by the manager as somebody else, reads and dry runs included.
func (c *Cluster) Accesses(t testing.TB, ns string) []Access {
	t.Helper()
	var out []Access
	for _, x := range c.accesses(t) {
		if x.Namespace == ns {
			out = append(out, x)
		}
	}
	return out
}

// AccessesAs are the calls that were made as somebody else, in any namespace or in none, by whom they were made as.
func (c *Cluster) AccessesAs(t testing.TB) map[string][]Access {
	t.Helper()
	out := map[string][]Access{}
	for _, x := range c.accesses(t) {
		if x.As != "" {
			out[x.As] = append(out[x.As], x)
		}
	}
	return out
}

func (c *Cluster) accesses(t testing.TB) []Access {
	t.Helper()
	c.audit.mutex.Lock()
	defer c.audit.mutex.Unlock()
	if err := c.audit.read(); err != nil {
		t.Fatal(err)
	}
	return c.audit.access
}
