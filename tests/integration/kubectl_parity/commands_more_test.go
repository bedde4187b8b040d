package parity

// More flags of the verbs that change things, and types that the server knows from a CustomResourceDefinition alone.
func init() {
	ported, binding, crd, resource := []string{"ported"}, []string{"rolebinding"}, []string{"widget"}, []string{"widget", "widget-b"}
	commands = append(commands,
		command{"kubectl expose deployment/NAME", ported, "v1/services/NAME"},
		command{"kubectl expose deployment NAME --port=53", ported, "v1/services/NAME"},
		command{"kubectl expose deploy NAME --port=53 --protocol=TCP --target-port=dns", ported, "v1/services/NAME"},
		command{"kubectl expose pod NAME --port=80 --selector=app=web,tier=front --labels=a=b,c=d", []string{"pod"}, "v1/services/NAME"},
		command{"kubectl expose deploy NAME --port=80 --type=LoadBalancer --load-balancer-ip=192.0.2.7 --session-affinity=ClientIP", deployment, "v1/services/NAME"},
		command{"kubectl expose rs NAME --cluster-ip=None --type=ClusterIP --external-ip=192.0.2.9", []string{"replicaset"}, "v1/services/NAME"},
		command{"kubectl expose svc NAME --name=NAME-same", []string{"service"}, "v1/services/NAME-same"},
		command{"kubectl set selector service/NAME app=other,tier=front", []string{"service"}, ""},
		command{"kubectl set selector svc NAME app=NAME,tier=front -n NS", []string{"service"}, ""},
		command{"kubectl set subject rolebinding/NAME --user=zoe --user=bob --group=ops", binding, ""},
		command{"kubectl set subject rolebinding NAME --serviceaccount=NS:robot --user=ana", binding, ""},
		command{"kubectl patch deploy NAME --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":2}}'", deployment, ""},
		// custom resources: plural, singular, short name, kind, with group and version
		command{"kubectl label widgets NAME a=b", crd, ""},
		command{"kubectl label widget/NAME a=b", crd, ""},
		command{"kubectl annotate wdg NAME note=x", crd, ""},
		command{"kubectl annotate Widget/NAME note=x", crd, ""},
		command{"kubectl label widgets.parity.example.com NAME old-", crd, ""},
		command{"kubectl label widgets.v1.parity.example.com/NAME a=b -n NS", crd, ""},
		command{"kubectl patch wdg/NAME --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":3}}'", crd, ""},
		command{"kubectl label widget NAME NAME-b a=b", resource, ""},
		command{"kubectl patch wdg NAME --type=merge -p '{\"spec\":{\"replicas\":4}}'", crd, ""},
		command{"kubectl patch widget/NAME --type json -p '[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":4}]'", crd, ""},
		command{"kubectl delete wdg/NAME", crd, ""},
		command{"kubectl delete widgets.parity.example.com NAME --cascade=foreground", crd, ""},
		command{"kubectl autoscale widget/NAME --max=3", crd, "autoscaling/v2/horizontalpodautoscalers/NAME"},
		command{"kubectl create role NAME --verb=get --resource=wdg,widgets/status", nil, "rbac.authorization.k8s.io/v1/roles/NAME"},
	)
	readings = append(readings,
		reading{"kubectl get wdg", crd},
		reading{"kubectl get widgets.parity.example.com NAME", crd},
		reading{"kubectl get Widget -l old=1 -o yaml", crd},
	)
	fixtures["ported"] = fixture{"apps/v1", "deployments", func(n string) object {
		o := workload(n, object{"replicas": 1})
		o["spec"].(object)["template"].(object)["spec"] = object{"nodeSelector": object{"parity": "pods"}, "containers": []object{
			{"name": "dns", "image": "busybox:1", "ports": []object{{"containerPort": 53, "protocol": "UDP", "name": "dns"}, {"containerPort": 53, "name": "dns-tcp"}}},
			{"name": "metrics", "image": "busybox:1", "ports": []object{{"containerPort": 9153}}}}}
		return o
	}}
	fixtures["rolebinding"] = fixture{"rbac.authorization.k8s.io/v1", "rolebindings", func(n string) object {
		return object{"metadata": object{"name": n}, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
			"subjects": []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ana"}}}
	}}
	fixtures["widget"] = fixture{"parity.example.com/v1", "widgets", func(n string) object {
		return object{"apiVersion": "parity.example.com/v1", "kind": "Widget", "metadata": object{"name": n, "labels": object{"old": "1"}},
			"spec": object{"replicas": 1}}
	}}
}

// widgets is a type with a short name and a scale subresource.
func widgets() object {
	whole := object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	return object{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{"name": "widgets.parity.example.com"},
		"spec": object{"group": "parity.example.com", "scope": "Namespaced",
			"names": object{"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": []string{"wdg"}},
			"versions": []object{{"name": "v1", "served": true, "storage": true, "schema": object{"openAPIV3Schema": whole},
				"subresources": object{"status": object{}, "scale": object{"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}}}}}
}
