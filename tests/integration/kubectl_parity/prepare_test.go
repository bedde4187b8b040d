package parity

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

// A run is one command on both sides.
type run struct {
	command
	reads bool
	shows bool // what is printed is compared
	ns    *harness.Namespace
	sides [2]side // kubectl's, kubechat's
}

type side struct {
	name   string // of the person who gives the command
	target string // what NAME stands for
	object string // path of what is compared in the end; "": reads
	output string
	failed error
}

// runs are the commands that were asked for.
func (w *world) runs(t *testing.T) []*run {
	t.Helper()
	which, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	var out []*run
	add := func(c command, reads, shows bool, ns *harness.Namespace, target func(s *side) string) {
		if !which.MatchString(c.text) {
			return
		}
		r := &run{command: c, reads: reads, shows: shows, ns: ns}
		for i, side := range []string{"theirs", "ours"} {
			s := &r.sides[i]
			s.name = fmt.Sprintf("%s%d%s", side, len(out), w.id)
			s.target = target(s)
			if !reads {
				s.object = w.objectOf(c, s.target)
			}
		}
		out = append(out, r)
	}
	for _, c := range commands {
		add(c, false, false, w.ns, func(s *side) string { return s.name })
	}
	for i, c := range append(append([]reading{}, readings...), printed...) {
		add(command{c.text, c.objects, ""}, true, i >= len(readings), w.readNs, func(*side) string { return "both-" + strings.Join(c.objects, "-") + w.id })
	}
	if len(out) == 0 {
		t.Fatalf("no command fits %q", *only)
	}
	return out
}

// objectOf is the path of what a command makes or changes.
func (w *world) objectOf(c command, name string) string {
	if c.made != "" {
		part := strings.Split(strings.ReplaceAll(c.made, "NAME", name), "/")
		n := len(part)
		return path(w.ns.Name, strings.Join(part[:n-2], "/"), part[n-2], part[n-1])
	}
	f, name := fixtureOf(c.objects[0], name)
	return path(w.ns.Name, f.groupVersion, f.resource, name)
}

// fixtureOf: "deployment-b" is a second one, "deployment-history" one with three revisions.
func fixtureOf(kind, name string) (fixture, string) {
	kind, _ = strings.CutSuffix(kind, "-history")
	kind, second := strings.CutSuffix(kind, "-b")
	if second {
		name += "-b"
	}
	return fixtures[kind], name
}

// A placed object is one of those that commands need.
type placed struct {
	path, collection string
	fixture          fixture
	name             string
	history          bool
}

// prepare makes all objects and waits until their controllers have nothing more to do about them.
func (w *world) prepare(t *testing.T, runs []*run) {
	t.Helper()
	began := time.Now()
	all := map[string]placed{}
	for _, r := range runs {
		for _, s := range r.sides {
			if strings.HasPrefix(s.object, "/") && !strings.Contains(s.object, "/namespaces/"+w.ns.Name) {
				made := s.object
				t.Cleanup(func() { w.admin.Do("DELETE", made, nil) })
			}
			for _, kind := range r.objects {
				f, name := fixtureOf(kind, s.target)
				if f.make == nil {
					t.Fatalf("no fixture %q", kind)
				}
				p := path(r.ns.Name, f.groupVersion, f.resource, name)
				all[p] = placed{p, path(r.ns.Name, f.groupVersion, f.resource, ""), f, name, strings.HasSuffix(kind, "-history")}
			}
		}
	}
	var list []placed
	for _, p := range all {
		list = append(list, p)
		if clusterScoped[p.fixture.resource] {
			p := p
			t.Cleanup(func() { w.admin.Do("DELETE", p.path, nil) })
		}
	}
	host := plainNode("pods-"+w.id, object{})
	host["metadata"].(object)["labels"].(object)["parity"] = "pods"
	w.admin.Must(t, "POST", "/api/v1/nodes", host)
	t.Cleanup(func() { w.admin.Do("DELETE", "/api/v1/nodes/pods-"+w.id, nil) })
	for _, first := range []bool{true, false} { // nodes before the pods that are put on them
		harness.Parallel(len(list), 16, func(i int) {
			if clusterScoped[list[i].fixture.resource] == first {
				w.admin.Must(t, "POST", list[i].collection, list[i].fixture.make(list[i].name))
			}
		})
	}
	w.awaitQuiet(t, list)
	for _, image := range []string{"busybox:1", "busybox:2"} {
		w.revise(t, list, image)
	}
	t.Logf("%d objects in %s", len(list), time.Since(began).Round(time.Second))
}

// revise gives each workload with a history one more revision.
func (w *world) revise(t *testing.T, list []placed, image string) {
	t.Helper()
	var those []placed
	for _, p := range list {
		if p.history {
			those = append(those, p)
		}
	}
	harness.Parallel(len(those), 16, func(i int) {
		if _, err := w.admin.Patch(those[i].path, "strategic", object{"spec": object{"template": object{"metadata": object{"annotations": object{"image": image}},
			"spec": object{"containers": []object{{"name": "main", "image": image}}}}}}); err != nil {
			t.Error(err)
		}
	})
	w.awaitQuiet(t, those)
}

// busy says why controllers are not done with an object yet; "": they are.
func busy(o object, resource string) string {
	switch resource {
	case "deployments", "statefulsets", "daemonsets", "replicasets":
		if o.Int("status.observedGeneration") != o.Int("metadata.generation") || o.Int("status.replicas") != o.Int("status.readyReplicas") ||
			o.Int("status.numberAvailable") != o.Int("status.desiredNumberScheduled") {
			return "is not rolled out"
		}
	case "pods":
		if o.String("status.phase") != "Running" {
			return "does not run"
		}
	case "nodes":
		for _, taint := range o.List("spec.taints") {
			if strings.HasPrefix(taint.String("key"), "node.kubernetes.io/not-") {
				return "still has the taint " + taint.String("key")
			}
		}
	}
	return ""
}

// awaitQuiet waits until none of the objects has moved for a while.
func (w *world) awaitQuiet(t *testing.T, list []placed) {
	t.Helper()
	collections := map[string]string{} // path: resource
	mine := map[string]bool{}
	for _, p := range list {
		collections[p.collection] = p.fixture.resource
		mine[p.collection+"/"+p.name] = true
	}
	versions, moved := map[string]string{}, time.Now()
	const limit = 3 * time.Minute // of hundreds of objects, on a machine that does other things besides
	for end := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		waiting := ""
		for collection, resource := range collections {
			for _, o := range w.admin.Must(t, "GET", collection, nil).List("items") {
				p := collection + "/" + o.String("metadata.name")
				if !mine[p] {
					continue
				}
				if v := o.String("metadata.resourceVersion"); versions[p] != v {
					versions[p], moved = v, time.Now()
				}
				if why := busy(o, resource); why != "" {
					waiting = p + " " + why
				}
			}
		}
		if waiting == "" && time.Since(moved) > 700*time.Millisecond {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s: %s", limit, waiting)
		}
	}
}
