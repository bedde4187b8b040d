package harness

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The API server's authorizer learns of roles and bindings from watches of its own, some moments after they are stored. What is
// given here is in force when the function returns, and what is taken away is not.

const rbac = "/apis/rbac.authorization.k8s.io/v1/"

// A grant is a stored binding: what it gives, and how the authorizer names it as the reason of an answer.
type grant struct {
	subject   Object // of a SubjectAccessReview's spec: {"groups": ["sre"]}
	namespace string // ""; all of them
	rules     string // path of its role
	reason    string
}

func clusterRole(name string) string { return rbac + "clusterroles/" + name }

func group(name string) Object { return Object{"groups": []string{name}} }

func (n *Namespace) grant(to Object, binding, role string) grant {
	return grant{to, n.Name, role, fmt.Sprintf("RoleBinding %q", binding+"/"+n.Name)}
}

func binding(name, group, kind, role string) Object {
	return Object{
		"metadata": Object{"name": name},
		"roleRef":  Object{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
		"subjects": []Object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}},
	}
}

// Bind gives a group a ClusterRole in this namespace.
func (n *Namespace) Bind(t testing.TB, group, role string) {
	t.Helper()
	n.cluster.awaitGrant(t, n.bind(t, group, role))
}

func (n *Namespace) bind(t testing.TB, to, role string) grant {
	t.Helper()
	name := to + "-" + role
	n.cluster.Admin.Must(t, "POST", n.Path("rbac.authorization.k8s.io/v1", "rolebindings", ""), binding(name, to, "ClusterRole", role))
	return n.grant(group(to), name, clusterRole(role))
}

// Unbind takes it away again.
func (n *Namespace) Unbind(t testing.TB, to, role string) {
	t.Helper()
	name := to + "-" + role
	n.cluster.Admin.Must(t, "DELETE", n.Path("rbac.authorization.k8s.io/v1", "rolebindings", name), nil)
	g := n.grant(group(to), name, clusterRole(role))
	Eventually(t, 30*time.Second, func() error {
		if given, _, err := n.cluster.asks(g); given || err != nil {
			return errors.Join(err, fmt.Errorf("%s still gives %s", g.reason, g.rules))
		}
		return nil
	})
}

// Grant gives a group a Role of this namespace's own, with these rules.
func (n *Namespace) Grant(t testing.TB, to, name string, rules ...Object) {
	t.Helper()
	n.cluster.Admin.Must(t, "POST", n.Path("rbac.authorization.k8s.io/v1", "roles", ""), Object{"metadata": Object{"name": name}, "rules": rules})
	n.cluster.Admin.Must(t, "POST", n.Path("rbac.authorization.k8s.io/v1", "rolebindings", ""), binding(name, to, "Role", name))
	n.cluster.awaitGrant(t, n.grant(group(to), name, n.Path("rbac.authorization.k8s.io/v1", "roles", name)))
}

// BindEverywhere gives a group a ClusterRole in the whole cluster until the end of the test.
func (c *Cluster) BindEverywhere(t testing.TB, to, role string) {
	t.Helper()
	name := fmt.Sprintf("test-%s-%d", namespaceRun, namespaceCounter.Add(1))
	c.Admin.Must(t, "POST", rbac+"clusterrolebindings", binding(name, to, "ClusterRole", role))
	t.Cleanup(func() { c.Admin.Do("DELETE", rbac+"clusterrolebindings/"+name, nil) })
	c.awaitGrant(t, grant{group(to), "", clusterRole(role), fmt.Sprintf("ClusterRoleBinding %q", name)})
}

func (c *Cluster) awaitGrant(t testing.TB, g grant) {
	t.Helper()
	Eventually(t, 30*time.Second, func() error { return c.inForce(g) })
}

func (c *Cluster) inForce(g grant) error {
	given, makesNoDifference, err := c.asks(g)
	if given || makesNoDifference {
		return nil
	}
	return errors.Join(err, fmt.Errorf("%s does not give %s yet", g.reason, g.rules))
}

// asks the authorizer for all that the role allows, until it names the binding as its reason: given, or refuses. Where another binding
// gives all of the same, this one makes no difference.
func (c *Cluster) asks(g grant) (given, makesNoDifference bool, err error) {
	role, err := c.Admin.Do("GET", g.rules, nil)
	if err != nil {
		return false, false, err
	}
	all := attributes(role)
	for _, a := range all {
		allowed, reason, err := c.review(g, a)
		if err != nil || !allowed {
			return false, false, err
		}
		if strings.Contains(reason, g.reason) {
			return true, false, nil
		}
	}
	return false, len(all) > 0, nil // an aggregated role is empty at first
}

// allInForce tells it of a role that was there before with other rules.
func (c *Cluster) allInForce(g grant) error {
	role, err := c.Admin.Do("GET", g.rules, nil)
	if err != nil {
		return err
	}
	for _, a := range attributes(role) {
		if allowed, _, err := c.review(g, a); err != nil || !allowed {
			return errors.Join(err, fmt.Errorf("%s does not give %v yet", g.reason, a))
		}
	}
	return nil
}

func (c *Cluster) review(g grant, attributes Object) (allowed bool, reason string, err error) {
	if g.namespace != "" {
		attributes["namespace"] = g.namespace
	}
	spec := Object{"user": "somebody", "resourceAttributes": attributes}
	for k, v := range g.subject {
		spec[k] = v
	}
	review, err := c.Admin.Do("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
		Object{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec})
	if err != nil {
		return false, "", err
	}
	allowed, _ = review.At("status.allowed").(bool)
	return allowed, review.String("status.reason"), nil
}

// attributes are what the rules of a role allow, each verb of each resource. Paths that are no resources are left out: a binding in a
// namespace does not give them.
func attributes(role Object) []Object {
	var out []Object
	for _, rule := range role.List("rules") {
		for _, x := range words(rule, "resources") {
			for _, verb := range words(rule, "verbs") {
				resource, subresource, _ := strings.Cut(x, "/")
				a := Object{"group": words(rule, "apiGroups")[0], "resource": resource, "subresource": subresource, "verb": verb}
				if names := words(rule, "resourceNames"); len(names) > 0 {
					a["name"] = names[0]
				}
				out = append(out, a)
			}
		}
	}
	return out
}

func words(rule Object, field string) []string {
	var out []string
	list, _ := rule.At(field).([]any)
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}
