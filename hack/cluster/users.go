package main

import (
	"crypto/rand"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"kubechat.io/hack/cluster/kubeconfig"
)

// A user is somebody to act as in tests. Rights come from `cluster seed`, except where the table says otherwise.
type user struct {
	kubeconfig string
	name       string
	uid        string
	groups     []string // none: the user is the client certificate of that name
}

var users = []user{
	{kubeconfig: "admin", name: "admin"}, // system:masters
	// A full administrator outside the system: groups, bound to cluster-admin by `up`.
	{kubeconfig: "admin-sso", name: "olga", uid: "u-1001", groups: []string{"platform-admins"}},
	{kubeconfig: "sre", name: "sre", uid: "u-1002", groups: []string{"sre", "developers"}},
	{kubeconfig: "developer", name: "dev", uid: "u-1003", groups: []string{"developers"}},
	{kubeconfig: "viewer", name: "viewer", uid: "u-1004", groups: []string{"viewers"}},
	{kubeconfig: "approver", name: "approver", uid: "u-1005", groups: []string{"approvers"}},
}

func userNames() []string {
	var out []string
	for _, u := range users {
		out = append(out, u.kubeconfig)
	}
	return out
}

// writeTokens makes the API server's token file. Tokens of users who are in it already stay, so a cluster keeps them.
func writeTokens(path string) (map[string]string, error) {
	tokens, err := readTokens(path)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, u := range users {
		if u.groups == nil {
			continue
		}
		if tokens[u.name] == "" {
			random := make([]byte, 20)
			if _, err := rand.Read(random); err != nil {
				return nil, err
			}
			tokens[u.name] = u.name + "-" + hex.EncodeToString(random)
		}
		if err := w.Write([]string{tokens[u.name], u.name, u.uid, strings.Join(u.groups, ",")}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return tokens, writeFile(path, []byte(b.String()), 0o600)
}

func readTokens(path string) (map[string]string, error) {
	tokens := map[string]string{}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return tokens, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	for _, r := range rows {
		if len(r) > 1 {
			tokens[r[1]] = r[0]
		}
	}
	return tokens, err
}

// writeKubeconfigs writes the files of people and of components.
func (c *cluster) writeKubeconfigs() error {
	tokens, err := writeTokens(c.path("pki", "tokens.csv"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.path("kubeconfig"), 0o700); err != nil {
		return err
	}
	for _, u := range users {
		k, err := c.config(u.name)
		if err != nil {
			return err
		}
		if u.groups != nil {
			k.Token = tokens[u.name]
		} else if k.Cert, k.Key, err = c.clientCert(u.name); err != nil {
			return err
		}
		if err := writeFile(c.path("kubeconfig", u.kubeconfig), k.YAML(), 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kwok", "node"} {
		k, err := c.config(name)
		if err != nil {
			return err
		}
		if k.Cert, k.Key, err = c.clientCert(name); err != nil {
			return err
		}
		if err := writeFile(c.path(name+".kubeconfig"), k.YAML(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// config is the part of a kubeconfig that all users share.
func (c *cluster) config(user string) (kubeconfig.Config, error) {
	ca, err := os.ReadFile(c.path("pki", "ca.crt"))
	return kubeconfig.Config{Cluster: c.Name, User: user, Server: c.server(), CA: ca}, err
}

func (c *cluster) clientCert(name string) (cert, key []byte, err error) {
	if cert, err = os.ReadFile(c.path("pki", name+".crt")); err != nil {
		return nil, nil, err
	}
	key, err = os.ReadFile(c.path("pki", name+".key"))
	return cert, key, err
}

func runKubeconfig(args []string) error {
	fs := flags("kubeconfig")
	name := nameFlag(fs)
	who := ""
	if err := parse(fs, args, &who); err != nil {
		return err
	}
	c, err := open(*name)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.kubeconfig == who {
			fmt.Println(c.path("kubeconfig", who))
			return nil
		}
	}
	return fmt.Errorf("no user %q; there are: %s", who, strings.Join(userNames(), ", "))
}
