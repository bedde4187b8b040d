// Package statedir knows where clusters keep their state.
package statedir

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Root holds one folder a cluster.
func Root() (string, error) {
	d := os.Getenv("KUBECHAT_STATE")
	if d == "" {
		if x := os.Getenv("XDG_STATE_HOME"); x != "" {
			d = filepath.Join(x, "kubechat")
		} else {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("no state folder: %w; set KUBECHAT_STATE", err)
			}
			d = filepath.Join(home, ".local", "state", "kubechat")
		}
	}
	d, err := filepath.Abs(d)
	return filepath.Join(d, "clusters"), err
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$`)

// Of is the folder of the named cluster, whether it exists or not.
func Of(name string) (string, error) {
	if !nameForm.MatchString(name) {
		return "", fmt.Errorf("cluster name %q: at most 40 lower-case letters, digits and inner dashes, please", name)
	}
	root, err := Root()
	return filepath.Join(root, name), err
}
