package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

func runOperate(args []string) error {
	c := newCommon("operate")
	config := c.fs.String("kubeconfig", "", "whom to be: the manager")
	file := c.fs.String("requests", "", "JSON lines: what the manager sent for one ChatRequest")
	workers := c.fs.Int("workers", 16, "sequences at the same time")
	probe := c.fs.String("probe", "127.0.0.1:0", "address of /readyz")
	if err := c.parse(args); err != nil {
		return err
	}
	if *config == "" || *file == "" {
		return errors.New("--kubeconfig and --requests are needed")
	}
	o, err := newOperator(*file)
	if err != nil {
		return err
	}
	probes, err := net.Listen("tcp", *probe)
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(probes, http.HandlerFunc(o.readyz)) }()
	if o.api, err = connect(*config); err != nil {
		return err
	}
	o.api.agent += "-operate" // tells its requests from those that create ChatRequests
	go func() { failed <- o.run(*workers) }()
	fmt.Printf("each ChatRequest is sent %d requests: %s; /readyz at http://%s\n", len(o.sequence), o, probes.Addr())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-stop:
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.wrong.count > 0 {
		return fmt.Errorf("%d ChatRequests failed; the first: %w", o.wrong.count, o.wrong.first)
	}
	return nil
}

// An operator stands where the manager stands and thinks nothing: for each new ChatRequest it sends what the manager was
// recorded to send for one; the part that came after an approval once there is one.
type operator struct {
	api      *api
	sequence []call
	approved int    // where that part begins; the sequence's end without one
	name     string // of the recorded request (and of what it changes), to be replaced by each new one's
	uid      string
	synced   atomic.Bool

	mutex sync.Mutex
	wrong failure
}

var (
	statusPath   = regexp.MustCompile(`/namespaces/([^/]+)/chatrequests/([^/]+)/status\b`)
	versionField = regexp.MustCompile(`"resourceVersion": ?"[0-9]+"`)
)

// newOperator picks the sequence out of a recording: what went to the namespace of the one ChatRequest in it.
func newOperator(file string) (*operator, error) {
	all, err := readCalls(file)
	if err != nil {
		return nil, err
	}
	o := &operator{}
	namespace := ""
	for _, c := range all {
		m := statusPath.FindStringSubmatch(c.Path)
		if m == nil || c.Method != http.MethodPut {
			continue
		}
		if o.name != "" && o.name != m[2] {
			return nil, fmt.Errorf("%s: status is written of %s and %s; one ChatRequest, please", file, o.name, m[2])
		}
		namespace, o.name = m[1], m[2]
		var body struct{ Metadata struct{ UID string } }
		if err := json.Unmarshal([]byte(c.body), &body); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		o.uid = body.Metadata.UID
	}
	if o.name == "" || o.uid == "" {
		return nil, fmt.Errorf("%s: nothing in it writes the status of a ChatRequest", file)
	}
	for _, c := range all {
		if strings.Contains(c.Path, "/namespaces/"+namespace+"/") || strings.HasSuffix(c.Path, "/subjectaccessreviews") {
			o.sequence = append(o.sequence, c)
		}
	}
	o.approved = len(o.sequence)
	for i := range o.sequence {
		if o.statusPhase(i) == "AwaitingApproval" && o.goesOn(i+1) {
			o.approved = i + 1
			break
		}
	}
	return o, nil
}

// statusPhase is the phase that call i writes into the status; "" if it is another call.
func (o *operator) statusPhase(i int) string {
	var body struct{ Status struct{ Phase string } }
	c := o.sequence[i]
	if c.Method != http.MethodPut || !statusPath.MatchString(c.Path) || json.Unmarshal([]byte(c.body), &body) != nil {
		return ""
	}
	return body.Status.Phase
}

// goesOn: a call from i on writes another phase than the one that waits.
func (o *operator) goesOn(i int) bool {
	for ; i < len(o.sequence); i++ {
		if p := o.statusPhase(i); p != "" && p != "AwaitingApproval" {
			return true
		}
	}
	return false
}

// String is the sequence in short.
func (o *operator) String() string {
	var b strings.Builder
	for i, c := range o.sequence {
		path, _, _ := strings.Cut(c.Path, "?")
		_, short, _ := strings.Cut(path, "/namespaces/")
		_, short, _ = strings.Cut(short, "/")
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.Method + " " + strings.ReplaceAll(short, o.name, "NAME"))
	}
	return b.String()
}

// A subject is a ChatRequest that is new, or was approved.
type subject struct {
	Metadata struct{ Name, UID, ResourceVersion string }
	Spec     struct{ Approvals []json.RawMessage }
}

func (o *operator) run(workers int) error {
	since, err := o.api.list(chatrequests)
	if err != nil {
		return err
	}
	queue := make(chan subject, 10000)
	for i := 0; i < workers; i++ {
		go func() {
			for s := range queue {
				if err := o.handle(s); err != nil {
					o.mutex.Lock()
					o.wrong.add(err)
					o.mutex.Unlock()
				}
			}
		}()
	}
	o.synced.Store(true)
	seen := map[string]bool{} // uids of those whose approval was seen
	return o.api.watch(chatrequests, since, func(kind string, object json.RawMessage) {
		var s subject
		if json.Unmarshal(object, &s) != nil {
			return
		}
		approved := len(s.Spec.Approvals) > 0 && !seen[s.Metadata.UID]
		if kind == "ADDED" || (kind == "MODIFIED" && approved) {
			seen[s.Metadata.UID] = approved
			queue <- s
		}
	})
}

// handle sends the part of the sequence that is due, one request after the other.
func (o *operator) handle(s subject) error {
	calls := o.sequence[:o.approved]
	if len(s.Spec.Approvals) > 0 {
		calls = o.sequence[o.approved:]
	}
	versions := map[string]string{} // newest, of the other objects, by path
	for _, c := range calls {
		object, _, _ := strings.Cut(c.Path, "?")
		answer, err := o.api.ask(o.adapt(c, s, versions[object]))
		if err != nil {
			return err
		}
		if strings.Contains(object, "/chatrequests/") { // its answer is the newest version
			err = json.Unmarshal(answer, &s)
		} else if c.Method != http.MethodPost && len(answer) > 0 {
			var got subject
			err = json.Unmarshal(answer, &got)
			versions[object] = got.Metadata.ResourceVersion
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// adapt turns a recorded request into one for s; version: of the object that it is about, "" if that is s.
func (o *operator) adapt(c call, s subject, version string) call {
	if version == "" {
		version = s.Metadata.ResourceVersion
	}
	r := strings.NewReplacer(o.name, s.Metadata.Name, o.uid, s.Metadata.UID)
	c.Path = r.Replace(c.Path)
	c.body = versionField.ReplaceAllLiteralString(r.Replace(c.body), `"resourceVersion":"`+version+`"`)
	return c
}

func (o *operator) readyz(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/readyz" || !o.synced.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
