/* What each verb sends for what it has seen, what it sets, and the way back: as kubectl 1.34 does it (-v=9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/action/record.h"
#include "tests/unit/action/types.h"

#define JSON      "application/json"
#define MERGE     "application/merge-patch+json"
#define STRATEGIC "application/strategic-merge-patch+json"
#define PATCH     "application/json-patch+json"
#define NS        "/namespaces/shop/"
#define MANAGER   "fieldManager=kubechat"
#define STRICT    MANAGER "&fieldValidation=Strict"

#define POD_SPEC                                                                                                       \
    "{'containers':[{'name':'web','image':'web:1','env':[{'name':'A','value':'1'},{'name':'F','valueFrom':{'x':1}}],"  \
    "'resources':{'limits':{'cpu':'1'}}},{'name':'log','image':'log:1'}],'initContainers':[{'name':'init','image':"    \
    "'init:1'}]}"
#define DEPLOYMENT                                                                                                     \
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','uid':'u-1','labels':{'app':'web','a':'b'}," \
    "'annotations':{'deployment.kubernetes.io/"                                                                        \
    "revision':'3','note':'old','gone':'x'}},'spec':{'replicas':3,'selector':"                                         \
    "{'matchLabels':{'app':'web'}},'template':{'metadata':{'labels':{'app':'web'}},'spec':" POD_SPEC "}}}"
#define PAUSED "{'kind':'Deployment','metadata':{'uid':'u-1'},'spec':{'paused':true,'template':{}}}"
#define RS(n, image, owner)                                                                                            \
    "{'metadata':{'annotations':{'deployment.kubernetes.io/revision':'" n                                              \
    "','deployment.kubernetes.io/desired-replicas':'3','note':'" image                                                 \
    "','a/b':'1'},'ownerReferences':[{'uid':'" owner                                                                   \
    "','controller':true}]},'spec':{'template':{'metadata':{'creationTimestamp':null,'labels':{'app':'web',"           \
    "'pod-template-hash':'abc'}},'spec':{'containers':[{'name':'web','image':'" image "'}]}}}}"
#define HISTORY                                                                                                        \
    "{'items':[" RS("1", "web:0", "u-1") "," RS("3", "web:1", "u-1") "," RS("2", "web:9", "u-1") "," RS("7", "no",     \
                                                                                                        "u-2") "]}"
#define STS                                                                                                            \
    "{'kind':'StatefulSet','metadata':{'uid':'u-1'},'spec':{'selector':{'matchLabels':{'app':'db'}},'template':{"      \
    "'metadata':{'labels':{'app':'db'}},'spec':{'containers':[{'name':'db','image':'db:2'}]}}}}"
#define CR(n, image)                                                                                                   \
    "{'revision':" n ",'metadata':{'ownerReferences':[{'uid':'u-1','controller':true}]},'data':{'spec':{'template':{"  \
    "'$patch':'replace','metadata':{'labels':{'app':'db'}},'spec':{'containers':[{'name':'db','image':'" image         \
    "'}]}}}}}"
#define REVISIONS "{'items':[" CR("2", "db:2") "," CR("1", "db:1") "]}"
#define NODE                                                                                                           \
    "{'kind':'Node','metadata':{},'spec':{'taints':[{'key':'a','value':'b','effect':'NoSchedule'},{'key':'x','effect'" \
    ":"                                                                                                                \
    "'NoExecute'}]}}"
#define CRONJOB                                                                                                        \
    "{'kind':'CronJob','metadata':{'name':'nightly','uid':'u-9'},'spec':{'jobTemplate':{'metadata':{'labels':{'j':'k'" \
    "},"                                                                                                               \
    "'annotations':{'n':'m'}},'spec':{'template':{'spec':{'containers':[{'name':'c','image':'c:1'}]}}}}}}"
#define PORTS                                                                                                          \
    "{'kind':'Deployment','metadata':{'name':'dns'},'spec':{'selector':{'matchLabels':{'app':'dns'}},'template':{"     \
    "'spec':{'containers':[{'name':'dns','ports':[{'containerPort':53,'protocol':'UDP'},{'containerPort':53,"          \
    "'protocol':'TCP'}]},{'name':'m','ports':[{'containerPort':9153}]}]}}}}"
#define BINDING                                                                                                        \
    "{'kind':'RoleBinding','metadata':{'name':'r'},'subjects':[{'kind':'User','apiGroup':'rbac.authorization.k8s.io'," \
    "'name':'ana'}]}"
#define RBAC      "/apis/rbac.authorization.k8s.io/v1"
#define SAFE_PORT "{'containerPort':80}"
#define MANIFEST                                                                                                       \
    " <<'EOF'\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {a/b.c: d}}, spec: {replicas: "   \
    "2, "                                                                                                              \
    "template: {spec: {containers: [{name: web, image: 'x:2', args: [a, b], ports: [{containerPort: 80}]}], volumes: " \
    "[{name: v, emptyDir: {}}], hostname: null}}}, status: {replicas: 9}}\nEOF"
#define MANIFEST_BODY                                                                                                  \
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'labels':{'a/b.c':'d'},'name':'web','namespace':'shop'}," \
    "'spec':{'replicas':2,'template':{'spec':{'containers':[{'args':['a','b'],'image':'x:2','name':'web','ports':"     \
    "[" SAFE_PORT "]}],'hostname':null,'volumes':[{'emptyDir':{},'name':'v'}]}}},'status':{'replicas':9}}"
#define MANIFEST_SETS                                                                                                  \
    "metadata.labels[a/b.c]=d spec.replicas=2 spec.template.spec.containers[name=web].args[0]=a "                      \
    "spec.template.spec.containers[name=web].args[1]=b spec.template.spec.containers[name=web].image=x:2 "             \
    "spec.template.spec.containers[name=web].name=web "                                                                \
    "spec.template.spec.containers[name=web].ports[containerPort=80].containerPort=80 "                                \
    "spec.template.spec.volumes[name=v].emptyDir={} spec.template.spec.volumes[name=v].name=v"
#define BEFORE  "{'apiVersion':'v1','data':{'a':'1'},'kind':'ConfigMap','metadata':{'name':'c','namespace':'shop'}}"
#define CM      " <<'EOF'\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: '2'}}\nEOF"
#define CM_BODY "{'apiVersion':'v1','data':{'a':'2'},'kind':'ConfigMap','metadata':{'name':'c','namespace':'shop'}}"
#define APPLY   "application/apply-patch+yaml"

#define SERVICE "{'kind':'Service','metadata':{'name':'web','labels':{'l':'1'}},'spec':{'selector':{'app':'web'}}}"

#define POD                                                                                                            \
    "{'kind':'Pod','metadata':{'name':'web','uid':'u-1'},'spec':{'containers':[{'name':'web','image':'web:1'},{"       \
    "'name':'log','image':'log:1'}]},'status':{'phase':'Running','containerStatuses':[{'name':'web','state':{"         \
    "'running':{}}},{'name':'log','state':{'waiting':{'reason':'CrashLoopBackOff'}}}]}}"
#define DEBUGGED                                                                                                       \
    "{'kind':'Pod','metadata':{'name':'web'},'spec':{'containers':[{'name':'web'}],'ephemeralContainers':[{'name':"    \
    "'d1','image':'b:1'}]},'status':{'phase':'Running'}}"
#define ENDED "{'metadata':{'name':'web'},'spec':{'containers':[{'name':'web'}]},'status':{'phase':'Failed'}}"

static const struct row {
    const char *command, *seen, *also; /* the first two looks */
    const char *method, *path, *query, *type, *body;
    const char *sets; /* "path=value" with spaces between; NULL: not looked at */
    enum kc_reversible reversible;
    const char *undo;
} rows[] = {
    {"kubectl rollout restart deploy/web", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'metadata':{'annotations':{'kubectl.kubernetes.io/restartedAt':'2026-11-23T10:00:00Z'}}}}}",
     "spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]=2026-11-23T10:00:00Z", KC_IRREVERSIBLE,
     NULL},
    {"kubectl rollout pause deploy/web", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC, "{'spec':{'paused':true}}", "spec.paused=true", KC_REVERSIBLE,
     "kubectl rollout resume deployment/web --namespace=shop"},
    {"kubectl rollout resume deploy/web", PAUSED, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC, "{'spec':{'paused':null}}", "spec.paused=", KC_REVERSIBLE,
     "kubectl rollout pause deployment/web --namespace=shop"},
    {"kubectl rollout undo deploy/web", DEPLOYMENT, HISTORY, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     PATCH,
     "[{'op':'replace','path':'/spec/template','value':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':"
     "[{'image':'web:9','name':'web'}]}}},{'op':'remove','path':'/metadata/annotations/gone'},{'op':'replace','path':"
     "'/metadata/annotations/note','value':'web:9'},{'op':'add','path':'/metadata/annotations/a~1b','value':'1'}]",
     "spec.template.spec.containers[name=web].image=web:9", KC_REVERSIBLE,
     "kubectl rollout undo deployment/web --namespace=shop --to-revision=3"},
    {"kubectl rollout undo deploy/web --to-revision=1", DEPLOYMENT, HISTORY, "PATCH",
     "/apis/apps/v1" NS "deployments/web", MANAGER, PATCH, NULL, "spec.template.spec.containers[name=web].image=web:0",
     KC_REVERSIBLE, "kubectl rollout undo deployment/web --namespace=shop --to-revision=3"},
    {"kubectl rollout undo sts/db", STS, REVISIONS, "PATCH", "/apis/apps/v1" NS "statefulsets/db", MANAGER, STRATEGIC,
     "{'spec':{'template':{'$patch':'replace','metadata':{'labels':{'app':'db'}},'spec':{'containers':[{'image':'db:1',"
     "'name':'db'}]}}}}",
     "spec.template.spec.containers[name=db].image=db:1", KC_REVERSIBLE,
     "kubectl rollout undo statefulset/db --namespace=shop --to-revision=2"},
    {"kubectl set image deploy/web web=web:2", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/"
     "containers':[{'name':'web'},{'name':'log'}],'containers':[{'image':"
     "'web:2','name':'web'}]}}}}",
     "spec.template.spec.containers[name=web].image=web:2", KC_REVERSIBLE,
     "kubectl set image deployment/web web=web:1 --namespace=shop"},
    {"kubectl set image deploy/web '*=x:2'", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/containers':[{'name':'web'},{'name':'log'}],"
     "'$setElementOrder/initContainers':[{'name':'init'}],'containers':[{'image':'x:2','name':'web'},{'image':'x:2',"
     "'name':'log'}],'initContainers':[{'image':'x:2','name':'init'}]}}}}",
     "spec.template.spec.containers[name=web].image=x:2 spec.template.spec.containers[name=log].image=x:2 "
     "spec.template.spec.initContainers[name=init].image=x:2",
     KC_REVERSIBLE, "kubectl set image deployment/web web=web:1 log=log:1 init=init:1 --namespace=shop"},
    {"kubectl set env deploy/web A=2 B=x -c web", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web",
     MANAGER, STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/containers':[{'name':'web'},{'name':'log'}],'containers':[{"
     "'$setElementOrder/"
     "env':[{'name':'A'},{'name':'F'},{'name':'B'}],'env':[{'name':'A','value':'2'},{'name':'B','value':"
     "'x'}],'name':'web'}]}}}}",
     "spec.template.spec.containers[name=web].env[name=A].value=2 "
     "spec.template.spec.containers[name=web].env[name=B].value=x",
     KC_REVERSIBLE, "kubectl set env deployment/web A=1 B- --namespace=shop --containers=web"},
    {"kubectl set env deploy/web F=2 -c web", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/containers':[{'name':'web'},{'name':'log'}],'containers':[{"
     "'$setElementOrder/env':[{'name':'A'},{'name':'F'}],'env':[{'name':'F','value':'2','valueFrom':null}],'name':"
     "'web'}]}}}}",
     NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl set env deploy/web A- -c 'w*'", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/containers':[{'name':'web'},{'name':'log'}],'containers':[{"
     "'$setElementOrder/env':[{'name':'F'}],'env':[{'$patch':'delete','name':'A'}],'name':'web'}]}}}}",
     "spec.template.spec.containers[name=web].env[name=A].value=", KC_REVERSIBLE,
     "kubectl set env deployment/web A=1 --namespace=shop --containers='w*'"},
    {"kubectl set env deploy/web A- F-", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/"
     "containers':[{'name':'web'},{'name':'log'}],'containers':[{'env':null,"
     "'name':'web'}]}}}}",
     NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl set resources deploy/web -c=web --limits=cpu=500m,memory=1Gi --requests=cpu=100m", DEPLOYMENT, NULL,
     "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER, STRATEGIC,
     "{'spec':{'template':{'spec':{'$setElementOrder/containers':[{'name':'web'},{'name':'log'}],'containers':[{'name':"
     "'web','resources':{'limits':{'cpu':'500m','memory':'1Gi'},'requests':{'cpu':'100m'}}}]}}}}",
     "spec.template.spec.containers[name=web].resources.limits.cpu=500m "
     "spec.template.spec.containers[name=web].resources.limits.memory=1Gi "
     "spec.template.spec.containers[name=web].resources.requests.cpu=100m",
     KC_PARTIAL, "kubectl set resources deployment/web --namespace=shop --limits=cpu=1 --containers=web"},
    {"kubectl set sa deploy/web robot", DEPLOYMENT, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web", MANAGER,
     STRATEGIC, "{'spec':{'template':{'spec':{'serviceAccountName':'robot'}}}}",
     "spec.template.spec.serviceAccountName=robot", KC_REVERSIBLE,
     "kubectl set serviceaccount deployment/web default --namespace=shop"},
    {"kubectl label deploy/web a=c tier=x app- --overwrite", DEPLOYMENT, NULL, "PATCH",
     "/apis/apps/v1" NS "deployments/web", MANAGER, MERGE, "{'metadata':{'labels':{'a':'c','app':null,'tier':'x'}}}",
     "metadata.labels.a=c metadata.labels.tier=x metadata.labels.app=", KC_REVERSIBLE,
     "kubectl label deployment/web a=b tier- app=web --namespace=shop --overwrite"},
    {"kubectl annotate deploy web example.com/on-call='ana & bob'", DEPLOYMENT, NULL, "PATCH",
     "/apis/apps/v1" NS "deployments/web", MANAGER, MERGE,
     "{'metadata':{'annotations':{'example.com/on-call':'ana & bob'}}}",
     "metadata.annotations[example.com/on-call]=ana & bob", KC_REVERSIBLE,
     "kubectl annotate deployment/web example.com/on-call- --namespace=shop --overwrite"},
    {"kubectl cordon n1", "{'spec':{}}", NULL, "PATCH", "/api/v1/nodes/n1", MANAGER, STRATEGIC,
     "{'spec':{'unschedulable':true}}", "spec.unschedulable=true", KC_REVERSIBLE, "kubectl uncordon n1"},
    {"kubectl uncordon node/n1", "{'spec':{'unschedulable':true}}", NULL, "PATCH", "/api/v1/nodes/n1", MANAGER,
     STRATEGIC, "{'spec':{'unschedulable':null}}", "spec.unschedulable=", KC_REVERSIBLE, "kubectl cordon n1"},
    {"kubectl taint nodes n1 b=c:NoSchedule a=d:NoSchedule --overwrite", NODE, NULL, "PATCH", "/api/v1/nodes/n1",
     STRICT, STRATEGIC,
     "{'spec':{'taints':[{'effect':'NoSchedule','key':'b','value':'c'},{'effect':'NoSchedule','key':'a','value':'d'},"
     "{'effect':'NoExecute','key':'x'}]}}",
     NULL, KC_REVERSIBLE, "kubectl taint node n1 b:NoSchedule- a=b:NoSchedule --overwrite"},
    {"kubectl taint node n1 x- a-", NODE, NULL, "PATCH", "/api/v1/nodes/n1", STRICT, STRATEGIC,
     "{'spec':{'taints':null}}", "", KC_REVERSIBLE, "kubectl taint node n1 x:NoExecute a=b:NoSchedule --overwrite"},
    {"kubectl delete deploy/web", DEPLOYMENT, NULL, "DELETE", "/apis/apps/v1" NS "deployments/web", "", JSON,
     "{'propagationPolicy':'Background'}", NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl delete deploy/web --cascade=orphan --grace-period=0", DEPLOYMENT, NULL, "DELETE",
     "/apis/apps/v1" NS "deployments/web", "", JSON, "{'gracePeriodSeconds':1,'propagationPolicy':'Orphan'}", NULL,
     KC_IRREVERSIBLE, NULL},
    {"kubectl delete pod web-1 --now --cascade", "{}", NULL, "DELETE", "/api/v1" NS "pods/web-1", "", JSON,
     "{'gracePeriodSeconds':1,'propagationPolicy':'Background'}", NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl delete pod web-1 --force", "{}", NULL, "DELETE", "/api/v1" NS "pods/web-1", "", JSON,
     "{'gracePeriodSeconds':0,'propagationPolicy':'Background'}", NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl delete deploy/web --force --grace-period=0 --cascade=orphan", DEPLOYMENT, NULL, "DELETE",
     "/apis/apps/v1" NS "deployments/web", "", JSON, "{'gracePeriodSeconds':0,'propagationPolicy':'Orphan'}", NULL,
     KC_IRREVERSIBLE, NULL},
    {"kubectl delete ns old --grace-period=30", "{}", NULL, "DELETE", "/api/v1/namespaces/old", "", JSON,
     "{'gracePeriodSeconds':30,'propagationPolicy':'Background'}", NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl patch deploy/web -p '{\"spec\":{\"paused\":true,\"x\":null}}'", DEPLOYMENT, NULL, "PATCH",
     "/apis/apps/v1" NS "deployments/web", MANAGER, STRATEGIC, "{'spec':{'paused':true,'x':null}}",
     "spec.paused=true spec.x=", KC_IRREVERSIBLE, NULL},
    {"kubectl patch cm/c --type merge -p '{\"data\":{\"a\":\"b\"}}'", "{}", NULL, "PATCH", "/api/v1" NS "configmaps/c",
     MANAGER, MERGE, "{'data':{'a':'b'}}", "data.a=b", KC_IRREVERSIBLE, NULL},
    {"kubectl patch cm/c --type=json --patch='[{\"op\":\"remove\",\"path\":\"/data/a\"}]'", "{}", NULL, "PATCH",
     "/api/v1" NS "configmaps/c", MANAGER, PATCH, "[{'op':'remove','path':'/data/a'}]", "", KC_IRREVERSIBLE, NULL},
    {"kubectl apply --server-side -f -" MANIFEST, NULL, NULL, "PATCH", "/apis/apps/v1" NS "deployments/web",
     STRICT "&force=false", APPLY, MANIFEST_BODY, MANIFEST_SETS, KC_REVERSIBLE,
     "kubectl delete deployment/web --namespace=shop"},
    {"kubectl apply --server-side --force-conflicts -f -" CM, BEFORE, NULL, "PATCH", "/api/v1" NS "configmaps/c",
     STRICT "&force=true", APPLY, CM_BODY, "data.a=2", KC_IRREVERSIBLE, NULL},
    {"kubectl create -f -" CM, NULL, NULL, "POST", "/api/v1" NS "configmaps", STRICT, JSON, CM_BODY, "data.a=2",
     KC_REVERSIBLE, "kubectl delete configmap/c --namespace=shop"},
    {"kubectl replace -f -" CM, BEFORE, NULL, "PUT", "/api/v1" NS "configmaps/c", STRICT, JSON, CM_BODY, "data.a=2",
     KC_IRREVERSIBLE, NULL},
    {"kubectl delete -f - --now" CM, "{}", NULL, "DELETE", "/api/v1" NS "configmaps/c", "", JSON,
     "{'gracePeriodSeconds':1,'propagationPolicy':'Background'}", NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl create ns new", NULL, NULL, "POST", "/api/v1/namespaces", STRICT, JSON,
     "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'new'}}", NULL, KC_REVERSIBLE,
     "kubectl delete namespace/new"},
    {"kubectl create serviceaccount robot", NULL, NULL, "POST", "/api/v1" NS "serviceaccounts", STRICT, JSON,
     "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'robot','namespace':'shop'}}", NULL, KC_REVERSIBLE,
     "kubectl delete serviceaccount/robot --namespace=shop"},
    {"kubectl create cm c --from-literal=a=b --from-literal 'c=d e' --from-literal=f=", NULL, NULL, "POST",
     "/api/v1" NS "configmaps", STRICT, JSON,
     "{'apiVersion':'v1','data':{'a':'b','c':'d "
     "e','f':''},'kind':'ConfigMap','metadata':{'name':'c','namespace':'shop'}}",
     NULL, KC_REVERSIBLE, "kubectl delete configmap/c --namespace=shop"},
    {"kubectl create job now --from=cj/nightly", CRONJOB, NULL, "POST", "/apis/batch/v1" NS "jobs", STRICT, JSON,
     "{'apiVersion':'batch/v1','kind':'Job','metadata':{'annotations':{'cronjob.kubernetes.io/"
     "instantiate':'manual','n':"
     "'m'},'labels':{'j':'k'},'name':'now','namespace':'shop','ownerReferences':[{'apiVersion':'batch/v1','controller':"
     "true,'kind':'CronJob','name':'nightly','uid':'u-9'}]},'spec':{'template':{'spec':{'containers':[{'image':'c:1',"
     "'name':'c'}]}}}}",
     NULL, KC_PARTIAL, "kubectl delete job/now --namespace=shop"},
    {"kubectl autoscale deploy/web --min=2 --max=5 --cpu-percent=80", DEPLOYMENT, NULL, "POST",
     "/apis/autoscaling/v2" NS "horizontalpodautoscalers", MANAGER, JSON,
     "{'apiVersion':'autoscaling/"
     "v2','kind':'HorizontalPodAutoscaler','metadata':{'name':'web','namespace':'shop'},'spec':"
     "{'maxReplicas':5,'metrics':[{'resource':{'name':'cpu','target':{'averageUtilization':80,'type':'Utilization'}},"
     "'type':'Resource'}],'minReplicas':2,'scaleTargetRef':{'apiVersion':'apps/v1','kind':'Deployment','name':'web'}}}",
     NULL, KC_PARTIAL, "kubectl delete horizontalpodautoscaler/web --namespace=shop"},
    {"kubectl autoscale deploy/web --max=5 --cpu=500 --memory=70% --name=h", DEPLOYMENT, NULL, "POST",
     "/apis/autoscaling/v2" NS "horizontalpodautoscalers", MANAGER, JSON,
     "{'apiVersion':'autoscaling/"
     "v2','kind':'HorizontalPodAutoscaler','metadata':{'name':'h','namespace':'shop'},'spec':"
     "{'maxReplicas':5,'metrics':[{'resource':{'name':'cpu','target':{'averageValue':'500m','type':'AverageValue'}},"
     "'type':'Resource'},{'resource':{'name':'memory','target':{'averageUtilization':70,'type':'Utilization'}},'type':"
     "'Resource'}],'scaleTargetRef':{'apiVersion':'apps/v1','kind':'Deployment','name':'web'}}}",
     NULL, KC_PARTIAL, "kubectl delete horizontalpodautoscaler/h --namespace=shop"},
    {"kubectl expose deploy/web --port=80 --target-port=http --name=front --type=NodePort", DEPLOYMENT, NULL, "POST",
     "/api/v1" NS "services", MANAGER, JSON,
     "{'apiVersion':'v1','kind':'Service','metadata':{'labels':{'a':'b','app':'web'},'name':'front','namespace':'shop'}"
     ","
     "'spec':{'ports':[{'port':80,'protocol':'TCP','targetPort':'http'}],'selector':{'app':'web'},'type':'NodePort'}}",
     NULL, KC_REVERSIBLE, "kubectl delete service/front --namespace=shop"},
    {"kubectl expose svc web --port=53 --protocol=UDP --name=dns", SERVICE, NULL, "POST", "/api/v1" NS "services",
     MANAGER, JSON,
     "{'apiVersion':'v1','kind':'Service','metadata':{'labels':{'l':'1'},'name':'dns','namespace':'shop'},'spec':{'"
     "ports':"
     "[{'port':53,'protocol':'UDP','targetPort':53}],'selector':{'app':'web'}}}",
     NULL, KC_REVERSIBLE, "kubectl delete service/dns --namespace=shop"},
    {"kubectl expose deploy/web --name=dns", PORTS, NULL, "POST", "/api/v1" NS "services", MANAGER, JSON,
     "{'apiVersion':'v1','kind':'Service','metadata':{'name':'dns','namespace':'shop'},'spec':{'ports':[{'name':"
     "'port-1-udp','port':53,'protocol':'UDP','targetPort':53},{'name':'port-1-tcp','port':53,'protocol':'TCP',"
     "'targetPort':53},{'name':'port-2','port':9153,'protocol':'TCP','targetPort':9153}],'selector':{'app':'dns'}}}",
     NULL, KC_REVERSIBLE, "kubectl delete service/dns --namespace=shop"},
    {"kubectl set selector svc/web app=other,tier=front", SERVICE, NULL, "PATCH", "/api/v1" NS "services/web", MANAGER,
     STRATEGIC, "{'spec':{'selector':{'app':'other','tier':'front'}}}",
     "spec.selector.app=other spec.selector.tier=front", KC_REVERSIBLE,
     "kubectl set selector service/web app=web --namespace=shop"},
    {"kubectl set subject rolebinding/r --user=ana --group=ops", BINDING, NULL, "PATCH", RBAC NS "rolebindings/r",
     MANAGER, STRATEGIC,
     "{'subjects':[{'apiGroup':'rbac.authorization.k8s.io','kind':'User','name':'ana'},{'apiGroup':"
     "'rbac.authorization.k8s.io','kind':'Group','name':'ops'}]}",
     NULL, KC_IRREVERSIBLE, NULL},
    {"kubectl patch pod/web --subresource=resize -p '{\"spec\":{\"a\":1}}'", "{}", NULL, "PATCH",
     "/api/v1" NS "pods/web/resize", MANAGER, STRATEGIC, "{'spec':{'a':1}}", "spec.a=1", KC_IRREVERSIBLE, NULL},
    {"kubectl run web --image=x --env=A=1 --env=B= --port=80 -- a -b", NULL, NULL, "POST", "/api/v1" NS "pods", MANAGER,
     JSON,
     "{'apiVersion':'v1','kind':'Pod','metadata':{'labels':{'run':'web'},'name':'web','namespace':'shop'},'spec':{"
     "'containers':[{'args':['a','-b'],'env':[{'name':'A','value':'1'},{'name':'B'}],'image':'x','name':'web','ports':"
     "[{'containerPort':80}]}],'dnsPolicy':'ClusterFirst','restartPolicy':'Always'}}",
     NULL, KC_PARTIAL, "kubectl delete pod/web --namespace=shop"},
    {"kubectl create deployment web --image=registry:5000/a/web_1.x:v2@sha256:ab --image=log -r 2 --port=80", NULL,
     NULL, "POST", "/apis/apps/v1" NS "deployments", STRICT, JSON,
     "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'labels':{'app':'web'},'name':'web','namespace':'shop'},"
     "'spec':{'replicas':2,'selector':{'matchLabels':{'app':'web'}},'template':{'metadata':{'labels':{'app':'web'}},"
     "'spec':{'containers':[{'image':'registry:5000/a/web_1.x:v2@sha256:ab','name':'web-1-x','ports':[{'containerPort':"
     "80}]},{'image':'log','name':'log'}]}}}}",
     NULL, KC_REVERSIBLE, "kubectl delete deployment/web --namespace=shop"},
    {"kubectl create role r --verb=get --resource=deploy,po/log,rs,po --resource-name=web", NULL, NULL, "POST",
     RBAC NS "roles", STRICT, JSON,
     "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','metadata':{'name':'r','namespace':'shop'},'rules':[{"
     "'apiGroups':[''],'resourceNames':['web'],'resources':['pods/log','pods'],'verbs':['get']},{'apiGroups':['apps'],"
     "'resourceNames':['web'],'resources':['deployments','replicasets'],'verbs':['get']}]}",
     NULL, KC_REVERSIBLE, "kubectl delete role/r --namespace=shop"},
    {"kubectl create rolebinding r --clusterrole=view --user=ana --serviceaccount=pay:robot", NULL, NULL, "POST",
     RBAC NS "rolebindings", STRICT, JSON,
     "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding','metadata':{'name':'r','namespace':'shop'},"
     "'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'ClusterRole','name':'view'},'subjects':[{'apiGroup':"
     "'rbac.authorization.k8s.io','kind':'User','name':'ana'},{'kind':'ServiceAccount','name':'robot','namespace':"
     "'pay'}]}",
     NULL, KC_REVERSIBLE, "kubectl delete rolebinding/r --namespace=shop"},
    {"kubectl create pdb p --selector=app=web --max-unavailable=50%", NULL, NULL, "POST",
     "/apis/policy/v1" NS "poddisruptionbudgets", STRICT, JSON,
     "{'apiVersion':'policy/v1','kind':'PodDisruptionBudget','metadata':{'name':'p','namespace':'shop'},'spec':{"
     "'maxUnavailable':'50%','selector':{'matchLabels':{'app':'web'}}}}",
     NULL, KC_REVERSIBLE, "kubectl delete poddisruptionbudget/p --namespace=shop"},
    {"kubectl create ingress i --rule='a.b/*=s:80,tls=x' --rule='/=s:http' --class=n", NULL, NULL, "POST",
     "/apis/networking.k8s.io/v1" NS "ingresses", STRICT, JSON,
     "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':'i','namespace':'shop'},'spec':{"
     "'ingressClassName':'n','rules':[{'host':'a.b','http':{'paths':[{'backend':{'service':{'name':'s','port':{"
     "'number':80}}},'path':'/','pathType':'Prefix'}]}},{'http':{'paths':[{'backend':{'service':{'name':'s','port':{"
     "'name':'http'}}},'path':'/','pathType':'Exact'}]}}],'tls':[{'hosts':['a.b'],'secretName':'x'}]}}",
     NULL, KC_REVERSIBLE, "kubectl delete ingress/i --namespace=shop"},
    {"kubectl exec web -c web -- sh -c 'echo a&b'", POD, NULL, "GET", "/api/v1" NS "pods/web/exec",
     "command=sh&command=-c&command=echo%20a%26b&container=web&stderr=true&stdout=true", NULL, NULL, NULL,
     KC_IRREVERSIBLE, NULL},
    {"kubectl debug web --image=b:1 -c d1", POD, NULL, "PATCH", "/api/v1" NS "pods/web/ephemeralcontainers", MANAGER,
     STRATEGIC,
     "{'spec':{'ephemeralContainers':[{'image':'b:1','name':'d1','resources':{},'terminationMessagePolicy':'File'}]}}",
     "spec.ephemeralContainers[name=d1].image=b:1", KC_IRREVERSIBLE, NULL},
    {"kubectl debug web --image=b:2 -c d2 --profile=restricted --target=web --env=A=1 --env=B= "
     "--image-pull-policy=Never "
     "-- sh -c x",
     DEBUGGED, NULL, "PATCH", "/api/v1" NS "pods/web/ephemeralcontainers", MANAGER, STRATEGIC,
     "{'spec':{'$setElementOrder/ephemeralContainers':[{'name':'d1'},{'name':'d2'}],'ephemeralContainers':[{'command':"
     "['sh','-c','x'],'env':[{'name':'A','value':'1'},{'name':'B'}],'image':'b:2','imagePullPolicy':'Never','name':"
     "'d2','resources':{},'securityContext':{'allowPrivilegeEscalation':false,'capabilities':{'drop':['ALL']},"
     "'runAsNonRoot':true,'seccompProfile':{'type':'RuntimeDefault'}},'targetContainerName':'web',"
     "'terminationMessagePolicy':'File'}]}}",
     "spec.ephemeralContainers[name=d2].image=b:2", KC_IRREVERSIBLE, NULL},
    {"kubectl debug web --image=b -c d --profile=sysadmin --arguments-only -- x", POD, NULL, "PATCH",
     "/api/v1" NS "pods/web/ephemeralcontainers", MANAGER, STRATEGIC,
     "{'spec':{'ephemeralContainers':[{'args':['x'],'image':'b','name':'d','resources':{},'securityContext':{"
     "'privileged':true},'terminationMessagePolicy':'File'}]}}",
     NULL, KC_IRREVERSIBLE, NULL},
};

