#include "tests/unit/plan/fixture.h"

#include "controller/action/kubectl.h"

#define MADE     KC_PLAN_MADE
#define ASKED    KC_PLAN_QUESTION
#define REFUSED  KC_PLAN_REFUSED
#define ANYTHING NULL

static bool in_inventory(struct kc_arena *a, const struct kc_inventory *inv, const char *show)
{
    for (size_t i = 0; i < inv->n; i++) {
        struct kc_target t = kc_target_of(inv->v[i].mapping, inv->v[i].ns, inv->v[i].name);
        if (KC_STREQ(kc_target_show(a, &t), show))
            return true;
    }
    return false;
}

/* What holds for every answer, whatever the words. */
static void check_answer(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_planned *p)
{
    assert_true(p->outcome == KC_PLAN_MADE ? p->n_steps > 0 : p->n_steps == 0 && *kc_or(p->question, ""));
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct kc_action *act = &p->steps[i].action;
        const char *command = kc_kubectl_render(a, act, in->inventory->restmap);
        struct kc_kubectl_context c = {.restmap = in->inventory->restmap, .default_namespace = ""};
        struct kc_actions again;
        struct kc_err err = {0};
        assert_true(act->verb->deed == KC_DEED_READ || in_inventory(a, in->inventory, kc_target_show(a, &act->target)));
        assert_true(!*act->target.ns || kc_strs_has(&in->namespaces, act->target.ns));
        assert_true(*p->steps[i].reason);
        if (!kc_kubectl_parse(a, command, &c, &again, &err))
            fail_msg("%s: %s", command, err.message);
        assert_true(kc_action_equal(&again.v[0], act));
    }
    for (size_t i = 0; i < p->candidates.n; i++)
        assert_true(in_inventory(a, in->inventory, p->candidates.v[i]));
}

