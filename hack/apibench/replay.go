package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func runReplay(args []string) error {
	c := newCommon("replay")
	config := c.fs.String("kubeconfig", "", "whom to be")
	file := c.fs.String("requests", "", "JSON lines (see above)")
	concurrency := c.fs.String("concurrency", "1", "a row for each of these numbers of parallel requests")
	count := c.fs.Int("count", 0, "how many requests a row (default: each line once)")
	if err := c.parse(args); err != nil {
		return err
	}
	if *config == "" || *file == "" {
		return errors.New("--kubeconfig and --requests are needed")
	}
	parallel, err := numbers(*concurrency)
	if err != nil {
		return fmt.Errorf("--concurrency: %w", err)
	}
	api, err := connect(*config)
	if err != nil {
		return err
	}
	calls, err := readCalls(*file)
	if err != nil {
		return err
	}
	if *count == 0 {
		*count = len(calls)
	}
	var rows []row
	sent := 0
	for _, n := range parallel {
		var workers []worker
		base := sent // numbers go on from row to row, so that names made of them stay unique
		for i := 0; i < n; i++ {
			workers = append(workers, func(k int) error { return api.do(calls[k%len(calls)].numbered(base + k)) })
		}
		r, err := measure(workers, *count, *c.pid)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		sent += *count
	}
	return c.report(os.Stdout, rows)
}

// A call is one line of the file.
type call struct {
	Method            string          `json:"method"`
	Path              string          `json:"path"`
	ContentType       string          `json:"contentType"`
	Body              json.RawMessage `json:"body"`
	ImpersonateUser   string          `json:"impersonateUser"`
	ImpersonateUID    string          `json:"impersonateUid"`
	ImpersonateGroups []string        `json:"impersonateGroups"`
	Status            int             `json:"status"`

	body string
}

const lineLimit = 4 << 20

func readCalls(path string) ([]call, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	calls, err := parseCalls(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return calls, nil
}

func parseCalls(r io.Reader) ([]call, error) {
	var calls []call
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineLimit)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var c call
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c.Method == "" || !strings.HasPrefix(c.Path, "/") {
			return nil, fmt.Errorf("line %d: method and a path from / are needed", n)
		}
		c.body = string(c.Body)
		if len(c.Body) > 0 && c.Body[0] == '"' {
			if err := json.Unmarshal(c.Body, &c.body); err != nil {
				return nil, fmt.Errorf("line %d: body: %w", n, err)
			}
		}
		if c.ContentType == "" {
			c.ContentType = "application/json"
		}
		calls = append(calls, c)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, errors.New("holds no requests")
	}
	return calls, nil
}

// numbered replaces {{n}}.
func (c call) numbered(n int) call {
	number := strconv.Itoa(n)
	c.Path, c.body = strings.ReplaceAll(c.Path, "{{n}}", number), strings.ReplaceAll(c.body, "{{n}}", number)
	return c
}
