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
    {"kubectl scale deploy --all --replicas=3", "named one by one", false},
    {"kubectl scale deploy -l app=web --replicas=3", "named one by one", false},
    {"kubectl scale deploy --selector=app=web --replicas=3", "named one by one", false},
    {"kubectl scale -A deploy web --replicas=3", "named one by one", false},
    {"kubectl scale -f x.yaml --replicas=3", "files are not read", false},
    {"kubectl scale deploy/web --replicas=3 --resource-version=1", "leave it out", false},
    {"kubectl scale deploy/web --replicas=3 --force", "not understood", false},
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
    {"kubectl explode deploy/web", "kubectl explode: this version knows the verbs scale", false},
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

/* A verb's own flags are looked up first: none may be one of these. */
static void no_verb_takes_identity_cluster_or_dry_run(void **state)
{
    (void)state;
    static const char *const never[] = {"as",      "as-group", "as-uid", "as-user-extra", "kubeconfig", "context",
                                        "cluster", "server",   "token",  "user",          "username",   "password",
                                        "dry-run", "dry_run",  "kuberc", "namespace"};
    for (size_t i = 0; kc_verbs[i]; i++)
        for (const struct kc_flag *f = kc_verbs[i]->flags; f->name; f++) {
            assert_int_not_equal(f->letter, 's');
            assert_int_not_equal(f->letter, 'n');
            for (size_t j = 0; j < sizeof never / sizeof *never; j++)
                assert_string_not_equal(f->name, never[j]);
        }
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
    for (int i = 0; i < KC_MAX_STEPS; i++)
        kc_buf_printf(&many, " d%d", i);
    assert_true(kc_kubectl_parse(a, kc_buf_str(&many), &context, &acts, &err));
    assert_int_equal(acts.n, KC_MAX_STEPS);
    kc_buf_puts(&many, " last");
    assert_false(kc_kubectl_parse(a, kc_buf_str(&many), &context, &acts, &err));
    assert_non_null(strstr(err.message, "33 objects in one command, at most 32"));

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

/* Actions as a planner or a stored plan could hold them. */
static struct kc_action generate(struct kc_arena *a, uint64_t *seed)
{
#define NEXT (*seed = *seed * 6364136223846793005U + 1442695040888963407U, (uint32_t)(*seed >> 33))
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz0123456789", odd[] = "ABZ_.:;$'\"\\!*(){}<>|&~#=+@,^`?[]-";
    const struct kc_mapping *m;
    char name[24] = {0}, ns[12] = {0};
    do
        m = &types[NEXT % (sizeof types / sizeof *types)];
    while (!m->scalable);
    size_t len = 1 + NEXT % (sizeof name - 1);
    for (size_t i = 0; i < len; i++)
        name[i] = NEXT % 6 ? safe[NEXT % (sizeof safe - 1)] : odd[NEXT % (sizeof odd - 1)];
    if (strchr(name, ',') || KC_STREQ(name, ".") || KC_STREQ(name, ".."))
        memcpy(name, "web", 4);
    len = 1 + NEXT % (sizeof ns - 1);
    for (size_t i = 0; i < len; i++)
        ns[i] = safe[NEXT % (sizeof safe - 1)];
    const char **flags = kc_arena_array(a, 2, sizeof *flags);
    struct kc_action act = {.verb = kc_verb_find("scale"),
                            .target = kc_target_of(m, kc_arena_strdup(a, ns), kc_arena_strdup(a, name)),
                            .flags = flags};
    flags[0] = kc_arena_printf(a, "%u", NEXT % 3 ? NEXT % 100 : NEXT % INT32_MAX);
    flags[1] = NEXT % 2 ? NULL : kc_arena_printf(a, "%u", NEXT % 1000);
    return act;
#undef NEXT
}

static void parsing_undoes_rendering(void **state)
{
    (void)state;
    uint64_t seed = 42;
    size_t quoted = 0;
    KC_ARENA_SCOPE(a);
    for (int i = 0; i < 100000; i++) {
        struct kc_action act = generate(a, &seed), again;
        struct kc_actions acts;
        struct kc_err err = {0};
        const char *command = kc_kubectl_render(a, &act, &restmap);
        if (!kc_kubectl_parse(a, command, &context, &acts, &err))
            fail_msg("%s: %s", command, err.message);
        assert_int_equal(acts.n, 1);
        if (!kc_action_equal(&acts.v[0], &act))
            fail_msg("%s: another action", command);
        assert_string_equal(kc_kubectl_render(a, &acts.v[0], &restmap), command);
        KC_JSON_SCOPE *json = kc_action_encode(&act);
        assert_true(kc_action_decode(a, json, &again, &err));
        assert_true(kc_action_equal(&again, &act));
        quoted += strchr(command, '\'') != NULL;
        kc_arena_reset(a);
    }
    assert_in_range(quoted, 10000, 90000);
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
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(a_namespace_has_to_come_from_somewhere),
        cmocka_unit_test(parsing_undoes_rendering),
        cmocka_unit_test(an_unknown_type_is_spelled_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
