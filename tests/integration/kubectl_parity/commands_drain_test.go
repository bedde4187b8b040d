package parity

import "strings"

// A drain is several changes: the node's, and an eviction for each pod. The pods are a StatefulSet's, so that the twins' have the
// same names, and go by no scheduler, so that they come back where they were.
func init() {
	fixtures["on-node"] = fixture{"apps/v1", "statefulsets", func(n string) object {
		o := workload(n, object{"replicas": 1, "serviceName": n})
		spec := podSpec()
		delete(spec, "nodeSelector")
		spec["nodeName"] = strings.TrimSuffix(n, "-b")
		o["spec"].(object)["template"].(object)["spec"] = spec
		return o
	}}
	// No other command's pods come to it.
	fixtures["reserved"] = fixture{"v1", "nodes", func(n string) object {
		return plainNode(n, object{"taints": []object{{"key": "parity", "value": "drain", "effect": "NoSchedule"}}})
	}}
	empty, full := []string{"reserved"}, []string{"reserved", "on-node-b"}
	commands = append(commands, []command{
		{"kubectl drain NAME", empty, ""},
		{"kubectl drain NAME", full, ""},
		{"kubectl drain node/NAME --ignore-daemonsets --delete-emptydir-data", full, ""},
		{"kubectl drain --grace-period=3 --ignore-daemonsets=true NAME --timeout=60s", full, ""},
		{"kubectl drain NAME --pod-selector=app=nothing", full, ""},
	}...)
}
