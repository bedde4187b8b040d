// Package pki makes throw-away certificates (ECDSA P-256) for test clusters and what stands in front of them.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A Spec describes one certificate, kept as Name.crt and Name.key. One without Issuer is an authority.
type Spec struct {
	Name       string
	Issuer     string // name of an authority in the same folder
	CommonName string
	Groups     []string
	Usage      x509.ExtKeyUsage
	IPs        []string
	DNS        []string
}

// Ensure makes those of specs that dir lacks; authorities come before what they sign. What exists stays, so that
// certificates given out stay valid.
func Ensure(dir string, specs ...Spec) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, s := range specs {
		if exists(filepath.Join(dir, s.Name+".crt")) && exists(filepath.Join(dir, s.Name+".key")) {
			continue
		}
		if err := s.write(dir); err != nil {
			return fmt.Errorf("certificate %s: %w", s.Name, err)
		}
	}
	return nil
}

func (s Spec) write(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	now := time.Now()
	cert := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: s.CommonName, Organization: s.Groups},
		NotBefore:    now.Add(-time.Hour), // tests set clocks back a little
		NotAfter:     now.AddDate(10, 0, 0),
		DNSNames:     s.DNS,
	}
	for _, ip := range s.IPs {
		cert.IPAddresses = append(cert.IPAddresses, net.ParseIP(ip))
	}
	issuer, issuerKey := cert, key
	if s.Issuer == "" {
		cert.IsCA, cert.BasicConstraintsValid = true, true
		cert.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	} else {
		cert.KeyUsage = x509.KeyUsageDigitalSignature
		cert.ExtKeyUsage = []x509.ExtKeyUsage{s.Usage}
		if issuer, issuerKey, err = readAuthority(dir, s.Issuer); err != nil {
			return err
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, issuer, key.Public(), issuerKey)
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(dir, s.Name+".key"), key); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, s.Name+".crt"), "CERTIFICATE", der, 0o644)
}

func readAuthority(dir, name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(filepath.Join(dir, name+".crt"))
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, nil, errors.New(name + ".crt is not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if b, err = os.ReadFile(filepath.Join(dir, name+".key")); err != nil {
		return nil, nil, err
	}
	if block, _ = pem.Decode(b); block == nil {
		return nil, nil, errors.New(name + ".key is not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	return cert, key, err
}

// EnsureKeyPair makes a bare key pair, Name.key and Name.pub, unless dir has it.
func EnsureKeyPair(dir, name string) error {
	if exists(filepath.Join(dir, name+".key")) && exists(filepath.Join(dir, name+".pub")) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(dir, name+".key"), key); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, name+".pub"), "PUBLIC KEY", der, 0o644)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", der, 0o600)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	// By way of another name: half a file must never pass for a finished one.
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
