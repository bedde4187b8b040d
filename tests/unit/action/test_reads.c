/* The reading verbs: how they are written, what they ask the API server for, what they say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/types.h"

static const struct kc_mapping more_types[] = {
    TYPE("", "v1", "Secret", "secrets", "secret", USUAL),
    TYPE("", "v1", "Event", "events", "event", USUAL, .short_names = NAMES("ev")),
    TYPE("", "v1", "Node", "nodes", "node", .preferred = true, .short_names = NAMES("no")),
};
static struct kc_mapping all_types[sizeof types / sizeof *types + 3];
static const struct kc_restmap all = {all_types, sizeof all_types / sizeof *all_types};
static const struct kc_kubectl_context here = {.restmap = &all, .default_namespace = "shop"};

static int set_up(void **state)
{
    (void)state, (void)restmap;
    memcpy(all_types, types, sizeof types);
    memcpy(all_types + sizeof types / sizeof *types, more_types, sizeof more_types);
    return 0;
}

static struct kc_action parse(struct kc_arena *a, const char *command)
{
    struct kc_actions acts;
    struct kc_err err = {0};

    if (!kc_kubectl_parse(a, command, &here, &acts, &err))
        fail_msg("%s: %s", command, err.message);
    assert_int_equal(acts.n, 1);
    return acts.v[0];
}

static const json_t *json(struct kc_arena *a, const char *text)
{
    struct kc_err err = {0};
    const json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 16, "answer", &err);

    if (!v)
        fail_msg("%s", err.message);
    return v;
}

#define POD(name, phase, ready)                                                                                        \
    "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"web\"},"           \
    "{\"name\":\"side\"}]},\"status\":{\"phase\":\"" phase                                                             \
    "\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"" ready "\"}]}}"
#define PODS      "{\"items\":[" POD("late", "Pending", "False") "," POD("good", "Running", "True") "]}"
#define WORKLOAD  "{\"metadata\":{\"uid\":\"u-1\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"web\"}}}}"
#define EMPTY     "{\"items\":[]}"
#define NEXT_PAGE "{\"items\":[],\"metadata\":{\"continue\":\"a+b\"}}"

/* command, its canonical form, and the requests that follow each other when they are answered so. */
static const struct {
    const char *in, *out;
    struct {
        const char *request, *answer;
    } looks[4];
} cases[] = {
    {"kubectl get po", "kubectl get pod --namespace=shop", {{"/api/v1/namespaces/shop/pods?limit=500", EMPTY}}},
    {"get pods -A -l 'app in (a,b)' -o wide",
     "kubectl get pod --output=wide --selector='app in (a,b)' --all-namespaces",
     {{"/api/v1/pods?limit=500&labelSelector=app%20in%20%28a%2Cb%29", EMPTY}}},
    {"get pods",
     "kubectl get pod --namespace=shop",
     {{"/api/v1/namespaces/shop/pods?limit=500", NEXT_PAGE},
      {"/api/v1/namespaces/shop/pods?limit=500&continue=a%2Bb", EMPTY}}},
    {"kubectl get deploy web -oyaml",
     "kubectl get deployment/web --namespace=shop --output=yaml",
     {{"/apis/apps/v1/namespaces/shop/deployments/web?", WORKLOAD}}},
    {"kubectl get nodes --sort-by=.metadata.name",
     "kubectl get node --sort-by=.metadata.name",
     {{"/api/v1/nodes?limit=500&includeObject=Object", EMPTY}}},
    {"kubectl get pods --chunk-size=5 -L app,tier -L zone --no-headers",
     "kubectl get pod --namespace=shop --label-columns=app,tier --label-columns=zone --no-headers",
     {{"/api/v1/namespaces/shop/pods?limit=500", EMPTY}}},
    {"kubectl get pods -o 'jsonpath={.items[*].metadata.name}' --sort-by=.metadata.name",
     "kubectl get pod --namespace=shop --output='jsonpath={.items[*].metadata.name}' --sort-by=.metadata.name",
     {{"/api/v1/namespaces/shop/pods?limit=250", EMPTY}}},
    {"kubectl get deploy web --subresource=scale --ignore-not-found",
     "kubectl get deployment/web --namespace=shop --ignore-not-found --subresource=scale",
     {{"/apis/apps/v1/namespaces/shop/deployments/web/scale?", WORKLOAD}}},
    {"kubectl wait --for=condition=Available deploy/web --timeout=30s",
     "kubectl wait deployment/web --namespace=shop --for=condition=Available",
     {{"/apis/apps/v1/namespaces/shop/deployments/web?", WORKLOAD}}},
    {"kubectl wait po -l app=web -A --for=jsonpath='{.status.phase}'=Running --timeout=0",
     "kubectl wait pod --for='jsonpath={.status.phase}=Running' --timeout=0s --selector=app=web --all-namespaces",
     {{"/api/v1/pods?limit=500&labelSelector=app%3Dweb", EMPTY}}},
    {"kubectl explain deployments.apps.spec.strategy --recursive",
     "kubectl explain deployment.spec.strategy --recursive",
     {{"/openapi/v3?", "{\"paths\":{\"apis/apps/v1\":{\"serverRelativeURL\":\"/openapi/v3/apis/apps/v1?hash=A\"}}}"},
      {"/openapi/v3/apis/apps/v1?hash=A", EMPTY}}},
    {"kubectl explain po", "kubectl explain pod", {{"/openapi/v3?", EMPTY}}},
    {"kubectl api-versions", "kubectl api-versions", {{"/api?", EMPTY}, {"/apis?", EMPTY}}},
    {"kubectl api-resources --namespaced",
     "kubectl api-resources --namespaced=true",
     {{"/api?", EMPTY}, {"/apis?", EMPTY}}},
    {"kubectl version", "kubectl version", {{"/version?", EMPTY}}},
    {"kubectl cluster-info",
     "kubectl cluster-info",
     {{"/api?", EMPTY},
      {"/api/v1/namespaces/kube-system/services?labelSelector=kubernetes.io%2Fcluster-service%3Dtrue", EMPTY}}},
    {"kubectl describe deploy/web",
     "kubectl describe deployment/web --namespace=shop",
     {{"/apis/apps/v1/namespaces/shop/deployments/web?", WORKLOAD},
      {"/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb%2CinvolvedObject.kind%3D"
       "Deployment%2CinvolvedObject.uid%3Du-1",
       EMPTY},
      {"/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dweb", EMPTY}}},
    {"kubectl describe node n1",
     "kubectl describe node/n1",
     {{"/api/v1/nodes/n1?", WORKLOAD},
      {"/api/v1/namespaces/default/events?limit=500&fieldSelector=involvedObject.name%3Dn1%2CinvolvedObject.kind%3DNode"
       "%2CinvolvedObject.uid%3Du-1",
       EMPTY}}},
    {"kubectl logs good",
     "kubectl logs pod/good --namespace=shop --tail=500",
     {{"/api/v1/namespaces/shop/pods/good?", POD("good", "Running", "True")},
      {"/api/v1/namespaces/shop/pods/good/log?container=web&tailLines=500&limitBytes=4194304", NULL}}},
    {"kubectl logs deploy/web -c side --previous --since=1h30m --tail=7",
     "kubectl logs deployment/web --namespace=shop --container=side --previous --tail=7 --since=1h30m",
     {{"/apis/apps/v1/namespaces/shop/deployments/web?", WORKLOAD},
      {"/api/v1/namespaces/shop/pods?limit=100&labelSelector=app%3Dweb", PODS},
      {"/api/v1/namespaces/shop/pods/good/log?container=side&tailLines=7&limitBytes=4194304&previous=true&"
       "sinceSeconds=5400",
       NULL}}},
    {"kubectl logs good --since-time=2026-11-23T10:00:00Z --timestamps",
     "kubectl logs pod/good --namespace=shop --tail=500 --timestamps --since-time=2026-11-23T10:00:00Z",
     {{"/api/v1/namespaces/shop/pods/good?", POD("good", "Running", "True")},
      {"/api/v1/namespaces/shop/pods/good/"
       "log?container=web&tailLines=500&limitBytes=4194304&timestamps=true&sinceTime=2026-11-23T10%3A00%3A00Z",
       NULL}}},
    {"kubectl logs -l app=web",
     "kubectl logs --namespace=shop --tail=50 --selector=app=web",
     {{"/api/v1/namespaces/shop/pods?limit=100&labelSelector=app%3Dweb", PODS},
      {"/api/v1/namespaces/shop/pods/late/log?container=web&tailLines=50&limitBytes=4194304", NULL},
      {"/api/v1/namespaces/shop/pods/good/log?container=web&tailLines=50&limitBytes=4194304", NULL}}},
    {"kubectl events --for=pod/web --types=Warning",
     "kubectl events --namespace=shop --for=pod/web --types=Warning",
     {{"/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb", EMPTY}}},
    {"kubectl top pods",
     "kubectl top pod --namespace=shop",
     {{"/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?", EMPTY}}},
    {"kubectl top pod web --containers",
     "kubectl top pod web --namespace=shop --containers",
     {{"/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/web?", "{\"containers\":[]}"}}},
    {"kubectl top no", "kubectl top node", {{"/apis/metrics.k8s.io/v1beta1/nodes?", EMPTY}, {"/api/v1/nodes?", EMPTY}}},
    {"kubectl rollout status deploy/web",
     "kubectl rollout status deployment/web --namespace=shop --watch=false",
     {{"/apis/apps/v1/namespaces/shop/deployments/web?", WORKLOAD}}},
    {"kubectl rollout history sts/db --revision=2",
     "kubectl rollout history statefulset/db --namespace=shop --revision=2",
     {{"/apis/apps/v1/namespaces/shop/statefulsets/db?", WORKLOAD},
      {"/apis/apps/v1/namespaces/shop/controllerrevisions?labelSelector=app%3Dweb", EMPTY}}},
};

