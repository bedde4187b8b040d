package parity

// What reading asks of the API server.
func init() {
	for _, text := range []string{
		"kubectl get deployment/NAME -o json",
		"kubectl get deployment/NAME -o wide --show-labels",
		"kubectl get deploy NAME -o jsonpath='{.spec.replicas}'",
		"kubectl get deployments -o custom-columns=NAME:.metadata.name",
		"kubectl get deployments -l 'app in (NAME,other),app!=none' -L app",
		"kubectl get deployments --field-selector=metadata.name=NAME -o name",
		"kubectl get deployments --sort-by=.metadata.name",
		"kubectl get deployments -A --no-headers",
		"kubectl get deployment/NAME --subresource=scale -o yaml",
		"kubectl get deployment NAME --subresource=status",
		"kubectl get deployment NAME-none --ignore-not-found",
		"kubectl get replicasets,services",
		"kubectl get pods --chunk-size=500",
		"kubectl get nodes -o name",
		"kubectl rollout status deployment/NAME --watch=false",
		"kubectl rollout history deployment/NAME",
		"kubectl rollout history deployment/NAME --revision=1",
		"kubectl wait deployment/NAME --for=create",
		"kubectl wait deployment/NAME --for=condition=Available --timeout=60s",
		"kubectl wait deployment/NAME --for=jsonpath='{.metadata.name}'=NAME",
		"kubectl wait deployment/NAME-none --for=delete",
		"kubectl auth can-i create deployments",
		"kubectl auth can-i get pods/NAME --subresource=log",
		"kubectl auth can-i list nodes",
		"kubectl auth can-i get /healthz",
		"kubectl auth can-i '*' '*'",
		"kubectl auth can-i --list",
		"kubectl api-resources",
		"kubectl api-versions",
		"kubectl explain deployment.spec.strategy",
		"kubectl events --for=deployment/NAME",
		"kubectl describe deployment/NAME",
		"kubectl describe configmaps",
	} {
		readings = append(readings, reading{text, deployment})
	}
}
