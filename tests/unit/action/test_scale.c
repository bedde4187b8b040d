#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/types.h"

static struct kc_action scale(const char *command)
{
    static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};
    static struct kc_arena *keep;
    struct kc_actions acts;
    struct kc_err err = {0};
    kc_arena_destroy(keep);
    keep = kc_arena_create();
    if (!command) {
        keep = kc_arena_destroy(keep);
        return (struct kc_action){0};
    }
    if (!kc_kubectl_parse(keep, command, &context, &acts, &err))
        fail_msg("%s: %s", command, err.message);
    return acts.v[0];
}

static int forget(void **state)
{
    (void)state;
    scale(NULL);
    return 0;
}

static struct kc_api_request request_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_looked seen = {0};
    struct kc_api_request req;
    struct kc_err err = {0};
    assert_true(act->verb->change(a, act, &seen, &req, &err));
    return req;
}

static void sends_what_kubectl_sends(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_action act = scale("kubectl scale deployment/checkout --replicas=5");
    struct kc_api_request req = request_of(a, &act);
    assert_string_equal(req.method, "PATCH");
    assert_string_equal(req.path, "/apis/apps/v1/namespaces/shop/deployments/checkout/scale");
    assert_string_equal(req.query, "fieldManager=kubechat");
    assert_string_equal(req.content_type, "application/merge-patch+json");
    assert_string_equal(req.body, "{\"spec\":{\"replicas\":5}}");
    assert_int_equal(req.body_len, strlen(req.body));
    assert_string_equal(act.verb->rbac_verb, "patch");
    assert_string_equal(act.verb->rbac_subresource, "scale");
    act = scale("kubectl scale globalshard/g --replicas=1");
    assert_string_equal(request_of(a, &act).path, "/apis/shards.example.com/v2/globalshards/g/scale");
    act = scale("kubectl scale rc/old --replicas=0");
    assert_string_equal(request_of(a, &act).path, "/api/v1/namespaces/shop/replicationcontrollers/old/scale");
}

static void looks_at_the_scale(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_action act = scale("kubectl scale deployment/checkout --replicas=5");
    struct kc_looked seen = {0};
    struct kc_api_request req;
    assert_true(act.verb->look(a, &act, &seen, &req));
    assert_string_equal(req.method, "GET");
    assert_string_equal(req.path, "/apis/apps/v1/namespaces/shop/deployments/checkout/scale");
    assert_null(req.body);
    seen.n = 1;
    assert_false(act.verb->look(a, &act, &seen, &req));
}

static json_t *scale_object(int replicas)
{
    return replicas ? json_pack("{s:s, s:{s:s}, s:{s:i}}", "kind", "Scale", "metadata", "name", "checkout", "spec",
                                "replicas", replicas)
                    : json_pack("{s:s, s:{s:s}, s:{}}", "kind", "Scale", "metadata", "name", "checkout", "spec");
}

static void checks_the_current_number(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        int now;
        bool holds;
    } cases[] = {
        {"kubectl scale deploy/checkout --replicas=5", 3, true},
        {"kubectl scale deploy/checkout --replicas=5 --current-replicas=3", 3, true},
        {"kubectl scale deploy/checkout --replicas=5 --current-replicas=3", 4, false},
        {"kubectl scale deploy/checkout --replicas=5 --current-replicas=3", 0, false},
        {"kubectl scale deploy/checkout --replicas=5 --current-replicas=0", 0, true},
        {"kubectl scale deploy/checkout --replicas=5 --current-replicas=0", 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_JSON_SCOPE *before = scale_object(cases[i].now);
        struct kc_action act = scale(cases[i].command);
        struct kc_err err = {0};
        struct kc_answer answer = {.status = 200, .json = before};
        assert_int_equal(act.verb->check(&act, &(struct kc_looked){&answer, 1}, &err), cases[i].holds);
        assert_int_equal(err.class, cases[i].holds ? KC_NONE : KC_INVALID);
    }
    KC_JSON_SCOPE *four = scale_object(4);
    struct kc_action act = scale(cases[2].command);
    struct kc_err err = {0};
    struct kc_answer answer = {.status = 200, .json = four};
    assert_false(act.verb->check(&act, &(struct kc_looked){&answer, 1}, &err));
    assert_string_equal(err.message, "checkout has 4 replicas, not 3 as --current-replicas says: look again, then ask "
                                     "with the number that it has");
}

