package main

import (
	"io"
	"net/http"
	"time"
)

// A meteredBody passes bytes on until after of them are through; then at decides: nil goes on with the rest.
type meteredBody struct {
	io.ReadCloser
	left int64
	at   func() error
}

func (b *meteredBody) Read(p []byte) (int, error) {
	if b.left == 0 && b.at != nil {
		at := b.at
		b.at = nil
		if err := at(); err != nil {
			return 0, err
		}
	}
	if b.at != nil && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	if b.at != nil {
		b.left -= int64(n)
	}
	return n, err
}

// What was read before is flushed by the time of the next Read, so that the client has exactly after_bytes.
func cutBody(x *exchange, r *http.Response) io.ReadCloser {
	return &meteredBody{r.Body, x.rule.Action.AfterBytes, func() error {
		x.breakOff(x.rule.Action.Stream, false)
		return errDropped
	}}
}

func stallBody(x *exchange, r *http.Response) io.ReadCloser {
	return &meteredBody{r.Body, x.rule.Action.AfterBytes, func() error {
		if !x.holds(x.request.Context().Done()) {
			x.breakOff(false, true)
		}
		return nil
	}}
}

// A choppedBody hands out small pieces; the proxy flushes each.
type choppedBody struct {
	io.ReadCloser
	size  int
	pause time.Duration
}

func (b *choppedBody) Read(p []byte) (int, error) {
	if len(p) > b.size {
		p = p[:b.size]
	}
	time.Sleep(b.pause)
	return b.ReadCloser.Read(p)
}

func splitBody(x *exchange, r *http.Response) io.ReadCloser {
	a := x.rule.Action
	return &choppedBody{r.Body, max(a.ChunkBytes, 1), time.Duration(a.ChunkDelayMS) * time.Millisecond}
}
