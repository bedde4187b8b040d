/* What has to hold whatever is said: nothing is changed that was not spoken of, and a word more never goes unheard. */
#include "tests/unit/plan/cluster.h"

#define ROUNDS 6000

static unsigned seed = 1;

static unsigned draw(unsigned n)
{
    seed = seed * 1103515245U + 12345U;
    return (seed >> 16) % n;
}

static bool changes(const struct kc_action *act)
{
    return act->verb->deed != KC_DEED_READ;
}

static bool changes_something(const struct kc_planned *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (changes(&p->steps[i].action))
            return true;
    return false;
}

/* The words of a description: with one of them, objects may be meant that are not named. */
static bool describes(const char *prompt)
{
    static const char *const words[] = {"all",  "evicted", "failed", "pending",     "completed", "older",
                                        "on ",  "pods",    "pod ",   "not running", "cordoned",  "crash",
                                        "app=", "every",   "ready",  "running",     "paused"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(prompt, words[i]))
            return true;
    return false;
}

/* Words in any order. */
static void test_word_salad(void **state)
{
    static const char *const words[] = {"scale",
                                        "restart",
                                        "delete",
                                        "roll back",
                                        "undo",
                                        "set",
                                        "image",
                                        "label",
                                        "annotate",
                                        "cordon",
                                        "uncordon",
                                        "web",
                                        "checkout",
                                        "cart",
                                        "ledger",
                                        "api",
                                        "node-3",
                                        "node-4",
                                        "worker",
                                        "basket",
                                        "in",
                                        "shop",
                                        "pay",
                                        "to",
                                        "5",
                                        "two",
                                        "by",
                                        "and",
                                        "then",
                                        ",",
                                        "the",
                                        "a",
                                        "all",
                                        "pods",
                                        "evicted",
                                        "deployment",
                                        "service",
                                        "not",
                                        "unless",
                                        "it",
                                        "team=a",
                                        "2.3.2",
                                        "nginx:1",
                                        "512Mi",
                                        "memory",
                                        "limit",
                                        "DEBUG=1",
                                        "with",
                                        "from",
                                        "out of rotation",
                                        "back",
                                        "more",
                                        "off",
                                        "turn",
                                        "pause",
                                        "resume",
                                        "autoscale",
                                        "between",
                                        "at 70%",
                                        "cpu",
                                        "show",
                                        "logs",
                                        "of",
                                        "please",
                                        "need",
                                        "?",
                                        ".",
                                        "job",
                                        "nightly-backup",
                                        "run",
                                        "older than a day",
                                        "except",
                                        "maybe",
                                        "describe",
                                        "revision 3",
                                        "stop",
                                        "kubectl",
                                        "jobs",
                                        "failed",
                                        "chekout",
                                        "--replicas=3",
                                        "wait until",
                                        "ready",
                                        "create",
                                        "namespace",
                                        "called x1",
                                        "configmap",
                                        "expose",
                                        "on port 80",
                                        "suspend",
                                        "enable",
                                        "am i allowed to",
                                        "explain",
                                        "yaml",
                                        "is down,",
                                        "x2",
                                        "request and limit",
                                        "INC-4711:"};
    size_t made = 0;
    (void)state;
    KC_ARENA_SCOPE(all);
    const struct kc_inventory *inv = cluster_inventory(all, "cluster.json");
    const char *namespaces[] = {"shop", "pay"};
    for (int round = 0; round < ROUNDS; round++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE prompt = {0};
        struct kc_planned p;
        for (unsigned n = 2 + draw(7); n > 0; n--)
            kc_buf_printf(&prompt, "%s ", words[draw(sizeof words / sizeof *words)]);
        struct kc_plan_input in = {.prompt = kc_buf_str(&prompt),
                                   .namespaces = {.v = namespaces, .n = 2},
                                   .inventory = inv,
                                   .now_ms = CLUSTER_NOW};
        kc_plan_words(a, &in, &p);
        for (size_t i = 0; i < p.n_steps; i++) {
            const struct kc_action *act = &p.steps[i].action;
            const char *name = KC_STREQ(act->verb->name, "create job") ? "nightly-backup" : act->target.name;
            if (changes(act) && !strstr(in.prompt, name) && !describes(in.prompt))
                fail_msg("\"%s\" plans %s", in.prompt, kc_kubectl_render(a, act, inv->restmap));
        }
        made += changes_something(&p);
    }
    print_message("%zu of %d planned a change\n", made, ROUNDS);
    assert_in_range(made, ROUNDS / 200, ROUNDS / 4);
}

static bool same_changes(const struct kc_planned *x, const struct kc_planned *y)
{
    if (x->n_steps != y->n_steps)
        return false;
    for (size_t i = 0; i < x->n_steps; i++)
        if (!kc_action_equal(&x->steps[i].action, &y->steps[i].action))
            return false;
    return x->n_steps > 0;
}

/* A word that turns a request round, or that nobody knows, put between any two words of a request that is planned: the
 * same changes are never planned as if it had not been said. */
static void test_a_word_more(void **state)
{
    static const char *const words[] = {"not", "unless", "except", "zzyzx", "never", "if"};
    size_t wrong = 0, tried = 0;
    (void)state;
    KC_ARENA_SCOPE(all);
    const struct kc_inventory *inv = cluster_inventory(all, "cluster.json");
    struct prompts prompts = {0};
    cluster_prompts(all, "changes.txt", &prompts);
    cluster_prompts(all, "scale.txt", &prompts);
    for (size_t i = 0; i < prompts.n; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_plan_input in = cluster_input(inv, &prompts.v[i]);
        struct kc_planned plain, p;
        kc_plan_words(a, &in, &plain);
        if (!changes_something(&plain) || strstr(prompts.v[i].text, "kubectl"))
            continue;
        for (const char *space = strchr(prompts.v[i].text, ' '); space; space = strchr(space + 1, ' ')) {
            const char *word = words[tried++ % (sizeof words / sizeof *words)];
            in.prompt =
                kc_arena_printf(a, "%.*s %s%s", (int)(space - prompts.v[i].text), prompts.v[i].text, word, space);
            kc_plan_words(a, &in, &p);
            /* In a reason it is passed on with the reason. */
            if (same_changes(&plain, &p) && !strstr(p.steps[0].reason, word)) {
                print_error("\"%s\" plans the same as without \"%s\"\n", in.prompt, word);
                wrong++;
            }
        }
    }
    print_message("%zu words put in\n", tried);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_word_salad), cmocka_unit_test(test_a_word_more)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
