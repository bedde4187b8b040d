package parity

// Commands in containers, which kwok runs on this machine, and ephemeral containers. kubectl chooses a debugger's name at
// random, and its profile by its version, so that every command says both.
func init() {
	pod := []string{"pod"}
	commands = append(commands,
		command{"kubectl exec NAME -- true", pod, ""},
		command{"kubectl exec pod/NAME -c main -- echo 'a b' --flag=c -x", pod, ""},
		command{"kubectl exec NAME --container=main -n NS -- sh -c 'exit 0; echo a&b'", pod, ""},
		command{"kubectl exec -c main NAME --namespace NS -- printf '%s+%s/?=' ä ''", pod, ""},
		command{"kubectl exec deploy/NAME -- true", deployment, ""},
		command{"kubectl exec svc/NAME-b -- true", []string{"deployment", "selects-b"}, "apps/v1/deployments/NAME"},
		command{"kubectl debug NAME --image=busybox:1 -c d --profile=legacy", pod, ""},
		command{"kubectl debug pod/NAME --image=busybox:1 --container=d --target=main --env=A=1 --profile=general", pod, ""},
		command{"kubectl debug NAME --image busybox:1 -c d --profile=baseline --image-pull-policy=Always", pod, ""},
		command{"kubectl debug NAME --image=busybox:1 -c d --profile=restricted -- sh -c 'id; sleep 5'", pod, ""},
		command{"kubectl debug NAME --image=busybox:1 -c d --profile=netadmin --arguments-only -- a -b", pod, ""},
		command{"kubectl debug NAME --image=busybox:1 -c d --profile=sysadmin -n NS", pod, ""},
	)
}
