package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a running component of a cluster. started tells it from a later process that got the same pid.
type process struct {
	pid     int
	started string
}

// process finds the running component, or returns nil. The pid file is the quick way. Should it be missing or wrong (we
// were killed between starting a component and noting its pid), every process of that program that names our state folder
// in its arguments is ours as well.
func (c *cluster) process(component string) *process {
	b, err := os.ReadFile(c.pidFile(component))
	if err == nil {
		var p process
		if _, err := fmt.Sscanf(string(b), "%d %s", &p.pid, &p.started); err == nil && p.alive() && (component == "forward" || p.runs(component)) {
			return &p
		}
	}
	return c.searchProcess(component)
}

func (c *cluster) searchProcess(component string) *process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		p := process{pid: pid}
		if !p.runs(component) {
			continue
		}
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || !bytes.Contains(cmdline, []byte(c.dir+"/")) {
			continue
		}
		p.started = startTime(pid)
		if p.started != "" {
			return &p
		}
	}
	return nil
}

// alive: a zombie still answers to signals but has no executable any more.
func (p *process) alive() bool {
	if _, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.pid)); err != nil {
		return false
	}
	return p.started == startTime(p.pid)
}

// runs tells whether the process executes that program. A rebuilt program reads as "PATH (deleted)".
func (p *process) runs(program string) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.pid))
	return err == nil && filepath.Base(strings.TrimSuffix(exe, " (deleted)")) == program
}

// startTime is field 22 of /proc/PID/stat; the second field, in parentheses, may hold anything.
func startTime(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	i := bytes.LastIndexByte(b, ')')
	if i < 0 {
		return ""
	}
	fields := strings.Fields(string(b[i+1:]))
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}

func (c *cluster) pidFile(component string) string { return c.path("pid", component) }
func (c *cluster) logFile(component string) string { return c.path("log", component+".log") }

// program is what runs as that component: this very program, for the one that it is itself.
func (c *cluster) program(component string) (string, error) {
	if component == "forward" {
		return os.Executable()
	}
	return c.bin(component)
}

// start launches a component in a session of its own, so that it outlives us and no terminal's interrupt reaches it.
func (c *cluster) start(component string, args []string) error {
	exe, err := c.program(component)
	if err != nil {
		return err
	}
	for _, d := range []string{"pid", "log"} {
		if err := os.MkdirAll(c.path(d), 0o755); err != nil {
			return explain(err, "")
		}
	}
	log, err := os.OpenFile(c.logFile(component), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return explain(err, "")
	}
	defer log.Close()
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", component, err)
	}
	pid := cmd.Process.Pid
	err = writeFile(c.pidFile(component), []byte(fmt.Sprintf("%d %s\n", pid, startTime(pid))), 0o644)
	// Reap it, should it die while we still run: a zombie keeps the pid busy.
	go cmd.Wait()
	return err
}

// stop ends a component: politely with time to finish, or at once.
func (c *cluster) stop(component string, polite time.Duration) error {
	p := c.process(component)
	if p != nil {
		if polite > 0 {
			syscall.Kill(p.pid, syscall.SIGTERM)
			p.gone(polite)
		}
		if p.alive() {
			syscall.Kill(p.pid, syscall.SIGKILL)
			if !p.gone(5 * time.Second) {
				return fmt.Errorf("%s (pid %d) does not die; see /proc/%d/stack", component, p.pid, p.pid)
			}
		}
	}
	err := os.Remove(c.pidFile(component))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func (p *process) gone(within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if !p.alive() {
			return true
		}
	}
	return !p.alive()
}

// lastLines is the end of a component's log, for error messages.
func (c *cluster) lastLines(component string, n int) string {
	b, err := os.ReadFile(c.logFile(component))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}
