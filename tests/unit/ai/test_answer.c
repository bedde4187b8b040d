/* What a model wrote, as prompts offer it and as it is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/ai/answer.h"

static const char objects[] =
    "{\"kind\":\"List\",\"items\":["
    "{\"apiVersion\":\"apps/"
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"1\"},"
    "\"spec\":{\"replicas\":3,\"template\":{\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"nginx:1.25\"}]}}}}"
    ","
    "{\"apiVersion\":\"apps/"
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"2\"},"
    "\"spec\":{\"replicas\":1}}]}";

struct world {
    struct kc_arena *a;
    struct kc_inventory inventory;
    struct kc_plan_input in;
    struct kc_ai_prompt prompt;
};

static void make(struct world *w, const char *words)
{
    static const char *shop[] = {"shop"};
    struct kc_err err = {0};

    w->a = kc_arena_create();
    const json_t *list = kc_json_parse_in(w->a, objects, strlen(objects), 1 << 20, "objects", &err);
    assert_non_null(list);
    w->inventory = (struct kc_inventory){.restmap = kc_restmap_offline(w->a, list)};
    assert_true(kc_inventory_add(w->a, &w->inventory, list, NULL, &err));
    w->in = (struct kc_plan_input){.prompt = words, .namespaces = {shop, 1}, .inventory = &w->inventory};
    kc_ai_prompt_make(w->a, &w->in, &w->prompt);
}

static void the_prompt_offers_what_there_is(void **state)
{
    struct world w;

    (void)state;
    make(&w, "cart token=abc needs more");
    assert_string_equal(w.prompt.shown[0], "deployment/shop/cart"); /* what the words speak of comes first */
    assert_non_null(strstr(w.prompt.user, "deployment/shop/web, 3 replicas"));
    assert_null(strstr(w.prompt.user, "abc"));
    assert_non_null(strstr(w.prompt.system, "- scale --replicas=..."));
    const json_t *target = kc_json_at(w.prompt.schema, "properties.steps.items.properties.target.enum");
    assert_int_equal(json_array_size(target), 2);
    kc_arena_destroy(w.a);
}

/* command: what the one step comes to; else reason: why the answer is refused; "ask": a question. */
static const struct {
    const char *name, *answer, *command, *reason;
} cases[] = {
    {"a step",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
     "web\",\"arguments\":[\"--replicas=5\"]}],\"ask\":\"\"}",
     "kubectl scale deployment/web --namespace=shop --replicas=5", NULL},
    {"a question", "{\"steps\":[],\"ask\":\"which one?\"}", NULL, "ask"},
    {"nothing", "{\"steps\":[],\"ask\":\"\"}", NULL, "EmptyAnswer"},
    {"no JSON", "Sure, here it is", NULL, NULL},
    {"an object that is not there",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
     "db\",\"arguments\":[\"--replicas=5\"]}],\"ask\":\"\"}",
     NULL, "UnknownTarget"},
    {"another namespace",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/pay/"
     "web\",\"arguments\":[\"--replicas=5\"]}],\"ask\":\"\"}",
     NULL, "UnknownTarget"},
    {"a verb that is not there",
     "{\"steps\":[{\"verb\":\"attach\",\"target\":\"deployment/shop/web\",\"arguments\":[]}],\"ask\":\"\"}", NULL,
     "UnknownVerb"},
    {"a command of its own in a container",
     "{\"steps\":[{\"verb\":\"exec\",\"target\":\"deployment/shop/web\",\"arguments\":[]}],\"ask\":\"\"}", NULL,
     "UnknownVerb"},
    {"another object in the arguments",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/web\",\"arguments\":[\"deployment/"
     "cart\",\"--replicas=5\"]}],"
     "\"ask\":\"\"}",
     NULL, NULL},
    {"another namespace in the arguments",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
     "web\",\"arguments\":[\"--namespace=pay\",\"--replicas=5\"]}],"
     "\"ask\":\"\"}",
     NULL, NULL},
    {"another identity",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
     "web\",\"arguments\":[\"--as=admin\",\"--replicas=5\"]}],"
     "\"ask\":\"\"}",
     NULL, NULL},
    {"a flag's value that is none",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
     "web\",\"arguments\":[\"--replicas=lots\"]}],\"ask\":\"\"}",
     NULL, NULL},
    {"arguments that are no texts",
     "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/web\",\"arguments\":[5]}],\"ask\":\"\"}", NULL,
     "BadArguments"},
};

static void answers_are_taken_as_a_strangers(void **state)
{
    struct world w;

    (void)state;
    make(&w, "web to five");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_planned p = {0};
        struct kc_err err = {0};
        bool ok = kc_ai_answer_read(w.a, cases[i].answer, &w.prompt, &w.in, &p, &err);
        print_message("%s: %s\n", cases[i].name, ok ? "taken" : err.message);
        if (cases[i].command) {
            assert_true(ok);
            assert_int_equal(p.outcome, KC_PLAN_MADE);
            assert_int_equal(p.n_steps, 1);
            assert_string_equal(kc_kubectl_render(w.a, &p.steps[0].action, w.inventory.restmap), cases[i].command);
        } else if (cases[i].reason && strcmp(cases[i].reason, "ask") == 0) {
            assert_true(ok);
            assert_int_equal(p.outcome, KC_PLAN_QUESTION);
        } else {
            assert_false(ok);
            if (cases[i].reason)
                assert_string_equal(err.reason, cases[i].reason);
        }
    }
    kc_arena_destroy(w.a);
}

static void plans_are_compared_by_what_they_do(void **state)
{
    struct world w;
    struct kc_planned five = {0}, six = {0}, words = {0};
    struct kc_err err = {0};

    (void)state;
    make(&w, "scale web to 5");
    assert_true(kc_ai_answer_read(w.a, cases[0].answer, &w.prompt, &w.in, &five, &err));
    assert_true(kc_ai_answer_read(w.a,
                                  "{\"steps\":[{\"verb\":\"scale\",\"target\":\"deployment/shop/"
                                  "web\",\"arguments\":[\"--replicas=6\"]}],\"ask\":\"\"}",
                                  &w.prompt, &w.in, &six, &err));
    kc_plan_words(w.a, &w.in, &words);
    assert_int_equal(words.outcome, KC_PLAN_MADE);
    assert_null(kc_ai_difference(w.a, &five, &words, w.inventory.restmap));
    assert_string_equal(kc_ai_difference(w.a, &six, &words, w.inventory.restmap),
                        "kubectl scale deployment/web --namespace=shop --replicas=5");
    kc_arena_destroy(w.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prompt_offers_what_there_is),
        cmocka_unit_test(answers_are_taken_as_a_strangers),
        cmocka_unit_test(plans_are_compared_by_what_they_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
