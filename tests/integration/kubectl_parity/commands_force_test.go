package parity

import "strings"

// What a policy of the namespace opens (newWorld): deletes that wait for nobody, and drains that take pods along that nothing
// brings back.
func init() {
	pod, node := []string{"pod"}, []string{"reserved", "lone-b"}
	fixtures["lone"] = fixture{"v1", "pods", func(n string) object {
		return object{"metadata": object{"name": n}, "spec": object{"nodeName": strings.TrimSuffix(n, "-b"), "terminationGracePeriodSeconds": 1,
			"containers": []object{{"name": "main", "image": "busybox:1"}}}}
	}}
	commands = append(commands,
		command{"kubectl delete pod NAME --force", pod, ""},
		command{"kubectl delete po/NAME --force --grace-period=0", pod, ""},
		command{"kubectl delete --force=true pod/NAME --cascade=foreground -n NS", pod, ""},
		command{"kubectl delete pods --field-selector=metadata.name=NAME --force", pod, ""},
		command{"kubectl delete deployment/NAME --force --cascade=orphan", deployment, ""},
		command{"kubectl delete cm NAME --force", configmap, ""},
		command{"kubectl drain NAME --force", node, ""},
		command{"kubectl drain node/NAME --force --ignore-daemonsets --grace-period=0", node, ""},
		command{"kubectl drain NAME --force --pod-selector=app=nothing", node, ""},
	)
}
