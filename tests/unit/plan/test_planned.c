/* How the steps of a plan belong together, and which of them may be previewed at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/plan/planner.h"

#define STEPS 8

/* "scale web", "get web": what a step does, and to which Deployment. A name with a slash is of another namespace. */
struct waves_case {
    const char *name;
    const char *steps[STEPS];
    size_t waves[STEPS], n_waves;
};

static const struct waves_case waves_cases[] = {
    {"no step", {NULL}, {0}, 0},
    {"one step", {"scale web"}, {0}, 1},
    {"different objects", {"scale web", "scale cart", "label db"}, {0, 0, 0}, 1},
    {"one object twice", {"scale web", "label web"}, {0, 1}, 2},
    {"one object three times, others between",
     {"scale web", "scale cart", "label web", "annotate web", "label cart"},
     {0, 0, 1, 2, 1},
     3},
    {"the same name elsewhere", {"scale web", "scale pay/web"}, {0, 0}, 1},
    {"the same name of another kind", {"scale web", "delete pod:web"}, {0, 0}, 1},
    {"reads make nobody wait", {"get web", "get web", "scale web"}, {0, 0, 0}, 1},
    {"a read waits for what changes it", {"scale web", "get web", "get web", "label web"}, {0, 1, 1, 1}, 2},
};

static struct kc_planned plan_of(struct kc_arena *a, const char *const *steps)
{
    struct kc_planned p = {.steps = kc_arena_array(a, STEPS, sizeof *p.steps)};

    for (; p.n_steps < STEPS && steps[p.n_steps]; p.n_steps++) {
        const char *space = strchr(steps[p.n_steps], ' '), *name = space + 1, *slash = strchr(name, '/');
        const char *verb = kc_arena_strndup(a, steps[p.n_steps], (size_t)(space - steps[p.n_steps]));
        bool pod = kc_str_starts(name, "pod:");
        p.steps[p.n_steps].action =
            (struct kc_action){.verb = kc_verb_find(verb),
                               .target = {.group = pod ? "" : "apps",
                                          .version = "v1",
                                          .kind = pod ? "Pod" : "Deployment",
                                          .resource = pod ? "pods" : "deployments",
                                          .ns = slash ? kc_arena_strndup(a, name, (size_t)(slash - name)) : "shop",
                                          .name = slash ? slash + 1
                                                  : pod ? name + strlen("pod:")
                                                        : name}};
        if (!p.steps[p.n_steps].action.verb)
            fail_msg("no verb %s", verb);
    }
    return p;
}

static void what_may_go_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waves_cases / sizeof *waves_cases; i++) {
        KC_ARENA_SCOPE(a);
        const struct waves_case *c = &waves_cases[i];
        struct kc_planned p = plan_of(a, c->steps);
        size_t *waves, n = kc_planned_waves(a, &p, &waves);
        if (n != c->n_waves)
            fail_msg("%s: %zu waves, not %zu", c->name, n, c->n_waves);
        for (size_t s = 0; s < p.n_steps; s++)
            if (waves[s] != c->waves[s])
                fail_msg("%s: step %zu (%s) is in wave %zu, not %zu", c->name, s + 1, c->steps[s], waves[s],
                         c->waves[s]);
    }
}

/* Parts of one step stand beside each other; a step alone is a group of its own, whatever its number says. */
static void what_people_see_as_one_step(void **state)
{
    static const struct {
        const char *part;
        size_t group, end;
    } steps[] = {{NULL, 0, 1},       {"evict a", 1, 4},  {"evict b", 1, 4}, {"evict c", 1, 4},
                 {"delete a", 2, 6}, {"delete b", 2, 6}, {NULL, 3, 7},      {NULL, 3, 8}};
    KC_ARENA_SCOPE(a);
    struct kc_planned p = {.steps = kc_arena_array(a, 8, sizeof *p.steps), .n_steps = 8};
    (void)state;

    for (size_t i = 0; i < 8; i++)
        p.steps[i] = (struct kc_planned_step){.part = steps[i].part, .group = steps[i].group};
    for (size_t i = 0; i < 8; i = steps[i].end)
        assert_int_equal(kc_planned_group_end(&p, i), steps[i].end);
    assert_int_equal(kc_planned_groups(&p), 5);
    p.n_steps = 0;
    assert_int_equal(kc_planned_groups(&p), 0);
}

static void what_a_part_is_called(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_planned p = plan_of(a, (const char *const[]){"delete pod:web-1", NULL});
    (void)state;

    assert_string_equal(kc_planned_part(a, &p.steps[0].action), "delete pod/shop/web-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_go_together),
        cmocka_unit_test(what_people_see_as_one_step),
        cmocka_unit_test(what_a_part_is_called),
    };
    return cmocka_run_group_tests_name("planned", tests, NULL, NULL);
}
