package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// bodyLimit bounds a request's body: the API server takes 3 MiB.
const bodyLimit = 16 << 20

type proxy struct {
	target    target
	network   *network
	rules     *rulebook
	log       *requestLog
	recording *recording // nil: none
	reverse   *httputil.ReverseProxy
}

func newProxy(t target, raw net.Listener) *proxy {
	p := &proxy{target: t, network: newNetwork(raw), rules: newRulebook(), log: &requestLog{}}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = t.server.Scheme, t.server.Host, t.server.Host
		},
		Transport:     &upstream{proxy: p, h1: transport(t, false), h2: transport(t, true)},
		FlushInterval: -1, // watches: what the API server flushed, we flush
		// No answer of the API server: none from us. A gateway's 502 is something that no client of an API server knows.
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
			x := exchangeOf(r)
			x.breakOff(x.rule != nil && x.rule.Action.Stream, true)
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	return p
}

func transport(t target, h2 bool) *http.Transport {
	x := &http.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: t.roots},
		DisableCompression: true, // the client's Accept-Encoding decides
		ForceAttemptHTTP2:  h2,
		MaxIdleConns:       100, MaxIdleConnsPerHost: 100, IdleConnTimeout: 90 * time.Second,
	}
	if !h2 {
		x.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return x
}

// serve ends TLS for clients until the listener fails.
func (p *proxy) serve(protocols []string) error {
	s := &http.Server{
		Handler:   p,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{p.target.cert}, NextProtos: protocols},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c.(*tls.Conn).NetConn().(*conn))
		},
		ErrorLog: log.New(io.Discard, "", 0), // broken connections are what we are for
	}
	if !strings.Contains(strings.Join(protocols, ","), "h2") {
		s.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	return s.ServeTLS(p.network, "", "")
}

type connKey struct{}
type exchangeKey struct{}

// An exchange is one request on its way.
type exchange struct {
	proxy   *proxy
	conn    *conn
	request *http.Request // the client's; its context ends when the client leaves
	record  *record
	rule    *entry // nil: undisturbed
	act     actionRow
	cancel  context.CancelFunc
}

func exchangeOf(r *http.Request) *exchange { return r.Context().Value(exchangeKey{}).(*exchange) }

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{proxy: p, conn: r.Context().Value(connKey{}).(*conn), request: r, record: p.log.begin(r), rule: p.rules.pick(r)}
	defer p.log.update(x.record, func(rec *record) { rec.Done = true })
	if x.rule != nil {
		x.act = actions[x.rule.Action.Type]
		p.log.update(x.record, func(rec *record) { rec.Rule = x.rule.ID })
	}
	// The whole request is read before anything happens to it, and its fate does not hang on the client's any more: a
	// request that is on the wire arrives, whether or not its sender lives.
	ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(r.Context()), exchangeKey{}, x))
	defer cancel()
	x.cancel = cancel
	out := r.WithContext(ctx)
	if !upgrades(r) {
		b, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
		if err != nil {
			panic(http.ErrAbortHandler) // the client left in the middle of it
		}
		if err := p.recording.add(r, b); err != nil {
			log.Printf("recording: %v", err)
		}
		out.Body = io.NopCloser(bytes.NewReader(b))
		if len(b) == 0 {
			out.Body = http.NoBody
		}
	}
	if x.act.before != nil && !x.forwards() && !x.act.before(x, w) {
		return
	}
	if !x.detached() {
		x.follow()
	}
	p.reverse.ServeHTTP(w, out)
}

// detached: what is forwarded is completed even if the client dies in the meantime.
func (x *exchange) detached() bool { return x.act.detached || x.forwards() }

// forwards: the rule wants the request handled and only its answer lost.
func (x *exchange) forwards() bool { return x.rule != nil && x.rule.Action.Forward }

// follow ends the exchange when the client leaves, as if the client were connected directly.
func (x *exchange) follow() { context.AfterFunc(x.request.Context(), x.cancel) }

// breakOff ends the exchange without a (further) answer: with a TCP reset or an orderly close of the connection, or of
// the stream alone.
func (x *exchange) breakOff(stream, reset bool) {
	if !stream {
		if reset {
			x.conn.reset()
		} else {
			x.conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

// An upstream carries requests to the API server and applies what rules do to responses.
type upstream struct {
	proxy  *proxy
	h1, h2 *http.Transport
}

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r)
	u.proxy.log.update(x.record, func(rec *record) { rec.Forwarded = true })
	t := u.h2
	if upgrades(r) { // HTTP/2 has no Upgrade
		t = u.h1
	}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	u.proxy.log.update(x.record, func(rec *record) { rec.Status = resp.StatusCode })
	if x.act.after != nil && (x.forwards() || !x.act.canForward) && !x.act.after(x, resp) {
		resp.Body.Close()
		return nil, errDropped
	}
	if x.detached() {
		x.follow()
	}
	if x.act.body != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = x.act.body(x, resp)
		if x.act.resizes {
			resp.Header.Del("Content-Length")
			resp.ContentLength = -1
		}
	}
	return resp, nil
}

func upgrades(r *http.Request) bool {
	for _, v := range r.Header.Values("Connection") {
		if strings.Contains(strings.ToLower(v), "upgrade") {
			return true
		}
	}
	return false
}
