package behaviour

import (
	"fmt"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// Nobody asks in another's name, and kubechat never acts as a part of the system.
func (w *world) testWhoAsks(t *testing.T) {
	ns := w.Namespace(t)
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, c := range []struct {
		name  string
		who   *harness.User
		by    object // what the author wrote about themselves
		more  object
		code  int
		words []string
	}{
		{"another user", w.sre, object{"username": "olga"}, nil, 403, []string{`spec.requestedBy.username: "olga" is not you ("sre")`, "nobody asks or approves for somebody else"}},
		{"another uid", w.sre, object{"username": "sre", "uid": "u-1001"}, nil, 403, []string{`spec.requestedBy.uid: "u-1001" is not you`}},
		{"a group too many", w.sre, object{"username": "sre", "groups": []string{"sre", "platform-admins"}}, nil, 403, []string{`you ("sre") are not a member of "platform-admins"`}},
		{"with an approval", w.sre, nil, object{"approvals": []object{{"decision": "Approve", "planDigest": digest}}}, 422, []string{"spec.approvals must be empty in a new request", "leave them out"}},
		{"an administrator in system:masters", w.admin, nil, nil, 403, []string{`user "admin" is in group "system:masters"`, "Ask with an account that is not in it"}},
		{"a system user", w.admin.As("system:kube-proxy", "", "sre"), nil, nil, 403, []string{`user "system:kube-proxy" is part of the system`, "personal account"}},
		{"a node", w.admin.As("sre", "u-1002", "sre", "system:nodes"), nil, nil, 403, []string{`in group "system:nodes"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := object{"prompt": "scale checkout to 2"}
			if c.by != nil {
				spec["requestedBy"] = c.by
			}
			for k, v := range c.more {
				spec[k] = v
			}
			_, err := ns.TryCreate(c.who, object{"metadata": object{"name": "forged"}, "spec": spec})
			harness.Refused(t, err, c.code, c.words...)
		})
	}
	// What is true may be written, such as in a copy of one's own request; it is stamped all the same.
	o, err := ns.TryCreate(w.sre, object{"metadata": object{"name": "honest"}, "spec": object{"prompt": "scale checkout to 2",
		"requestedBy": object{"username": "sre", "nonce": strings.Repeat("0", 32), "seal": "v1:AAAA"}}})
	if err != nil {
		t.Fatal(err)
	}
	by := object(o.At("spec.requestedBy").(map[string]any))
	if by.String("nonce") == strings.Repeat("0", 32) || by.String("seal") == "v1:AAAA" || by.String("uid") != "u-1002" ||
		fmt.Sprint(by.At("groups")) != "[sre developers system:authenticated]" {
		t.Errorf("stamped: %v", by)
	}
	_, err = ns.TryCreate(w.developer, object{"metadata": object{"name": "copy"}, "spec": o["spec"]})
	harness.Refused(t, err, 403, `spec.requestedBy.username: "sre" is not you ("dev")`)
}

// Service accounts look; they change nothing and approve nothing.
func (w *world) testServiceAccount(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	group := "system:serviceaccounts:" + ns.Name
	for _, role := range []string{"edit", "kubechat-requester", "kubechat-approver"} {
		ns.Bind(t, group, role)
	}
	robot := w.admin.As("system:serviceaccount:"+ns.Name+":robot", "")
	_, err := ns.TryCreate(robot, object{"metadata": object{"generateName": "r-"}, "spec": object{"prompt": "try", "commands": []string{scaleCheckout}}})
	harness.Refused(t, err, 403, "robot", "is a service account", "changes are asked for by people")
	r := ns.Create(t, robot, object{"prompt": "scale checkout to 2"})
	r.Ended(t, "Refused", "ServiceAccountChange", "robot", "is a service account", "changes are asked for by people")
	ns.Changed(t, "checkout", 0)

	mine := ns.Ask(t, w.sre, scaleCheckout)
	o := mine.WaitFor(t, "AwaitingApproval")
	harness.Refused(t, mine.TryApprove(robot, approval("Approve", o)), 403, "is a service account: only people approve")
	ns.Changed(t, "checkout", 0)
}

func approval(decision string, shown object) object {
	return object{"decision": decision, "planDigest": shown.String("status.plan.digest")}
}

func with(o, more object) object {
	out := object{}
	for _, m := range []object{o, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// What counts as an approval, and what is refused on the way.
func (w *world) testApprovals(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	shown := r.WaitFor(t, "AwaitingApproval")
	yes := approval("Approve", shown)
	other := "sha256:" + strings.Repeat("0", 64)
	for _, c := range []struct {
		name  string
		who   *harness.User
		entry object
		code  int
		words []string
	}{
		{"for somebody else", w.sre, with(yes, object{"username": "approver"}), 403, []string{`spec.approvals[0].username: "approver" is not you ("sre")`}},
		{"with another's group", w.sre, with(yes, object{"groups": []string{"approvers"}}), 403, []string{`you ("sre") are not a member of "approvers"`}},
		{"of another plan", w.approver, with(yes, object{"planDigest": other}), 422, []string{"spec.approvals[0].planDigest: sha256:000000000000 is not the plan that is shown", "kubectl chat show " + r.Name}},
		{"of no plan", w.approver, object{"decision": "Approve"}, 422, []string{"planDigest"}},
		{"neither yes nor no", w.approver, with(yes, object{"decision": "Maybe"}), 422, []string{`"Maybe"`}},
		{"without the right", w.developer, yes, 403, []string{`"dev" may not approve changes in namespace "` + ns.Name + `"`, `the verb "approve" on chatrequests.kubechat.io there`}},
		{"without any right", w.viewer, yes, 403, []string{`User "viewer" cannot patch resource "chatrequests"`}},
		{"by an administrator in system:masters", w.admin, yes, 403, []string{`"system:masters"`}},
		{"with a deceptive comment", w.approver, with(yes, object{"comment": "fine\u202ereally"}), 422, []string{"spec.approvals[0].comment: U+202E"}},
	} {
		t.Run(c.name, func(t *testing.T) { harness.Refused(t, r.TryApprove(c.who, c.entry), c.code, c.words...) })
	}
	t.Run("two at once", func(t *testing.T) {
		add := object{"op": "add", "path": "/spec/approvals/-", "value": yes}
		_, err := w.approver.Patch(r.Path(), "json", []object{add, add})
		harness.Refused(t, err, 422, "2 entries were added at once", "one person adds one approval at a time")
	})
	ns.Changed(t, "checkout", 0)
	if o := r.Get(t); o.String("status.phase") != "AwaitingApproval" || len(o.List("spec.approvals")) != 0 {
		t.Fatalf("it is %s with %d approvals", o.String("status.phase"), len(o.List("spec.approvals")))
	}

	if err := r.TryApprove(w.approver, with(yes, object{"comment": "go ahead"})); err != nil {
		t.Fatal(err)
	}
	// Once more by the same person: it comes too late, or counts for nothing.
	if err := r.TryApprove(w.approver, yes); err != nil {
		harness.Refused(t, err, 422, "takes")
	}
	if o := r.WaitFor(t, "Succeeded"); o.String("status.approvals.summary") != "1/1" {
		t.Errorf("approvals: %s", o.String("status.approvals.summary"))
	}
	harness.Refused(t, r.TryApprove(w.approver, yes), 422, "has ended (Succeeded) and takes no approvals", "kubectl chat ask")
	ns.Changed(t, "checkout", 1)
	for name, patch := range map[string]object{
		"removed":  {"op": "remove", "path": "/spec/approvals/0"},
		"all gone": {"op": "remove", "path": "/spec/approvals"},
		"replaced": {"op": "replace", "path": "/spec/approvals/0/comment", "value": "never"},
		"inserted": {"op": "add", "path": "/spec/approvals/0", "value": yes},
	} {
		_, err := w.approver.Patch(r.Path(), "json", []object{patch})
		if err == nil {
			t.Errorf("an approval could be %s", name)
		} else {
			harness.Says(t, err.Error(), "approval")
		}
	}
}

// The right to approve counts where the change is made, not where the request lies.
func (w *world) testApproverInTargetNamespace(t *testing.T) {
	home, away := w.Namespace(t), w.Namespace(t, checkout(1))
	away.Unbind(t, "approvers", "kubechat-approver")
	r := home.Create(t, w.sre, object{"prompt": "over there", "context": object{"namespaces": []string{away.Name}},
		"commands": []string{scaleCheckout + " --namespace=" + away.Name}})
	shown := r.WaitFor(t, "AwaitingApproval")
	for _, decision := range []string{"Approve", "Reject"} {
		harness.Refused(t, r.TryApprove(w.approver, approval(decision, shown)), 403,
			`"approver" may not approve changes in namespace "`+away.Name+`"`)
	}
	away.Changed(t, "checkout", 0)

	away.Bind(t, "approvers", "kubechat-approver")
	r.Approve(t, w.approver)
	r.WaitFor(t, "Succeeded")
	away.Changed(t, "checkout", 1)
}

// Status is output.
func (w *world) testStatusByUser(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	shown := r.WaitFor(t, "AwaitingApproval")
	lie := object{"status": object{"phase": "Succeeded", "plan": object{"digest": "sha256:" + strings.Repeat("0", 64)}}}
	for _, c := range []struct {
		who   *harness.User
		words []string
	}{
		{w.sre, []string{`User "sre" cannot patch resource "chatrequests/status"`}},
		{w.olga, []string{`status is written by kubechat alone, not by "olga"`, "change its spec (approvals, cancel)"}},
		{w.admin, []string{`status is written by kubechat alone, not by "admin"`}},
	} {
		_, err := c.who.Patch(r.Path()+"/status", "merge", lie)
		harness.Refused(t, err, 403, c.words...)
	}
	// Through the object itself it is dropped.
	if _, err := w.olga.Patch(r.Path(), "merge", lie); err != nil {
		t.Error(err)
	}
	if d := r.Get(t).String("status.plan.digest"); d != shown.String("status.plan.digest") {
		t.Errorf("the plan became %s", d)
	}
}

// What was asked does not change any more.
func (w *world) testImmutable(t *testing.T) {
	ns := w.Namespace(t, checkout(1))
	r := ns.Ask(t, w.sre, scaleCheckout)
	r.WaitFor(t, "AwaitingApproval")
	for _, c := range []struct {
		name  string
		patch object
		words string
	}{
		{"prompt removed", object{"op": "remove", "path": "/spec/prompt"}, "prompt"},
		{"prompt replaced", object{"op": "replace", "path": "/spec/prompt", "value": "scale checkout to 9"}, "prompt cannot change once the request exists: create another one"},
		{"commands removed", object{"op": "remove", "path": "/spec/commands"}, "commands cannot change once the request exists: create another one"},
		{"another command", object{"op": "replace", "path": "/spec/commands/0", "value": "kubectl scale deployment/checkout --replicas=9"}, "commands cannot change"},
		{"another namespace", object{"op": "add", "path": "/spec/context/namespaces", "value": []string{"kube-system"}}, "context cannot change"},
		{"requester removed", object{"op": "remove", "path": "/spec/requestedBy"}, "requestedBy cannot change"},
		{"another requester", object{"op": "replace", "path": "/spec/requestedBy/username", "value": "olga"}, "requestedBy cannot change"},
		{"seal removed", object{"op": "remove", "path": "/spec/requestedBy/seal"}, "requestedBy cannot change"},
		{"more time", object{"op": "replace", "path": "/spec/deadline", "value": "720h"}, "deadline cannot change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.olga.Patch(r.Path(), "json", []object{c.patch})
			harness.Refused(t, err, 422, c.words)
		})
	}
	ns.Changed(t, "checkout", 0)
}
