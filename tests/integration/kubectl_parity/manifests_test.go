package parity

import "regexp"

func init() {
	commands = append(commands, manifests...)
	allowedDifferences = append(allowedDifferences,
		difference{regexp.MustCompile(`^query fieldManager: "kubectl" → "kubechat"$`), "apply", "managedFields tell through what the field was set"},
		difference{regexp.MustCompile(`^body metadata\.uid: <nil> → "[-0-9a-f]+"$`), "-f -", "part of the precondition where a whole object is sent: it is not made anew when it has gone"},
		difference{regexp.MustCompile(`^body metadata\.resourceVersion: "\d+" → "\d+"$`), "replace", "each twin has its own"})
}

func here(command, manifest string) string {
	return "kubectl " + command + " -f - <<'EOF'\n" + manifest + "\nEOF"
}

const (
	aConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\n"
	bConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME-b\n"
	aWorkload  = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: NAME\n"
	cm         = "v1/configmaps/NAME"
)

// What is read from standard input.
var manifests = []command{
	// apply: made, merged, taken over
	{here("apply --server-side", aConfigMap+"data:\n  a: b\n  c: \"yes\"\n  d: |\n    two\n    lines"), nil, cm},
	{here("apply --server-side", aConfigMap+"data:\n  new: '1'"), configmap, ""},
	{here("apply --server-side=true", aConfigMap+"  labels: {new: on-top}\n  annotations:\n    example.com/x: \"0x1F\""), configmap, ""},
	{here("apply --server-side --force-conflicts", aConfigMap+"data:\n  a: z"), configmap, ""},
	{here("apply --server-side --force-conflicts -n NS", aConfigMap+"  namespace: NS\ndata: {a: z}"), configmap, ""},
	{here("apply --server-side", aWorkload+"spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        env: [{name: MODE, value: fast}]"), deployment, ""},
	{here("apply --server-side --force-conflicts", aWorkload+"spec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - {name: main, image: \"registry.k8s.io/pause:3.9\"}"), deployment, ""},
	{here("apply --server-side", aWorkload+"spec:\n  selector: &s {matchLabels: {app: NAME}}\n  template:\n    metadata: {labels: {app: NAME}}\n    spec:\n      terminationGracePeriodSeconds: 1\n      containers:\n      - {name: main, image: \"busybox:1\", ports: [{containerPort: 80}]}"), nil, "apps/v1/deployments/NAME"},
	{here("apply --server-side", aConfigMap+"---\n"+bConfigMap+"data: {x: w}"), nil, cm},
	{here("apply --server-side", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: NAME}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: NAME-b}}"), nil, cm},
	{here("apply --server-side", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"a":"\u00fc \ud83d\ude42"}}`), nil, cm},
	{here("apply --server-side", "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec:\n  selector: {app: x}\n  ports:\n  - {port: 80, targetPort: http}"), nil, "v1/services/NAME"},
	{here("apply --server-side", "apiVersion: v1\nkind: Namespace\nmetadata: {name: NAME, labels: {a: b}}"), nil, "v1/namespaces/NAME"},
	{here("apply --server-side", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: NAME}\nspec: {minAvailable: 50%, selector: {matchLabels: {app: x}}}"), nil, "policy/v1/poddisruptionbudgets/NAME"},
	{here("apply --server-side", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: NAME}\nspec: {podSelector: {}, policyTypes: [Ingress]}"), nil, "networking.k8s.io/v1/networkpolicies/NAME"},
	{here("apply --server-side", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: NAME, creationTimestamp: null}\nspec:\n  schedule: \"0 0 1 1 *\"\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: busybox}]}}}}\nstatus: {}"), nil, "batch/v1/cronjobs/NAME"},
	// create
	{here("create", aConfigMap+"data: {a: b}"), nil, cm},
	{here("create -n NS", aConfigMap+"  labels: {a: b}"), nil, cm},
	{here("create", aWorkload+"spec:\n  replicas: 1\n  selector: {matchLabels: {app: NAME}}\n  template:\n    metadata: {labels: {app: NAME}}\n    spec: {containers: [{name: main, image: busybox}]}"), nil, "apps/v1/deployments/NAME"},
	{here("create", aConfigMap+"---\n"+bConfigMap), nil, cm},
	{here("create", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: NAME}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}}"), nil, "autoscaling/v2/horizontalpodautoscalers/NAME"},
	// replace
	{here("replace", aConfigMap+"data: {fresh: '1'}"), configmap, ""},
	{here("replace -n NS", aConfigMap+"  namespace: NS\n  labels: {only: this}"), configmap, ""},
	{here("replace", aWorkload+"  labels: {app: NAME}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: NAME}}\n  template:\n    metadata: {labels: {app: NAME}}\n    spec: {containers: [{name: main, image: \"busybox:1\"}]}"), deployment, ""},
	// delete
	{here("delete", aConfigMap), configmap, ""},
	{here("delete --cascade=orphan", aWorkload+"spec: {what: ever}"), deployment, ""},
	{here("delete --now", aConfigMap+"---\n"+bConfigMap), []string{"configmap", "configmap-b"}, ""},
}
