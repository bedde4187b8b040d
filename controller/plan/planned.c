/* How the steps of a plan belong together. */
#include "controller/plan/planner.h"

static bool together(const struct kc_planned_step *x, const struct kc_planned_step *y)
{
    return x->part && y->part && x->group == y->group;
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