static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};

static char *with_quotes(struct kc_arena *a, const char *text)
{
    char *s = kc_arena_strdup(a, text);
    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return s;
}

static const json_t *read_json(struct kc_arena *a, const char *text)
{
    const char *s = with_quotes(a, text);
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 16, "test", &err);
    if (!v)
        fail_msg("%s: %s", s, err.message);
    return v;
}

static struct kc_action parse(struct kc_arena *a, const char *command)
{
    struct kc_actions acts;
    struct kc_err err = {0};
    if (!kc_kubectl_parse(a, command, &context, &acts, &err))
        fail_msg("%s: %s", command, err.message);
    assert_true(kc_kubectl_check(a, command, &err));
    acts.v[0].chosen = acts.v[0].verb->chooses_time ? "2026-11-23T10:00:00Z" : "";
    return acts.v[0];
}

static struct kc_looked look(struct kc_arena *a, const char *first, const char *second)
{
    struct kc_answer *v = kc_arena_array(a, 2, sizeof *v);
    struct kc_looked seen = {.v = v};
    if (first)
        v[seen.n++] = (struct kc_answer){.status = 200, .json = read_json(a, first)};
    if (second)
        v[seen.n++] = (struct kc_answer){.status = 200, .json = read_json(a, second)};
    return seen;
}

