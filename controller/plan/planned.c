/* How the steps of a plan belong together. */
#include "controller/plan/planner.h"

static bool together(const struct kc_planned_step *x, const struct kc_planned_step *y)
{
    return x->part && y->part && x->group == y->group;
}

const char *kc_planned_part(struct kc_arena *a, const struct kc_action *act)
{
    return kc_arena_printf(a, "%s %s", act->verb->name, kc_action_show(a, act));
}

size_t kc_planned_group_end(const struct kc_planned *p, size_t first)
{
    size_t i = first + 1;

    while (i < p->n_steps && together(&p->steps[first], &p->steps[i]))
        i++;
    return i;
}

size_t kc_planned_groups(const struct kc_planned *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_steps; i = kc_planned_group_end(p, i))
        n++;
    return n;
}

/* One behind the last earlier step that does something to the same object. */
static size_t wave_of(const struct kc_planned *p, const struct kc_target *objects, const size_t *waves, size_t i)
{
    size_t wave = 0;

    for (size_t j = 0; j < i; j++)
        if (p->steps[j].action.verb->deed != KC_DEED_READ && kc_target_equal(&objects[j], &objects[i]) &&
            waves[j] + 1 > wave)
            wave = waves[j] + 1;
    return wave;
}

size_t kc_planned_waves(struct kc_arena *a, const struct kc_planned *p, size_t **ret)
{
    struct kc_target *objects = kc_arena_array(a, p->n_steps, sizeof *objects);
    size_t *waves = kc_arena_array(a, p->n_steps, sizeof *waves), n = 0;

    for (size_t i = 0; i < p->n_steps; i++) {
        objects[i] = kc_action_object(&p->steps[i].action);
        waves[i] = wave_of(p, objects, waves, i);
        if (waves[i] + 1 > n)
            n = waves[i] + 1;
    }
    *ret = waves;
    return n;
}
