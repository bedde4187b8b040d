package parity

// Commands that select their objects: kubectl lists and changes what it finds, we name what was found when the plan was made.
func init() {
	both := []string{"deployment", "deployment-b"}
	commands = append(commands, []command{
		{"kubectl scale deployment -l app=NAME --replicas=2", deployment, ""},
		{"kubectl label deployments -l app=NAME tier=front", deployment, ""},
		{"kubectl label deploy --selector=app=NAME tier=front --overwrite", deployment, ""},
		{"kubectl annotate deployments -l app=NAME note=x", deployment, ""},
		{"kubectl label deployments --field-selector=metadata.name=NAME tier=front", deployment, ""},
		{"kubectl rollout restart deployment -l app=NAME", deployment, ""},
		{"kubectl delete deployments --field-selector metadata.name=NAME", deployment, ""},
		{"kubectl delete deployments -l app=NAME --cascade=orphan", deployment, ""},
		{"kubectl delete deployment NAME NAME-b", both, ""},
	}...)
}
