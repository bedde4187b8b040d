package policy

import "testing"

func TestWhoMayBeWrittenIntoARequest(t *testing.T) {
	with := func(m map[string]any) map[string]any {
		all := nonce(7)
		for k, v := range m {
			all[k] = v
		}
		return all
	}
	groups := func(g ...string) map[string]any { return with(map[string]any{"groups": g}) }
	approval := map[string]any{"decision": "Approve", "planDigest": digest('a')}
	for _, c := range []struct {
		name string
		by   person
		who  any
		spec map[string]any
		want string
	}{
		{"the caller", ana, ana.stamp(nonce(7)), nil, ""},
		{"the caller without a uid", carol, carol.stamp(nonce(7)), nil, ""},
		{"groups in another order", ana, ana.stamp(groups("system:authenticated", "policy-oncall", "policy-sre")), nil, ""},
		{"a service account", robot, robot.stamp(nonce(7)), nil, ""},
		{"nobody", ana, nil, nil, "was not stamped and sealed"},
		{"without a seal", ana, ana.stamp(with(map[string]any{"seal": nil})), nil, "was not stamped and sealed"},
		{"without a nonce", ana, ana.stamp(nil), nil, "was not stamped and sealed"},
		{"somebody else", bob, ana.stamp(nonce(7)), nil, `not the identity that sends the request ("policy-bob")`},
		{"another uid", ana, ana.stamp(with(map[string]any{"uid": "u-9"})), nil, "not the identity that sends the request"},
		{"no uid", ana, ana.stamp(with(map[string]any{"uid": nil})), nil, "not the identity that sends the request"},
		{"a uid for one who has none", carol, carol.stamp(with(map[string]any{"uid": "u-9"})), nil, "not the identity"},
		{"a group too many", bob, bob.stamp(groups("policy-dev", "system:authenticated", "policy-sre")), nil, "not the identity"},
		{"a group too few", ana, ana.stamp(groups("policy-sre", "system:authenticated")), nil, "not the identity"},
		{"no groups", ana, ana.stamp(with(map[string]any{"groups": nil})), nil, "not the identity"},
		{"an extra that the caller has not", ana, ana.stamp(with(map[string]any{"extra": map[string]any{"team": []string{"a"}}})),
			nil, "not the identity"},
		{"a member of system:masters", root, root.stamp(nonce(7)), nil, `members of "system:masters" are never impersonated`},
		{"a system user", person{name: "system:kube-scheduler", groups: []string{"system:masters"}}, nil, nil,
			`"system:kube-scheduler" cannot ask`},
		{"a person in a service account's group", person{"policy-eve", "", []string{"system:serviceaccounts", "system:masters"}},
			nil, nil, `members of "system:serviceaccounts" are never impersonated`},
		{"approvals in a new request", ana, ana.stamp(nonce(7)), map[string]any{"approvals": []any{approval}}, "approvals"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := kubectl(c.by, request("new", c.who, c.spec), "create", "--dry-run=server", "-f", "-")
			expect(t, out, err, c.want)
		})
	}
}

func TestRequestedByStaysAsItIs(t *testing.T) {
	create(t, "stays", ana)
	for _, c := range []struct{ name, patch, want string }{
		{"replaced", `[{"op":"replace","path":"/spec/requestedBy/username","value":"policy-bob"}]`, "requestedBy"},
		{"removed", `[{"op":"remove","path":"/spec/requestedBy"}]`, "requestedBy"},
		{"cancelled", `[{"op":"add","path":"/spec/cancel","value":true}]`, ""},
		{"labelled", `[{"op":"add","path":"/metadata/labels","value":{"team":"shop"}}]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := kubectl(ana, nil, "patch", "chat", "stays", "-n", home, "--type=json", "-p", c.patch, "--dry-run=server")
			expect(t, out, err, c.want)
		})
	}
}

func TestStatusIsTheManagers(t *testing.T) {
	create(t, "status", ana)
	patch := `{"status":{"phase":"Succeeded"}}`
	write := func(p person) (string, error) {
		return kubectl(p, nil, "patch", "chat", "status", "-n", home, "--subresource=status", "--type=merge", "-p", patch)
	}
	out, err := write(person{})
	expect(t, out, err, "status is written by kubechat alone")
	out, err = write(ana)
	expect(t, out, err, "forbidden")
	out, err = write(person{name: manager})
	expect(t, out, err, "")
}