static void knows_what_it_sets_and_the_way_back(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_action act = scale("kubectl scale deploy/checkout --replicas=5 --current-replicas=3"), undo;
    struct kc_set_field *sets;
    KC_JSON_SCOPE *three = scale_object(3);
    KC_JSON_SCOPE *none = scale_object(0);
    struct kc_answer answer = {.status = 200, .json = three};
    struct kc_looked seen = {&answer, 1};
    assert_int_equal(act.verb->sets(a, &act, &seen, &sets), 1);
    assert_string_equal(sets[0].path, "spec.replicas");
    assert_string_equal(sets[0].value, "5");

    assert_int_equal(act.verb->undo(a, &act, &seen, &undo), KC_REVERSIBLE);
    assert_string_equal(kc_kubectl_render(a, &undo, &restmap),
                        "kubectl scale deployment/checkout --namespace=shop --replicas=3");
    answer.json = none;
    assert_int_equal(act.verb->undo(a, &act, &seen, &undo), KC_REVERSIBLE);
    assert_string_equal(kc_action_flag(&undo, "replicas"), "0");
    assert_null(kc_action_flag(&undo, "current-replicas"));
}

static void refuses_stored_actions_that_it_would_not_write(void **state)
{
    (void)state;
    static const char target[] =
        "\"target\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\",\"resource\":"
        "\"deployments\",\"namespace\":\"shop\",\"name\":\"web\"}";
    static const struct {
        const char *verb, *target, *flags, *says; /* says NULL: accepted */
    } cases[] = {
        {"\"scale\"", target, "{\"replicas\":\"5\"}", NULL},
        {"\"scale\"", target, "{\"replicas\":\"0\",\"current-replicas\":\"0\"}", NULL},
        {"\"scale\"", target, "{}", "--replicas is missing"},
        {"\"scale\"", target, "{\"replicas\":\"-1\"}", "--replicas=-1"},
        {"\"scale\"", target, "{\"replicas\":\"2147483648\"}", "at most 2147483647"},
        {"\"scale\"", target, "{\"replicas\":5}", "--replicas"},
        {"\"scale\"", target, "{\"replicas\":\"5\",\"current-replicas\":\"-1\"}", "--current-replicas=-1"},
        {"\"scale\"", target, "{\"replicas\":\"5\",\"current-replicas\":null}", "--current-replicas"},
        {"\"scale\"", target, "{\"replicas\":\"5\",\"extra\":\"1\"}", "no others"},
        {"\"scale\"", target, "5", "flags"},
        {"\"explode\"", target, "{\"replicas\":\"5\"}", "verb: \"explode\""},
        {"5", target, "{\"replicas\":\"5\"}", "verb"},
        {"\"scale\"", "\"target\":{}", "{\"replicas\":\"5\"}", "target"},
        {"\"scale\"", "\"target\":null", "{\"replicas\":\"5\"}", "target"},
        {"\"scale\"",
         "\"target\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\",\"resource\":\"deployments\","
         "\"namespace\":\"shop\",\"name\":\"\"}",
         "{\"replicas\":\"5\"}", "not an object's name"},
        {"\"scale\"",
         "\"target\":{\"group\":\"apps\",\"version\":1,\"kind\":\"Deployment\",\"resource\":\"deployments\","
         "\"namespace\":\"shop\",\"name\":\"web\"}",
         "{\"replicas\":\"5\"}", "target.version"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act;
        struct kc_err err = {0};
        const char *text = kc_arena_printf(a, "{\"verb\":%s,%s,\"flags\":%s,\"operands\":[],\"chosen\":\"\"}",
                                           cases[i].verb, cases[i].target, cases[i].flags);
        json_t *v = kc_json_parse_in(a, text, strlen(text), 4096, "test", &err);
        assert_non_null(v);
        bool ok = kc_action_decode(a, v, &act, &err);
        if (ok != !cases[i].says || (cases[i].says && !strstr(err.message, cases[i].says)))
            fail_msg("%s: %s", text, ok ? "accepted" : err.message);
    }
}

static void shows_targets(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_target t = kc_target_of(&types[4], "shop", "Web");
    assert_string_equal(kc_target_show(a, &t), "deployment/shop/Web");
    t = kc_target_of(&types[12], "shop", "g1");
    assert_string_equal(t.ns, "");
    assert_string_equal(kc_target_show(a, &t), "globalshard/g1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_kubectl_sends),
        cmocka_unit_test(looks_at_the_scale),
        cmocka_unit_test(checks_the_current_number),
        cmocka_unit_test(knows_what_it_sets_and_the_way_back),
        cmocka_unit_test(refuses_stored_actions_that_it_would_not_write),
        cmocka_unit_test(shows_targets),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
