package chart

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

type pod struct {
	Metadata struct{ Name, UID string }
	Status   struct {
		ContainerStatuses []struct {
			ContainerID  string
			RestartCount int
		}
	}
}

// The manager has 64 MiB. What it took at most, as its control group counts, and what of it no other process could share.
func testMemory(t *testing.T) {
	needNode(t)
	var list struct{ Items []pod }
	read(t, &list, "pods", "--namespace", namespace, "-l", "app.kubernetes.io/component=manager")
	if len(list.Items) == 0 {
		t.Fatal("no manager")
	}
	for _, p := range list.Items {
		for _, s := range p.Status.ContainerStatuses {
			if s.RestartCount != 0 {
				t.Errorf("%s was restarted %d times", p.Metadata.Name, s.RestartCount)
			}
			group := controlGroup(t, p, strings.TrimPrefix(s.ContainerID, "containerd://"))
			peak := number(t, group, "memory.peak", "memory.max_usage_in_bytes")
			limit := number(t, group, "memory.max", "memory.limit_in_bytes")
			if limit != 64<<20 || peak > limit/2 {
				t.Errorf("%s: at most %d of %d bytes; more than half leaves no room for a busy day", p.Metadata.Name, peak, limit)
			}
			t.Logf("%s: peak %.1f MiB of %d MiB, RssAnon %s", p.Metadata.Name, float64(peak)/(1<<20), limit>>20, anonymous(t, group))
		}
	}
}

// controlGroup is the container's folder, in either version of control groups.
func controlGroup(t *testing.T, p pod, container string) string {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/memory"} {
		found, _ := filepath.Glob(filepath.Join(root, "kubechat-"+name, "kubepods", "*", "pod"+p.Metadata.UID, container))
		if len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("no control group of %s", container)
	return ""
}

func number(t *testing.T, group string, names ...string) int64 {
	t.Helper()
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(group, n))
		if err != nil {
			continue
		}
		v, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	t.Fatalf("%s has none of %q", group, names)
	return 0
}

var rssAnon = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

func anonymous(t *testing.T, group string) string {
	t.Helper()
	pids, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range strings.Fields(string(pids)) {
		status, _ := os.ReadFile("/proc/" + pid + "/status")
		if m := rssAnon.FindSubmatch(status); m != nil {
			kb, _ := strconv.Atoi(string(m[1]))
			return fmt.Sprintf("%.1f MiB", float64(kb)/1024)
		}
	}
	t.Fatalf("no process in %s", group)
	return ""
}
