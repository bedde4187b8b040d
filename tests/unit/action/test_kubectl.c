#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/types.h"

static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};

#define HEAD    "apiVersion: v1\nkind: ConfigMap\n"
#define CM      " <<'EOF'\n" HEAD "metadata: {name: c}\nEOF"
#define APPLY   "kubectl apply --server-side -f - <<'EOF'\n"
#define FLOW(n) "{apiVersion: v1, kind: ConfigMap, metadata: {name: " n "}}"

static void every_spelling_has_one_canonical_form(void **state)
{
    (void)state;
#define WEB "kubectl scale deployment/web --namespace=shop --replicas=5"
    static const struct {
        const char *in, *out;
    } cases[] = {
        {WEB, WEB},
        {"scale deployment/web --replicas=5", WEB},
        {"kubectl scale deployment/web --replicas 5", WEB},
        {"kubectl scale deploy/web --replicas=5 -n shop", WEB},
        {"kubectl -n shop scale deployments web --replicas=5", WEB},
        {"kubectl --namespace=shop scale Deployment web --replicas=5", WEB},
        {"kubectl scale -nshop --replicas=5 deployment.apps/web", WEB},
        {"kubectl scale -n=shop --replicas=5 deployments.v1.apps/web", WEB},
        {"kubectl scale --replicas=5 -- deployment web", WEB},
        {"kubectl  scale 'deployment/web' \"--replicas=5\"", WEB},
        {"kubectl scale DEPLOYMENTS/web --replicas=5", WEB},
        {"kubectl scale deploy/web --replicas=0 -n pay", "kubectl scale deployment/web --namespace=pay --replicas=0"},
        {"kubectl scale deploy/web --replicas=2147483647",
         "kubectl scale deployment/web --namespace=shop --replicas=2147483647"},
        {"kubectl scale sts/db --current-replicas=2 --replicas=3",
         "kubectl scale statefulset/db --namespace=shop --replicas=3 --current-replicas=2"},
        {"kubectl scale sts/db --current_replicas 0 --replicas=3",
         "kubectl scale statefulset/db --namespace=shop --replicas=3 --current-replicas=0"},
        {"kubectl scale deployments.v1beta2.apps/web --replicas=5",
         "kubectl scale deployment.v1beta2.apps/web --namespace=shop --replicas=5"},
        {"kubectl scale deployments.fleet.example.com/web --replicas=5",
         "kubectl scale deployment.fleet.example.com/web --namespace=shop --replicas=5"},
        {"kubectl scale deployments.v1alpha1.fleet.example.com/web --replicas=5",
         "kubectl scale deployment.v1alpha1.fleet.example.com/web --namespace=shop --replicas=5"},
        {"kubectl scale rc/old --replicas=1", "kubectl scale replicationcontroller/old --namespace=shop --replicas=1"},
        {"kubectl scale shards/s1 --replicas=1", "kubectl scale shard/s1 --namespace=shop --replicas=1"},
        {"kubectl scale globalshards/g1 --replicas=1", "kubectl scale globalshard/g1 --replicas=1"},
        {"kubectl scale shards/s\\;1 --replicas=1", "kubectl scale 'shard/s;1' --namespace=shop --replicas=1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (!kc_kubectl_parse(a, cases[i].in, &context, &acts, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        assert_int_equal(acts.n, 1);
        assert_string_equal(kc_kubectl_render(a, &acts.v[0], &restmap), cases[i].out);
        assert_true(kc_kubectl_check(a, cases[i].in, &err));
        assert_int_equal(err.class, KC_NONE);
    }
}

static void every_verb_has_one_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"kubectl rollout restart deploy web", "kubectl rollout restart deployment/web --namespace=shop"},
        {"kubectl -n pay rollout undo sts/db --to-revision 0", "kubectl rollout undo statefulset/db --namespace=pay"},
        {"rollout undo sts/db --to-revision=3", "kubectl rollout undo statefulset/db --namespace=shop --to-revision=3"},
        {"kubectl set image deploy web '*=x:1' log=y",
         "kubectl set image deployment/web '*=x:1' log=y --namespace=shop"},
        {"kubectl set env deploy/web A=b -c'*' C-", "kubectl set env deployment/web A=b C- --namespace=shop"},
        {"kubectl set sa deploy/web robot", "kubectl set serviceaccount deployment/web robot --namespace=shop"},
        {"kubectl label po web-1 a=b c- --overwrite=true",
         "kubectl label pod/web-1 a=b c- --namespace=shop --overwrite"},
        {"kubectl label --overwrite=false node n1 a=b", "kubectl label node/n1 a=b"},
        {"kubectl annotate svc/web 'a=b  c'", "kubectl annotate service/web 'a=b  c' --namespace=shop"},
        {"kubectl cordon node/n1", "kubectl cordon n1"},
        {"kubectl uncordon n1", "kubectl uncordon n1"},
        {"kubectl taint nodes n1 a=b:NoSchedule c-", "kubectl taint node n1 a=b:NoSchedule c-"},
        {"kubectl delete po/web-1 --cascade", "kubectl delete pod/web-1 --namespace=shop"},
        {"kubectl delete po/web-1 --cascade=orphan --grace-period 5",
         "kubectl delete pod/web-1 --namespace=shop --cascade=orphan --grace-period=5"},
        {"kubectl delete ns old --now", "kubectl delete namespace/old --now"},
        {"kubectl delete po/web-1 --force --grace-period=0", "kubectl delete pod/web-1 --namespace=shop --force"},
        {"kubectl delete po/web-1 --force=true --cascade=foreground",
         "kubectl delete pod/web-1 --namespace=shop --cascade=foreground --force"},
        {"kubectl delete po/web-1 --force=false", "kubectl delete pod/web-1 --namespace=shop"},
        {"kubectl patch deploy web -p '{\"a\":1}' --type strategic",
         "kubectl patch deployment/web --namespace=shop --patch='{\"a\":1}'"},
        {"kubectl create ns x", "kubectl create namespace x"},
        {"kubectl create cm c --from-literal=a=b --from-literal 'c=d e'",
         "kubectl create configmap c --namespace=shop --from-literal=a=b --from-literal='c=d e'"},
        {"kubectl create job j --from cronjobs.batch/nightly",
         "kubectl create job j --namespace=shop --from=cronjob/nightly"},
        {"kubectl exec web -c side -- ls -l '/tmp/a b' --namespace=x ''",
         "kubectl exec pod/web --namespace=shop --container=side -- ls -l '/tmp/a b' --namespace=x ''"},
        {"kubectl exec deploy/web -n pay --request-timeout 90s -- sh -c 'echo $HOME; exit 3'",
         "kubectl exec deployment/web --namespace=pay --request-timeout=90s -- sh -c 'echo $HOME; exit 3'"},
        {"kubectl exec svc/web -- -- x", "kubectl exec service/web --namespace=shop -- -- x"},
        {"kubectl debug web --image busybox:1.36",
         "kubectl debug pod/web --namespace=shop --image=busybox:1.36 --profile=legacy"},
        {"kubectl debug po/web --image=b -c d --target web --env=A=b --env C= --profile=sysadmin --image-pull-policy "
         "Always --arguments-only -- -x y",
         "kubectl debug pod/web --namespace=shop --image=b --container=d --target=web --env=A=b --env=C= "
         "--profile=sysadmin --image-pull-policy=Always --arguments-only -- -x y"},
        {"kubectl autoscale deploy web --max 5", "kubectl autoscale deployment/web --namespace=shop --max=5"},
        {"kubectl expose deploy web --port 80 --protocol=TCP",
         "kubectl expose deployment/web --namespace=shop --port=80 --protocol=TCP"},
        {"kubectl set subject rolebinding/r --user=b --user=a --user=b",
         "kubectl set subject rolebinding/r --namespace=shop --user=a --user=b"},
        {"kubectl run web --image=x -l a=b --restart=Always -- -c 'echo hi; ls' --dry-run",
         "kubectl run web --namespace=shop --image=x --labels=a=b -- -c 'echo hi; ls' --dry-run"},
        {"kubectl create deploy web --image=x,y -r 1",
         "kubectl create deployment web --namespace=shop --image=x --image=y"},
        {"kubectl create role r --verb=get,list --verb=get --resource=po/log,deploy",
         "kubectl create role r --namespace=shop --verb=get --verb=list --resource=pods/log "
         "--resource=deployments.apps"},
        {"kubectl create clusterrole r --verb=get,'*' --resource=po --resource='*'",
         "kubectl create clusterrole r --verb='*' --resource='*'"},
        {"kubectl create svc nodeport web --tcp 80:http,90",
         "kubectl create service nodeport web --namespace=shop --tcp=80:http --tcp=90"},
        {"kubectl create pc p --value=-5 --preemption-policy=PreemptLowerPriority",
         "kubectl create priorityclass p --value=-5"},
        {"kubectl create job j --image=x -n pay -- date", "kubectl create job j --namespace=pay --image=x -- date"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (!kc_kubectl_parse(a, cases[i].in, &context, &acts, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        assert_int_equal(acts.n, 1);
        assert_string_equal(kc_kubectl_render(a, &acts.v[0], &restmap), cases[i].out);
        assert_true(kc_kubectl_check(a, cases[i].in, &err));
    }
}

static void several_targets_are_one_action_each_in_order(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "kubectl scale deploy web cart --replicas=4",
        "kubectl scale deployment/web deploy/cart --replicas=4",
    };
    for (size_t i = 0; i < 2; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        assert_true(kc_kubectl_parse(a, spellings[i], &context, &acts, &err));
        assert_int_equal(acts.n, 2);
        assert_string_equal(acts.v[0].target.name, "web");
        assert_string_equal(acts.v[1].target.name, "cart");
        assert_string_equal(kc_action_flag(&acts.v[1], "replicas"), "4");
        assert_null(kc_action_flag(&acts.v[1], "current-replicas"));
        assert_string_equal(acts.v[1].target.group, "apps");
        assert_string_equal(acts.v[1].target.version, "v1");
        assert_string_equal(acts.v[1].target.kind, "Deployment");
        assert_string_equal(acts.v[1].target.resource, "deployments");
        assert_string_equal(acts.v[1].target.ns, "shop");
    }
}

