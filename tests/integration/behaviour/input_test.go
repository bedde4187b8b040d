package behaviour

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// What cannot be meant is refused when it is written, in words that say what is wrong with it.
func (w *world) testBadText(t *testing.T) {
	ns := w.Namespace(t)
	for _, c := range []struct {
		name  string
		spec  object
		words []string
	}{
		{"empty", object{"prompt": ""}, []string{"spec.prompt: is empty: at least 1 character is needed"}},
		{"missing", object{}, []string{"spec.prompt: is required"}},
		{"4097 characters", object{"prompt": strings.Repeat("a", 4097)}, []string{"spec.prompt: has 4097 characters: at most 4096 are allowed"}},
		{"4097 letters of two bytes", object{"prompt": strings.Repeat("ä", 4097)}, []string{"spec.prompt: has 4097 characters: at most 4096 are allowed"}},
		{"1 MiB", object{"prompt": strings.Repeat("a", 1<<20)}, []string{"spec.prompt: has 1048576 characters: at most 4096 are allowed"}},
		{"no text", object{"prompt": 5}, []string{"spec.prompt: expected string, got integer"}},
		{"bell", object{"prompt": "scale checkout\u0007 to 5"}, []string{"spec.prompt: U+0007 at byte 14", "remove it"}},
		{"escape sequence", object{"prompt": "\u001b[2Jscale checkout to 5"}, []string{"spec.prompt: U+001B at byte 0"}},
		{"NUL", object{"prompt": "scale checkout to 5\u0000"}, []string{"spec.prompt: contains a NUL character", "remove it"}},
		{"right-to-left override", object{"prompt": "scale checkout\u202e to 5"}, []string{"spec.prompt: U+202E at byte 14"}},
		{"isolate", object{"prompt": "scale \u2066checkout\u2069 to 5"}, []string{"spec.prompt: U+2066 at byte 6"}},
		{"zero-width space", object{"prompt": "scale check\u200bout to 5"}, []string{"spec.prompt: U+200B at byte 11"}},
		{"tag characters", object{"prompt": "scale checkout to 5\U000e0041"}, []string{"spec.prompt: U+E0041 at byte 19"}},
		{"in a command", object{"prompt": "x", "commands": []string{"kubectl scale deployment/check\u200bout --replicas=5"}}, []string{"spec.commands[0]: U+200B"}},
		{"an unknown cluster", object{"prompt": "x", "context": object{"cluster": "prod-eu"}}, []string{`spec.context.cluster: "prod-eu" is not registered; known: in-cluster`}},
		{"no name of a cluster", object{"prompt": "x", "context": object{"cluster": "Prod EU"}}, []string{`spec.context.cluster: "Prod EU": expected lower case letters, digits and '-'`}},
		{"no name of a namespace", object{"prompt": "x", "context": object{"namespaces": []string{"../kube-system"}}}, []string{`spec.context.namespaces[0]: "../kube-system": expected lower case letters`}},
		{"no time", object{"prompt": "x", "deadline": "soon"}, []string{"spec.deadline"}},
		{"too much time", object{"prompt": "x", "deadline": "721h"}, []string{"spec.deadline", "at most 720h"}},
		{"33 commands", object{"prompt": "x", "commands": repeat(scaleCheckout, 33)}, []string{"spec.commands: has 33 items: at most 32 are allowed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ns.TryCreate(w.sre, object{"metadata": object{"name": "bad"}, "spec": c.spec})
			harness.Refused(t, err, 422, c.words...)
		})
	}
	for name, prompt := range map[string]string{"4096 characters": strings.Repeat("ä", 4096), "two lines": "scale nothing\nto 5", "other scripts": "масштабируй 结账 到 5 👍"} {
		if _, err := ns.TryCreate(w.sre, object{"metadata": object{"generateName": "good-"}, "spec": object{"prompt": prompt}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func repeat(s string, n int) []string {
	var out []string
	for i := 0; i < n; i++ {
		out = append(out, s)
	}
	return out
}

// Bytes that are no text at all, sent as they are.
func (w *world) testBadBytes(t *testing.T) {
	ns := w.Namespace(t)
	path := ns.Path("kubechat.io/v1alpha1", "chatrequests", "")
	document := func(spec string) []byte {
		return []byte(`{"apiVersion":"kubechat.io/v1alpha1","kind":"ChatRequest","metadata":{"name":"bytes"},"spec":` + spec + `}`)
	}
	for _, c := range []struct {
		name  string
		body  []byte
		code  int
		words []string
	}{
		{"prompt not UTF-8", document("{\"prompt\":\"scale check\xff\xfeout to 5\"}"), 422, []string{"spec.prompt: U+FFFD at byte 11", "UTF-8"}},
		{"command not UTF-8", document("{\"prompt\":\"x\",\"commands\":[\"kubectl scale deployment/\xc0\xaf --replicas=5\"]}"), 422, []string{"spec.commands[0]"}},
		{"overlong NUL", document("{\"prompt\":\"scale\xc0\x80\"}"), 422, []string{"spec.prompt: U+FFFD"}},
		{"half a surrogate", document(`{"prompt":"scale \ud800 to 5"}`), 422, []string{"spec.prompt: U+FFFD"}},
		{"cut off", []byte(`{"apiVersion":"kubechat.io/v1alpha1","kind":"ChatRequest","metadata":{"name":"by`), 400, []string{"unexpected"}},
		{"more than the API server reads", document(`{"prompt":"` + strings.Repeat("a", 4<<20) + `"}`), 413, []string{"too large"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.sre.Do("POST", path, c.body)
			harness.Refused(t, err, c.code, c.words...)
		})
	}
	t.Run("more than etcd takes", func(t *testing.T) {
		var owners []object
		for i := 0; i < 9500; i++ {
			owners = append(owners, object{"apiVersion": "v1", "kind": "ConfigMap", "name": fmt.Sprintf("%0100d", i), "uid": fmt.Sprintf("%036d", i)})
		}
		// The webhook has 2 s for 2 MB, which a sanitized manager on a busy machine may need: then the API server says just that.
		harness.Eventually(t, patience, func() error {
			_, err := ns.TryCreate(w.sre, object{"metadata": object{"name": "large", "ownerReferences": owners}, "spec": object{"prompt": "scale checkout to 5"}})
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), "too large") {
				return nil
			}
			return err
		})
	})
	w.serves(t)
}

// serves checks that the manager still does its work, and that it is still the same process.
func (w *world) serves(t *testing.T) {
	t.Helper()
	if code, body := w.manager.Probe("/readyz"); code != 200 {
		t.Errorf("readyz: %d %s", code, body)
	}
	ns := w.Namespace(t, checkout(1))
	ns.Ask(t, w.sre, scaleCheckout).Succeed(t, w.sre)
	ns.Changed(t, "checkout", 1)
}

// A command is one plain kubectl command that means here what it means in a terminal.
func (w *world) testBadCommands(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	scale := "kubectl scale deployment/checkout "
	type bad struct {
		command string
		words   []string
	}
	cases := []bad{
		{scale + "--replicas=5; kubectl delete ns shop", []string{"`;` at byte"}},
		{scale + "--replicas=5 | tee x", []string{"`|` at byte"}},
		{scale + "--replicas=$(id -u)", []string{"`$` at byte"}},
		{scale + "--replicas=`id -u`", []string{"at byte"}},
		{scale + "\"--replicas=$N\"", []string{"`$` at byte", "single quotes"}},
		{scale + "--replicas=5\nkubectl delete ns shop", []string{"a line break at byte"}},
		{scale + "--replicas=5 && reboot", []string{"`&` at byte"}},
		{scale + "--replicas=5 > /etc/passwd", []string{"`>` at byte"}},
		{scale + "'--replicas=5", []string{"this quote is never closed"}},
		{"kubectl scale deployment/* --replicas=5", []string{"`*` at byte"}},
		{"kubectl scale deployment/{a,b} --replicas=5", []string{"`{` at byte"}},
		{scale + "--replicas=5 --speed=fast", []string{"--speed", "not a flag"}},
		{scale + "--replica=5", []string{"did you mean --replicas?"}},
		{scale + "—replicas=5", []string{"dash"}},
		{scale, []string{"--replicas is missing"}},
		{"kubectl scale --replicas=5", []string{"scale"}},
		{"kubectl explode deployment/checkout", []string{"kubectl explode: this version knows the verb"}},
		{"rm -rf /", []string{"this version knows the verb"}},
		{scale + "--replicas=5 --replicas=6", []string{"given twice"}},
		{scale + "--replicas=5 --all", []string{"names and a selection: which one is meant?"}},
		{scale + "--replicas=5 -l app=x", []string{"names and a selection: which one is meant?"}},
		{scale + "--replicas=5 -f x.yaml", []string{"-f", "files are not read"}},
		{scale + "--replicas=-1", []string{"0 or more"}},
		{scale + "--replicas -1", []string{"--replicas=-1", "0 or more"}},
		{scale + "--replicas=2.5", []string{"a whole number"}},
		{scale + "--replicas=1e12", []string{"plain decimal number"}},
		{scale + "--replicas=10^12", []string{"plain decimal number"}},
		{scale + "--replicas=1000000000000", []string{"at most 2147483647"}},
		{scale + "--replicas=2147483648", []string{"at most 2147483647"}},
		{scale + "--replicas=five", []string{"plain decimal number"}},
		{scale + "--replicas=0x10", []string{"plain decimal number"}},
		{scale + "--replicas=010", []string{"plain decimal number"}},
		{scale + "--replicas=", []string{"the value is empty"}},
		{scale + "--replicas=+5", []string{"plain decimal number"}},
	}
	for _, group := range []struct {
		why   string
		flags []string
	}{
		{"every change is dry-run and shown before anyone approves it", []string{"--dry-run", "--dry-run=server", "--dry-run=none", "--dry-run=false", "--dry-run client",
			"--dry_run=server", "--dryrun", "--dryRun=All", "--server-dry-run", "--DRY-RUN", "-dry-run", "--Dry-Run=server"}},
		{"the command runs as whoever made the request", []string{"--as=olga", "--as olga", "--as-group=system:masters", "--as_group=x", "--as-uid=1", "--as-user-extra=a=b"}},
		{"the cluster is named by spec.context.cluster", []string{"--kubeconfig=/x", "--kubeconfig /x", "--context=prod", "--cluster prod", "--user=olga", "--server=https://x",
			"-s https://x", "-shttps://x", "-s=https://x"}},
		{"with which credentials is not part of a command here", []string{"--token=abc", "--token abc", "--username=x", "--password=x", "--client-certificate=x", "--client-key=x",
			"--certificate-authority=x", "--insecure-skip-tls-verify", "--insecure_skip_tls_verify=true", "--tls-server-name=x"}},
		{"it changes how kubectl itself behaves", []string{"--cache-dir=/x", "-v=9", "-v9", "--v=9", "--request-timeout=0", "--help", "-h"}},
	} {
		for _, flag := range group.flags {
			cases = append(cases, bad{scale + "--replicas=5 " + flag, []string{group.why}}, bad{"kubectl " + flag + " scale deployment/checkout --replicas=5", []string{group.why}})
		}
	}
	for i, c := range cases {
		_, err := ns.TryCreate(w.sre, object{"metadata": object{"name": fmt.Sprintf("bad-%d", i)}, "spec": object{"prompt": "try", "commands": []string{scaleCheckout, c.command}}})
		if err == nil {
			t.Errorf("accepted: %s", c.command)
			continue
		}
		harness.Refused(t, err, 422, append([]string{"spec.commands[1]: "}, c.words...)...)
	}
	ns.Changed(t, "checkout", 0)
	if left := w.admin.Must(t, "GET", ns.Path("kubechat.io/v1alpha1", "chatrequests", ""), nil).List("items"); len(left) != 0 {
		t.Errorf("%d requests exist", len(left))
	}
}

// NUL in somebody's annotation is theirs to explain: it neither hides the object nor the others.
func (w *world) testNULAnnotation(t *testing.T) {
	ns := w.Namespace(t, checkout(1), harness.Deployment{Name: "web", Replicas: 1})
	if _, err := w.admin.Patch(ns.Path("apps/v1", "deployments", "web"), "merge", object{"metadata": object{"annotations": object{"note": "a\u0000b"}}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checkout", "web"} {
		r := ns.Create(t, w.sre, object{"prompt": "scale " + name + " to 2"})
		r.Succeed(t, w.sre)
		ns.Changed(t, name, 1)
	}
	// Nor in a request's own.
	o, err := ns.TryCreate(w.sre, object{"metadata": object{"name": "nul", "annotations": object{"note": "a\u0000b"}}, "spec": object{"prompt": "scale web to 3"}})
	if err != nil {
		t.Fatal(err)
	}
	r := &harness.Request{Namespace: ns, Name: "nul", UID: o.String("metadata.uid")}
	r.Succeed(t, w.sre)
	note, err := json.Marshal(r.Get(t).At("metadata.annotations.note"))
	if err != nil || string(note) != `"a\u0000b"` {
		t.Errorf("the annotation is %s now (%v)", note, err)
	}
}
