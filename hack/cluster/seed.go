package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

func runSeed(args []string) error {
	fs := flags("seed")
	name := nameFlag(fs)
	fresh := fs.Bool("fresh", false, "delete the seeded namespaces first, with everything in them")
	wait := fs.Bool("wait", false, "return when all pods are ready")
	print := fs.Bool("print", false, "print the manifest, for a cluster that is not ours")
	limit := fs.Duration("timeout", 2*time.Minute, "how long to wait")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *print {
		_, err := fmt.Print(manifest("seed.yaml"))
		return err
	}
	c, err := openRunning(*name)
	if err != nil {
		return err
	}
	p := newProgress()
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	if *fresh {
		args := append([]string{"delete", "namespace", "--ignore-not-found", "--timeout=" + limit.String()}, seedNamespaces...)
		if _, err := c.kubectl(ctx, "", args...); err != nil {
			return err
		}
		p.say("deleted namespaces %s", strings.Join(seedNamespaces, " and "))
	}
	if err := c.apply(ctx, manifest("seed.yaml")); err != nil {
		return err
	}
	p.say("applied namespaces %s with their workloads and RBAC", strings.Join(seedNamespaces, " and "))
	if !*wait {
		return nil
	}
	return c.waitSeed(ctx, p)
}

var seedNamespaces = []string{"shop", "payments"}

// waitSeed waits until every Deployment and StatefulSet of the seed has what it asks for.
func (c *cluster) waitSeed(ctx context.Context, p *progress) error {
	w, err := c.web()
	if err != nil {
		return err
	}
	var waiting []string
	err = poll(ctx, 100*time.Millisecond, func() (bool, error) {
		waiting = nil
		for _, ns := range seedNamespaces {
			for _, kind := range []string{"deployments", "statefulsets"} {
				var list workloads
				if _, err := w.object(ctx, "/apis/apps/v1/namespaces/"+ns+"/"+kind, &list); err != nil {
					return false, err
				}
				for _, item := range list.Items {
					if !item.rolledOut() {
						waiting = append(waiting, fmt.Sprintf("%s/%s (%d of %d ready)", ns, item.Metadata.Name, item.Status.ReadyReplicas, item.Spec.Replicas))
					}
				}
			}
		}
		return len(waiting) == 0, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("still waiting for %s", strings.Join(waiting, ", "))
	}
	if err == nil {
		p.say("all rolled out")
	}
	return err
}

// workloads is what Deployments and StatefulSets have in common.
type workloads struct{ Items []workload }

type workload struct {
	Metadata struct {
		Name       string
		Generation int64
	}
	Spec   struct{ Replicas int }
	Status struct {
		ObservedGeneration                       int64
		Replicas, UpdatedReplicas, ReadyReplicas int
	}
}

func (w workload) rolledOut() bool {
	return w.Status.ObservedGeneration >= w.Metadata.Generation && w.Status.UpdatedReplicas == w.Spec.Replicas &&
		w.Status.Replicas == w.Spec.Replicas && w.Status.ReadyReplicas == w.Spec.Replicas
}