struct refusal {
    const char *in, *says;
    bool needs_types; /* fine as far as syntax goes */
};

static const struct refusal refusals[] = {
    /* numbers */
    {"kubectl scale deploy/web --replicas=-1", "--replicas=-1: expected 0 or more", false},
    {"kubectl scale deploy/web --replicas -1", "0 or more", false},
    {"kubectl scale deploy/web --replicas=2.5", "a whole number", false},
    {"kubectl scale deploy/web --replicas=1000000000000", "at most 2147483647", false},
    {"kubectl scale deploy/web --replicas=99999999999999999999999999", "at most 2147483647", false},
    {"kubectl scale deploy/web --replicas=2147483648", "at most 2147483647", false},
    {"kubectl scale deploy/web --replicas=010", "without plus sign or leading zeros", false},
    {"kubectl scale deploy/web --replicas=+4", "without plus sign", false},
    {"kubectl scale deploy/web --replicas=0x3", "plain decimal", false},
    {"kubectl scale deploy/web --replicas=1_0", "plain decimal", false},
    {"kubectl scale deploy/web --replicas=10^12", "plain decimal", false},
    {"kubectl scale deploy/web --replicas=five", "plain decimal", false},
    {"kubectl scale deploy/web --replicas=", "--replicas: the value is empty", false},
    {"kubectl scale deploy/web --replicas", "a value has to follow", false},
    {"kubectl scale deploy/web", "--replicas is missing", false},
    {"kubectl scale deploy/web --replicas=3 --replicas=5", "given twice (3, 5)", false},
    {"kubectl scale deploy/web --replicas=3 --current-replicas=-1", "0 or more", false},
    {"kubectl scale deploy/web --replicas=3 --current-replicas=x", "--current-replicas=x", false},
    /* who and where */
    {"kubectl scale deploy/web --replicas=3 --as=root", "--as: ", false},
    {"kubectl scale deploy/web --replicas=3 --as root", "whoever made the request", false},
    {"kubectl --as-group=x scale deploy/web --replicas=3", "--as-group: ", false},
    {"kubectl scale deploy/web --replicas=3 --kubeconfig=/x", "--kubeconfig: ", false},
    {"kubectl --context other scale deploy/web --replicas=3", "spec.context.cluster", false},
    {"kubectl scale deploy/web --replicas=3 --cluster=c", "spec.context.cluster", false},
    {"kubectl scale deploy/web --replicas=3 -s https://x", "spec.context.cluster", false},
    {"kubectl scale deploy/web --replicas=3 --server=https://x", "spec.context.cluster", false},
    {"kubectl scale deploy/web --replicas=3 --token=abc", "--token: ", false},
    {"kubectl scale deploy/web --replicas=3 --user=u", "--user: ", false},
    {"kubectl scale deploy/web --replicas=3 --insecure_skip_tls_verify", "--insecure-skip-tls-verify: ", false},
    /* dry runs */
    {"kubectl scale deploy/web --replicas=3 --dry-run", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --dry-run=client", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --dry-run server", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --dry_run=none", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --dryrun", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --Dry-Run=server", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 -dry-run", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 --server-dry-run", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 '--dry-run=client'", "every change is dry-run", false},
    {"kubectl scale deploy/web --replicas=3 \xE2\x80\x94"
     "dry-run",
     "a dash that is no", false},
    {"kubectl --dry-run=server scale deploy/web --replicas=3", "every change is dry-run", false},
    /* other flags */
    {"kubectl scale deploy/web --replicas=3 -it", "nobody sits at a terminal", false},
    {"kubectl scale deploy/web --replicas=3 --stdin", "nobody sits at a terminal", false},
    {"kubectl scale deploy/web --replicas=3 -o yaml", "no output to format", false},
    {"kubectl scale deploy/web --replicas=3 --output=json", "no output to format", false},
    {"kubectl scale deploy/web --replicas=3 --timeout=5m", "waiting", false},
    {"kubectl scale -A deploy web --replicas=3", "named one by one", false},
    {"kubectl scale -f x.yaml --replicas=3", "files are not read", false},
    {"kubectl scale deploy/web --replicas=3 --resource-version=1", "leave it out", false},
    {"kubectl scale deploy/web --replicas=3 --force", "goes on where kubectl stops for safety", false},
    {"kubectl scale deploy/web --replicas=3 -v=9", "how kubectl itself behaves", false},
    {"kubectl scale deploy/web --replicas=3 --v=9", "how kubectl itself behaves", false},
    {"kubectl scale deploy/web --replica=3", "did you mean --replicas?", false},
    {"kubectl scale deploy/web --namespaces=x --replicas=3", "did you mean --namespace?", false},
    {"kubectl scale deploy/web --n shop --replicas=3", "--n: ", false},
    {"kubectl scale deploy/web -x --replicas=3", "-x: ", false},
    {"kubectl scale deploy/web ---replicas=3", "---replicas=3", false},
    {"kubectl --replicas=3 scale deploy/web", "write the verb first", false},
    {"kubectl scale deploy/web --replicas=3 -n", "a value has to follow", false},
    {"kubectl scale deploy/web --replicas=3 -n ''", "--namespace: the value is empty", false},
    {"kubectl scale deploy/web --replicas=3 -n Shop", "not a namespace's name", false},
    {"kubectl scale deploy/web --replicas=3 -n ../x", "not a namespace's name", false},
    {"kubectl scale deploy/web --replicas=3 -n a -n b", "given twice (a, b)", false},
    /* verbs and targets */
    {"", "no verb", false},
    {"kubectl", "no verb", false},
    {"kubectl explode deploy/web", "kubectl explode: this version knows the verbs annotate, ", false},
    {"kubectl scale", "--replicas is missing", false},
    {"kubectl scale --replicas=3", "write TYPE/NAME", false},
    {"kubectl scale deploy --replicas=3", "not only deploy", false},
    {"kubectl scale deploy/web sts --replicas=3", "write every target as TYPE/NAME", false},
    {"kubectl scale deploy web sts/db --replicas=3", "one TYPE and then names", false},
    {"kubectl scale deploy,sts web --replicas=3", "one type at a time", false},
    {"kubectl scale deploy/web,sts/db --replicas=3", "separated by spaces", false},
    {"kubectl scale all web --replicas=3", "named one by one", false},
    {"kubectl scale all/web --replicas=3", "named one by one", false},
    {"kubectl scale deploy/web/x --replicas=3", "\"web/x\" is not an object's name", false},
    {"kubectl scale deploy/ --replicas=3", "not an object's name", false},
    {"kubectl scale /web --replicas=3", "not a type", false},
    {"kubectl scale deploy/.. --replicas=3", "not an object's name", false},
    {"kubectl scale deploy/a%2fb --replicas=3", "not an object's name", false},
    {"kubectl scale deploy/'a b' --replicas=3", "not an object's name", false},
    {"kubectl scale deploy/web deployments/web --replicas=3", "deployment/shop/web is named twice", true},
    {"kubectl scale deploymnt/web --replicas=3", "did you mean deployments?", true},
    {"kubectl scale gizmo/web --replicas=3", "no type \"gizmo\"", true},
    {"kubectl scale svc/web --replicas=3",
     "services cannot be scaled; what can: replicationcontrollers, deployments, statefulsets, replicasets", true},
    {"kubectl scale ds/web --replicas=3", "daemonsets cannot be scaled", true},
    {"kubectl scale globalshards/g -n shop --replicas=3", "globalshards are in no namespace", true},
    /* other verbs */
    {"kubectl rollout", "kubectl rollout: say which of these: history, pause", false},
    {"kubectl rollout -n shop restart deploy/web", "say which of these", false},
    {"kubectl set deploy/web", "say which of these: env, image", false},
    {"kubectl create deployment web", "--image is missing", false},
    {"kubectl create gadget web", "say which of these: clusterrole", false},
    {"kubectl create -f x.yaml", "files and addresses are not read", false},
    {"kubectl create -n shop deployment web", "no object is named here", false},
    {"kubectl set image deploy/web", "CONTAINER=IMAGE is missing", false},
    {"kubectl set image deploy/web web=", "expected CONTAINER=IMAGE", false},
    {"kubectl set image deploy/web web-", "expected CONTAINER=IMAGE", false},
    {"kubectl set image deploy/web a=b a=c", "named twice", false},
    {"kubectl set image web=nginx deploy/web", "the objects come first", false},
    {"kubectl set image svc/web a=b", "services cannot be given an image", true},
    {"kubectl set env deploy/web --from=secret/db", "values are not taken from elsewhere", false},
    {"kubectl set env deploy/web 1A=b", "no variable's name", false},
    {"kubectl set env deploy/web --list", "it changes nothing", false},
    {"kubectl set resources deploy/web", "say which: --limits", false},
    {"kubectl set resources deploy/web --limits=cpu=fast", "RESOURCE=QUANTITY", false},
    {"kubectl set resources deploy/web --limits=cpu=1,cpu=2", "given twice", false},
    {"kubectl set sa deploy/web", "the service account is missing", false},
    {"kubectl set sa deploy/web Robot", "not a service account's name", false},
    {"kubectl label pod/web", "KEY=VALUE or KEY- is missing", false},
    {"kubectl label pod/web a=b a-", "named twice", false},
    {"kubectl label pod/web 'a b=c'", "no label's key", false},
    {"kubectl label pod/web a='b c'", "no label's value", false},
    {"kubectl label pod/web a=b --resource-version=3", "leave it out", false},
    {"kubectl annotate pod/web /x=c", "no annotation's key", false},
    {"kubectl cordon", "the name is missing", false},
    {"kubectl cordon pod/x", "pods cannot be cordoned; what can: nodes", true},
    {"kubectl cordon -n shop n1", "nodes are in no namespace", true},
    {"kubectl taint node/n1 a=b:NoSchedule", "two words", false},
    {"kubectl taint nodes n1 a=b", "expected KEY=VALUE:EFFECT", false},
    {"kubectl taint nodes n1 a=b:Never", "effects: NoSchedule", false},
    {"kubectl taint pod web a:NoSchedule", "pods cannot be tainted", true},
    {"kubectl delete pod", "the object is missing", false},
    {"kubectl delete pod web --force --grace-period=5", "--grace-period=5: --force leaves no time at all", false},
    {"kubectl delete pod web --force --now", "--force and --now: --force leaves no time at all", false},
    {"kubectl delete pod web --force=maybe", "--force=maybe", false},
    {"kubectl delete pod web --cascade=maybe", "expected one of background, foreground, orphan", false},
    {"kubectl delete pod web --now --grace-period=3", "which one is meant", false},
    {"kubectl delete -f x.yaml", "files and addresses are not read", false},
    /* manifests */
    {"kubectl scale -f - --replicas=3", "files are not read: write TYPE/NAME", false},
    {"kubectl scale deploy/web --replicas=3 <<'EOF'\nx: 1\nEOF", "reads no standard input", false},
    {"kubectl apply --server-side", "the manifest is missing", false},
    {"kubectl apply --server-side -f -", "the manifest is missing", false},
    {"kubectl apply --server-side -f - web" CM, "name none beside it", false},
    {"kubectl apply --server-side" CM, "nothing reads it", false},
    {"kubectl apply --server-side -f x.yaml" CM, "files and addresses are not read", false},
    {"kubectl apply --server-side -f https://example.com/x.yaml" CM, "files and addresses are not read", false},
    {"kubectl apply -f -" CM, "write kubectl apply --server-side --filename=-", false},
    {"kubectl apply --server-side -f - --prune" CM, "name it in a kubectl delete of its own", false},
    {"kubectl apply --server-side -k ." CM, "directories are not read", false},
    {"kubectl apply --server-side -R -f -" CM, "directories are not read", false},
    {"kubectl apply --server-side -l a=b -f -" CM, "named one by one", false},
    {"kubectl apply --server-side -f - --dry-run=server" CM, "leave it out", false},
    {"kubectl apply --server-side -f - --validate=false" CM, "leave it out", false},
    {"kubectl apply --server-side -f - --field-manager=x" CM, "leave it out", false},
    {"kubectl apply --server-side -f - -n pay <<'EOF'\n" HEAD "metadata: {name: c, namespace: shop}\nEOF",
     "metadata.namespace is \"shop\", and --namespace=pay", true},
    {APPLY "- x\nEOF", "expected an object", false},
    {APPLY "\nEOF", "no object is in it", false},
    {APPLY "a: 1\na: 2\nEOF", "line 2, column 1: a key that is there already", false},
    {APPLY "kind: ConfigMap\nEOF", "apiVersion: missing", false},
    {APPLY "apiVersion: a/b/c\nkind: ConfigMap\nEOF", "apiVersion: \"a/b/c\"", false},
    {APPLY "apiVersion: v1\nEOF", "kind: missing", false},
    {APPLY "apiVersion: v1\nkind: Config-Map\nEOF", "kind: \"Config-Map\"", false},
    {APPLY HEAD "EOF", "metadata.name: missing", false},
    {APPLY HEAD "metadata: {name: n}\nEOF", "metadata.name: not a string: put it in quotes", false},
    {APPLY HEAD "metadata: {generateName: a}\nEOF", "give it a metadata.name", false},
    {APPLY HEAD "metadata: {name: c, uid: x}\nEOF", "metadata.uid: the object's uid is sent", false},
    {APPLY HEAD "metadata: {name: c, resourceVersion: '1'}\nEOF", "sent as a precondition", false},
    {APPLY HEAD "metadata: {name: c, managedFields: []}\nEOF", "managedFields: the server's to write", false},
    {APPLY HEAD "metadata: {name: c, namespace: 'a b'}\nEOF", "not a namespace's name", false},
    {APPLY HEAD "metadata: {name: c}\n---\n" HEAD "EOF", "manifest: document 2: ", false},
    {APPLY HEAD "metadata: {name: c}\n---\n" HEAD "metadata: {name: c}\nEOF", "configmap/shop/c is named twice", true},
    {APPLY "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nEOF", "change it with kubectl itself", false},
    {APPLY "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: s}}]\nEOF",
     "items[0]: Secret s", false},
    {"kubectl delete -f - <<'EOF'\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nEOF", "Secret s", false},
    {"kubectl delete deploy/web -f -" CM, "name none beside it", false},
    {APPLY "apiVersion: v1\nkind: Namespace\nmetadata: {name: t, namespace: shop}\nEOF", "are in no namespace", true},
    {APPLY "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: w}\nEOF",
     "no Deployment in apiVersion apps/v1beta1; it has it in apps/v1, apps/v1beta2", true},
    {APPLY "apiVersion: v1\nkind: StatefulSet\nmetadata: {name: w}\nEOF", "; it has it in apps/v1", true},
    {APPLY "apiVersion: v1\nkind: Gizmo\nmetadata: {name: w}\nEOF", "the server has no Gizmo in apiVersion v1", true},
    {"kubectl replace --force -f -" CM, "cannot be previewed while the first is there", false},
    {"kubectl patch deploy/web", "--patch is missing", false},
    {"kubectl patch deploy/web -p 'spec: {}'", "--patch", false},
    {"kubectl patch deploy/web -p '[]'", "a JSON object", false},
    {"kubectl patch deploy/web --type=json -p '{}'", "a JSON list", false},
    {"kubectl patch deploy/web --type=apply -p '{}'", "expected one of strategic, merge, json", false},
    {"kubectl patch deploy/web -p '{\"metadata\":{\"resourceVersion\":\"1\"}}'", "leave them out", false},
    {"kubectl patch secret/db -p '{\"data\":{}}'", "change it with kubectl itself", true},
    {"kubectl create ns a b", "one name, and nothing after it", false},
    {"kubectl create ns ns/a", "the new object's name alone", false},
    {"kubectl create ns Shop", "not a name for a new", true},
    {"kubectl create cm c --from-literal=ab", "expected KEY=VALUE", false},
    {"kubectl create cm c --from-literal=a=b --from-literal=a=c", "given twice", false},
    {"kubectl create cm c --from-file=x", "--from-file", false},
    {"kubectl exec web", "-- COMMAND [ARGS...] is missing", false},
    {"kubectl exec web --", "-- COMMAND [ARGS...] is missing", false},
    {"kubectl exec web ls", "-- COMMAND [ARGS...] is missing", false},
    {"kubectl exec web sh -- ls", "sh: write -- before the command", false},
    {"kubectl exec -- ls", "the name is missing", false},
    {"kubectl exec web -- ''", "first word is empty", false},
    {"kubectl exec -it web -- sh", "-i: nobody sits at a terminal", false},
    {"kubectl exec web --stdin -- sh", "--stdin: nobody sits at a terminal", false},
    {"kubectl exec web --tty=true -- sh", "--tty: nobody sits at a terminal", false},
    {"kubectl exec web --request-timeout=1h -- ls", "from 1s to 10m", false},
    {"kubectl exec web --request-timeout=0 -- ls", "from 1s to 10m", false},
    {"kubectl exec web --pod-running-timeout=1m -- ls", "a pod is chosen when the plan is made", false},
    {"kubectl exec web --dry-run=server -- ls", "--dry-run", false},
    {"kubectl exec node/n1 -- ls", "nodes cannot be entered", true},
    {"kubectl exec web -- ls | wc", "`|`", false},
    {"kubectl debug web", "--image is missing", false},
    {"kubectl debug -it web --image=b", "-i: nobody sits at a terminal", false},
    {"kubectl debug web --image=b --copy-to=web2", "a copy of a pod is another pod", false},
    {"kubectl debug web --image=b --attach", "nobody sits at a terminal", false},
    {"kubectl debug web --image=b --custom=f.yaml", "files are not read", false},
    {"kubectl debug web --image=b --profile=root", "expected one of legacy, general", false},
    {"kubectl debug web --image=b --env=A", "expected KEY=VALUE", false},
    {"kubectl debug web --image=b --env=A=1,B=2", "one --env a variable", false},
    {"kubectl debug web --image=b -c Big", "not a container's name", false},
    {"kubectl debug web --image=b --arguments-only", "the arguments are missing", false},
    {"kubectl debug node/n1 --image=b", "a privileged pod", true},
    {"kubectl create job j", "say one of --image and --from", false},
    {"kubectl create job j --image=x --from=cronjob/x", "say one of --image and --from", false},
    {"kubectl create job j --from=cronjob/x -- date", "has its own command", false},
    {"kubectl create job j --image=x date", "write -- before the command", false},
    {"kubectl create job j --from=job/x", "expected cronjob/NAME", false},
    {"kubectl autoscale deploy/web", "--max is missing", false},
    {"kubectl autoscale deploy/web --max=0", "expected 1 or more", false},
    {"kubectl autoscale deploy/web --min=5 --max=3", "is more than", false},
    {"kubectl autoscale deploy/web --max=3 --cpu=1 --cpu-percent=5", "which one is meant", false},
    {"kubectl expose deploy/web --overrides='{}'", "written as a manifest", false},
    {"kubectl expose deploy/web --labels=a", "expected LABEL=VALUE", false},
    {"kubectl expose deploy/web --load-balancer-ip=10.0.0.1", "only with --type=LoadBalancer", false},
    {"kubectl expose deploy/web --cluster-ip=none", "not an address", false},
    {"kubectl set subject rolebinding/r", "say one of --user", false},
    {"kubectl set subject deploy/web --user=a", "deployments cannot be given to others", true},
    {"kubectl set selector svc/web app", "expected LABEL=VALUE", false},
    {"kubectl set selector deploy/web app=web", "deployments cannot be given a selector", true},
    {"kubectl set selector svc/web app=web --local", "leave the cluster as it is", false},
    {"kubectl patch deploy/web --patch-file=x", "files are not read", false},
    {"kubectl patch deploy/web -p '{}' --subresource=log", "expected one of resize, scale, status", false},
    {"kubectl delete deploy/web --ignore-not-found", "nothing to be previewed", false},
    {"kubectl expose deploy/web --port=70000", "at most 65535", false},
    {"kubectl expose ds/web --port=80", "daemonsets cannot be exposed", true},
    /* what makes objects */
    {"kubectl run web", "--image is missing", false},
    {"kubectl run web --image='a b'", "not an image's name", false},
    {"kubectl run web --image=x -it -- sh", "nobody sits at a terminal", false},
    {"kubectl run web --image=x --stdin", "nobody sits at a terminal", false},
    {"kubectl run web --image=x --tty", "nobody sits at a terminal", false},
    {"kubectl run web --image=x --attach", "nobody sits at a terminal", false},
    {"kubectl run web --image=x --rm", "the pod stays until kubectl delete", false},
    {"kubectl run web --image=x --expose --port=80", "write kubectl expose behind it", false},
    {"kubectl run web --image=x --overrides={}", "`{`", false},
    {"kubectl run web --image=x --overrides='{}'", "written as a manifest", false},
    {"kubectl run web --image=x --dry-run=client", "every change is dry-run", false},
    {"kubectl run web --image=x --dry-run=none -- sh", "every change is dry-run", false},
    {"kubectl run web --image=x --env=A", "expected VARIABLE=VALUE", false},
    {"kubectl run web --image=x --labels=a", "expected KEY=VALUE", false},
    {"kubectl run web --image=x --restart=Sometimes", "expected one of Always, OnFailure, Never", false},
    {"kubectl run web --image=x --command", "write it behind --", false},
    {"kubectl run web --image=x sleep 1d", "write -- before the command", false},
    {"kubectl run web web-2 --image=x", "write -- before the command", false},
    {"kubectl create deployment web --image=x --image=y -- sleep", "which of the 2 images", false},
    {"kubectl create role r --resource=pods", "--verb is missing", false},
    {"kubectl create role r --verb=get", "--resource is missing", false},
    {"kubectl create role r --verb=get --resource=gizmos", "no type \"gizmos\"", true},
    {"kubectl create role r --verb=bind --resource=pods", "--verb=bind: not for --resource=pods", true},
    {"kubectl create clusterrole r --verb=get", "--resource or --non-resource-url is missing", false},
    {"kubectl create clusterrole r --verb=list --non-resource-url=/x", "not a verb of --non-resource-url", false},
    {"kubectl create clusterrole r --verb=get --non-resource-url=x", "a path that starts with /", false},
    {"kubectl create clusterrole r --verb=get --aggregation-rule=a=b", "takes its rules from others", false},
    {"kubectl create rolebinding r --user=ana", "say which role: --role or --clusterrole", false},
    {"kubectl create rolebinding r --role=a --clusterrole=b", "say which role", false},
    {"kubectl create rolebinding r --role=a --serviceaccount=robot", "expected NAMESPACE:NAME", false},
    {"kubectl --user=ana create rolebinding r --role=a", "spec.context.cluster", false},
    {"kubectl create quota q --hard=pods", "RESOURCE=QUANTITY", false},
    {"kubectl create service web --tcp=80", "say which of these: clusterip", false},
    {"kubectl create service clusterip web", "--tcp is missing", false},
    {"kubectl create service clusterip web --tcp=http", "expected PORT or PORT:TARGETPORT", false},
    {"kubectl create service nodeport web --tcp=80 --node-port=70000", "at most 65535", false},
    {"kubectl create service externalname web --external-name=a_b", "not a host's name", false},
    {"kubectl create ingress web", "--rule or --default-backend is missing", false},
    {"kubectl create ingress web --rule=a/b", "expected HOST/PATH=SERVICE:PORT", false},
    {"kubectl create ingress web --rule=a/b=c:80,ssl", "expected HOST/PATH=SERVICE:PORT", false},
    {"kubectl create pdb web --selector=app=web", "one of --min-available and --max-unavailable", false},
    {"kubectl create pdb web --selector=app=web --min-available=most", "expected a number or a share", false},
    {"kubectl create pdb web --selector=app --min-available=1", "expected LABEL=VALUE", false},
    {"kubectl create priorityclass p", "--value is missing", false},
    {"kubectl create priorityclass p --value=2000000000", "at most 1000000000", false},
    {"kubectl create cronjob c --image=x", "--schedule is missing", false},
    {"kubectl create secret generic s --from-literal=a=b", "make the Secret with kubectl itself", false},
    {"kubectl create token robot", "a token is a credential", false},
    {"kubectl create cm c --from-env-file=x", "files are not read", false},
    {"kubectl create cm c --from-literal=a=b --append-hash", "write it whole", false},
    {"kubectl edit deploy/web", "nobody sits at an editor", false},
    {"kubectl create --edit cm c", "nobody sits at an editor", false},
    {"kubectl create cm c --edit", "nobody sits at an editor", false},
    {"kubectl create cm c --raw=/api", "paths of the API are not read", false},
    {"kubectl attach web", "nobody sits at a terminal", false},
    {"kubectl cp web:/a b", "kubectl itself", false},
    {"kubectl port-forward web 80", "kubectl itself", false},
    {"kubectl create configmap c -- sh", "one name, and nothing after it", false},
    /* shell */
    {"kubectl scale deploy/web --replicas=3; rm -rf /", "`;`", false},
    {"kubectl scale deploy/web --replicas=3 | sh", "`|`", false},
    {"kubectl scale deploy/$(id) --replicas=3", "`$`", false},
    {"kubectl scale deploy/web --replicas=3 && true", "`&`", false},
    {"kubectl scale deploy/web --replicas=3\nkubectl scale deploy/cart --replicas=3", "a line break", false},
};