static void check_sets(struct kc_arena *a, const struct row *r, const struct kc_action *act,
                       const struct kc_looked *seen)
{
    KC_BUF_SCOPE out = {0};
    struct kc_set_field *sets = NULL;
    size_t n = act->verb->sets ? act->verb->sets(a, act, seen, &sets) : 0;
    for (size_t i = 0; i < n; i++)
        kc_buf_printf(&out, "%s%s=%s", i ? " " : "", sets[i].path, sets[i].value);
    assert_string_equal(kc_buf_str(&out), r->sets);
}

static void sends_what_kubectl_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct row *r = &rows[i];
        struct kc_action act = parse(a, r->command), undo = {0};
        struct kc_looked seen = look(a, r->seen, r->also);
        struct kc_api_request req = {0};
        struct kc_err err = {0};
        if ((act.verb->check && !act.verb->check(&act, &seen, &err)) || !act.verb->change(a, &act, &seen, &req, &err))
            fail_msg("%s: %s", r->command, err.message);
        assert_string_equal(req.method, r->method);
        assert_string_equal(req.path, r->path);
        assert_string_equal(kc_or(req.query, ""), r->query);
        assert_string_equal(kc_or(req.content_type, ""), kc_or(r->type, ""));
        if (r->body)
            assert_string_equal(req.body, with_quotes(a, r->body));
        if (r->sets)
            check_sets(a, r, &act, &seen);
        enum kc_reversible reversible = act.verb->undo ? act.verb->undo(a, &act, &seen, &undo) : KC_IRREVERSIBLE;
        if (reversible != r->reversible)
            fail_msg("%s: reversible is %d", r->command, (int)reversible);
        if (r->undo)
            assert_string_equal(kc_kubectl_render(a, &undo, &restmap), r->undo);
    }
}

