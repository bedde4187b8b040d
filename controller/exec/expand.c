#include "controller/exec/expand.h"

#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/exec/object.h"
#include "controller/exec/parts.h"

/* Refuses the plan. Always true, so that `return refuse(...)` reads well. */
static bool refuse(struct kc_parts *e, const char *message)
{
    kc_parts_refuse(e, message);
    return true;
}

static const char *place_of(struct kc_arena *a, const struct kc_action *act)
{
    return *act->target.ns ? kc_arena_printf(a, "in %s namespace", act->target.ns) : "found";
}

/* One object that a selection fits. */
static void take_item(struct kc_parts *e, const struct kc_planned_step *step, const json_t *item)
{
    struct kc_planned_step s = *step;
    const char *ns = kc_or(kc_json_str(item, "metadata.namespace"), "");

    s.action.selection = NULL;
    s.action.target.ns = kc_arena_strdup(e->a, ns);
    s.action.target.name = kc_arena_strdup(e->a, kc_or(kc_json_str(item, "metadata.name"), ""));
    if (*ns && !kc_strs_has(e->x->namespaces, ns))
        refuse(e, kc_arena_printf(e->a,
                                  "%s fits in namespace \"%s\", which is not one of this request's "
                                  "(spec.context.namespaces): add it there to work in it",
                                  kc_action_show(e->a, &s.action), ns));
    else
        kc_parts_add(e, &s);
}

/* An API server's refusal is the plan's; false for what is worth trying again. */
static bool not_listed(struct kc_parts *e, const struct kc_planned_step *step, const struct kc_err *why,
                       struct kc_err *err)
{
    if (kc_is_refusal(why) || why->class == KC_NOT_FOUND)
        return refuse(
            e, kc_arena_printf(e->a, "%s: %s", kc_kubectl_render(e->a, &step->action, e->x->restmap), why->message));
    *err = *why;
    return kc_wrap(err, "looking for what %s means", kc_kubectl_render(e->a, &step->action, e->x->restmap));
}

static bool expand_selection(struct kc_parts *e, const struct kc_planned_step *step, struct kc_err *err)
{
    const char *more = NULL;
    size_t found = 0;

    do {
        struct kc_api_request req = kc_selection_request(e->a, &step->action, more);
        struct kc_err why = {0};
        json_t *list;
        if (!kc_object_read(e->x->cluster, e->x->who, &req, e->a, &list, &why))
            return not_listed(e, step, &why, err);
        const json_t *items = json_object_get(list, "items");
        for (size_t i = 0; i < json_array_size(items); i++)
            if (++found <= KC_MAX_PARTS)
                take_item(e, step, json_array_get(items, i));
        more = kc_or(kc_json_str(list, "metadata.continue"), NULL);
    } while (more && !e->refused);
    if (found > KC_MAX_PARTS)
        refuse(e, kc_arena_printf(e->a, "%s: %zu objects fit, at most %d may be changed by one request: select fewer",
                                  kc_kubectl_render(e->a, &step->action, e->x->restmap), found, KC_MAX_PARTS));
    return true;
}

static bool expand_step(struct kc_parts *e, const struct kc_planned_step *step, struct kc_err *err)
{
    if (step->action.selection)
        return expand_selection(e, step, err);
    kc_parts_add(e, step);
    return true;
}

/* The objects of one namespace are one command. all: nothing of their kind was left out. */
static void close_groups(struct kc_parts *e, size_t first, bool all)
{
    for (size_t i = first, end; i < e->p.n_steps; i = end) {
        const char *ns = e->p.steps[i].action.target.ns;
        for (end = i + 1; end < e->p.n_steps && KC_STREQ(e->p.steps[end].action.target.ns, ns);)
            end++;
        kc_parts_close(e, i, end, NULL);
        e->p.steps[i].all = all && end - i > 1;
    }
}

/* The drains are found: what they come to takes their place. */
static bool drain(struct kc_parts *e, size_t begins, struct kc_err *err)
{
    size_t n = e->p.n_steps - begins;
    struct kc_planned_step *drains = kc_arena_memdup(e->a, &e->p.steps[begins], n * sizeof *drains);

    e->p.n_steps = begins;
    return kc_parts_drain(e, drains, n, err);
}

/* The steps of one command. */
static bool expand_group(struct kc_parts *e, const struct kc_planned *p, size_t first, size_t end, struct kc_err *err)
{
    size_t begins = e->p.n_steps;
    const struct kc_action *act = &p->steps[first].action;

    for (size_t i = first; i < end && !e->refused; i++)
        if (!expand_step(e, &p->steps[i], err))
            return false;
    if (e->refused)
        return true;
    if (e->p.n_steps == begins)
        return refuse(e, kc_arena_printf(e->a, "No resources %s: %s selects nothing", place_of(e->a, act),
                                         kc_kubectl_render(e->a, act, e->x->restmap)));
    if (act->verb->expands)
        return drain(e, begins, err);
    close_groups(e, begins, act->selection && act->selection->all);
    return true;
}

static bool needed(const struct kc_planned *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].action.selection || p->steps[i].part || p->steps[i].action.verb->expands)
            return true;
    return false;
}

bool kc_expand(const struct kc_expansion *x, struct kc_arena *a, struct kc_planned *p, struct kc_err *err)
{
    struct kc_parts e = {.x = x, .a = a};

    if (p->outcome != KC_PLAN_MADE || !needed(p))
        return true;
    for (size_t i = 0, end; i < p->n_steps && !e.refused; i = end) {
        end = kc_planned_group_end(p, i);
        if (!expand_group(&e, p, i, end, err))
            return false;
    }
    *p = e.p;
    return true;
}