static void says_why_it_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (kc_kubectl_parse(a, r->in, &context, &acts, &err))
            fail_msg("%s: accepted", r->in);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, r->says))
            fail_msg("%s: %s", r->in, err.message);
        if (kc_kubectl_check(a, r->in, &err) != r->needs_types)
            fail_msg("%s: the syntax check thinks otherwise: %s", r->in, err.message);
    }
}

/* Those whose --user is not who runs the command but whom a role is given to, as in kubectl. */
static bool binds(const struct kc_verb *verb)
{
    return KC_STREQ(verb->name, "create rolebinding") || KC_STREQ(verb->name, "create clusterrolebinding") ||
           KC_STREQ(verb->name, "set subject");
}

/* A verb's own flags are looked up first: none may be one of these. */
static void no_verb_takes_identity_cluster_or_dry_run(void **state)
{
    (void)state;
    static const char *const never[] = {"as",      "as-group", "as-uid", "as-user-extra", "kubeconfig", "context",
                                        "cluster", "server",   "token",  "user",          "username",   "password",
                                        "dry-run", "dry_run",  "kuberc", "namespace"};
    for (size_t i = 0; kc_verbs[i]; i++)
        for (const struct kc_flag *f = kc_verbs[i]->flags; f && f->name; f++) {
            assert_int_not_equal(f->letter, 's');
            assert_int_not_equal(f->letter, 'n');
            for (size_t j = 0; j < sizeof never / sizeof *never; j++)
                if (!(binds(kc_verbs[i]) && KC_STREQ(f->name, "user")))
                    assert_string_not_equal(f->name, never[j]);
        }
}

