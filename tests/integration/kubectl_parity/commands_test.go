package parity

// A command and what it needs to be there. NAME stands for the twin's name, NS for the namespace. What it reads from standard
// input is a here-document in it: "kubectl apply --server-side -f - <<'EOF'\n...\nEOF".
type command struct {
	text    string
	objects []string // of fixtures; the first one's name is NAME
	made    string   // what it creates, as a path: "v1/services/NAME"; "": it changes or deletes the first object
}

// A reading changes nothing, so that both sides read the same objects, which nobody changes meanwhile.
type reading struct {
	text    string
	objects []string // of fixtures, shared by all readings with the same list; the first one's name is NAME
}

// printed are readings of which what is printed is compared, too.
var printed []reading

var readings = []reading{
	{"kubectl get deployment/NAME", deployment},
	{"kubectl get deployments", deployment},
	{"kubectl get deploy -l app=NAME", deployment},
	{"kubectl get cm NAME -o yaml", configmap},
}

// Every changing verb in the spellings that kubectl takes.
var commands = []command{
	// scale
	{"kubectl scale deployment/NAME --replicas=2", deployment, ""},
	{"kubectl scale deployment NAME --replicas 2", deployment, ""},
	{"kubectl scale --replicas=2 deploy/NAME", deployment, ""},
	{"kubectl scale deploy NAME --replicas=0", deployment, ""},
	{"kubectl scale deployments/NAME --replicas=3 --namespace=NS", deployment, ""},
	{"kubectl scale deployments.apps/NAME --replicas=2 -n NS", deployment, ""},
	{"kubectl scale deployments.v1.apps/NAME --replicas=2 -nNS", deployment, ""},
	{"kubectl -n NS scale deployment.apps NAME --replicas=2", deployment, ""},
	{"kubectl --namespace NS scale --replicas 2 deployment.v1.apps NAME", deployment, ""},
	{"kubectl scale deployment/NAME --replicas=2 --current-replicas=1", deployment, ""},
	{"kubectl scale deployment/NAME --replicas=1", deployment, ""}, // what it has
	{"kubectl scale statefulset/NAME --replicas=2", statefulset, ""},
	{"kubectl scale sts NAME --replicas=2", statefulset, ""},
	{"kubectl scale rs/NAME --replicas=2", []string{"replicaset"}, ""},
	{"kubectl scale replicasets.apps NAME --replicas=2", []string{"replicaset"}, ""},
	{"kubectl scale deployment NAME NAME-b --replicas=2", []string{"deployment", "deployment-b"}, ""},
	{"kubectl scale deployment/NAME deployment/NAME-b --replicas=2", []string{"deployment", "deployment-b"}, ""},
	{"kubectl scale deployment/NAME sts/NAME-b --replicas=2", []string{"deployment", "statefulset-b"}, ""},
	// rollout
	{"kubectl rollout restart deployment/NAME", deployment, ""},
	{"kubectl rollout restart deploy NAME -n NS", deployment, ""},
	{"kubectl rollout restart sts/NAME", statefulset, ""},
	{"kubectl rollout restart daemonset NAME", daemonset, ""},
	{"kubectl rollout restart deployment/NAME sts/NAME-b", []string{"deployment", "statefulset-b"}, ""},
	{"kubectl rollout pause deployment/NAME", deployment, ""},
	{"kubectl rollout pause deploy NAME", deployment, ""},
	{"kubectl rollout resume deployment/NAME", []string{"paused"}, ""},
	{"kubectl rollout resume deployments.apps NAME", []string{"paused"}, ""},
	{"kubectl rollout undo deployment/NAME", []string{"deployment-history"}, ""},
	{"kubectl rollout undo deploy NAME --to-revision=1", []string{"deployment-history"}, ""},
	{"kubectl rollout undo deployment/NAME --to-revision 0", []string{"deployment-history"}, ""},
	{"kubectl rollout undo statefulset/NAME", []string{"statefulset-history"}, ""},
	{"kubectl rollout undo ds/NAME --to-revision=1", []string{"daemonset-history"}, ""},
	// set image
	{"kubectl set image deployment/NAME main=registry.k8s.io/pause:3.9", deployment, ""},
	{"kubectl set image deploy NAME side=busybox:1 main=registry.k8s.io/pause:3.9 -n NS", deployment, ""},
	{"kubectl set image sts/NAME '*=busybox:1'", statefulset, ""},
	{"kubectl set image deployment/NAME init=busybox:1", deployment, ""},
	{"kubectl set image daemonset NAME main=busybox:1.36", daemonset, ""},
	{"kubectl set image cronjob/NAME job=busybox:1.36", cronjob, ""},
	{"kubectl set image pod/NAME main=busybox:1.36", []string{"pod"}, ""},
	// set env
	{"kubectl set env deployment/NAME MODE=fast", deployment, ""},
	{"kubectl set env deploy NAME A=2 B=x 'C=a b'", deployment, ""},
	{"kubectl set env deployment/NAME A- -c main", deployment, ""},
	{"kubectl set env deployment/NAME A- F-", deployment, ""},
	{"kubectl set env deployment/NAME F=1 --containers=main", deployment, ""},
	{"kubectl set env sts/NAME EMPTY= -c 's*'", statefulset, ""},
	{"kubectl set env cronjob/NAME X=1", cronjob, ""},
	// set resources, set serviceaccount
	{"kubectl set resources deployment/NAME --limits=cpu=200m,memory=512Mi", deployment, ""},
	{"kubectl set resources deploy NAME -c=main --requests=cpu=100m --limits=cpu=0.5", deployment, ""},
	{"kubectl set resources ds/NAME --requests memory=64Mi", daemonset, ""},
	{"kubectl set serviceaccount deployment/NAME robot", deployment, ""},
	{"kubectl set sa sts NAME robot", statefulset, ""},
	// label, annotate
	{"kubectl label deployment/NAME tier=front", deployment, ""},
	{"kubectl label deploy NAME tier=front example.com/team=pay -n NS", deployment, ""},
	{"kubectl label deployment NAME old=new --overwrite", deployment, ""},
	{"kubectl label cm/NAME old-", configmap, ""},
	{"kubectl label configmap NAME old- fresh=1 --overwrite=true", configmap, ""},
	{"kubectl label pod NAME a=", []string{"pod"}, ""},
	{"kubectl label svc/NAME a=b", []string{"service"}, ""},
	{"kubectl annotate deployment/NAME note='two words'", deployment, ""},
	{"kubectl annotate configmaps NAME example.com/on-call=ana old-", configmap, ""},
	{"kubectl annotate cm NAME old=new --overwrite", configmap, ""},
	// nodes
	{"kubectl cordon NAME", node, ""},
	{"kubectl cordon node/NAME", node, ""},
	{"kubectl uncordon NAME", []string{"cordoned"}, ""},
	{"kubectl taint nodes NAME dedicated=pay:NoSchedule", node, ""},
	{"kubectl taint node NAME a=1:NoSchedule b:PreferNoSchedule", node, ""},
	{"kubectl taint node NAME old=2:NoSchedule --overwrite", []string{"tainted"}, ""},
	{"kubectl taint no NAME old:NoSchedule- new=1:NoSchedule", []string{"tainted"}, ""},
	{"kubectl taint nodes NAME old-", []string{"tainted"}, ""},
	{"kubectl label node NAME zone=b", node, ""},
	// delete
	{"kubectl delete deployment/NAME", deployment, ""},
	{"kubectl delete deploy NAME --cascade=orphan", deployment, ""},
	{"kubectl delete pod NAME --grace-period=0", []string{"pod"}, ""},
	{"kubectl delete po/NAME --now", []string{"pod"}, ""},
	{"kubectl delete cm NAME", configmap, ""},
	{"kubectl delete configmaps/NAME --cascade", configmap, ""},
	{"kubectl delete sts/NAME --cascade=foreground -n NS", statefulset, ""},
	{"kubectl delete svc NAME --grace-period=10", []string{"service"}, ""},
	{"kubectl delete cronjob.batch/NAME", cronjob, ""},
	// patch
	{`kubectl patch deployment/NAME -p '{"spec":{"minReadySeconds":1}}'`, deployment, ""},
	{`kubectl patch deploy NAME --patch='{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"busybox:1"}]}}}}'`, deployment, ""},
	{`kubectl patch cm NAME --type=merge -p '{"data":{"a":"z","n":null}}'`, configmap, ""},
	{`kubectl patch configmap/NAME --type json -p '[{"op":"replace","path":"/data/a","value":"z"}]'`, configmap, ""},
	// what creates
	{"kubectl autoscale deployment/NAME --min=1 --max=3 --cpu-percent=80", deployment, "autoscaling/v2/horizontalpodautoscalers/NAME"},
	{"kubectl autoscale deploy NAME --max=3 --name=NAME-x", deployment, "autoscaling/v2/horizontalpodautoscalers/NAME-x"},
	{"kubectl autoscale sts/NAME --max=3 --cpu=500m --memory=70%", statefulset, "autoscaling/v2/horizontalpodautoscalers/NAME"},
	{"kubectl create job NAME-now --from=cronjob/NAME", cronjob, "batch/v1/jobs/NAME-now"},
	{"kubectl create job NAME-now --from cronjobs.batch/NAME -n NS", cronjob, "batch/v1/jobs/NAME-now"},
	{"kubectl create configmap NAME --from-literal=a=b", nil, "v1/configmaps/NAME"},
	{"kubectl create cm NAME --from-literal=a=b --from-literal='c=d e'", nil, "v1/configmaps/NAME"},
	{"kubectl create serviceaccount NAME", nil, "v1/serviceaccounts/NAME"},
	{"kubectl create sa NAME -n NS", nil, "v1/serviceaccounts/NAME"},
	{"kubectl create namespace NAME", nil, "v1/namespaces/NAME"},
	{"kubectl expose deployment/NAME --port=80 --target-port=8080", deployment, "v1/services/NAME"},
	{"kubectl expose deploy NAME --port 53 --protocol=UDP --name=NAME-dns", deployment, "v1/services/NAME-dns"},
	{"kubectl expose svc NAME --port=81 --name=NAME-two --target-port=http", []string{"service"}, "v1/services/NAME-two"},
}
