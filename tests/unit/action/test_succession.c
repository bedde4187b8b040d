#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/action/succession.h"
#include "tests/unit/action/types.h"

static struct kc_action parse(struct kc_arena *a, const char *command)
{
    const struct kc_kubectl_context c = {.restmap = &restmap, .default_namespace = "shop"};
    struct kc_actions actions;
    struct kc_err err = {0};

    if (!kc_kubectl_parse(a, command, &c, &actions, &err))
        fail_msg("%s: %s", command, err.message);
    return actions.v[0];
}

static void a_step_needs_what_an_earlier_one_makes(void **state)
{
    (void)state;
    static const struct {
        const char *earlier, *command, *needs;
    } rows[] = {
        {"create namespace x", "create configmap settings -n x --from-literal=a=b", "namespace/x"},
        {"create namespace x", "scale deployment/web -n x --replicas=3", "namespace/x"},
        {"create namespace x", "get pods -n x", "namespace/x"},
        {"create namespace x", "label namespace/x team=shop", "namespace/x"},
        {"create namespace x", "delete namespace/x", "namespace/x"},
        {"create namespace x", "create configmap settings -n xy", NULL},
        {"create namespace x", "create configmap x -n shop", NULL},
        {"create namespace x", "scale deployment/x -n shop --replicas=3", NULL},
        {"create namespace x", "create namespace xy", NULL},
        {"create namespace x", "get namespaces", NULL},
        {"create configmap web", "scale deployment/web --replicas=3", NULL},
        {"create configmap web", "label configmap/web a=b", "configmap/shop/web"},
        {"create configmap web", "get configmap/web", "configmap/shop/web"},
        {"create configmap web", "label configmap/web-2 a=b", NULL},
        {"create configmap web", "label configmap/web -n pay a=b", NULL},
        {"create configmap web", "create configmap web", NULL}, /* there is nothing to wait for */
        {"create job one --from=cronjob/nightly", "delete job/one", "job/shop/one"},
        {"create job one --from=cronjob/nightly", "create job two --from=cronjob/nightly", NULL},
        {"expose deployment/web --port=80", "label service/web a=b", "service/shop/web"},
        {"expose deployment/web --port=80 --name=front", "label service/web a=b", NULL},
        {"expose deployment/web --port=80 --name=front", "expose service/front --port=81 --name=more",
         "service/shop/front"},
        {"autoscale deployment/web --max=5", "delete hpa/web", "horizontalpodautoscaler/shop/web"},
        {"scale deployment/web --replicas=3", "set image deployment/web web=nginx:2", NULL}, /* it was there before */
        {"delete configmap/web", "label configmap/web a=b", NULL},
        {"get configmap/web", "label configmap/web a=b", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct kc_action earlier = parse(a, kc_arena_printf(a, "kubectl %s", rows[i].earlier));
        const struct kc_action act = parse(a, kc_arena_printf(a, "kubectl %s", rows[i].command));
        const char *what = NULL;
        bool needs = kc_action_needs(a, &act, &earlier, &what);
        if (needs != (rows[i].needs != NULL) || (needs && !KC_STREQ(what, rows[i].needs)))
            fail_msg("%s after %s needs %s", rows[i].command, rows[i].earlier, needs ? what : "nothing");
    }
}

/* Two plans: first a step that makes the namespace, then two that work in it. */
#define STEPS 3
struct pair {
    struct kc_arena *a;
    struct kc_plan_record before, after;
    struct kc_record_step old[STEPS], new[STEPS];
};

static struct kc_record_step step_of(struct kc_arena *a, const char *command, const char *method, const char *body)
{
    return (struct kc_record_step){.action = parse(a, command),
                                   .effect = KC_MUTATING,
                                   .reason = "stated as a command",
                                   .command = command,
                                   .uid = "",
                                   .controller = "",
                                   .fingerprint = "",
                                   .undo = "",
                                   .request = {.method = method,
                                               .path = "/api/v1/somewhere",
                                               .query = "fieldManager=kubechat",
                                               .content_type = "application/json",
                                               .body = body,
                                               .body_len = strlen(body)}};
}

static struct kc_change *change(struct kc_arena *a, const char *path, const char *from, const char *to)
{
    struct kc_change *c = kc_arena_array(a, 1, sizeof *c);
    *c = (struct kc_change){.path = path, .from = from, .to = to};
    return c;
}

#define SERVICE                                                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web\",\"labels\":{\"app\":\"web\"}},"        \
    "\"spec\":{\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}],\"selector\":{\"app\":\"web\"}}}"

/* As the API server would have it: what the body states. */
static void as_stated(struct kc_arena *a, struct kc_record_step *s)
{
    struct kc_err err = {0};
    const json_t *body = kc_json_parse_in(a, s->request.body, s->request.body_len, 1 << 20, "body", &err);
    s->n_changes = kc_changes_between(a, NULL, body, &s->changes);
}

static void arrange(struct pair *p, struct kc_arena *a)
{
    *p = (struct pair){.a = a};
    p->old[0] = step_of(a, "kubectl create namespace x", "POST", "{}");
    p->old[1] = step_of(a, "kubectl expose deployment/web --namespace=x --port=80", "POST", SERVICE);
    as_stated(a, &p->old[1]);
    p->old[2] =
        step_of(a, "kubectl scale deployment/web --namespace=x --replicas=3", "PATCH", "{\"spec\":{\"replicas\":3}}");
    memcpy(p->new, p->old, sizeof p->new);
    p->old[1].deferred = p->old[2].deferred = true;
    p->old[2].request = (struct kc_api_request){0};
    p->new[2].uid = "u-2";
    p->new[2].changes = change(a, "spec.replicas", "1", "3");
    p->new[2].n_changes = 1;
    p->new[2].sets = kc_arena_array(a, 1, sizeof *p->new[2].sets);
    p->new[2].sets[0] = (struct kc_set_field){"spec.replicas", "3"};
    p->new[2].n_sets = 1;
    p->before = (struct kc_plan_record){.requester = {.username = "ana", .uid = "7"},
                                        .cluster_uid = "c1",
                                        .request_uid = "r1",
                                        .doubt = "",
                                        .follows = "",
                                        .why = "",
                                        .steps = p->old,
                                        .n_steps = STEPS};
    p->after = p->before;
    p->after.steps = p->new;
    p->after.follows = "sha256:01";
    p->after.why = KC_WHY_DEFERRED;
}

static void add_change(struct pair *p, size_t step, const char *path, const char *from, const char *to)
{
    struct kc_record_step *s = &p->new[step];
    struct kc_change *v = kc_arena_array(p->a, s->n_changes + 1, sizeof *v);

    memcpy(v, s->changes, s->n_changes * sizeof *v);
    v[s->n_changes++] = (struct kc_change){.path = path, .from = from, .to = to};
    s->changes = v;
}

static void untouched(struct pair *p)
{
    (void)p;
}
static void one_is_still_deferred(struct pair *p)
{
    p->new[2] = p->old[2];
}
static void defaults_are_filled_in(struct pair *p)
{
    add_change(p, 1, "spec.clusterIP", "", "10.0.0.7");
    add_change(p, 1, "spec.type", "", "ClusterIP");
    add_change(p, 1, "spec.ports[port=80,protocol=TCP].targetPort", "", "80");
    add_change(p, 1, "spec.sessionAffinity", "", "None");
}
static void something_is_volatile(struct pair *p)
{
    add_change(p, 2, "metadata.annotations.at", "", "12:00");
    p->new[2].changes[1].volatile_value = true;
}
static void another_default(struct pair *p)
{
    add_change(p, 1, "spec.type", "", "LoadBalancer");
}
static void a_label_is_injected(struct pair *p)
{
    add_change(p, 1, "metadata.labels.team", "", "platform");
}
static void a_field_is_injected(struct pair *p)
{
    add_change(p, 2, "spec.paused", "", "true");
}
static void a_value_is_rewritten(struct pair *p)
{
    p->new[2].changes = change(p->a, "spec.replicas", "1", "2");
    p->new[2].sets[0].value = "2";
}
static void a_change_is_undone(struct pair *p)
{
    p->new[2].n_changes = 0;
    p->new[2].sets[0].value = "1";
}
static void a_field_is_taken_away(struct pair *p)
{
    p->new[2].changes = change(p->a, "spec.paused", "true", "");
}
static void a_label_is_taken_away(struct pair *p)
{
    for (size_t i = 0; i < p->new[1].n_changes; i++)
        if (KC_STREQ(p->new[1].changes[i].path, "metadata.labels.app"))
            p->new[1].changes[i] = p->new[1].changes[--p->new[1].n_changes];
}
static void a_label_is_rewritten(struct pair *p)
{
    struct kc_change *v = kc_arena_array(p->a, p->new[1].n_changes, sizeof *v);

    memcpy(v, p->new[1].changes, p->new[1].n_changes * sizeof *v);
    p->new[1].changes = v;
    for (size_t i = 0; i < p->new[1].n_changes; i++)
        if (KC_STREQ(v[i].path, "metadata.labels.app"))
            v[i].to = "other";
}
static void the_request_is_another(struct pair *p)
{
    p->new[1].request.query = "fieldManager=kubechat&force=true";
}
static void the_command_is_another(struct pair *p)
{
    p->new[2].action = parse(p->a, "kubectl scale deployment/web --namespace=x --replicas=30");
}
static void the_target_is_another(struct pair *p)
{
    p->new[2].action = parse(p->a, "kubectl scale deployment/db --namespace=x --replicas=3");
}
static void the_time_is_another(struct pair *p)
{
    p->new[2].action.chosen = "2026-01-02T03:04:05Z";
}
static void the_effect_is_another(struct pair *p)
{
    p->new[2].effect = KC_READ_ONLY;
}
static void it_is_destructive(struct pair *p)
{
    p->old[2].effect = p->new[2].effect = KC_DESTRUCTIVE;
}
static void the_body_cannot_be_read(struct pair *p)
{
    p->old[1].request.body = p->new[1].request.body = "nonsense";
    p->old[1].request.body_len = p->new[1].request.body_len = strlen("nonsense");
}
static void a_step_that_was_previewed_is_another(struct pair *p)
{
    p->new[0].command = "kubectl create namespace y";
}
static void a_step_is_deferred_again(struct pair *p)
{
    p->old[1].deferred = false;
    p->new[1].deferred = true;
}
static void a_step_more(struct pair *p)
{
    p->before.n_steps = STEPS - 1;
}
static void a_step_less(struct pair *p)
{
    p->after.n_steps = STEPS - 1;
}
static void it_follows_another(struct pair *p)
{
    p->after.follows = "sha256:02";
}
static void it_is_a_way_back(struct pair *p)
{
    p->after.why = KC_WHY_ROLLBACK;
}
static void it_is_somebody_elses(struct pair *p)
{
    p->after.requester.username = "bob";
}
static void it_is_another_requests(struct pair *p)
{
    p->after.request_uid = "r2";
}
static void it_is_in_another_cluster(struct pair *p)
{
    p->after.cluster_uid = "c2";
}
static void it_is_in_doubt_now(struct pair *p)
{
    p->after.doubt = "scale to 30";
}

static void an_approval_holds_for_what_was_described(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*spoil)(struct pair *p);
        const char *difference; /* a part of it; NULL: covered */
    } rows[] = {
        {"as described", untouched, NULL},
        {"one is still deferred", one_is_still_deferred, NULL},
        {"defaults", defaults_are_filled_in, NULL},
        {"volatile", something_is_volatile, NULL},
        {"another default", another_default,
         "step 2 (kubectl expose deployment/web --namespace=x --port=80) is not what "
         "was described: the API server would make it spec.type: (none) -> "
         "LoadBalancer"},
        {"label injected", a_label_is_injected, "metadata.labels.team: (none) -> platform"},
        {"field injected", a_field_is_injected, "step 3 (kubectl scale"},
        {"value rewritten", a_value_is_rewritten, "spec.replicas: 1 -> 2"},
        {"change undone", a_change_is_undone, "make 1 of spec.replicas"},
        {"field taken away", a_field_is_taken_away, "spec.paused: true -> (none)"},
        {"label taken away", a_label_is_taken_away, "leave out metadata.labels.app"},
        {"label rewritten", a_label_is_rewritten, "metadata.labels.app: (none) -> other"},
        {"another request", the_request_is_another, "the request"},
        {"another command", the_command_is_another, "another command"},
        {"another target", the_target_is_another, "another command"},
        {"another time", the_time_is_another, "another command"},
        {"another effect", the_effect_is_another, "it is ReadOnly now, it was Mutating"},
        {"destructive", it_is_destructive, "could not be shown before"},
        {"unreadable body", the_body_cannot_be_read, "cannot be read"},
        {"another first step", a_step_that_was_previewed_is_another, "not the step that was approved"},
        {"deferred again", a_step_is_deferred_again, "not the step that was approved"},
        {"a step more", a_step_more, "another plan"},
        {"a step less", a_step_less, "another plan"},
        {"follows another", it_follows_another, "another plan"},
        {"a way back", it_is_a_way_back, "another plan"},
        {"somebody else's", it_is_somebody_elses, "another plan"},
        {"another request's", it_is_another_requests, "another plan"},
        {"another cluster's", it_is_in_another_cluster, "another plan"},
        {"in doubt", it_is_in_doubt_now, "another plan"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct pair p;
        const char *difference = NULL;
        arrange(&p, a);
        rows[i].spoil(&p);
        bool covers = kc_plan_covers(a, &p.before, "sha256:01", &p.after, &difference);
        if (covers != !rows[i].difference || (covers ? *difference != '\0' : !strstr(difference, rows[i].difference)))
            fail_msg("%s: %s \"%s\"", rows[i].name, covers ? "covered" : "not covered", difference);
    }
}

