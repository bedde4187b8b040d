package reads

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

const secretValue = "correct-horse-battery-staple"

// Outputs are read with the rights of who looks, at the time of the look, and every look is on record.
func TestWhoMayLook(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre, viewer, admin := c.User(t, "sre"), c.User(t, "viewer"), c.User(t, "admin")
	c.Admin.Must(t, "POST", ns.Path("v1", "secrets", ""), harness.Object{
		"metadata": harness.Object{"name": "db"}, "stringData": harness.Object{"password": secretValue}})

	pods := ns.Ask(t, sre, "kubectl get pods")
	pods.WaitFor(t, "Succeeded")
	secrets := ns.Ask(t, sre, "kubectl get secret db -o yaml")
	secrets.Succeed(t, sre)

	if text, err := look(viewer, pods); err != nil || !strings.Contains(text, "web-") {
		t.Errorf("a viewer reads pods: %v %s", err, text)
	}
	if _, err := look(viewer, secrets); err == nil || !strings.Contains(err.Error(), `secrets "db" is forbidden: User "viewer" cannot get resource "secrets"`) {
		t.Errorf("a viewer asks for a secret: %v", err)
	}
	if text, err := look(sre, secrets); err != nil || !strings.Contains(text, "password: hmac:") || strings.Contains(text, secretValue) {
		t.Errorf("a secret shows digests: %v %s", err, text)
	}
	// Who may look at outputs but not at this request is told so.
	outsider := c.Admin.As("outsider", "", "outsiders")
	ns.Grant(t, "outsiders", "outputs-only", harness.Object{"apiGroups": []string{"view.kubechat.io"}, "resources": []string{"outputs"}, "verbs": []string{"get"}})
	if _, err := outsider.Do("GET", outputPath(pods), nil); !harness.IsStatus(err, 403) || !strings.Contains(err.Error(), "its output is for those who can") {
		t.Errorf("an outsider: %v", err)
	}
	if _, err := look(admin, pods); err == nil || !strings.Contains(err.Error(), "system:masters") {
		t.Errorf("a member of system:masters: %v", err)
	}

	seen := map[string]string{}
	for _, row := range append(pods.Rows(t), secrets.Rows(t)...) {
		if row.Type == "Viewed" {
			seen[row.Who.Username+" "+row.Request.Name] = row.Result
		}
		if row.Type == "Read" && (row.Detail.String("digest") == "" || row.Detail.Int("bytes") == 0) {
			t.Errorf("row Read without figures: %v", row.Detail)
		}
	}
	for who, result := range map[string]string{"viewer " + pods.Name: "Seen", "sre " + secrets.Name: "Seen", "viewer " + secrets.Name: "Refused"} {
		if seen[who] != result {
			t.Errorf("%s: recorded %q, wanted %q", who, seen[who], result)
		}
	}
	c.CheckAudit(t)
}

// Neither a secret nor any output stands in status, rows, or the manager's log.
func TestNothingIsKept(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	m := c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	marker := "marker-in-an-object"
	c.Admin.Must(t, "POST", ns.Path("v1", "secrets", ""), harness.Object{
		"metadata": harness.Object{"name": "db"}, "stringData": harness.Object{"password": secretValue}})
	c.Admin.Must(t, "POST", ns.Path("v1", "configmaps", ""), harness.Object{
		"metadata": harness.Object{"name": "settings"}, "data": harness.Object{"text": marker}})
	for _, command := range []string{"kubectl get secret db -o yaml", "kubectl describe secret db", "kubectl get configmap settings -o yaml", "kubectl get secrets -o json"} {
		r := ns.Ask(t, sre, command)
		r.Succeed(t, sre)
		if _, err := look(sre, r); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		object, _ := json.Marshal(r.Get(t))
		rows, _ := json.Marshal(r.Rows(t))
		for where, text := range map[string]string{"status": string(object), "rows": string(rows)} {
			for _, secret := range []string{secretValue, "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ", marker} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: %s holds %q", command, where, secret)
				}
			}
		}
	}
	store, err := os.ReadFile(c.Store)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{secretValue, "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ", marker} {
		if strings.Contains(string(store), secret) || m.LogHas(secret) {
			t.Errorf("the store or the log holds %q", secret)
		}
	}
}

