package main

import (
	"crypto/x509"
	"os"

	"kubechat.io/hack/cluster/pki"
)

const client, serving = x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth

// certificates are the PKI of a cluster.
func (c *cluster) certificates() []pki.Spec {
	return []pki.Spec{
		{Name: "ca", CommonName: "kubechat-cluster-ca"},
		{Name: "front-proxy-ca", CommonName: "kubechat-cluster-front-proxy-ca"},
		{Name: "apiserver", Issuer: "ca", CommonName: "kube-apiserver", Usage: serving, IPs: []string{"127.0.0.1", c.apiserverIP()},
			DNS: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}},
		{Name: "kubelet-serving", Issuer: "ca", CommonName: "system:node:kwok", Groups: []string{"system:nodes"}, Usage: serving, IPs: []string{"127.0.0.1"}, DNS: []string{"localhost"}},
		{Name: "apiserver-kubelet-client", Issuer: "ca", CommonName: "kube-apiserver-kubelet-client", Groups: []string{"system:masters"}, Usage: client},
		{Name: "front-proxy-client", Issuer: "front-proxy-ca", CommonName: "front-proxy-client", Usage: client},
		{Name: "admin", Issuer: "ca", CommonName: "admin", Groups: []string{"system:masters"}, Usage: client},
		{Name: "kube-controller-manager", Issuer: "ca", CommonName: "system:kube-controller-manager", Usage: client},
		{Name: "kube-scheduler", Issuer: "ca", CommonName: "system:kube-scheduler", Usage: client},
		{Name: "kwok", Issuer: "ca", CommonName: "kwok", Groups: []string{"system:masters"}, Usage: client},
		{Name: "node", Issuer: "ca", CommonName: "system:node:" + nodeName, Groups: []string{"system:nodes"}, Usage: client},
		{Name: "node-serving", Issuer: "ca", CommonName: "system:node:" + nodeName, Groups: []string{"system:nodes"}, Usage: serving, IPs: []string{"127.0.0.1"}, DNS: []string{nodeName}},
	}
}

// writePKI makes what is missing, including the key that signs ServiceAccount tokens.
func (c *cluster) writePKI() error {
	if err := pki.Ensure(c.path("pki"), c.certificates()...); err != nil {
		return err
	}
	return pki.EnsureKeyPair(c.path("pki"), "sa")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
