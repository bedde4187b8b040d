// Faultproxy stands in front of a real Kubernetes API server and makes its network misbehave on demand.
//
//	faultproxy --cluster dev --kubeconfig-in "$(cluster kubeconfig sre)" --kubeconfig-out /tmp/sre.faulty
//
// It ends TLS (HTTP/1.1 and HTTP/2) with a certificate of its own and passes on bearer tokens and Impersonate-* headers as
// they are; users of client certificates cannot pass. Once it serves, it prints one line of JSON:
//
//	{"server":"https://127.0.0.1:41001","admin":"http://127.0.0.1:41002","pid":4711}
//
// With --record FILE, every request is also written to that file, with its body, in the form that `apibench replay` sends.
//
// It is steered over plain HTTP at the admin address:
//
//	POST   /rules                add a rule (below); answers with it and its id
//	GET    /rules                all rules
//	GET    /rules/ID             one rule: how often it matched and fired, and what it holds; with ?held=N or ?fired=N it
//	                             answers once that many are held or have fired (408 after ?timeout_ms=, default 10000)
//	POST   /rules/ID/release     let go on what is held (only ?seq=N of the log); with ?drop=1 it never does: the request is not
//	                             forwarded or its response not delivered, and the connection is reset
//	DELETE /rules, /rules/ID     remove; what they hold is dropped
//	GET    /requests             the log, oldest first; ?method= &path=REGEXP &query=REGEXP &user= &agent=REGEXP &since=SEQ select
//	DELETE /requests             forget the log
//	POST   /blackhole            {"duration_ms":N}: every connection, present and future, stays open but nothing is read or
//	                             answered; what was sent meanwhile arrives afterwards. 0 lasts until DELETE /blackhole
//	POST   /cut                  reset every connection now (TCP RST)
//
// A rule:
//
//	{"id": "first-patch",
//	 "match":  {"method": "PATCH", "path": "/deployments/checkout$", "query": "", "user": "ana", "agent": "", "nth": 1, "times": 1},
//	 "action": {"type": "hold-after"},
//	 "duration_ms": 0}
//
// All parts of match are optional. method is a regular expression over the whole method; path, query (as sent) and agent
// are searched for; user is the impersonated one. The rule fires from the nth match on, times times (0: always). The
// first rule that fires is the one that acts. duration_ms ends a hold, stall or black hole by itself.
//
//	hold-before      the request is forwarded only after release, even if its sender is gone by then: a slow network
//	hold-after       it is forwarded at once, the response withheld until release
//	delay            it is forwarded delay_ms later
//	status           answered with code, headers, and a metav1.Status of reason and message (or body, content_type)
//	reset            the connection is reset (TCP RST)
//	blackhole        no answer; reset on release or after duration_ms
//	cut              the connection is closed after after_bytes of the response's body
//	stall-body       the response stops after after_bytes until release
//	split            the response's body comes in pieces of chunk_bytes (default 1), each flushed, chunk_delay_ms apart
//	gone-event       a watch ends with an ERROR event (410 Expired) after after_events events
//	duplicate-event  the after_events'th event of a watch (default the first) is delivered twice
//
// status, reset and blackhole take "forward": true: the API server does handle the request, only its answer is lost. cut and
// reset take "stream": true: on HTTP/2 only the stream breaks (RST_STREAM), not the connection.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"kubechat.io/hack/cluster/kubeconfig"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "faultproxy:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("faultproxy", flag.ContinueOnError)
	cluster := fs.String("cluster", "", "stand in front of this cluster, with a certificate of its authority")
	listen := fs.String("listen", "127.0.0.1:0", "address for Kubernetes clients")
	admin := fs.String("admin", "127.0.0.1:0", "address of the admin interface")
	protocols := fs.String("protocols", "h2,http/1.1", "what to offer clients in ALPN")
	dir := fs.String("dir", "", "folder for the proxy's own authority when no --cluster is given (default: a temporary one)")
	record := fs.String("record", "", "file for all requests with their bodies, in the form that apibench replays")
	var in, out list
	fs.Var(&in, "kubeconfig-in", "kubeconfig to rewrite (may be repeated, each with its --kubeconfig-out)")
	fs.Var(&out, "kubeconfig-out", "where to write it, pointing at the proxy")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if len(in) != len(out) {
		return fmt.Errorf("%d --kubeconfig-in but %d --kubeconfig-out", len(in), len(out))
	}

	target, cleanup, err := findTarget(*cluster, *dir, in)
	if err != nil {
		return err
	}
	defer cleanup()
	raw, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", *admin)
	if err != nil {
		return err
	}
	server := "https://" + raw.Addr().String()
	for i := range in {
		if err := rewrite(in[i], out[i], server, target.ca); err != nil {
			return err
		}
	}

	p := newProxy(target, raw)
	if *record != "" {
		if p.recording, err = openRecording(*record); err != nil {
			return err
		}
	}
	failed := make(chan error, 2)
	go func() { failed <- p.serve(strings.Split(*protocols, ",")) }()
	go func() { failed <- http.Serve(control, p.admin()) }()
	line, err := json.Marshal(map[string]any{"server": server, "admin": "http://" + control.Addr().String(), "pid": os.Getpid()})
	if err != nil {
		return err
	}
	fmt.Println(string(line))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// rewrite copies a kubeconfig with another server and authority.
func rewrite(in, out, server string, ca []byte) error {
	c, err := kubeconfig.Read(in)
	if err != nil {
		return err
	}
	if len(c.Cert) > 0 {
		return fmt.Errorf("%s uses a client certificate, which cannot pass a proxy; take a user with a token", in)
	}
	c.Server, c.CA = server, ca
	return os.WriteFile(out, c.YAML(), 0o600)
}

// A list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