func TestDiscovery(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl get deployments", "kubectl get configmaps")
	r.WaitFor(t, "Succeeded")
	for _, x := range []struct {
		args []string
		says string
	}{
		{[]string{"api-resources", "--api-group=view.kubechat.io"}, "outputs"},
		{[]string{"get", "outputs", r.Name, "-n", ns.Name}, "kubectl get deployment --namespace=" + ns.Name},
		{[]string{"get", "output", r.Name, "-n", ns.Name, "-o", "jsonpath={.steps[0].command}"}, "kubectl get deployment"},
	} {
		harness.Eventually(t, 20e9, func() error {
			out, err := kubectl(sre, x.args...)
			if err == nil && !strings.Contains(out, x.says) {
				err = fmt.Errorf("%v: %s", x.args, out)
			}
			return err
		})
	}
	harness.Eventually(t, 60e9, func() error { // the API server merges the schema now and then
		out, err := kubectl(sre, "explain", "outputs.steps.output")
		if err == nil && !strings.Contains(out, "with the rights of who is asking") {
			err = fmt.Errorf("explain: %s", out)
		}
		return err
	})
	for _, path := range []string{"/apis/view.kubechat.io/v1alpha1/namespaces/" + ns.Name + "/outputs", outputPath(r) + "?watch=true"} {
		if _, err := c.Admin.Do("GET", path, nil); err == nil {
			t.Errorf("%s was answered", path)
		}
	}
	if _, err := c.Admin.Do("DELETE", outputPath(r), nil); !harness.IsStatus(err, 405) {
		t.Errorf("delete: %v", err)
	}
	if _, err := c.Admin.Do("GET", outputPath(r)+"x", nil); !harness.IsStatus(err, 404) && !harness.IsStatus(err, 403) {
		t.Errorf("a request that is not there: %v", err)
	}
}

// Who reaches the port without the API server's certificate is nobody, whatever the headers say.
func TestSpoofedHeaders(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	r := ns.Ask(t, c.User(t, "sre"), "kubectl get pods")
	r.WaitFor(t, "Succeeded")
	service := c.Admin.Must(t, "GET", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.view.kubechat.io", nil)
	url := fmt.Sprintf("https://127.0.0.1:%d%s", service.Int("spec.service.port"), outputPath(r))

	for name, certificates := range map[string][]tls.Certificate{"no certificate": nil, "another CA's": {selfSigned(t, "front-proxy-client")}} {
		t.Run(name, func(t *testing.T) {
			client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true,
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if certificates == nil {
						return &tls.Certificate{}, nil
					}
					return &certificates[0], nil
				}}}}
			req, _ := http.NewRequest("GET", url, nil)
			req.Header.Set("X-Remote-User", "sre")
			req.Header.Set("X-Remote-Group", "sre")
			resp, err := client.Do(req)
			if err != nil {
				if certificates == nil {
					t.Fatal(err)
				}
				return // the handshake was refused
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 401 || certificates != nil {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
}

func selfSigned(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// kubectl chat show prints what was found below the plan.
func TestShow(t *testing.T) {
	c := harness.Get(t)
	ns := c.Namespace(t, harness.Deployment{Name: "web", Replicas: 1})
	c.Start(t, harness.Options{})
	awaitView(t, c)
	sre := c.User(t, "sre")
	r := ns.Ask(t, sre, "kubectl get deployments")
	r.WaitFor(t, "Succeeded")
	b, err := exec.Command(os.Getenv("KUBECHAT_BIN"), "chat", "show", r.Name, "--namespace", ns.Name, "--kubeconfig", sre.Kubeconfig).CombinedOutput()
	out := string(b)
	if err != nil || !strings.Contains(out, "\noutput\n    NAME   READY   UP-TO-DATE") || !strings.Contains(out, "\n    web    1/1") {
		t.Errorf("%v\n%s", err, out)
	}
}
