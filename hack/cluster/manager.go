package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// tokenLifetime is what we ask the API server for; a second run of manager-kubeconfig replaces the token in its file.
const tokenLifetime = 24 * time.Hour

func runManagerKubeconfig(args []string) error {
	fs := flags("manager-kubeconfig")
	name := nameFlag(fs)
	namespace := fs.String("namespace", "", "namespace of the ServiceAccount")
	account := fs.String("serviceaccount", "", "its name")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *namespace == "" || *account == "" {
		return errors.New("both --namespace and --serviceaccount are needed")
	}
	c, err := openRunning(*name)
	if err != nil {
		return err
	}
	path, err := c.managerKubeconfig(*namespace, *account)
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

// managerKubeconfig gives a program outside the cluster the identity that a pod with this ServiceAccount has. The token is in
// a file beside the kubeconfig, as in a pod, so that programs which re-read it keep working when it is replaced.
func (c *cluster) managerKubeconfig(namespace, account string) (string, error) {
	w, err := c.web()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	body := map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
		"spec": map[string]any{"expirationSeconds": int(tokenLifetime.Seconds())},
	}
	status, b, err := w.do(ctx, http.MethodPost, c.server()+"/api/v1/namespaces/"+namespace+"/serviceaccounts/"+account+"/token", body)
	if err != nil {
		return "", err
	}
	if status == http.StatusNotFound {
		return "", fmt.Errorf("%s; install what creates it first", message(b))
	}
	if status != http.StatusCreated {
		return "", fmt.Errorf("token for serviceaccount %s/%s: %d: %s", namespace, account, status, message(b))
	}
	var got struct{ Status struct{ Token string } }
	if err := json.Unmarshal(b, &got); err != nil {
		return "", err
	}
	k, err := c.config(account)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(c.path("serviceaccounts"), 0o700); err != nil {
		return "", err
	}
	file := c.path("serviceaccounts", namespace+"-"+account)
	k.TokenFile = file + ".token"
	if err := writeFile(k.TokenFile, []byte(got.Status.Token), 0o600); err != nil {
		return "", err
	}
	return file, writeFile(file, k.YAML(), 0o600)
}