static void looks_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *command, *first, *second, *query;
    } cases[] = {
        {"kubectl rollout undo deploy/web", "/apis/apps/v1" NS "deployments/web", "/apis/apps/v1" NS "replicasets",
         "labelSelector=app%3Dweb"},
        {"kubectl rollout undo ds/web", "/apis/apps/v1" NS "daemonsets/web", "/apis/apps/v1" NS "controllerrevisions",
         "labelSelector=app%3Dweb"},
        {"kubectl set image deploy/web web=x", "/apis/apps/v1" NS "deployments/web", NULL, NULL},
        {"kubectl create job now --from=cronjob/nightly", "/apis/batch/v1" NS "cronjobs/nightly", NULL, NULL},
        {"kubectl autoscale rc/old --max=2", "/api/v1" NS "replicationcontrollers/old", NULL, NULL},
        {"kubectl taint nodes n1 a:NoSchedule", "/api/v1/nodes/n1", NULL, NULL},
        {"kubectl exec web -- ls", "/api/v1" NS "pods/web", NULL, NULL},
        {"kubectl exec deploy/web -- ls", "/apis/apps/v1" NS "deployments/web", "/api/v1" NS "pods",
         "limit=500&labelSelector=app%3Dweb"},
        {"kubectl debug web --image=b", "/api/v1" NS "pods/web", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, cases[i].command);
        struct kc_looked seen = look(a, DEPLOYMENT, HISTORY);
        struct kc_api_request req;
        seen.n = 0;
        assert_true(act.verb->look(a, &act, &seen, &req));
        assert_string_equal(req.path, cases[i].first);
        seen.n = 1;
        assert_int_equal(act.verb->look(a, &act, &seen, &req), cases[i].second != NULL);
        if (!cases[i].second)
            continue;
        assert_string_equal(req.path, cases[i].second);
        assert_string_equal(req.query, cases[i].query);
        seen.n = 2;
        assert_false(act.verb->look(a, &act, &seen, &req));
    }
}