#define SSA "kubectl apply --server-side --filename=- <<'EOF'\n"

static void manifests_are_one_action_for_each_object(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out[3];
    } cases[] = {
        {APPLY HEAD "metadata: {name: c}\nEOF",
         {SSA "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: shop\nEOF"}},
        {"kubectl apply --server-side=true --force-conflicts -n pay -f - " CM,
         {"kubectl apply --server-side --force-conflicts --filename=- <<'EOF'\napiVersion: v1\nkind: ConfigMap\n"
          "metadata:\n  name: c\n  namespace: pay\nEOF"}},
        {"cat <<EOF | kubectl apply --server-side -f -\n" HEAD "metadata: {name: c, namespace: pay}\nEOF\n",
         {SSA "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: pay\nEOF"}},
        {APPLY "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"},\"data\":{\"a\":\"1\","
               "\"b\":\"x\\ny\\n\"}}\nEOF",
         {SSA "apiVersion: v1\ndata:\n  a: \"1\"\n  b: |\n    x\n    y\nkind: ConfigMap\nmetadata:\n  name: c\n"
              "  namespace: shop\nEOF"}},
        {APPLY HEAD
         "metadata: {name: c}\n---\n# nothing\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: t}\nEOF",
         {SSA "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: shop\nEOF",
          SSA "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: t\nEOF"}},
        {"kubectl create -f - <<'EOF'\napiVersion: v1\nkind: List\nitems:\n- " FLOW("c") "\n- " FLOW("d") "\nEOF",
         {"kubectl create --filename=- <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
          "  namespace: shop\nEOF",
          "kubectl create --filename=- <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: d\n"
          "  namespace: shop\nEOF"}},
        {"kubectl replace -f -" CM,
         {"kubectl replace --filename=- <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
          "  namespace: shop\nEOF"}},
        {"kubectl delete --cascade=orphan -f - <<'EOF'\n" HEAD "metadata: {name: c}\n---\napiVersion: apps/v1beta2\n"
         "kind: Deployment\nmetadata: {name: w, namespace: pay}\nEOF",
         {"kubectl delete configmap/c --namespace=shop --cascade=orphan",
          "kubectl delete deployment.v1beta2.apps/w --namespace=pay --cascade=orphan"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        size_t n = 0;
        if (!kc_kubectl_parse(a, cases[i].in, &context, &acts, &err) || !kc_kubectl_check(a, cases[i].in, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        for (; cases[i].out[n]; n++)
            if (n < acts.n)
                assert_string_equal(kc_kubectl_render(a, &acts.v[n], &restmap), cases[i].out[n]);
        assert_int_equal(acts.n, n);
    }
}

static void a_manifest_in_one_line_is_its_digest(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_actions acts;
    struct kc_err err = {0};
    assert_true(kc_kubectl_parse(a, APPLY HEAD "metadata: {name: c}\nEOF", &context, &acts, &err));
    assert_string_equal(acts.v[0].input,
                        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":"
                        "\"shop\"}}");
    assert_string_equal(kc_kubectl_line(a, &acts.v[0], &restmap),
                        "kubectl apply --server-side --filename=- # configmap/shop/c, 5 lines, sha256:d7bad28a04a0");
    assert_true(kc_kubectl_parse(a, WEB, &context, &acts, &err));
    assert_string_equal(kc_kubectl_line(a, &acts.v[0], &restmap), WEB);
}

/* What a plan of record says is believed only when it could have come from a command. */
static void stored_manifests_are_checked(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\",\"namespace\":\"shop\"}}",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":\"pay\"}}",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}",
        "{\"apiVersion\":\"v2\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":\"shop\"}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"c\",\"namespace\":\"shop\"}}",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":\"shop\"},\"x\":1.0}",
        "[]",
        "",
    };
    KC_ARENA_SCOPE(a);
    struct kc_actions acts;
    struct kc_action again;
    struct kc_err err = {0};
    assert_true(kc_kubectl_parse(a, APPLY HEAD "metadata: {name: c}\nEOF", &context, &acts, &err));
    KC_JSON_SCOPE *good = kc_action_encode(&acts.v[0]);
    assert_true(kc_action_decode(a, good, &again, &err));
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        KC_JSON_SCOPE *bad = json_copy(good);
        json_object_set_new(bad, "input", json_string(inputs[i]));
        if (kc_action_decode(a, bad, &again, &err))
            fail_msg("%s: accepted", inputs[i]);
    }
    json_object_del(good, "input");
    assert_false(kc_action_decode(a, good, &again, &err));
    assert_true(kc_kubectl_parse(a, WEB, &context, &acts, &err));
    KC_JSON_SCOPE *other = kc_action_encode(&acts.v[0]);
    json_object_set_new(other, "input", json_string("{}"));
    assert_false(kc_action_decode(a, other, &again, &err));
}

