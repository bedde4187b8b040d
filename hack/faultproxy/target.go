package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"kubechat.io/hack/cluster/kubeconfig"
	"kubechat.io/hack/cluster/pki"
	"kubechat.io/hack/cluster/statedir"
)

// A target is the API server behind the proxy, and the certificate to show in front of it.
type target struct {
	server *url.URL
	roots  *x509.CertPool  // verify the API server
	ca     []byte          // PEM, verifies us
	cert   tls.Certificate // ours
}

// findTarget takes the API server from the named cluster or from the first kubeconfig. cleanup removes a temporary folder.
func findTarget(cluster, dir string, kubeconfigs []string) (t target, cleanup func(), err error) {
	cleanup = func() {}
	from := ""
	switch {
	case cluster != "":
		state, err := statedir.Of(cluster)
		if err != nil {
			return t, cleanup, err
		}
		from, dir = filepath.Join(state, "kubeconfig", "admin"), filepath.Join(state, "pki")
		if _, err := os.Stat(from); err != nil {
			return t, cleanup, fmt.Errorf("no cluster %q (%w); `cluster up --name %s` makes it", cluster, err, cluster)
		}
	case len(kubeconfigs) > 0:
		from = kubeconfigs[0]
	default:
		return t, cleanup, errors.New("which API server? Give --cluster or --kubeconfig-in")
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "faultproxy-"); err != nil {
			return t, cleanup, err
		}
		cleanup = func() { os.RemoveAll(dir) }
	}
	err = t.load(from, dir)
	return t, cleanup, err
}

func (t *target) load(from, dir string) error {
	c, err := kubeconfig.Read(from)
	if err != nil {
		return err
	}
	if t.server, err = url.Parse(c.Server); err != nil {
		return fmt.Errorf("%s: server: %w", from, err)
	}
	t.roots = x509.NewCertPool()
	if !t.roots.AppendCertsFromPEM(c.CA) {
		return fmt.Errorf("%s: no usable certificate-authority", from)
	}
	specs := []pki.Spec{
		{Name: "ca", CommonName: "faultproxy-ca"}, // kept where it exists: in a cluster's folder it is that cluster's
		{Name: "faultproxy", Issuer: "ca", CommonName: "faultproxy", Usage: x509.ExtKeyUsageServerAuth, IPs: []string{"127.0.0.1"}, DNS: []string{"localhost"}},
	}
	if err := pki.Ensure(dir, specs...); err != nil {
		return err
	}
	if t.ca, err = os.ReadFile(filepath.Join(dir, "ca.crt")); err != nil {
		return err
	}
	t.cert, err = tls.LoadX509KeyPair(filepath.Join(dir, "faultproxy.crt"), filepath.Join(dir, "faultproxy.key"))
	return err
}
