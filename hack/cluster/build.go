package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func runBuild(args []string) error {
	fs := flags("build")
	minor := fs.String("kubernetes", releases[0].minor, "release to build")
	if err := parse(fs, args); err != nil {
		return err
	}
	r, err := findRelease(*minor)
	if err != nil {
		return err
	}
	bins, err := build(newProgress(), r.control(), kwokModule())
	if err != nil {
		return err
	}
	for _, b := range bins {
		fmt.Println(b)
	}
	return nil
}

// build returns the folders that hold every program of the modules, compiling what is not in the cache.
func build(p *progress, modules ...module) ([]string, error) {
	source, err := sourceDir()
	if err != nil {
		return nil, err
	}
	if err := checkGo(); err != nil {
		return nil, err
	}
	var dirs []string
	for _, m := range modules {
		dir, err := m.dir(source)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
		if _, err := os.Stat(dir); err == nil {
			continue
		}
		if err := m.build(source, dir, p); err != nil {
			return nil, err
		}
	}
	return dirs, nil
}

func (m module) buildArgs() []string {
	return []string{"-trimpath", "-ldflags=" + m.ldflags}
}

// build compiles m into dir. dir appears only once it is complete; until then finished programs collect in dir.part, where
// the next attempt finds them.
func (m module) build(source, dir string, p *progress) error {
	part := dir + ".part"
	if err := os.MkdirAll(part, 0o755); err != nil {
		return explain(err, "")
	}
	unlock, err := lock(dir+".lock", func() { p.say("another build of %s is running; waiting for it", m.folder) })
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(part, 0o755); err != nil {
		return explain(err, "")
	}
	var missing []program
	for _, x := range m.programs {
		if _, err := os.Stat(filepath.Join(part, x.name)); err != nil {
			missing = append(missing, x)
		} else {
			p.say("%s: kept from an earlier build", x.name)
		}
	}
	if len(missing) > 0 {
		if err := m.compile(filepath.Join(source, m.folder), part, missing, p); err != nil {
			return err
		}
	}
	for _, t := range m.trees {
		if err := t.copy(filepath.Join(source, m.folder), part); err != nil {
			return err
		}
	}
	if err := os.Rename(part, dir); err != nil {
		return explain(err, "")
	}
	p.say("%s %s is in %s", m.cache, m.version, dir)
	return nil
}

// compile runs one `go build` for all programs: they share most packages, and one program links while the next compiles.
// Go moves each program into place when it is linked; from there we test it and move it on to part.
func (m module) compile(mod, part string, programs []program, p *progress) error {
	work := part + ".work"
	defer os.RemoveAll(work)
	if err := os.RemoveAll(work); err != nil { // left by a build that was killed
		return err
	}
	out := filepath.Join(work, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return explain(err, "")
	}
	var names, packages []string
	for _, x := range programs {
		names, packages = append(names, x.name), append(packages, x.pkg)
	}
	p.say("compiling %s (%s %s)", strings.Join(names, ", "), m.cache, m.version)

	args := append([]string{"build", "-v"}, m.buildArgs()...)
	cmd := exec.Command("go", append(append(args, "-o", out+"/"), packages...)...)
	cmd.Dir = mod
	// The temporary folder on the same file system makes the final move a rename, so what is in out is never half written.
	cmd.Env = append(goEnv(), "GOTMPDIR="+work)
	// A group of its own, so that we can stop the compilers with it; and nothing goes on behind our back when we are killed.
	// The kernel watches the thread that started it, so this goroutine keeps its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	log := &buildLog{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(stop)

	tick, beat := time.NewTicker(250*time.Millisecond), time.NewTicker(20*time.Second)
	defer tick.Stop()
	defer beat.Stop()
	for {
		var err error
		select {
		case <-tick.C:
			if programs, err = collect(out, part, programs, p); err != nil {
				syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
				<-done
				return err
			}
		case <-beat.C:
			p.say("%s", log.status())
		case sig := <-stop:
			syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
			<-done
			_, _ = collect(out, part, programs, p)
			return fmt.Errorf("%s: stopped; run it again to go on from here", sig)
		case err = <-done:
			if err != nil {
				_, _ = collect(out, part, programs, p)
				return explain(fmt.Errorf("go build in %s: %w", mod, err), log.errors())
			}
			if programs, err = collect(out, part, programs, p); err != nil {
				return err
			}
			if len(programs) > 0 {
				return fmt.Errorf("go build ended well but left no %s", programs[0].name)
			}
			return nil
		}
	}
}

// collect moves the programs that are linked from out to part, once they have shown that they run, and returns the others.
func collect(out, part string, programs []program, p *progress) ([]program, error) {
	var left []program
	for _, x := range programs {
		name := x.output
		if name == "" {
			name = x.name
		}
		from := filepath.Join(out, name)
		info, err := os.Stat(from)
		if err != nil {
			left = append(left, x)
			continue
		}
		if b, err := exec.Command(from, x.probe...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s was built but does not run: %w\n%s", x.name, err, b)
		}
		if err := os.Rename(from, filepath.Join(part, x.name)); err != nil {
			return nil, explain(err, "")
		}
		p.say("%s: built (%d MB)", x.name, info.Size()>>20)
	}
	return left, nil
}

// copy takes the YAML of t from the module cache, so that a cleaned module cache does not break a built cluster.
func (t tree) copy(mod, part string) error {
	b, err := goTool(mod, "list", "-m", "-f", "{{.Dir}}", t.module)
	if err != nil {
		return err
	}
	root := filepath.Join(strings.TrimSpace(string(b)), t.path)
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(part, t.name, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return explain(err, "")
		}
		return explain(os.WriteFile(to, b, 0o644), "")
	})
}
