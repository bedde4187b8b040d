/* Stated commands: parsed strictly, targets looked up, nothing guessed. */
#include "controller/action/kubectl.h"
#include "controller/action/succession.h"
#include "controller/plan/answer.h"
#include "controller/plan/resolve.h"

static bool planned_before(const struct kc_planned *p, const struct kc_action *act)
{
    for (size_t i = 0; !act->selection && i < p->n_steps; i++)
        if (p->steps[i].action.verb == act->verb && kc_target_equal(&p->steps[i].action.target, &act->target) &&
            ((act->verb->deed != KC_DEED_READ && act->verb->deed != KC_DEED_RUN) ||
             kc_action_equal(&p->steps[i].action, act)))
            return true;
    return false;
}

/* Lists name no object, what is to be created is not there yet, and of some types nothing is listed: whether it is
 * there shows in the preview then. */
static bool has_to_exist(const struct kc_inventory *inv, const struct kc_action *act)
{
    const struct kc_target *t = &act->target;
    const struct kc_mapping *m = kc_restmap_kind(inv->restmap, t->group, t->kind);

    if (!*t->name || kc_verb_may_create(act->verb) || (act->verb->may_be_absent && act->verb->may_be_absent(act)))
        return false;
    return kc_resolve_lists(inv, t->group, t->kind) || (m && m->scalable);
}

/* What people see as one step: the objects of one command. Which those are of a selection is found out later. */
static void mark_parts(struct kc_arena *a, struct kc_planned *p, size_t first, size_t group)
{
    for (size_t i = first; i < p->n_steps && p->n_steps - first > 1; i++) {
        struct kc_planned_step *s = &p->steps[i];
        if (s->action.verb->deed == KC_DEED_READ || s->action.input)
            return; /* each object of a manifest is a step */
        s->group = group;
        s->part = kc_planned_part(a, &s->action);
    }
}

static bool makes_namespace(const struct kc_action *act, const char *ns)
{
    const struct kc_target t = kc_action_object(act);

    return kc_verb_may_create(act->verb) && KC_STREQ(t.kind, "Namespace") && !*t.group && KC_STREQ(t.name, ns);
}

/* Nobody has anything in a namespace that this very plan creates: it need not be one of the request's. One that is
 * applied may be there already. */
static bool created_here(const struct kc_planned *p, const char *ns)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].action.verb->deed == KC_DEED_CREATE && makes_namespace(&p->steps[i].action, ns))
            return true;
    return false;
}

/* What it goes to, or the namespace that it works in, is what an earlier command makes: not there yet. */
static bool comes_to_be(struct kc_arena *a, const struct kc_planned *p, const struct kc_action *act)
{
    const char *ignored;

    for (size_t i = 0; i < p->n_steps; i++)
        if (kc_action_needs(a, act, &p->steps[i].action, &ignored))
            return true;
    return false;
}

static void check_target(struct kc_arena *a, const struct kc_plan_input *in, const char *command,
                         const struct kc_action *act, struct kc_planned *ret)
{
    const struct kc_target *t = &act->target;
    struct kc_pick pick = {.verb = act->verb, .owned = true};
    bool to_come = comes_to_be(a, ret, act);
    if (*t->ns && !kc_strs_has(&in->namespaces, t->ns) && !created_here(ret, t->ns)) {
        kc_answer_refuse(
            a, ret,
            "%.200s: namespace \"%s\" is not one of this request's (spec.context.namespaces: %s): add it there "
            "to work in it",
            command, t->ns, kc_words_join(a, &in->namespaces, 8));
    } else if (planned_before(ret, act)) {
        kc_answer_ask(a, ret, "%s is named by two commands: which one is meant?", kc_target_show(a, t));
    } else if (!to_come && has_to_exist(in->inventory, act) && !kc_resolve_exists(in->inventory, t)) {
        kc_resolve_near(a, in, &pick, &(struct kc_mention){.name = t->name}, ret);
        kc_answer_ask(a, ret, "%.200s: there is no %s%s", command, kc_target_show(a, t),
                      ret->candidates.n ? "; did you mean one of these?" : "");
    } else {
        kc_answer_step(a, ret, act, "stated as a command");
    }
}

void kc_plan_commands(struct kc_arena *a, const struct kc_strs *commands, const struct kc_plan_input *in,
                      struct kc_planned *ret)
{
    const struct kc_kubectl_context c = {.restmap = in->inventory->restmap,
                                         .default_namespace = in->namespaces.n ? in->namespaces.v[0] : ""};
    struct kc_err err = {0};
    *ret = (struct kc_planned){0};
    if (!kc_commands_fit(commands, &err)) {
        kc_answer_refuse(a, ret, "%s", err.message);
        return;
    }
    for (size_t i = 0; i < commands->n; i++) {
        struct kc_actions actions;
        if (!kc_kubectl_parse(a, commands->v[i], &c, &actions, &err))
            kc_answer_refuse(a, ret, "%s", err.message);
        size_t first = ret->n_steps;
        for (size_t j = 0; ret->outcome == KC_PLAN_MADE && j < actions.n; j++)
            check_target(a, in, commands->v[i], &actions.v[j], ret);
        mark_parts(a, ret, first, i);
        if (ret->outcome != KC_PLAN_MADE)
            return;
    }
    if (!ret->n_steps)
        kc_answer_refuse(a, ret, "no command is given");
}

static struct kc_strs without(struct kc_arena *a, const struct kc_strs *namespaces, const struct kc_action *made)
{
    struct kc_strs rest = {0};

    for (size_t i = 0; i < namespaces->n; i++)
        if (!makes_namespace(made, namespaces->v[i]))
            kc_strs_append(a, &rest, namespaces->v[i]);
    return rest;
}

struct kc_strs kc_plan_namespaces_there(struct kc_arena *a, const struct kc_strs *commands,
                                        const struct kc_strs *namespaces, const struct kc_restmap *restmap)
{
    const struct kc_kubectl_context c = {.restmap = restmap,
                                         .default_namespace = namespaces->n ? namespaces->v[0] : ""};
    struct kc_strs there = *namespaces;

    for (size_t i = 0; i < commands->n; i++) {
        struct kc_actions actions;
        struct kc_err ignored = {0};
        if (!kc_kubectl_parse(a, commands->v[i], &c, &actions, &ignored))
            continue; /* kc_plan_commands says what is wrong with it */
        for (size_t j = 0; j < actions.n; j++)
            there = without(a, &there, &actions.v[j]);
    }
    return there;
}
