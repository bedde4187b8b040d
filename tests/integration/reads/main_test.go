// Package reads tests the reading verbs and the API that their outputs are looked at through, on a real API server: what a
// person sees equals what kubectl shows that person, and what may not be seen is not.
package reads

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"kubechat.io/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func outputPath(r *harness.Request) string {
	return "/apis/view.kubechat.io/v1alpha1/namespaces/" + r.Namespace.Name + "/outputs/" + r.Name
}

// look is the output of a request's reads as text, as somebody sees it right now.
func look(who *harness.User, r *harness.Request) (string, error) {
	return kubectl(who, "get", "--raw", outputPath(r)+"?format=text")
}

func kubectl(who *harness.User, args ...string) (string, error) {
	out, err := exec.Command("kubectl", append([]string{"--kubeconfig", who.Kubeconfig}, args...)...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// shell runs a kubectl command line as a person types it, in the namespace.
func shell(who *harness.User, ns, command string) (string, error) {
	line := "exec kubectl --kubeconfig=" + who.Kubeconfig + " --namespace=" + ns + " " + strings.TrimPrefix(command, "kubectl ")
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return string(out), err
}

// awaitView returns when the API server passes calls on to the manager.
func awaitView(t testing.TB, c *harness.Cluster) {
	t.Helper()
	harness.Eventually(t, 30e9, func() error {
		o, err := c.Admin.Do("GET", "/apis/view.kubechat.io/v1alpha1", nil)
		if err == nil && o.String("kind") != "APIResourceList" {
			err = fmt.Errorf("answered %v", o)
		}
		return err
	})
}