/* What kubectl refuses after it has looked, or does nothing about. */
static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *command, *seen, *also, *says;
    } cases[] = {
        {"kubectl rollout restart deploy/web", PAUSED, NULL, "resume it first"},
        {"kubectl rollout pause deploy/web", PAUSED, NULL, "already paused"},
        {"kubectl rollout resume deploy/web", DEPLOYMENT, NULL, "not paused"},
        {"kubectl rollout undo deploy/web", PAUSED, HISTORY, "resume it first"},
        {"kubectl rollout undo deploy/web", DEPLOYMENT, "{'items':[" RS("3", "web:1", "u-1") "]}",
         "no earlier revision"},
        {"kubectl rollout undo deploy/web --to-revision=9", DEPLOYMENT, HISTORY, "no revision 9"},
        {"kubectl rollout undo deploy/web --to-revision=7", DEPLOYMENT, HISTORY, "no revision 7"},
        {"kubectl rollout undo sts/db --to-revision=2", STS, REVISIONS, "already has the template of revision 2"},
        {"kubectl set image deploy/web web=web:1", DEPLOYMENT, NULL, "already as"},
        {"kubectl set image deploy/web nope=web:1", DEPLOYMENT, NULL, "no container \"nope\"; it has: web, log, init"},
        {"kubectl set image deploy/web 'w*=web:1'", DEPLOYMENT, NULL, "no container \"w*\""},
        {"kubectl set env deploy/web A=1 -c web", DEPLOYMENT, NULL, "already as"},
        {"kubectl set env deploy/web A=1 -c nope", DEPLOYMENT, NULL, "no container \"nope\""},
        {"kubectl set resources deploy/web -c web --limits=cpu=1", DEPLOYMENT, NULL, "already as"},
        {"kubectl label deploy/web a=c", DEPLOYMENT, NULL, "already has a=b: add --overwrite"},
        {"kubectl label deploy/web a=b", DEPLOYMENT, NULL, "already as"},
        {"kubectl label deploy/web nope-", DEPLOYMENT, NULL, "already as"},
        {"kubectl annotate deploy/web note=new", DEPLOYMENT, NULL, "already has note=old"},
        {"kubectl cordon n1", "{'spec':{'unschedulable':true}}", NULL, "already as"},
        {"kubectl uncordon n1", "{'spec':{}}", NULL, "already as"},
        {"kubectl taint nodes n1 a=c:NoSchedule", NODE, NULL, "already has a=b:NoSchedule"},
        {"kubectl taint nodes n1 nope-", NODE, NULL, "has no taint nope-"},
        {"kubectl expose deploy/web --port=80", "{'spec':{}}", NULL, "cannot be exposed"},
        {"kubectl exec web -c nope -- ls", POD, NULL, "container nope is not in pod/shop/web: there are web, log"},
        {"kubectl exec web -c log -- ls", POD, NULL, "is not running: it is waiting: CrashLoopBackOff"},
        {"kubectl exec web -c web -- ls", ENDED, NULL, "has ended (Failed)"},
        {"kubectl exec web -c web -- ls", DEBUGGED, NULL, "is not running: it is not started yet"},
        {"kubectl debug web --image=b -c d1", DEBUGGED, NULL, "has a container d1 already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, cases[i].command);
        struct kc_looked seen = look(a, cases[i].seen, cases[i].also);
        struct kc_api_request req;
        struct kc_err err = {0};
        if ((!act.verb->check || act.verb->check(&act, &seen, &err)) && act.verb->change(a, &act, &seen, &req, &err))
            fail_msg("%s: accepted", cases[i].command);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].command, err.message);
    }
}

