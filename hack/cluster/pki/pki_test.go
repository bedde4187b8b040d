package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
)

func TestCertificatesVerify(t *testing.T) {
	dir := t.TempDir()
	specs := []Spec{
		{Name: "ca", CommonName: "test-ca"},
		{Name: "other-ca", CommonName: "other-ca"},
		{Name: "server", Issuer: "ca", CommonName: "server", Usage: x509.ExtKeyUsageServerAuth, IPs: []string{"127.0.0.1"}, DNS: []string{"localhost"}},
		{Name: "ana", Issuer: "ca", CommonName: "ana", Groups: []string{"sre"}, Usage: x509.ExtKeyUsageClientAuth},
	}
	if err := Ensure(dir, specs...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cert, ca, host string
		usage          x509.ExtKeyUsage
		want           bool
	}{
		{"server", "ca", "127.0.0.1", x509.ExtKeyUsageServerAuth, true},
		{"server", "ca", "localhost", x509.ExtKeyUsageServerAuth, true},
		{"server", "ca", "10.0.0.1", x509.ExtKeyUsageServerAuth, false},
		{"server", "ca", "", x509.ExtKeyUsageClientAuth, false},
		{"server", "other-ca", "", x509.ExtKeyUsageServerAuth, false},
		{"ana", "ca", "", x509.ExtKeyUsageClientAuth, true},
		{"ana", "ca", "", x509.ExtKeyUsageServerAuth, false},
	} {
		roots := x509.NewCertPool()
		roots.AddCert(leaf(t, dir, c.ca))
		_, err := leaf(t, dir, c.cert).Verify(x509.VerifyOptions{Roots: roots, DNSName: c.host, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if (err == nil) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if s := leaf(t, dir, "ana").Subject; s.CommonName != "ana" || len(s.Organization) != 1 || s.Organization[0] != "sre" {
		t.Errorf("subject %v", s)
	}
}

func TestEnsureKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	ca := Spec{Name: "ca", CommonName: "ca"}
	if err := Ensure(dir, ca); err != nil {
		t.Fatal(err)
	}
	before := leaf(t, dir, "ca")
	if err := Ensure(dir, ca, Spec{Name: "late", Issuer: "ca", CommonName: "late", Usage: x509.ExtKeyUsageClientAuth}); err != nil {
		t.Fatal(err)
	}
	if !leaf(t, dir, "ca").Equal(before) {
		t.Error("the authority was replaced; all it signed is void")
	}
	if err := leaf(t, dir, "late").CheckSignatureFrom(before); err != nil {
		t.Error(err)
	}
	// A certificate without its key is of no use.
	if err := os.Remove(filepath.Join(dir, "late.key")); err != nil {
		t.Fatal(err)
	}
	if err := Ensure(dir, Spec{Name: "late", Issuer: "ca", CommonName: "late", Usage: x509.ExtKeyUsageClientAuth}); err != nil {
		t.Fatal(err)
	}
	leaf(t, dir, "late")
}

func TestKeysAreForTheOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	if err := Ensure(dir, Spec{Name: "ca", CommonName: "ca"}); err != nil {
		t.Fatal(err)
	}
	if err := EnsureKeyPair(dir, "sa"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"ca.key", "sa.key"} {
		info, err := os.Stat(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

// leaf loads a pair as a server or client would, so a key that does not fit is found out.
func leaf(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
