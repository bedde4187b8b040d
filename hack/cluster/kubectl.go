package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// kubectl runs our own kubectl as the cluster's administrator, with input as its standard input.
func (c *cluster) kubectl(ctx context.Context, input string, args ...string) (string, error) {
	exe, err := c.bin("kubectl")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, exe, append([]string{"--kubeconfig=" + c.path("kubeconfig", "admin"), "--cache-dir=" + c.path("kubectl-cache")}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

func (c *cluster) apply(ctx context.Context, yaml string) error {
	_, err := c.kubectl(ctx, yaml, "apply", "--server-side", "--force-conflicts", "--field-manager=kubechat-cluster", "-f", "-")
	return err
}