static void effects_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        enum kc_effect effect;
    } cases[] = {
        {"kubectl delete pod/web", KC_DESTRUCTIVE},
        {"kubectl delete pod/web --force", KC_DESTRUCTIVE},
        {"kubectl drain n1 --force", KC_DESTRUCTIVE},
        {"kubectl taint nodes n1 a=b:NoExecute", KC_DESTRUCTIVE},
        {"kubectl taint nodes n1 a=b:NoSchedule", KC_MUTATING},
        {"kubectl taint nodes n1 a:NoExecute-", KC_MUTATING},
        {"kubectl create ns x", KC_MUTATING},
        {"kubectl set image deploy/web a=b", KC_MUTATING},
        {"kubectl exec web -- true", KC_DESTRUCTIVE},
        {"kubectl debug web --image=b", KC_MUTATING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, cases[i].command);
        assert_int_equal(kc_action_effect(&act), cases[i].effect);
    }
}

#define RUNNING(name, restarts)                                                                                        \
    "{'metadata':{'name':'" name "'},'spec':{'nodeName':'n','containers':[{'name':'a'},{'name':'b'}]},'status':{"      \
    "'phase':'Running','containerStatuses':[{'name':'a','restartCount':" restarts ",'state':{'running':{}}}]}}"
#define ANNOTATED                                                                                                      \
    "{'metadata':{'name':'p','annotations':{'kubectl.kubernetes.io/default-container':'b'}},'spec':{'containers':[{"   \
    "'name':'a'},{'name':'b'}]}}"

