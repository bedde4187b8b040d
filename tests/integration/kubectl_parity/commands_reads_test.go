package parity

import "regexp"

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
		"kubectl auth can-i get /healthz",
		"kubectl auth can-i '*' '*'",
		"kubectl auth can-i --list",
		"kubectl api-resources",
		"kubectl api-versions",
		"kubectl explain deployment.spec.strategy",
		"kubectl describe deployment/NAME",
		"kubectl describe configmaps",
	} {
		readings = append(readings, reading{text, deployment})
	}
	allow := func(what, flag, reason string) {
		allowedDifferences = append(allowedDifferences, difference{regexp.MustCompile(what), flag, reason})
	}
	allow(`^query limit: `, "kubectl get", "kubectl's pages have 500 objects each, kubechat's of whole objects 250; with --sort-by kubectl asks for all at once")
	allow(`^query limit: `, "kubectl describe", "the same for what is described at once")
	allow(`^reads get /api/v1/namespaces/NS : kubectl alone$`, "NAME-none", "kubectl looks whether the namespace is what is missing, to say so")
	allow(`^reads (list|watch) /apis/apps/v1/namespaces/NS/deployments .*fieldSelector=metadata.name=NAME .*: kubectl alone$`, "kubectl wait",
		"kubectl watches the object from then on; kubechat looks again now and then")
	allow(`^reads (list|watch) /apis/apps/v1/namespaces/NS/deployments .*fieldSelector=metadata.name=NAME .*: kubectl alone$`, "rollout status", "the same")
	allow(`^reads create \S+/selfsubjectrulesreviews .*body spec.namespace=NS .*: kubechat alone$`, "auth can-i",
		"what the requester may list is asked for each plan")
	allow(`^reads create \S+/selfsubjectaccessreviews .*resource=(namespaces|nodes) body spec.resourceAttributes.verb=list .*: kubechat alone$`, "auth can-i",
		"the same for what is in no namespace")
	allow(`^reads get /api/v1/namespaces/NS/configmaps/\S+ : kubectl alone$`, "describe configmaps", "kubectl reads each object of the list once more")
}
