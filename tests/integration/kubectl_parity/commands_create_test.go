package parity

// Verbs that make an object.
func init() {
	commands = append(commands,
		// run
		command{"kubectl run NAME --image=busybox:1", nil, "v1/pods/NAME"},
		command{"kubectl run NAME --image busybox:1 --port=80 --env=A=1 --env='B=two words' --env=C= -n NS", nil, "v1/pods/NAME"},
		command{"kubectl run NAME --image=busybox:1 --labels=app=web,tier=front --annotations=note='a b' --annotations=x=y", nil, "v1/pods/NAME"},
		command{"kubectl run NAME --image=busybox:1 -l app=web --restart=Never -- -c 'echo hi; sleep 1'", nil, "v1/pods/NAME"},
		command{"kubectl run NAME --image=busybox:1 --restart=OnFailure --command -- sh -c 'exit 0'", nil, "v1/pods/NAME"},
		command{"kubectl run NAME --image=busybox:1 --image-pull-policy=IfNotPresent --privileged --restart=Always", nil, "v1/pods/NAME"},
		// create deployment
		command{"kubectl create deployment NAME --image=busybox:1", nil, "apps/v1/deployments/NAME"},
		command{"kubectl create deploy NAME --image=registry.k8s.io/pause:3.10 -r 2 --port=8080", nil, "apps/v1/deployments/NAME"},
		command{"kubectl create deployment NAME --image=busybox:1 --image=registry.k8s.io/pause:3.10 --replicas=0", nil, "apps/v1/deployments/NAME"},
		command{"kubectl create deployment NAME --image=busybox:1 -n NS -- sleep 1d", nil, "apps/v1/deployments/NAME"},
		// create role, clusterrole, rolebinding, clusterrolebinding
		command{"kubectl create role NAME --verb=get,list --verb=watch --resource=pods", nil, "rbac.authorization.k8s.io/v1/roles/NAME"},
		command{"kubectl create role NAME --verb=get --resource=po,pods/log,deploy,rs.apps,ing --resource=jobs.batch", nil, "rbac.authorization.k8s.io/v1/roles/NAME"},
		command{"kubectl create role NAME --verb=get --verb=get --resource=configmaps --resource-name=a --resource-name=b", nil, "rbac.authorization.k8s.io/v1/roles/NAME"},
		command{"kubectl create role NAME --verb='*' --resource='*'", nil, "rbac.authorization.k8s.io/v1/roles/NAME"},
		command{"kubectl create clusterrole NAME --verb=get,list --resource=nodes,deployments/scale", nil, "rbac.authorization.k8s.io/v1/clusterroles/NAME"},
		command{"kubectl create clusterrole NAME --verb=get '--non-resource-url=/logs/*' --non-resource-url=/healthz", nil, "rbac.authorization.k8s.io/v1/clusterroles/NAME"},
		command{"kubectl create clusterrole NAME --verb=impersonate --resource=users,groups", nil, "rbac.authorization.k8s.io/v1/clusterroles/NAME"},
		command{"kubectl create clusterrole NAME --aggregation-rule=example.com/to=NAME", nil, "rbac.authorization.k8s.io/v1/clusterroles/NAME"},
		command{"kubectl create rolebinding NAME --role=reader --user=ana --user=bob --group=ops", nil, "rbac.authorization.k8s.io/v1/rolebindings/NAME"},
		command{"kubectl create rolebinding NAME --clusterrole=view --serviceaccount=NS:robot", nil, "rbac.authorization.k8s.io/v1/rolebindings/NAME"},
		command{"kubectl create clusterrolebinding NAME --clusterrole=view --group='the team' --serviceaccount=NS:robot", nil, "rbac.authorization.k8s.io/v1/clusterrolebindings/NAME"},
		// create quota, poddisruptionbudget, priorityclass
		command{"kubectl create quota NAME --hard=pods=1000,configmaps=2k,requests.storage=8Ti", nil, "v1/resourcequotas/NAME"},
		command{"kubectl create resourcequota NAME --hard=pods=1000 --scopes=BestEffort", nil, "v1/resourcequotas/NAME"},
		command{"kubectl create quota NAME", nil, "v1/resourcequotas/NAME"},
		command{"kubectl create poddisruptionbudget NAME --selector=app=NAME --min-available=1", nil, "policy/v1/poddisruptionbudgets/NAME"},
		command{"kubectl create pdb NAME --selector=app=NAME,tier=front --max-unavailable=50%", nil, "policy/v1/poddisruptionbudgets/NAME"},
		command{"kubectl create priorityclass NAME --value=1000 --description='for batch work'", nil, "scheduling.k8s.io/v1/priorityclasses/NAME"},
		command{"kubectl create pc NAME --value=-5 --preemption-policy=Never", nil, "scheduling.k8s.io/v1/priorityclasses/NAME"},
		// create job, cronjob
		command{"kubectl create job NAME --image=busybox:1", nil, "batch/v1/jobs/NAME"},
		command{"kubectl create job NAME --image=busybox:1 -- date --iso-8601", nil, "batch/v1/jobs/NAME"},
		command{"kubectl create cronjob NAME --image=busybox:1 --schedule='0 0 1 1 *'", nil, "batch/v1/cronjobs/NAME"},
		command{"kubectl create cj NAME --image=busybox:1 --schedule='@yearly' --restart=Never -- date", nil, "batch/v1/cronjobs/NAME"},
		// create service
		command{"kubectl create service clusterip NAME --tcp=80:8080", nil, "v1/services/NAME"},
		command{"kubectl create svc clusterip NAME --tcp=80,443:https", nil, "v1/services/NAME"},
		command{"kubectl create service clusterip NAME --clusterip=None", nil, "v1/services/NAME"},
		command{"kubectl create service nodeport NAME --tcp=80:8080", nil, "v1/services/NAME"},
		command{"kubectl create service loadbalancer NAME --tcp=53 -n NS", nil, "v1/services/NAME"},
		command{"kubectl create service externalname NAME --external-name=db.example.com", nil, "v1/services/NAME"},
		// create ingress
		command{"kubectl create ingress NAME --rule=foo.example.com/bar=svc1:8080,tls=my-cert", nil, "networking.k8s.io/v1/ingresses/NAME"},
		command{"kubectl create ingress NAME --class=nginx --rule='/path=svc:port' --rule='/api*=svc:80'", nil, "networking.k8s.io/v1/ingresses/NAME"},
		command{"kubectl create ing NAME --rule='a.example.com/*=one:80,tls' --rule='b.example.com/=two:80,tls=x' --rule='c.example.com/x*=two:81,tls=x' --rule='a.example.com/y=three:http'", nil, "networking.k8s.io/v1/ingresses/NAME"},
		command{"kubectl create ingress NAME --default-backend=fallback:http --annotation=a=1 --annotation='b=c=d'", nil, "networking.k8s.io/v1/ingresses/NAME"},
	)
}