/* What is open in a command is fixed by what was seen, the same way each time. */
static void settles_what_is_open(void **state)
{
    (void)state;
    static const struct {
        const char *command, *seen, *also, *becomes;
    } cases[] = {
        {"kubectl exec deploy/web -- ls", DEPLOYMENT, "{'items':[" RUNNING("old", "5") "," RUNNING("good", "1") "]}",
         "kubectl exec pod/good --namespace=shop --container=a -- ls"},
        {"kubectl exec deploy/web -c b -- ls", DEPLOYMENT, "{'items':[" RUNNING("good", "0") "]}",
         "kubectl exec pod/good --namespace=shop --container=b -- ls"},
        {"kubectl exec p -- ls", ANNOTATED, NULL, "kubectl exec pod/p --namespace=shop --container=b -- ls"},
        {"kubectl exec deploy/web -- ls", DEPLOYMENT, "{'items':[]}", NULL},
        {"kubectl debug web --image=b -c d", POD, NULL,
         "kubectl debug pod/web --namespace=shop --image=b --container=d --profile=legacy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, cases[i].command);
        struct kc_looked seen = look(a, cases[i].seen, cases[i].also);
        struct kc_err err = {0};
        bool settled = act.verb->settle(a, &act, &seen, &err);
        assert_int_equal(settled, cases[i].becomes != NULL);
        if (settled)
            assert_string_equal(kc_kubectl_render(a, &act, &restmap), cases[i].becomes);
        else
            assert_non_null(strstr(err.message, "has no pod to run a command in"));
    }
}

static void a_debugger_gets_a_name(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_looked seen = look(a, POD, NULL);
    struct kc_action first = parse(a, "kubectl debug web --image=b"), again = first, later = first;
    struct kc_err err = {0};
    assert_true(first.verb->settle(a, &first, &seen, &err) && again.verb->settle(a, &again, &seen, &err));
    const char *name = kc_action_flag(&first, "container");
    assert_true(kc_str_starts(name, "debugger-") && strlen(name) == strlen("debugger-xxxxx"));
    assert_string_equal(kc_action_flag(&again, "container"), name);
    later.chosen = "2026-11-23T10:00:01Z";
    assert_true(later.verb->settle(a, &later, &seen, &err));
    assert_string_not_equal(kc_action_flag(&later, "container"), name);
}

static void a_debugger_has_to_start(void **state)
{
    (void)state;
    static const struct {
        const char *status, *says;
    } cases[] = {
        {"[]", "has not been started yet"},
        {"[{'name':'d','state':{'waiting':{'reason':'ImagePullBackOff'}}}]", "is waiting: ImagePullBackOff"},
        {"[{'name':'d','state':{'running':{}}}]", NULL},
        {"[{'name':'d','state':{'terminated':{'exitCode':1}}}]", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, "kubectl debug web --image=b -c d");
        const char *text = kc_arena_printf(a, "{'status':{'ephemeralContainerStatuses':%s}}", cases[i].status);
        const char *waits = act.verb->awaits(a, &act, read_json(a, text));
        assert_int_equal(waits != NULL, cases[i].says != NULL);
        if (waits)
            assert_non_null(strstr(waits, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_kubectl_sends),  cmocka_unit_test(looks_in_order),
        cmocka_unit_test(refuses_what_does_not_fit), cmocka_unit_test(effects_are_told),
        cmocka_unit_test(settles_what_is_open),      cmocka_unit_test(a_debugger_gets_a_name),
        cmocka_unit_test(a_debugger_has_to_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
