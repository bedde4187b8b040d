package parity

import "regexp"

// What containers said (kwok lets each say the same), what happened, and what is used. Events of a namespace in which requests
// are made come and go, and so do the pods of all namespaces: of those the requests alone are compared.
func init() {
	pod, nodes := []string{"pod"}, []string{"node", "unmeasured-b"}
	fixtures["unmeasured"] = fixture{"v1", "nodes", func(n string) object {
		o := plainNode(n, object{})
		o["metadata"].(object)["labels"].(object)["metrics"] = "none"
		return o
	}}
	add := func(list *[]reading, objects []string, texts ...string) {
		for _, text := range texts {
			*list = append(*list, reading{text, objects})
		}
	}
	add(&printed, pod,
		"kubectl logs NAME",
		"kubectl logs pod/NAME",
		"kubectl logs NAME -c main",
		"kubectl logs NAME --container=main --tail=2",
		"kubectl logs NAME --previous",
		"kubectl logs NAME -p --tail=1 -n NS",
		"kubectl logs NAME --since=1h",
		"kubectl logs NAME --since=90s --tail=3",
		"kubectl logs NAME --since-time=2026-01-02T03:04:05Z",
		"kubectl logs NAME --timestamps --tail=5",
		"kubectl top pod NAME",
		"kubectl top pod NAME --containers",
		"kubectl top pods NAME -n NS",
		"kubectl events --for=pod/NAME",
		"kubectl events --for pod/NAME --types=Normal",
	)
	add(&printed, deployment,
		"kubectl logs deployment/NAME",
		"kubectl logs deploy/NAME -c side --tail=2",
		"kubectl logs deploy/NAME --all-containers --tail=1",
		"kubectl logs deploy/NAME --all-containers --prefix --tail=1",
		"kubectl logs -l app=NAME",
		"kubectl logs -l app=NAME --tail=2",
		"kubectl logs -l app=NAME -c side --tail=3 --prefix",
		"kubectl logs --selector=app=NAME --all-containers --tail=1 --timestamps",
		"kubectl events --for=deployment/NAME",
		"kubectl events --for=deployments.apps/NAME --types=Normal,Warning",
		"kubectl top pods",
		"kubectl top pods --containers",
		"kubectl top pods -l app=NAME",
		"kubectl top po --selector app=NAME --containers --sort-by=memory",
		"kubectl top pods --sort-by=cpu",
		"kubectl top pods --sort-by=memory -n NS",
	)
	add(&printed, nodes,
		"kubectl top nodes",
		"kubectl top node NAME",
		"kubectl top no -l type=kwok",
		"kubectl top nodes --sort-by=cpu",
		"kubectl top nodes --sort-by memory",
	)
	add(&readings, deployment,
		"kubectl events",
		"kubectl events --types=Warning",
		"kubectl events -n NS --types Normal",
		"kubectl events -A",
		"kubectl events --all-namespaces --for=deployment/NAME",
		"kubectl top pods -A",
		"kubectl top pods --all-namespaces --containers --sort-by=cpu",
		"kubectl logs deploy/NAME -c nosuch",
	)
	allow := func(what, flag, reason string) {
		allowedDifferences = append(allowedDifferences, difference{regexp.MustCompile(what), flag, reason})
	}
	allow(`^query tailLines: <nil> → "500"$`, "kubectl logs", "kubectl reads all there is")
	allow(`^query tailLines: "10" → "50"$`, "kubectl logs -l", "with a selector kubectl reads ten lines of each container")
	allow(`^query limit: <nil> → "100"$`, "kubectl logs", "pods, too; kubectl lists all")
	allow(`^query fieldSelector: "involvedObject\.apiVersion=\S+,involvedObject\.kind=\S+,(involvedObject\.name=NAME)" → "involvedObject\.name=NAME"$`,
		"kubectl events", "kubechat compares the kind in the answer")
	allow(`^query fieldSelector: "involvedObject\.kind=\S+,involvedObject\.name=NAME,involvedObject\.namespace=NS,involvedObject\.uid=\S+" → `+
		`"involvedObject\.kind=\S+,involvedObject\.name=NAME,involvedObject\.uid=\S+"$`, "kubectl describe deployment", "the path says the namespace")
	allow(`^(query fieldSelector: "involvedObject\.\S+" → <nil>|reads list /api/v1/namespaces/NS/events .*: (kubectl|kubechat) alone)$`, "kubectl describe configmaps",
		"kubechat asks once for the events of all of them; kubectl for those of each, and goes on without when nobody answers in time")
	allow(`^query limitBytes: <nil> → "4194304"$`, "kubectl logs", "what is shown is bounded")
}
