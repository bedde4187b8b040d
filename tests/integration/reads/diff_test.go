package reads

import (
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

// What an apply would change, field by field, without an approval and without a trace.
func TestDiff(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	web := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
	for _, v := range []struct {
		name, manifest, summary string
		output                  []string // NS stands for the namespace; none: nothing is printed
	}{
		{"one field", web + "spec: {minReadySeconds: 3}", "1 field would change", []string{"deployment/NS/web\n+ spec.minReadySeconds: 3\n"}},
		{"nothing", web + "spec: {replicas: 1}", "no difference", nil},
		{"somebody's field", web + "spec: {replicas: 3}", "conflicts with what others set", []string{`conflict with "Go-http-client"`, ".spec.replicas"}},
		{"new", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh}\ndata: {a: \"1\"}", "would be created", []string{"configmap/NS/fresh would be created\n", "+ data.a: 1\n"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			r := ns.Ask(t, sre, "kubectl diff --server-side -f - <<'EOF'\n"+v.manifest+"\nEOF")
			o := r.WaitFor(t, "Succeeded")
			harness.Says(t, o.List("status.plan.steps")[0].String("result"), v.summary)
			got, err := look(sre, r)
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := strings.Cut(got, "EOF\n")
			if len(v.output) == 0 && strings.Contains(body, "web") {
				t.Errorf("there is output:\n%s", got)
			}
			for _, part := range v.output {
				harness.Says(t, got, strings.ReplaceAll(part, "NS", ns.Name))
			}
		})
	}
	if m := c.Mutations(t, ns.Name, "configmaps", "fresh"); len(m) != 0 {
		t.Errorf("a diff changed something: %+v", m)
	}
	r := ns.Ask(t, sre, "kubectl diff --server-side -f - <<'EOF'\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 3}}\nEOF")
	harness.Says(t, r.WaitFor(t, "Refused", "Failed").Condition("Failed").String("message"), `"resourcequotas"`, "forbidden")
}
