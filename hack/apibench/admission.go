package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

func runAdmission(args []string) error {
	c := newCommon("admission")
	target := c.fs.String("url", "", "the webhook")
	cacert := c.fs.String("cacert", "", "PEM file that verifies it")
	connections := c.fs.String("connections", "1,16,64", "a row for each of these numbers of connections")
	requests := c.fs.Int("requests", 10000, "how many requests a row")
	review := c.fs.String("review", "", "file with an AdmissionReview")
	warmup := c.fs.Int("warmup", 500, "requests before the first row")
	denied := c.fs.Bool("denied", false, "expect allowed: false")
	var paths list
	c.fs.Var(&paths, "patch-path", "path that the answer's patch must have (may be repeated)")
	if err := c.parse(args); err != nil {
		return err
	}
	if *target == "" || *cacert == "" || *review == "" {
		return errors.New("--url, --cacert and --review are needed")
	}
	rows, err := numbers(*connections)
	if err != nil {
		return fmt.Errorf("--connections: %w", err)
	}
	hook, err := newHook(*target, *cacert, *review, expectation{allowed: !*denied, paths: paths})
	if err != nil {
		return err
	}
	if *warmup > 0 {
		r, err := hook.load(rows[0], *warmup, 0)
		if err != nil {
			return err
		}
		if r.Errors > 0 {
			return fmt.Errorf("%d of %d answers were wrong before anything was measured; the first: %s", r.Errors, r.Requests, r.FirstError)
		}
	}
	var out []row
	for _, n := range rows {
		r, err := hook.load(n, *requests, *c.pid)
		if err != nil {
			return err
		}
		out = append(out, r)
	}
	return c.report(os.Stdout, out)
}

// A hook is the webhook under load.
type hook struct {
	url      *url.URL
	tls      *tls.Config
	template template
	expect   expectation
	run      string // makes uids differ between runs
}

func newHook(target, cacert, review string, expect expectation) (*hook, error) {
	h := &hook{expect: expect}
	var err error
	if h.url, err = url.Parse(target); err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	if h.url.Scheme != "https" || h.url.Port() == "" {
		return nil, fmt.Errorf("--url: %s: https://HOST:PORT/PATH, please", target)
	}
	pem, err := os.ReadFile(cacert)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", cacert)
	}
	h.tls = &tls.Config{RootCAs: roots, ServerName: h.url.Hostname(), NextProtos: []string{"http/1.1"}}
	if h.template, err = readTemplate(review); err != nil {
		return nil, err
	}
	random := make([]byte, 4)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	h.run = fmt.Sprintf("%08x", random)
	return h, nil
}

// load measures count requests over n connections, which are made before the clock starts.
func (h *hook) load(n, count, pid int) (row, error) {
	var workers []worker
	for i := 0; i < n; i++ {
		l := &line{hook: h}
		if err := l.dial(); err != nil {
			return row{}, err
		}
		defer func() { l.conn.Close() }()
		workers = append(workers, l.post)
	}
	return measure(workers, count, pid)
}

// A line is one connection. It is written by hand because net/http's client would take more of two cores than what it
// measures.
type line struct {
	hook *hook
	conn *tls.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	dead bool
}

const answerLimit = 10 * time.Second // the API server's own, unless configured

func (l *line) dial() error {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: answerLimit}, "tcp", l.hook.url.Host, l.hook.tls)
	if err != nil {
		return err
	}
	l.conn, l.in, l.out, l.dead = c, bufio.NewReader(c), bufio.NewWriter(c), false
	return nil
}

// post sends one review and checks the answer. After an error the connection is made anew.
func (l *line) post(n int) error {
	if l.dead {
		l.conn.Close()
		if err := l.dial(); err != nil {
			return err
		}
	}
	uid := fmt.Sprintf("%s-0000-4000-8000-%012x", l.hook.run, n)
	body, code, closes, err := l.exchange(l.hook.template.with(uid))
	l.dead = err != nil || closes
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return fmt.Errorf("HTTP %d: %.200s", code, body)
	}
	return l.hook.expect.check(body, uid)
}

func (l *line) exchange(review []byte) (body []byte, code int, closes bool, err error) {
	l.conn.SetDeadline(time.Now().Add(answerLimit))
	fmt.Fprintf(l.out, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: apibench\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		l.hook.url.RequestURI(), l.hook.url.Host, len(review))
	l.out.Write(review)
	if err := l.out.Flush(); err != nil {
		return nil, 0, false, err
	}
	resp, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return nil, 0, false, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return body, resp.StatusCode, resp.Close, err
}
