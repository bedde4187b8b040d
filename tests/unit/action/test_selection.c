/* Commands that select their objects, and commands that name several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/types.h"

static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};

static void selections_are_read_and_rendered(void **state)
{
    static const struct {
        const char *in, *out;
        size_t n; /* types */
    } cases[] = {
        {"kubectl delete pods -l app=web", "kubectl delete pod --namespace=shop --selector=app=web", 1},
        {"kubectl delete pods -lapp=web", "kubectl delete pod --namespace=shop --selector=app=web", 1},
        {"kubectl delete po --selector 'tier in (a, b)'",
         "kubectl delete pod --namespace=shop --selector='tier in (a, b)'", 1},
        {"kubectl delete pods --all", "kubectl delete pod --namespace=shop --all", 1},
        {"kubectl delete pods --all -A", "kubectl delete pod --all --all-namespaces", 1},
        {"kubectl delete pods --field-selector=status.phase=Failed --now",
         "kubectl delete pod --namespace=shop --field-selector=status.phase=Failed --now", 1},
        {"kubectl delete pods -l a=b --field-selector status.phase=Failed",
         "kubectl delete pod --namespace=shop --selector=a=b --field-selector=status.phase=Failed", 1},
        {"kubectl delete pods,services -l app=web", "kubectl delete pod --namespace=shop --selector=app=web", 2},
        {"kubectl label pods -l app=web tier=front", "kubectl label pod tier=front --namespace=shop --selector=app=web",
         1},
        {"kubectl label pods --all tier-", "kubectl label pod tier- --namespace=shop --all", 1},
        {"kubectl annotate deploy --all note=x", "kubectl annotate deployment note=x --namespace=shop --all", 1},
        {"kubectl scale deploy -l app=web --replicas=3",
         "kubectl scale deployment --namespace=shop --selector=app=web --replicas=3", 1},
        {"kubectl rollout restart deploy -l app=web",
         "kubectl rollout restart deployment --namespace=shop --selector=app=web", 1},
        {"kubectl rollout restart deployments", "kubectl rollout restart deployment --namespace=shop", 1},
        {"kubectl set image deploy -l app=web web=nginx:2",
         "kubectl set image deployment web=nginx:2 --namespace=shop --selector=app=web", 1},
        {"kubectl set image deploy,sts --all '*=nginx:2'",
         "kubectl set image deployment '*=nginx:2' --namespace=shop --all", 2},
        {"kubectl taint nodes -l pool=a dedicated=x:NoSchedule",
         "kubectl taint node dedicated=x:NoSchedule --selector=pool=a", 1},
        {"kubectl taint nodes --all dedicated-", "kubectl taint node dedicated- --all", 1},
        {"kubectl cordon -l pool=a", "kubectl cordon --selector=pool=a", 1},
        {"kubectl uncordon --selector=pool=a", "kubectl uncordon --selector=pool=a", 1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts, again;
        struct kc_err err = {0};
        if (!kc_kubectl_parse(a, cases[i].in, &context, &acts, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        assert_int_equal(acts.n, cases[i].n);
        assert_non_null(acts.v[0].selection);
        assert_string_equal(acts.v[0].target.name, "");
        const char *out = kc_kubectl_render(a, &acts.v[0], &restmap);
        assert_string_equal(out, cases[i].out);
        assert_true(kc_kubectl_parse(a, out, &context, &again, &err));
        assert_true(kc_action_equal(&acts.v[0], &again.v[0]));
        assert_true(kc_kubectl_check(a, cases[i].in, &err));
    }
}

static void contradictions_are_refused(void **state)
{
    static const struct {
        const char *in, *says;
    } cases[] = {
        {"kubectl delete pods --all -l app=web", "--all and --selector=app=web: which one is meant?"},
        {"kubectl delete pods --all --field-selector=a=b", "--all and --field-selector=a=b: which one is meant?"},
        {"kubectl delete pods web -l app=web", "web: names and a selection: which one is meant?"},
        {"kubectl delete pod/web -l app=web", "pod/web: names and a selection: which one is meant?"},
        {"kubectl delete pod/web --all", "pod/web: names and a selection"},
        {"kubectl delete pods", "write TYPE/NAME"},
        {"kubectl delete pods -A", "say which objects"},
        {"kubectl delete pods --all -A -n shop", "which one is meant?"},
        {"kubectl delete pods -l ''", "--selector: the value is empty"},
        {"kubectl delete pods -l a=b -l c=d", "--selector is given twice"},
        {"kubectl delete all --all", "all: objects are named one by one"},
        {"kubectl cordon web -l a=b", "web: names and a selection"},
        {"kubectl cordon --all", "--all: objects are named one by one"},
        {"kubectl scale deploy -A -l a=b --replicas=1", "named one by one"},
        {"kubectl set serviceaccount deploy -l a=b web", "named one by one"},
        {"kubectl patch pods -l a=b -p '{}'", "named one by one"},
        {"kubectl evict pod/web", "this version knows the verbs"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (kc_kubectl_parse(a, cases[i].in, &context, &acts, &err))
            fail_msg("%s: accepted", cases[i].in);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].in, err.message);
    }
}

static void several_are_one_command(void **state)
{
    static const char *const cases[] = {
        "kubectl delete pod/a pod/b service/c --namespace=shop --cascade=orphan",
        "kubectl label pod/a pod/b tier=front --namespace=shop",
        "kubectl cordon a b c",
        "kubectl taint node a b dedicated=x:NoSchedule",
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        if (!kc_kubectl_parse(a, cases[i], &context, &acts, &err))
            fail_msg("%s: %s", cases[i], err.message);
        assert_string_equal(kc_kubectl_render_all(a, acts.v, acts.n, &restmap), cases[i]);
    }
}

static void what_is_asked_of_the_server(void **state)
{
    static const struct {
        const char *in, *path, *query;
    } cases[] = {
        {"kubectl delete pods -l 'app in (web,db)'", "/api/v1/namespaces/shop/pods",
         "labelSelector=app%20in%20%28web%2Cdb%29&limit=500"},
        {"kubectl delete pods --all -A", "/api/v1/pods", "limit=500"},
        {"kubectl delete pods -l a=b --field-selector=status.phase=Failed", "/api/v1/namespaces/shop/pods",
         "labelSelector=a%3Db&fieldSelector=status.phase%3DFailed&limit=500"},
        {"kubectl cordon -l pool=a", "/api/v1/nodes", "labelSelector=pool%3Da&limit=500"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        assert_true(kc_kubectl_parse(a, cases[i].in, &context, &acts, &err));
        struct kc_api_request r = kc_selection_request(a, &acts.v[0], NULL);
        assert_string_equal(r.method, "GET");
        assert_string_equal(r.path, cases[i].path);
        assert_string_equal(r.query, cases[i].query);
        r = kc_selection_request(a, &acts.v[0], "t/1");
        assert_non_null(strstr(r.query, "&continue=t%2F1"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selections_are_read_and_rendered),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(several_are_one_command),
        cmocka_unit_test(what_is_asked_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
