package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// fakeNodes brings kwok up: its types, then its stages and our nodes, then the program.
func (c *cluster) fakeNodes(ctx context.Context, p *progress) error {
	w, err := c.web()
	if err != nil {
		return err
	}
	kustomize, err := c.bin("kustomize")
	if err != nil {
		return err
	}
	if _, err := c.kubectl(ctx, "", "apply", "--server-side", "--force-conflicts", "-f", filepath.Join(kustomize, "crd", "bases")); err != nil {
		return err
	}
	if err := c.waitServed(ctx, w, "/apis/kwok.x-k8s.io/v1alpha1"); err != nil {
		return err
	}
	stages, err := c.stages()
	if err != nil {
		return err
	}
	if err := c.apply(ctx, stages); err != nil {
		return err
	}
	if err := c.startComponents(ctx, p, "kwok"); err != nil {
		return err
	}
	if err := c.waitNodes(ctx, w); err != nil {
		return err
	}
	p.say("%d nodes Ready", c.Nodes)
	return poll(ctx, 50*time.Millisecond, func() (bool, error) {
		return w.object(ctx, "/api/v1/namespaces/default/serviceaccounts/default", &struct{}{})
	})
}

// waitServed waits until the types of kwok are served, all of them: kwok watches them once it starts.
func (c *cluster) waitServed(ctx context.Context, w *web, path string) error {
	type condition struct{ Type, Status string }
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   struct{ Conditions []condition }
		}
	}
	return poll(ctx, 50*time.Millisecond, func() (bool, error) {
		if ok, err := w.object(ctx, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &list); !ok {
			return false, err
		}
		for _, crd := range list.Items {
			established := false
			for _, s := range crd.Status.Conditions {
				established = established || s == condition{"Established", "True"}
			}
			if strings.HasSuffix(crd.Metadata.Name, ".kwok.x-k8s.io") && !established {
				return false, nil
			}
		}
		return w.object(ctx, path, &struct{}{})
	})
}

func (c *cluster) waitNodes(ctx context.Context, w *web) error {
	type condition struct{ Type, Status string }
	ready := 0
	err := poll(ctx, 50*time.Millisecond, func() (bool, error) {
		var list struct {
			Items []struct {
				Status struct{ Conditions []condition }
			}
		}
		if ok, err := w.object(ctx, "/api/v1/nodes?labelSelector="+strings.ReplaceAll(nodeLabel, "=", "%3D"), &list); !ok {
			return false, err
		}
		ready = 0
		for _, n := range list.Items {
			for _, s := range n.Status.Conditions {
				if s == (condition{"Ready", "True"}) {
					ready++
				}
			}
		}
		return ready >= c.Nodes, nil
	})
	if err != nil {
		return fmt.Errorf("%d of %d nodes are Ready: %w; see %s", ready, c.Nodes, err, c.logFile("kwok"))
	}
	return nil
}
