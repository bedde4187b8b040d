package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Watch streams come in two framings: JSON objects, each on a line, and protobuf messages, each after its length in four
// bytes, most significant first (apimachinery's pkg/util/framer).

const frameLimit = 64 << 20

// An eventBody rewrites a watch event by event. edit gets the number of the event, from 1, with its frame, and 0 before the
// first; it returns what to deliver, and whether the stream ends there.
type eventBody struct {
	io.Closer
	frames *bufio.Reader
	next   func(*bufio.Reader) ([]byte, error)
	edit   func(n int, frame []byte) (out []byte, end bool)
	n      int
	ready  []byte
	begun  bool
	ended  bool
}

func (b *eventBody) Read(p []byte) (int, error) {
	for len(b.ready) == 0 {
		if b.ended {
			return 0, io.EOF
		}
		if !b.begun {
			b.begun = true
			b.ready, b.ended = b.edit(0, nil)
			continue
		}
		frame, err := b.next(b.frames)
		if err != nil {
			return 0, err
		}
		b.n++
		b.ready, b.ended = b.edit(b.n, frame)
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

func goneEvent(x *exchange, r *http.Response) io.ReadCloser {
	after := x.rule.Action.AfterEvents
	message := x.rule.Action.Message
	if message == "" {
		message = "too old resource version: 1 (2)"
	}
	gone := jsonGone
	if isProtobuf(r) {
		gone = protobufGone
	}
	return editEvents(r, func(n int, frame []byte) ([]byte, bool) {
		if n < after {
			return frame, false
		}
		return append(frame, gone(message)...), true
	})
}

func duplicateEvent(x *exchange, r *http.Response) io.ReadCloser {
	which := max(x.rule.Action.AfterEvents, 1)
	return editEvents(r, func(n int, frame []byte) ([]byte, bool) {
		if n == which {
			return append(append([]byte{}, frame...), frame...), false
		}
		return frame, false
	})
}

// editEvents leaves alone what is no watch.
func editEvents(r *http.Response, edit func(int, []byte) ([]byte, bool)) io.ReadCloser {
	if r.StatusCode != http.StatusOK || !isWatch(r.Request.URL) {
		return r.Body
	}
	next := nextLine
	if isProtobuf(r) {
		next = nextMessage
	}
	return &eventBody{Closer: r.Body, frames: bufio.NewReader(r.Body), next: next, edit: edit}
}

func isWatch(u *url.URL) bool {
	w := u.Query().Get("watch")
	return w == "true" || w == "1"
}

func isProtobuf(r *http.Response) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/vnd.kubernetes.protobuf")
}

func nextLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	if len(line) > 0 {
		return line, nil // a torn last line is delivered as it is; the next call meets the error again
	}
	return nil, err
}

func nextMessage(r *bufio.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head)
	if size > frameLimit {
		return nil, fmt.Errorf("watch frame of %d bytes; the stream is out of step", size)
	}
	frame := make([]byte, 4+size)
	copy(frame, head)
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

func jsonGone(message string) []byte {
	event := struct {
		Type   string `json:"type"`
		Object status `json:"object"`
	}{"ERROR", status{APIVersion: "v1", Kind: "Status", Status: "Failure", Message: message, Reason: "Expired", Code: http.StatusGone}}
	b, err := json.Marshal(event)
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return append(b, '\n')
}

// protobufGone encodes the same by hand: WatchEvent{type=1, object=2: RawExtension{raw=1}}, where raw is the magic "k8s\0"
// and runtime.Unknown{typeMeta=1: {apiVersion=1, kind=2}, raw=2}, and that raw is metav1.Status{metadata=1, status=2, message=3,
// reason=4, code=6} (the generated.proto files of apimachinery). The API server writes empty strings out, so we do.
func protobufGone(message string) []byte {
	listMeta := field(field(field(nil, 1, nil), 2, nil), 3, nil)
	s := field(nil, 1, listMeta)
	s = field(s, 2, []byte("Failure"))
	s = field(s, 3, []byte(message))
	s = field(s, 4, []byte("Expired"))
	s = binary.AppendUvarint(append(s, 6<<3), http.StatusGone)
	meta := field(field(nil, 1, []byte("v1")), 2, []byte("Status"))
	unknown := field(field(field(field(nil, 1, meta), 2, s), 3, nil), 4, nil)
	raw := field(nil, 1, append([]byte("k8s\x00"), unknown...))
	event := field(field(nil, 1, []byte("ERROR")), 2, raw)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(event))), event...)
}

// field appends a length-delimited protobuf field.
func field(to []byte, number int, value []byte) []byte {
	to = append(to, byte(number<<3|2))
	to = binary.AppendUvarint(to, uint64(len(value)))
	return append(to, value...)
}
