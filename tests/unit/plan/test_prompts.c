#include "tests/unit/plan/cluster.h"

/* The answer as the files write it. */
static struct kc_strs shown(struct kc_arena *a, const struct kc_inventory *inv, const struct kc_planned *p)
{
    struct kc_strs out = {.v = kc_arena_array(a, KC_MAX_STEPS + 1, sizeof(char *))};
    if (p->outcome == KC_PLAN_MADE) {
        for (size_t i = 0; i < p->n_steps; i++)
            out.v[out.n++] = kc_kubectl_render(a, &p->steps[i].action, inv->restmap);
        return out;
    }
    const char *line = p->outcome == KC_PLAN_QUESTION ? "?" : "!";
    for (size_t i = 0; i < p->candidates.n; i++)
        line = kc_arena_printf(a, "%s %s", line, p->candidates.v[i]);
    out.v[out.n++] = line;
    return out;
}

static bool as_expected(const struct kc_strs *got, const struct kc_strs *expected)
{
    if (got->n != expected->n)
        return false;
    for (size_t i = 0; i < got->n; i++) {
        const char *want = expected->v[i];
        bool any = KC_STREQ(want, "?") || KC_STREQ(want, "!");
        if (any ? got->v[i][0] != want[0] : !KC_STREQ(got->v[i], want))
            return false;
    }
    return true;
}

static bool exists(const struct kc_inventory *inv, const struct kc_target *t)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].mapping->kind, t->kind) && KC_STREQ(inv->v[i].name, t->name) &&
            KC_STREQ(inv->v[i].ns, t->ns))
            return true;
    return false;
}

/* What holds for every answer, whatever the words. */
static void check_answer(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_planned *p)
{
    assert_true(p->outcome == KC_PLAN_MADE ? p->n_steps > 0 && p->n_steps <= KC_MAX_STEPS
                                           : p->n_steps == 0 && *kc_or(p->question, ""));
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct kc_action *act = &p->steps[i].action;
        const char *command = kc_kubectl_render(a, act, in->inventory->restmap);
        struct kc_kubectl_context c = {.restmap = in->inventory->restmap, .default_namespace = ""};
        struct kc_actions again;
        struct kc_err err = {0};
        bool old = act->verb->deed == KC_DEED_UPDATE || act->verb->deed == KC_DEED_DELETE;
        assert_true(!old || exists(in->inventory, &act->target));
        assert_true(!*act->target.ns || kc_strs_has(&in->namespaces, act->target.ns));
        assert_true(*p->steps[i].reason);
        if (!kc_kubectl_parse(a, command, &c, &again, &err))
            fail_msg("%s: %s", command, err.message);
        assert_true(kc_action_equal(&again.v[0], act));
    }
}

static size_t check_file(struct kc_arena *all, const char *inventory, const char *file, size_t *ret_wrong)
{
    const struct kc_inventory *inv = cluster_inventory(all, inventory);
    struct prompts prompts = {0};
    cluster_prompts(all, file, &prompts);
    for (size_t i = 0; i < prompts.n; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_plan_input in = cluster_input(inv, &prompts.v[i]);
        struct kc_planned p;
        kc_plan_words(a, &in, &p);
        check_answer(a, &in, &p);
        struct kc_strs got = shown(a, inv, &p);
        if (as_expected(&got, &prompts.v[i].expected))
            continue;
        print_error("%s: %s\n", prompts.v[i].where, prompts.v[i].text);
        for (size_t k = 0; k < prompts.v[i].expected.n; k++)
            print_error("    expected %s\n", prompts.v[i].expected.v[k]);
        for (size_t k = 0; k < got.n; k++)
            print_error("    got      %s %s\n", got.v[k], kc_or(p.question, ""));
        ++*ret_wrong;
    }
    return prompts.n;
}

static void test_prompts(void **state)
{
    size_t wrong = 0, n = 0;
    (void)state;
    KC_ARENA_SCOPE(all);
    for (size_t f = 0; f < CLUSTER_FILES; f++)
        n += check_file(all, cluster_files[f].inventory, cluster_files[f].prompts, &wrong);
    print_message("%zu prompts\n", n);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_prompts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
