// Package kubeconfig writes and reads the kubeconfig files of test clusters: one cluster, one user, one context.
//
// It is no YAML parser. It knows the block style that Write produces, and refuses files with several clusters or users.
package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A Config says where an API server is and who we are. Of the credentials, exactly one kind is set.
type Config struct {
	Cluster string // the name of cluster and context
	User    string
	Server  string
	CA      []byte // PEM

	Token     string
	TokenFile string // re-read by clients, so that the token can be rotated
	Cert, Key []byte // PEM
}

// YAML is the file that kubectl and every client library reads.
func (c Config) YAML() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("apiVersion: v1")
	line("kind: Config")
	line("clusters:")
	line("- name: %s", c.Cluster)
	line("  cluster:")
	line("    server: %s", c.Server)
	line("    certificate-authority-data: %s", base64.StdEncoding.EncodeToString(c.CA))
	line("users:")
	line("- name: %s", c.User)
	line("  user:")
	switch {
	case c.Token != "":
		line("    token: %s", c.Token)
	case c.TokenFile != "":
		line("    tokenFile: %s", c.TokenFile)
	default:
		line("    client-certificate-data: %s", base64.StdEncoding.EncodeToString(c.Cert))
		line("    client-key-data: %s", base64.StdEncoding.EncodeToString(c.Key))
	}
	line("contexts:")
	line("- name: %s", c.Cluster)
	line("  context:")
	line("    cluster: %s", c.Cluster)
	line("    user: %s", c.User)
	line("current-context: %s", c.Cluster)
	return []byte(b.String())
}

// Read parses a kubeconfig file. Paths in it are relative to its folder, as for kubectl.
func Read(path string) (Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := parse(string(b), filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func parse(text, dir string) (Config, error) {
	var c Config
	var err error
	one := func(key string) string {
		found := regexp.MustCompile(`(?m)^[ -]*`+regexp.QuoteMeta(key)+`:[ \t]*(\S.*?)[ \t\r]*$`).FindAllStringSubmatch(text, -1)
		if len(found) > 1 && err == nil {
			err = fmt.Errorf("has %d lines %q; only files with one cluster and one user are understood here", len(found), key)
		}
		if len(found) == 0 {
			return ""
		}
		return strings.Trim(found[0][1], `"'`)
	}
	data := func(key string) []byte {
		if v := one(key + "-data"); v != "" {
			b, e := base64.StdEncoding.DecodeString(v)
			if e != nil && err == nil {
				err = fmt.Errorf("%s-data: %w", key, e)
			}
			return b
		}
		v := one(key)
		if v == "" {
			return nil
		}
		b, e := os.ReadFile(absolute(dir, v))
		if e != nil && err == nil {
			err = fmt.Errorf("%s: %w", key, e)
		}
		return b
	}
	c.Server = one("server")
	c.Cluster, c.User = one("current-context"), one("user")
	c.CA = data("certificate-authority")
	c.Token = one("token")
	if f := one("tokenFile"); f != "" {
		c.TokenFile = absolute(dir, f)
	}
	c.Cert, c.Key = data("client-certificate"), data("client-key")
	if err == nil && c.Server == "" {
		err = errors.New("names no server")
	}
	return c, err
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Bearer is the token to send, read anew from TokenFile; empty for users of client certificates.
func (c Config) Bearer() (string, error) {
	if c.TokenFile == "" {
		return c.Token, nil
	}
	b, err := os.ReadFile(c.TokenFile)
	return strings.TrimSpace(string(b)), err
}
