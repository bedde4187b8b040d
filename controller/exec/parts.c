#include "controller/exec/parts.h"

#include <string.h>

#include "controller/action/kubectl.h"

void kc_parts_refuse(struct kc_parts *e, const char *message)
{
    if (e->refused)
        return;
    e->refused = true;
    e->p = (struct kc_planned){.outcome = KC_PLAN_REFUSED, .question = message};
}

static bool is_there(const struct kc_planned *p, const struct kc_action *act)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].action.verb == act->verb && kc_target_equal(&p->steps[i].action.target, &act->target) &&
            (act->verb->deed != KC_DEED_READ || kc_action_equal(&p->steps[i].action, act)))
            return true;
    return false;
}

static void grow(struct kc_parts *e)
{
    size_t cap = e->cap ? 2 * e->cap : 16;
    struct kc_planned_step *v = kc_arena_array(e->a, cap, sizeof *v);

    if (e->p.n_steps)
        memcpy(v, e->p.steps, e->p.n_steps * sizeof *v);
    e->p.steps = v;
    e->cap = cap;
}

void kc_parts_add(struct kc_parts *e, const struct kc_planned_step *step)
{
    if (e->refused)
        return;
    if (is_there(&e->p, &step->action)) {
        kc_parts_refuse(e, kc_arena_printf(e->a, "%s is named by two commands: which one is meant?",
                                           kc_action_show(e->a, &step->action)));
        e->p.outcome = KC_PLAN_QUESTION;
        return;
    }
    if (e->p.n_steps == e->cap)
        grow(e);
    e->p.steps[e->p.n_steps++] = *step;
}

void kc_parts_close(struct kc_parts *e, size_t first, size_t end, const char *command)
{
    size_t n = end - first;
    struct kc_action *all = kc_arena_array(e->a, n, sizeof *all);

    for (size_t i = 0; i < n; i++) {
        struct kc_planned_step *s = &e->p.steps[first + i];
        all[i] = s->action;
        s->group = e->n_groups;
        s->part = n > 1 ? kc_planned_part(e->a, &s->action) : NULL;
    }
    if (n > 1)
        e->p.steps[first].whole = command ? command : kc_kubectl_render_all(e->a, all, n, e->x->restmap);
    e->n_groups++;
}