static void nothing_covers_without_a_digest(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct pair p;
    const char *difference;

    arrange(&p, a);
    p.after.follows = "";
    assert_false(kc_plan_covers(a, &p.before, "", &p.after, &difference));
}

static void defaults_belong_to_a_kind(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *path, *to;
        bool is;
    } rows[] = {
        {"Deployment", "spec.replicas", "1", true},
        {"Deployment", "spec.replicas", "2", false},
        {"Deployment", "spec.template.spec.containers[name=web].imagePullPolicy", "Always", true},
        {"Deployment", "spec.template.spec.containers[name=web].image", "nginx", false},
        {"Deployment", "spec.template.spec.hostNetwork", "true", false},
        {"Deployment", "spec.template.spec.containers[name=istio-proxy].resources", "{}", true},
        {"Deployment", "spec.template.spec.containers[name=istio-proxy].name", "istio-proxy", false},
        {"Deployment", "metadata.labels.team", "x", false},
        {"Pod", "spec.dnsPolicy", "ClusterFirst", true},
        {"Pod", "spec.template.spec.dnsPolicy", "ClusterFirst", false},
        {"CronJob", "spec.jobTemplate.spec.template.spec.restartPolicy", "Always", true},
        {"Namespace", "metadata.labels[kubernetes.io/metadata.name]", "x", true},
        {"Namespace", "metadata.labels[pod-security.kubernetes.io/enforce]", "privileged", false},
        {"Namespace", "spec.finalizers[0]", "kubernetes", true},
        {"ConfigMap", "metadata.labels.team", "x", false},
        {"Service", "spec.clusterIPs[0]", "10.0.0.7", true},
        {"Service", "spec.clusterIPs", "10.0.0.7", false},
        {"Service", "spec.externalIPs[0]", "10.0.0.7", false},
        {"Widget", "spec.replicas", "1", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kc_change c = {.path = rows[i].path, .from = "", .to = rows[i].to};
        if (kc_is_default(rows[i].kind, &c) != rows[i].is)
            fail_msg("%s %s=%s", rows[i].kind, rows[i].path, rows[i].to);
        c.from = "something";
        assert_false(kc_is_default(rows[i].kind, &c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_needs_what_an_earlier_one_makes),
        cmocka_unit_test(an_approval_holds_for_what_was_described),
        cmocka_unit_test(nothing_covers_without_a_digest),
        cmocka_unit_test(defaults_belong_to_a_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
