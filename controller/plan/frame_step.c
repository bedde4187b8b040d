/* What a frame makes: steps, each with the words that decided. */
#include "controller/plan/frame.h"

/* Which words decided, what they were read as, and what was said besides. */
static const char *reason(const struct kc_reading *r, const struct kc_clause *c, const char *target, const char *how)
{
    const char *out = kc_arena_printf(r->a, "\"%s\" \u2192 %s%s%s%s", kc_reading_quote(r, c->at, c->end), target,
                                      *how ? " (" : "", how, *how ? ")" : "");
    for (size_t i = 0; i < r->purposes.n; i++)
        out = kc_arena_printf(r->a, "%s%s \"%s\"", out, i ? "," : "; purpose:", r->purposes.v[i]);
    return out;
}

static bool planned_before(const struct kc_planned *p, const struct kc_action *act)
{
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct kc_action *x = &p->steps[i].action;
        bool same = x->verb == act->verb && kc_target_equal(&x->target, &act->target);
        if (same && (act->verb->deed != KC_DEED_READ || kc_action_equal(x, act)))
            return true;
    }
    return false;
}

static void step(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_target *target,
                 const char *shown, const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands,
                 const char *how)
{
    struct kc_flag_value *given = kc_arena_array(r->a, n_flags + 1, sizeof *given);
    struct kc_action act;
    struct kc_err err = {0};
    size_t n = 0;
    if (kc_reading_done(r))
        return;
    for (size_t i = 0; i < n_flags; i++)
        if (flags[i].value)
            given[n++] = flags[i];
    if (!kc_action_make(r->a, verb, target, given, n, operands ? operands->v : NULL, operands ? operands->n : 0, &act,
                        &err)) {
        kc_answer_ask(r->a, r->ret, "\"%s\": %s", kc_reading_quote(r, c->at, c->end), err.message);
    } else if (planned_before(r->ret, &act)) {
        if (act.verb->deed != KC_DEED_READ)
            kc_answer_ask(r->a, r->ret, "%s is spoken of more than once for kubectl %s: what should be done with it?",
                          shown, verb);
    } else if (r->ret->n_steps == KC_MAX_STEPS) {
        kc_answer_refuse(r->a, r->ret, "at most %d steps can be planned at once: split the request", KC_MAX_STEPS);
    } else {
        kc_answer_step(r->a, r->ret, &act, reason(r, c, shown, how));
    }
}

void kc_frame_step(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_target *target,
                   const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands, const char *how)
{
    const char *shown = *target->name              ? kc_target_show(r->a, target)
                        : *kc_or(target->kind, "") ? kc_or(target->resource, target->kind)
                                                   : "the server";
    step(r, verb, c, target, shown, flags, n_flags, operands, how);
}

void kc_frame_step_on(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_object *o,
                      const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands,
                      const char *how)
{
    struct kc_target t = kc_target_of(o->mapping, o->ns, o->name);
    step(r, verb, c, &t, kc_arena_printf(r->a, "%s %s", o->mapping->kind, o->name), flags, n_flags, operands, how);
}
