package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func runStart(args []string) error {
	c := newCommon("start")
	ready := c.fs.String("ready", "", "URL that answers 200 once the program is ready")
	target := c.fs.String("url", "", "a webhook that has to answer as well")
	cacert := c.fs.String("cacert", "", "PEM file that verifies it")
	review := c.fs.String("review", "", "file with an AdmissionReview")
	count := c.fs.Int("count", 10, "how many times to start it")
	limit := c.fs.Duration("timeout", 30*time.Second, "how long a start may take")
	var paths list
	c.fs.Var(&paths, "patch-path", "path that the answer's patch must have (may be repeated)")
	if err := c.fs.Parse(args); err != nil {
		return err
	}
	if *ready == "" || c.fs.NArg() == 0 {
		return errors.New("--ready and -- COMMAND are needed")
	}
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	s := starter{limit: *limit, ready: ports.Replace(*ready)}
	for _, a := range c.fs.Args() {
		s.command = append(s.command, ports.Replace(a))
	}
	if *target != "" {
		// Not made anew for each start: what it reads (authority, review) stays the same.
		if s.hook, err = newHook(ports.Replace(*target), *cacert, *review, expectation{allowed: true, paths: paths}); err != nil {
			return err
		}
	}
	runtime.LockOSThread() // Pdeathsig counts from the thread's death, and this one then lives as long as we do
	latencies, failures := make([][]time.Duration, 1), make([]failure, 1)
	begin := time.Now()
	for i := 0; i < *count; i++ {
		took, err := s.once(i)
		if err != nil {
			return err
		}
		latencies[0] = append(latencies[0], took)
	}
	r := summarise(latencies, failures, time.Since(begin))
	r.Parallel, r.Requests = 1, *count
	return c.report(os.Stdout, []row{r})
}

// freePorts gives a replacer of {{port}}, {{port2}}, … by ports that nothing listens on. All starts share them, as a restarted
// program does.
func freePorts(n int) (*strings.Replacer, error) {
	var pairs []string
	for i := 1; i <= n; i++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		mark := "{{port}}"
		if i > 1 {
			mark = fmt.Sprintf("{{port%d}}", i)
		}
		pairs = append(pairs, mark, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return strings.NewReplacer(pairs...), nil
}

type starter struct {
	command []string
	ready   string
	hook    *hook
	limit   time.Duration
}

const lookEvery = time.Millisecond

// once starts the program, takes the time until it is ready, and ends it.
func (s *starter) once(n int) (time.Duration, error) {
	var log bytes.Buffer
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err := s.wait(n, begin.Add(s.limit), ended)
	took := time.Since(begin)
	cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		cmd.Process.Kill()
		return 0, fmt.Errorf("%s did not end within 10 s of SIGTERM", s.command[0])
	}
	if err != nil {
		return 0, fmt.Errorf("start %d of %s: %w; its log:\n%s", n+1, s.command[0], err, log.Bytes())
	}
	return took, nil
}

func (s *starter) wait(n int, until time.Time, ended chan error) error {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for ; ; time.Sleep(lookEvery) {
		resp, err := client.Get(s.ready)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
			err = fmt.Errorf("%s answers %d", s.ready, resp.StatusCode)
		}
		select {
		case e := <-ended:
			ended <- e
			return fmt.Errorf("it ended before it was ready (%v)", e)
		default:
		}
		if time.Now().After(until) {
			return err
		}
	}
	if s.hook == nil {
		return nil
	}
	l := &line{hook: s.hook}
	if err := l.dial(); err != nil {
		return err
	}
	defer l.conn.Close()
	return l.post(n)
}
