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
// recorded to send for one.
type operator struct {
	api      *api
	sequence []call
	name     string // of the recorded request, to be replaced by each new one's
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
		if strings.Contains(c.Path, "/namespaces/"+namespace+"/") {
			o.sequence = append(o.sequence, c)
		}
	}
	return o, nil
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

// A subject is a new ChatRequest.
type subject struct {
	Metadata struct{ Name, UID, ResourceVersion string }
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
	return o.api.watch(chatrequests, since, func(kind string, object json.RawMessage) {
		var s subject
		if kind == "ADDED" && json.Unmarshal(object, &s) == nil {
			queue <- s
		}
	})
}

// handle sends the sequence, one request after the other.
func (o *operator) handle(s subject) error {
	for _, c := range o.sequence {
		answer, err := o.api.ask(o.adapt(c, s))
		if err != nil {
			return err
		}
		if strings.Contains(c.Path, "/chatrequests/") { // its answer is the newest version
			if err := json.Unmarshal(answer, &s); err != nil {
				return err
			}
		}
	}
	return nil
}

// adapt turns a recorded request into one for s.
func (o *operator) adapt(c call, s subject) call {
	r := strings.NewReplacer(o.name, s.Metadata.Name, o.uid, s.Metadata.UID)
	c.Path = r.Replace(c.Path)
	c.body = versionField.ReplaceAllLiteralString(r.Replace(c.body), `"resourceVersion":"`+s.Metadata.ResourceVersion+`"`)
	return c
}

func (o *operator) readyz(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/readyz" || !o.synced.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