static void each_asks_for_what_it_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, cases[i].in);
        struct kc_answer answers[4];
        struct kc_looked seen = {.v = answers};
        struct kc_api_request req;
        const char *out = kc_kubectl_render(a, &act, &all);
        if (!KC_STREQ(out, cases[i].out))
            fail_msg("%s: %s", cases[i].in, out);
        struct kc_action again = parse(a, out);
        assert_true(kc_action_equal(&act, &again));
        for (; act.verb->look(a, &act, &seen, &req); seen.n++) {
            const char *expected = seen.n < 4 ? cases[i].looks[seen.n].request : NULL;
            const char *asked = kc_arena_printf(a, "%s?%s", req.path, kc_or(req.query, ""));
            if (!expected || !KC_STREQ(asked, expected) || !KC_STREQ(req.method, "GET"))
                fail_msg("%s: look %zu: %s %s", cases[i].in, seen.n, req.method, asked);
            const char *answer = cases[i].looks[seen.n].answer;
            answers[seen.n] = (struct kc_answer){
                .status = 200, .json = answer ? json(a, answer) : NULL, .text = answer ? NULL : "line\n"};
        }
        if (seen.n < 4 && cases[i].looks[seen.n].request)
            fail_msg("%s: look %zu was not made", cases[i].in, seen.n);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *command, *says;
    } bad[] = {
        {"kubectl get pods web -l app=x", "--selector: web is named already"},
        {"kubectl get pods -o 'jsonpath={.x'", "--output=jsonpath: unclosed action"},
        {"kubectl get pods -o jsonpath=", "no template given"},
        {"kubectl get pods -o xml", "expected one of wide, yaml, json, name, jsonpath=TEMPLATE"},
        {"kubectl get pods -o 'go-template={{.x}}'", "Go templates are programs"},
        {"kubectl get pods -o jsonpath-file=x", "files are not read"},
        {"kubectl get pods -o custom-columns=NAME", "expected <header>:<json-path-expr>"},
        {"kubectl get pods -o 'custom-columns=N:.x[y]'", "invalid array index y"},
        {"kubectl get pods a b -o 'jsonpath={.items}'", "one command for each object"},
        {"kubectl get pods -o yaml --show-labels", "leave --output=yaml out"},
        {"kubectl get pods --show-managed-fields", "is for --output=json"},
        {"kubectl get pods --sort-by='{a}{b}'", "unexpected path string"},
        {"kubectl get pods --subresource=status", "of which object"},
        {"kubectl get pod x --subresource=log", "expected one of status, scale, resize"},
        {"kubectl get pods --watch", "kubectl wait waits"},
        {"kubectl get pods -w", "kubectl wait waits"},
        {"kubectl get --raw=/healthz", "--raw: "},
        {"kubectl get pods --template='{{.x}}'", "--template"},
        {"kubectl get all/web", "all is no type"},
        {"kubectl auth can-i", "you must specify two arguments"},
        {"kubectl auth can-i get", "what? Write TYPE"},
        {"kubectl auth can-i get pods web", "web is too much"},
        {"kubectl auth can-i get nosuch", "the server has no type \"nosuch\""},
        {"kubectl auth can-i --list get pods", "no verb"},
        {"kubectl auth can-i get /healthz --subresource=x", "can not be used with NonResourceURL"},
        {"kubectl auth can-i get pods --no-headers", "without --list"},
        {"kubectl auth", "say which of these: can-i, whoami"},
        {"kubectl auth whoami ana", "no object is named here"},
        {"kubectl version -n shop", "about the whole cluster"},
        {"kubectl api-resources --sort-by=group", "expected one of name, kind"},
        {"kubectl api-resources --namespaced=maybe", "expected one of true, false"},
        {"kubectl explain", "one TYPE or TYPE.FIELD"},
        {"kubectl explain nosuch.spec", "the server has no type \"nosuch\""},
        {"kubectl explain deployment.spec..x", "is not a field"},
        {"kubectl explain pods -n shop", "types are in no namespace"},
        {"kubectl explain pods --api-version=a/b/c", "expected VERSION or GROUP/VERSION"},
        {"kubectl wait pod/web", "--for is missing"},
        {"kubectl wait pods --for=delete", "which one? Name it, or write --selector or --all"},
        {"kubectl wait pod/web --for=ready", "expected create, delete, condition=NAME"},
        {"kubectl wait pod/web --for=condition=", "write condition=NAME"},
        {"kubectl wait pod/web --for=jsonpath='{.x'=1", "--for=jsonpath"},
        {"kubectl wait pod/web --for=jsonpath='{.x}'=", "write --for=jsonpath="},
        {"kubectl wait pod/web --for=jsonpath='{.x}'=1=2", "write --for=jsonpath="},
        {"kubectl wait pod/web --for=delete --timeout=soon", "expected a duration"},
        {"kubectl wait pod/web --for=delete --timeout=-1s", "expected a duration"},
        {"kubectl wait pod/web --for=delete --all", "web is named already"},
        {"kubectl get some", "the server has no type \"some\""},
        {"kubectl scale all --replicas=1", "the object is missing"},
        {"kubectl logs", "the name is missing"},
        {"kubectl logs web -c a --all-containers", "one or the other"},
        {"kubectl logs web --since=yesterday", "expected a duration"},
        {"kubectl logs web -f", "asking again shows what is new"},
        {"kubectl logs web --follow", "asking again shows what is new"},
        {"kubectl logs web --since-time=noon", "expected a time like"},
        {"kubectl logs web --since=5m --since-time=2026-11-23T10:00:00Z", "one or the other"},
        {"kubectl logs svc/x --tail=-1", "--tail=-1"},
        {"kubectl logs node/n1", "nodes cannot be asked for logs"},
        {"kubectl events --for=web", "expected TYPE/NAME"},
        {"kubectl events --for='pod/web,involvedObject.kind=Secret'", "expected TYPE/NAME"},
        {"kubectl events --types=Error", "valid are Normal and Warning"},
        {"kubectl top deploy", "deployments cannot be measured"},
        {"kubectl top nodes --containers", "are for kubectl top pod"},
        {"kubectl rollout status ds", "the object is missing"},
        {"kubectl rollout history pod/web", "pods cannot be rolled out"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (kc_kubectl_parse(a, bad[i].command, &here, &acts, &err))
            fail_msg("%s was taken", bad[i].command);
        if (!strstr(err.message, bad[i].says))
            fail_msg("%s: %s", bad[i].command, err.message);
    }
}