static void bounds_hold(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE many = {0};
    KC_BUF_SCOPE more = {0};
    struct kc_actions acts;
    struct kc_err err = {0};
    kc_buf_puts(&many, "kubectl scale deploy --replicas=1");
    for (int i = 0; i < KC_MAX_PARTS; i++)
        kc_buf_printf(&many, " d%d", i);
    assert_true(kc_kubectl_parse(a, kc_buf_str(&many), &context, &acts, &err));
    assert_int_equal(acts.n, KC_MAX_PARTS);
    kc_buf_puts(&many, " last");
    assert_false(kc_kubectl_parse(a, kc_buf_str(&many), &context, &acts, &err));
    assert_non_null(strstr(err.message, "513 objects in one command, at most 512"));

    kc_buf_puts(&more, "kubectl scale deploy/web --replicas=1");
    while (more.len < 4096)
        kc_buf_putc(&more, ' ');
    assert_true(kc_kubectl_parse(a, kc_buf_str(&more), &context, &acts, &err));
    kc_buf_putc(&more, ' ');
    assert_false(kc_kubectl_parse(a, kc_buf_str(&more), &context, &acts, &err));
    assert_non_null(strstr(err.message, "longer than 4096 bytes"));
}

static void a_namespace_has_to_come_from_somewhere(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_kubectl_context nowhere = {.restmap = &restmap};
    struct kc_actions acts;
    struct kc_err err = {0};
    assert_false(kc_kubectl_parse(a, "kubectl scale deploy/web --replicas=1", &nowhere, &acts, &err));
    assert_non_null(strstr(err.message, "--namespace=NAME"));
    assert_true(kc_kubectl_parse(a, "kubectl scale globalshard/g --replicas=1", &nowhere, &acts, &err));
    assert_string_equal(acts.v[0].target.ns, "");
}

/* A type that the server has lost since: the long form still says which it was. */
static void an_unknown_type_is_spelled_out(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const struct kc_restmap empty = {0};
    struct kc_action act = {.verb = kc_verb_find("scale"), .target = kc_target_of(&types[4], "shop", "web")};
    act.flags = (const char *const[]){"1", NULL};
    assert_string_equal(kc_kubectl_render(a, &act, &empty),
                        "kubectl scale deployments.v1.apps/web --namespace=shop --replicas=1");
    assert_string_equal(kc_kubectl_render(a, &act, NULL),
                        "kubectl scale deployments.v1.apps/web --namespace=shop --replicas=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_has_one_canonical_form),
        cmocka_unit_test(several_targets_are_one_action_each_in_order),
        cmocka_unit_test(says_why_it_refuses),
        cmocka_unit_test(no_verb_takes_identity_cluster_or_dry_run),
        cmocka_unit_test(manifests_are_one_action_for_each_object),
        cmocka_unit_test(a_manifest_in_one_line_is_its_digest),
        cmocka_unit_test(stored_manifests_are_checked),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(a_namespace_has_to_come_from_somewhere),
        cmocka_unit_test(every_verb_has_one_canonical_form),
        cmocka_unit_test(an_unknown_type_is_spelled_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