static void test_words_that_are_shown(void **state)
{
    static const struct {
        const char *prompt, *command, *reason, *question; /* the latter two: somewhere in it */
    } cases[] = {
        {"we need five checkout pods", "kubectl scale deployment/checkout --namespace=shop --replicas=5",
         "\"five checkout pods\" \xe2\x86\x92 Deployment checkout (3 replicas)", NULL},
        {"we need five checkout pods before the sale", NULL, "purpose: \"before the sale\"", NULL},
        {"please double  ledger", NULL, "\"double ledger\" \xe2\x86\x92 StatefulSet ledger (1 replica; 1 \xc3\x97 2)",
         NULL},
        {"scale checkout to 3 and web to 3", NULL, "deployment/shop/checkout has 3 replicas already", NULL},
        {"scale checkout to 3", NULL, NULL, "deployment/shop/checkout has 3 replicas already: nothing to change"},
        {"halve checkout", NULL, NULL, "is 1 or 2 meant?"},
        {"scale web", NULL, NULL, "to how many replicas? deployment/shop/web has 2 replicas"},
        {"scale web in the other namespace to 3", NULL, NULL, "spec.context.namespaces: shop and pay"},
        {"scale vault to 3", NULL, NULL, "spec.context.namespaces"},
        {"scale web gently to 5 fast", NULL, NULL, "\"gently\" and \"fast\""},
        {"order pizza", NULL, NULL, "what can be asked for"},
        {"scale fluentd to 3", NULL, NULL, "daemonset/shop/fluentd cannot be scaled; what can:"},
        {"scale web to \xff", NULL, NULL, "UTF-8 (byte 14)"},
        {"kubectl edit node-1", NULL, NULL, "edit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_plan_input in = shop_input(a, cases[i].prompt);
        struct kc_planned p;
        kc_plan_words(a, &in, &p);
        if (cases[i].command)
            assert_string_equal(kc_kubectl_render(a, &p.steps[0].action, in.inventory->restmap), cases[i].command);
        if (cases[i].reason && (!p.n_steps || !strstr(p.steps[0].reason, cases[i].reason)))
            fail_msg("%s: %s", cases[i].prompt, p.n_steps ? p.steps[0].reason : kc_or(p.question, ""));
        if (cases[i].question && !strstr(kc_or(p.question, ""), cases[i].question))
            fail_msg("%s: %s", cases[i].prompt, kc_or(p.question, "planned"));
    }
}

/* Words in any order: never a crash, a target that is not there, or a plan that holds something else than was asked. */
static void test_any_words(void **state)
{
    static const char *const words[] = {
        "scale",   "web",  "checkout", "to",     "5",       "by",      "two",        "and",  ",",
        "more",    "pods", "in",       "shop",   "pay",     "double",  "half",       "of",   "from",
        "the",     "a",    "for",      "before", "sale",    "not",     "deployment", "need", "we",
        "another", "50%",  "cart",     "up",     "down",    ".",       "?",          "-n",   "=",
        "service", "each", "take",     "away",   "kubectl", "chekout", "deploy/web"};
    unsigned seed = 1;
    (void)state;
    KC_ARENA_SCOPE(inventory);
    struct kc_plan_input in = shop_input(inventory, "");
    size_t made = 0;
    for (int round = 0; round < 4000; round++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE prompt = {0};
        struct kc_planned p;
        for (unsigned n = 1 + (unsigned)round % 12; n > 0; n--) {
            seed = seed * 1103515245U + 12345U;
            kc_buf_printf(&prompt, "%s ", words[(seed >> 16) % (sizeof words / sizeof *words)]);
        }
        in.prompt = kc_buf_str(&prompt);
        kc_plan_words(a, &in, &p);
        check_answer(a, &in, &p);
        made += p.outcome == KC_PLAN_MADE;
    }
    assert_in_range(made, 1, 400);
}

static void test_long_prompts(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const char *const pieces[] = {"web ",    "scale web to 5 and ", "chekout ", "a", ", ", "\"", "5 ", "before ",
                                         "hundred "};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        KC_BUF_SCOPE prompt = {0};
        struct kc_planned p;
        while (prompt.len + strlen(pieces[i]) <= 4096)
            kc_buf_puts(&prompt, pieces[i]);
        struct kc_plan_input in = shop_input(a, kc_buf_str(&prompt));
        kc_plan_words(a, &in, &p);
        check_answer(a, &in, &p);
        assert_int_not_equal(p.outcome, KC_PLAN_MADE);
        kc_buf_puts(&prompt, "more than 4096 characters");
        in.prompt = kc_buf_str(&prompt);
        kc_plan_words(a, &in, &p);
        assert_int_equal(p.outcome, KC_PLAN_REFUSED);
    }
}

/* No more steps than a request may have. */
static void test_many_targets(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_plan_input in = shop_input(a, "");
    struct kc_inventory *inv = shop_inventory(a);
    KC_BUF_SCOPE prompt = {0};
    for (int i = 0; i < 40; i++) {
        struct kc_err err = {0};
        KC_JSON_SCOPE *o = json_pack("{s:s, s:s, s:{s:s, s:o}, s:{}}", "apiVersion", "apps/v1", "kind", "Deployment",
                                     "metadata", "namespace", "shop", "name", json_sprintf("svc-%d", i), "spec");
        assert_true(kc_inventory_add(a, inv, o, NULL, &err));
        kc_buf_printf(&prompt, "scale svc-%d to %d. ", i, i + 2);
    }
    struct kc_planned p;
    in.inventory = inv;
    in.prompt = kc_buf_str(&prompt);
    kc_plan_words(a, &in, &p);
    assert_int_equal(p.outcome, KC_PLAN_REFUSED);
    prompt.data[strstr(prompt.data, "scale svc-32") - prompt.data] = '\0';
    kc_plan_words(a, &in, &p);
    assert_int_equal(p.outcome, KC_PLAN_MADE);
    assert_int_equal(p.n_steps, KC_MAX_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_that_are_shown),
        cmocka_unit_test(test_any_words),
        cmocka_unit_test(test_long_prompts),
        cmocka_unit_test(test_many_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