static void several_types_say_which_is_which(void **state)
{
    static const struct {
        const char *command, *steps[3];
    } rows[] = {
        {"kubectl get deploy,svc",
         {"kubectl get deployment --namespace=shop --show-kind", "kubectl get service --namespace=shop --show-kind"}},
        {"kubectl get pod/a pod/b", {"kubectl get pod/a --namespace=shop", "kubectl get pod/b --namespace=shop"}},
        {"kubectl get all",
         {"kubectl get pod --namespace=shop --show-kind", "kubectl get service --namespace=shop --show-kind"}},
        {"kubectl get all,nodes -A -o yaml",
         {"kubectl get pod --output=yaml --all-namespaces", "kubectl get service --output=yaml --all-namespaces",
          "kubectl get node --output=yaml --all-namespaces"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (!kc_kubectl_parse(a, rows[i].command, &here, &acts, &err) || !kc_kubectl_check(a, rows[i].command, &err))
            fail_msg("%s: %s", rows[i].command, err.message);
        for (size_t j = 0; j < 3 && rows[i].steps[j]; j++) {
            assert_true(j < acts.n);
            assert_string_equal(kc_kubectl_render(a, &acts.v[j], &all), rows[i].steps[j]);
        }
    }
}

/* What get shows of an answer. */
static const char *shown(struct kc_arena *a, const char *command, int status, const char *answer)
{
    struct kc_action act = parse(a, command);
    struct kc_answer v = {.status = status, .json = answer ? json(a, answer) : NULL};
    struct kc_looked seen = {.v = &v, .n = 1};
    struct kc_err err = {0};
    KC_BUF_SCOPE out = {.limit = 1 << 16};

    if (!act.verb->show(a, &act, &seen, &out, &err))
        return kc_arena_printf(a, "! %s", err.message);
    assert_non_null(act.verb->summary(a, &act, &seen));
    return kc_arena_strdup(a, kc_buf_str(&out));
}

#define ROW(name, age, app)                                                                                            \
    "{\"cells\":[\"" name "\"," age "],\"object\":{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\","        \
    "\"labels\":{\"example.com/app\":\"" app "\"}},\"n\":" age "}}"
#define TABLE                                                                                                          \
    "{\"kind\":\"Table\",\"columnDefinitions\":[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\"},{"         \
    "\"name\":"                                                                                                        \
    "\"N\"}],\"rows\":[" ROW("b", "10", "x") "," ROW("a", "9", "y") "]}"
#define LIST                                                                                                           \
    "{\"items\":[{\"metadata\":{\"name\":\"b\",\"managedFields\":[1]},\"q\":\"1\"},{\"metadata\":{\"name\":\"a\"},"    \
    "\"q\":"                                                                                                           \
    "\"900m\"}],\"metadata\":{}}"

static void every_form_of_get(void **state)
{
    static const struct {
        const char *command;
        int status;
        const char *answer, *shown;
    } rows[] = {
        {"kubectl get deploy", 200, TABLE, "NAME   N\nb      10\na      9\n"},
        {"kubectl get deploy --no-headers", 200, TABLE, "b     10\na     9\n"},
        {"kubectl get deploy --show-kind --sort-by=.n", 200, TABLE,
         "NAME                N\ndeployment.apps/a   9\ndeployment.apps/b   10\n"},
        {"kubectl get deploy -L example.com/app,none -A", 200, TABLE,
         "NAMESPACE   NAME   N     APP   NONE\nshop        b      10    x     <none>\nshop        a      9     y     "
         "<none>\n"},
        {"kubectl get deploy --sort-by=.nosuch", 200, TABLE, "! couldn't find any field with path \"{.nosuch}\""},
        {"kubectl get deploy web --ignore-not-found", 404, NULL, ""},
        {"kubectl get deploy --ignore-not-found", 200, "{\"kind\":\"Table\",\"rows\":[]}", ""},
        {"kubectl get deploy", 200, "{\"kind\":\"Table\",\"rows\":[]}", "No resources found in shop namespace.\n"},
        {"kubectl get deploy -o 'jsonpath={.items[*].metadata.name}'", 200, LIST, "b a"},
        {"kubectl get deploy -o 'jsonpath={.items[*].metadata.managedFields}'", 200, LIST, "[1]"},
        {"kubectl get deploy -o 'jsonpath={.items[*].metadata.name}' --sort-by=q", 200, LIST, "a b"},
        {"kubectl get deploy -o 'jsonpath={.kind} {.items[5]}'", 200, LIST,
         "! error executing jsonpath \"{.kind} {.items[5]}\": array index out of bounds: index 5, length 2"},
        {"kubectl get deploy -o 'jsonpath={.x}' --allow-missing-template-keys=false", 200, LIST,
         "! error executing jsonpath \"{.x}\": x is not found"},
        {"kubectl get deploy -o 'jsonpath-as-json={.items[*].q}'", 200, LIST, "[\n    \"1\",\n    \"900m\"\n]\n"},
        {"kubectl get deploy -o custom-columns=NAME:metadata.name,Q:.q,'X:{.x}'", 200, LIST,
         "NAME   Q      X\nb      1      <none>\na      900m   <none>\n"},
        {"kubectl get deploy -o custom-columns=ALL:.metadata --no-headers", 200, LIST,
         "map[managedFields:[1] name:b]\nmap[name:a]\n"},
        {"kubectl get deploy web -o custom-columns=NAME:.metadata.name", 200, "{\"metadata\":{\"name\":\"web\"}}",
         "NAME\nweb\n"},
        {"kubectl get deploy -o name", 200, LIST, "deployment.apps/b\ndeployment.apps/a\n"},
        {"kubectl get deploy/web -o json --show-managed-fields", 200, "{\"metadata\":{\"managedFields\":[]}}",
         "{\n    \"apiVersion\": \"apps/v1\",\n    \"kind\": \"Deployment\",\n    \"metadata\": {\n        "
         "\"managedFields\": []\n    }\n}\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        const char *got = shown(a, rows[i].command, rows[i].status, rows[i].answer);
        if (rows[i].shown[0] == '!' ? !kc_str_starts(got, rows[i].shown) : !KC_STREQ(got, rows[i].shown))
            fail_msg("%s:\n%s", rows[i].command, got);
    }
}

/* What a wait says of an answer: "" arrived, "! ..." it fails, otherwise what is missing. */
static const char *missing(struct kc_arena *a, const char *command, const char *answer)
{
    struct kc_action act = parse(a, command);
    struct kc_answer v = {.status = answer ? 200 : 404, .json = answer ? json(a, answer) : NULL};
    struct kc_looked seen = {.v = &v, .n = 1};
    struct kc_err err = {0};
    KC_BUF_SCOPE out = {0};
    const char *text = "";
    bool met;

    if (!act.verb->arrived(a, &act, &seen, &met, &text, &err))
        return kc_arena_printf(a, "! %s", err.message);
    assert_true(act.verb->show(a, &act, &seen, &out, &err));
    assert_int_equal(strstr(kc_buf_str(&out), "waiting: ") == NULL, met);
    return met ? "" : text;
}

#define CONDITIONS(generation, ...)                                                                                    \
    "{\"metadata\":{\"name\":\"web\",\"generation\":" #generation "},\"status\":{" __VA_ARGS__ "}}"
#define AVAILABLE(status)                                                                                              \
    "\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\"},{\"type\":\"Available\",\"status\":\"" status      \
    "\",\"reason\":\"Minimum\",\"message\":\"too few\"}]"

static void what_a_wait_waits_for(void **state)
{
    static const struct {
        const char *command, *answer, *missing;
    } rows[] = {
        {"kubectl wait deploy/web --for=condition=Available", CONDITIONS(1, AVAILABLE("True")), ""},
        {"kubectl wait deploy/web --for=condition=available", CONDITIONS(1, AVAILABLE("True")), ""},
        {"kubectl wait deploy/web --for=condition=Available=false", CONDITIONS(1, AVAILABLE("False")), ""},
        {"kubectl wait deploy/web --for=condition=Available", CONDITIONS(1, AVAILABLE("False")),
         "condition Available is False, Minimum: too few"},
        {"kubectl wait deploy/web --for=condition=Ready", CONDITIONS(1, AVAILABLE("True")),
         "there is no condition Ready yet"},
        {"kubectl wait deploy/web --for=condition=Available",
         CONDITIONS(3, "\"observedGeneration\":2," AVAILABLE("True")), "condition Available is True, Minimum: too few"},
        {"kubectl wait deploy/web --for=condition=Available",
         CONDITIONS(3, "\"observedGeneration\":3," AVAILABLE("True")), ""},
        {"kubectl wait deploy/web --for=condition=Available", NULL, "! deployments.apps \"web\" not found"},
        {"kubectl wait pod/web --for=delete", NULL, ""},
        {"kubectl wait pod/web --for=delete", "{}", "it is still there"},
        {"kubectl wait pod/web --for=create", NULL, "it is not there yet"},
        {"kubectl wait pod/web --for=create", "{}", ""},
        {"kubectl wait pod/web --for=jsonpath='{.status.phase}'=Running", "{\"status\":{\"phase\":\"Running\"}}", ""},
        {"kubectl wait pod/web --for=jsonpath=.status.phase=Running", "{\"status\":{\"phase\":\"Pending\"}}",
         "{.status.phase} is Pending, not Running"},
        {"kubectl wait cm/web --for=jsonpath='{.data.password}'=x", "{\"data\":{\"password\":\"hunter2\"}}",
         "{.data.password} is not x"},
        {"kubectl wait pod/web --for=jsonpath='{.status.podIP}'", "{\"status\":{}}",
         "{.status.podIP} has no value yet"},
        {"kubectl wait pod/web --for=jsonpath='{.status.podIP}'", "{\"status\":{\"podIP\":\"10.0.0.1\"}}", ""},
        {"kubectl wait pod/web --for=jsonpath='{.status.n}'=3", "{\"status\":{\"n\":3}}", ""},
        {"kubectl wait pod/web --for=jsonpath='{.status.c[?(@.type==\"Ready\")].status}'=True",
         "{\"status\":{\"c\":[{\"type\":\"X\"},{\"type\":\"Ready\",\"status\":\"True\"}]}}", ""},
        {"kubectl wait pod/web --for=jsonpath='{.status.c[*].x}'=1", "{\"status\":{\"c\":[{\"x\":1},{\"x\":1}]}}",
         "! {.status.c[*].x}: given jsonpath expression matches more than one value"},
        {"kubectl wait pod/web --for=jsonpath='{.status}'=1", "{\"status\":{}}",
         "! {.status}: jsonpath leads to a nested object"},
        {"kubectl wait pods --all --for=delete", EMPTY, ""},
        {"kubectl wait pods -l app=web --for=condition=Ready", EMPTY, "! no matching resources found"},
        {"kubectl wait pods -l app=web --for=create", EMPTY, "there is none yet"},
        {"kubectl wait pods -l app=web --for=condition=Available",
         "{\"items\":[" CONDITIONS(1, AVAILABLE("True")) "," CONDITIONS(1, AVAILABLE("False")) "]}",
         "web: condition Available is False, Minimum: too few"},
        {"kubectl wait pods --all --for=condition=Available",
         "{\"items\":[" CONDITIONS(1, AVAILABLE("True")) "," CONDITIONS(1, AVAILABLE("True")) "]}", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        const char *got = missing(a, rows[i].command, rows[i].answer);
        if (*rows[i].missing == '!' ? !kc_str_starts(got, rows[i].missing) : !KC_STREQ(got, rows[i].missing))
            fail_msg("%s: %s", rows[i].command, got);
    }
}

static void how_long_a_wait_waits(void **state)
{
    static const struct {
        const char *command;
        int64_t ms;
    } rows[] = {{"kubectl wait pod/web --for=delete", 30 * 1000},
                {"kubectl wait pod/web --for=delete --timeout=30s", 30 * 1000},
                {"kubectl wait pod/web --for=delete --timeout=5m", 300 * 1000},
                {"kubectl wait pod/web --for=delete --timeout=0", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, rows[i].command);
        assert_int_equal(act.verb->patience(&act), rows[i].ms);
    }
}

/* Rights are asked for by POST: what the review says. */
static void what_is_reviewed(void **state)
{
    static const struct {
        const char *command, *out, *path, *spec;
    } rows[] = {
        {"kubectl auth can-i create deploy", "kubectl auth can-i create deployment --namespace=shop",
         "selfsubjectaccessreviews",
         "{\"resourceAttributes\":{\"group\":\"apps\",\"namespace\":\"shop\",\"resource\":\"deployments\",\"verb\":"
         "\"create\"}}"},
        {"kubectl auth can-i get pod/web --subresource=log -n x",
         "kubectl auth can-i get pod/web --namespace=x --subresource=log", "selfsubjectaccessreviews",
         "{\"resourceAttributes\":{\"name\":\"web\",\"namespace\":\"x\",\"resource\":\"pods\",\"subresource\":\"log\","
         "\"verb\":"
         "\"get\"}}"},
        {"kubectl auth can-i list nodes", "kubectl auth can-i list node", "selfsubjectaccessreviews",
         "{\"resourceAttributes\":{\"resource\":\"nodes\",\"verb\":\"list\"}}"},
        {"kubectl auth can-i list pods -A", "kubectl auth can-i list pod --all-namespaces", "selfsubjectaccessreviews",
         "{\"resourceAttributes\":{\"resource\":\"pods\",\"verb\":\"list\"}}"},
        {"kubectl auth can-i '*' '*'", "kubectl auth can-i '*' '*' --namespace=shop", "selfsubjectaccessreviews",
         "{\"resourceAttributes\":{\"namespace\":\"shop\",\"resource\":\"*\",\"verb\":\"*\"}}"},
        {"kubectl auth can-i get /healthz", "kubectl auth can-i get /healthz --namespace=shop",
         "selfsubjectaccessreviews", "{\"nonResourceAttributes\":{\"path\":\"/healthz\",\"verb\":\"get\"}}"},
        {"kubectl auth can-i --list", "kubectl auth can-i --namespace=shop --list", "selfsubjectrulesreviews",
         "{\"namespace\":\"shop\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, rows[i].command);
        struct kc_looked none = {0};
        struct kc_api_request req;
        struct kc_err err = {0};
        assert_string_equal(kc_kubectl_render(a, &act, &all), rows[i].out);
        struct kc_action again = parse(a, rows[i].out);
        assert_true(kc_action_equal(&act, &again));
        assert_true(kc_kubectl_check(a, rows[i].out, &err));
        assert_true(act.verb->look(a, &act, &none, &req));
        assert_string_equal(req.method, "POST");
        assert_string_equal(req.content_type, "application/json");
        assert_true(kc_str_ends(req.path, rows[i].path));
        const json_t *body = json(a, kc_arena_strndup(a, req.body, req.body_len));
        KC_BUF_SCOPE spec = {0};
        assert_true(kc_json_canonical(json_object_get(body, "spec"), &spec, &err));
        assert_string_equal(kc_buf_str(&spec), rows[i].spec);
    }
}

static void reading_secrets_is_never_read_only(void **state)
{
    static const struct {
        const char *command;
        enum kc_effect effect;
    } rows[] = {
        {"kubectl get secrets", KC_MUTATING},
        {"kubectl get secret db -o yaml", KC_MUTATING},
        {"kubectl describe secret/db", KC_MUTATING},
        {"kubectl get secrets -o name", KC_MUTATING},
        {"kubectl get secrets -o 'jsonpath={.items[*].data}'", KC_MUTATING},
        {"kubectl get secret db -o custom-columns=D:.data", KC_MUTATING},
        {"kubectl get pods", KC_READ_ONLY},
        {"kubectl describe pod/x", KC_READ_ONLY},
        {"kubectl logs x", KC_READ_ONLY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, rows[i].command);
        assert_int_equal(act.verb->deed, KC_DEED_READ);
        assert_int_equal(kc_action_effect(&act), rows[i].effect);
    }
}

#define SETUP(name)                                                                                                    \
    "{\"metadata\":{\"name\":\"" name                                                                                  \
    "\"},\"spec\":{\"initContainers\":[{\"name\":\"setup\"}],\"containers\":[{\"name\":"                               \
    "\"web\"},{\"name\":\"side\"}],\"ephemeralContainers\":[{\"name\":\"look\"}]}}"

/* Which container was taken, of each pod of a selector, too. */
static void logs_say_what_was_left_open(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    struct kc_action act = parse(a, "kubectl logs -l app=web");
    struct kc_answer answers[] = {{.status = 200, .json = json(a, "{\"items\":[" SETUP("a") "," SETUP("b") "]}")},
                                  {.status = 200, .text = "of a\n"},
                                  {.status = 200, .text = "of b\n"}};
    struct kc_looked seen = {.v = answers, .n = 3};
    struct kc_err err = {0};

    (void)state;
    assert_true(act.verb->show(a, &act, &seen, &out, &err));
    assert_string_equal(kc_buf_str(&out), "Defaulted container \"web\" out of: web, side, look (ephem), setup (init)\n"
                                          "Defaulted container \"web\" out of: web, side, look (ephem), setup (init)\n"
                                          "of a\nof b\n");
}

static void logs_keep_the_newest_lines(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE text = {0};
    KC_BUF_SCOPE out = {.limit = 4000};
    struct kc_action act = parse(a, "kubectl logs good");
    struct kc_err err = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        kc_buf_printf(&text, "line %d\n", i);
    struct kc_answer answers[] = {{.status = 200, .json = json(a, POD("good", "Running", "True"))},
                                  {.status = 200, .text = kc_buf_str(&text)}};
    struct kc_looked seen = {.v = answers, .n = 2};
    assert_true(act.verb->show(a, &act, &seen, &out, &err));
    assert_false(out.overflow);
    assert_true(kc_str_starts(kc_buf_str(&out), "Defaulted container \"web\" out of: web, side\n"));
    assert_non_null(strstr(kc_buf_str(&out), "older bytes are left out"));
    assert_true(kc_str_ends(kc_buf_str(&out), "line 998\nline 999\n"));
    assert_null(strstr(kc_buf_str(&out), "line 1\n"));
    assert_string_equal(act.verb->summary(a, &act, &seen), "1000 lines of 1 container");
    /* A container that waits says why. */
    kc_buf_finish(&out);
    answers[1] = (struct kc_answer){.status = 400, .text = "container \"web\" is waiting to start: ImagePullBackOff"};
    assert_true(act.verb->show(a, &act, &seen, &out, &err));
    assert_non_null(strstr(kc_buf_str(&out), "[pod/good/web] no log: container \"web\" is waiting to start"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_asks_for_what_it_shows),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(several_types_say_which_is_which),
        cmocka_unit_test(every_form_of_get),
        cmocka_unit_test(what_a_wait_waits_for),
        cmocka_unit_test(how_long_a_wait_waits),
        cmocka_unit_test(what_is_reviewed),
        cmocka_unit_test(reading_secrets_is_never_read_only),
        cmocka_unit_test(logs_say_what_was_left_open),
        cmocka_unit_test(logs_keep_the_newest_lines),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
