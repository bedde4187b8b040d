/* Steps that are several changes, as people see them: one row for all parts. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/reconcile/planning.h"

/* A longer rollback command than status may hold is no help: `kubectl chat rollback` needs none. */
#define MAX_ROLLBACK 2048
#define REACHES_MAX  3 /* objects of which it is said what they reach */

struct group {
    struct kc_arena *a;
    const struct kc_planning *p;
    size_t first, end;
    struct kc_step_status *s;
};

static const struct kc_step_preview *part(const struct group *g, size_t i)
{
    return &g->p->previews[i];
}

static bool same_change(const struct kc_change *x, const struct kc_change *y)
{
    return KC_STREQ(x->path, y->path) && KC_STREQ(x->from, y->from) && KC_STREQ(x->to, y->to);
}

static bool has_change(const struct kc_step_preview *p, const struct kc_change *c)
{
    for (size_t i = 0; i < p->record.n_changes; i++)
        if (same_change(&p->record.changes[i], c))
            return true;
    return false;
}

static bool all_have(const struct group *g, const struct kc_change *c)
{
    for (size_t i = g->first; i < g->end; i++)
        if (!has_change(part(g, i), c))
            return false;
    return true;
}

/* What changes everywhere alike is said once; what does not, with the object in front of the path. */
static void merge_changes(struct group *g)
{
    size_t n = 0;

    for (size_t i = g->first; i < g->end; i++)
        n += part(g, i)->record.n_changes;
    g->s->changes = kc_arena_array(g->a, n, sizeof *g->s->changes);
    g->s->n_changes = 0;
    for (size_t i = g->first; i < g->end; i++)
        for (size_t j = 0; j < part(g, i)->record.n_changes; j++) {
            struct kc_change c = part(g, i)->record.changes[j];
            bool common = all_have(g, &c);
            if (common && i > g->first)
                continue;
            if (!common)
                c.path = kc_arena_printf(g->a, "%s %s", kc_action_show(g->a, &part(g, i)->record.action), c.path);
            g->s->changes[g->s->n_changes++] = c;
        }
}

/* The only way back that a part has (of a drain: uncordon); of several none, `kubectl chat rollback` makes them. */
static void merge_undo(struct group *g)
{
    size_t n = 0, n_undo = 0, reversible = 0;
    const char *only = "";

    for (size_t i = g->first; i < g->end; i++) {
        const struct kc_record_step *r = &part(g, i)->record;
        reversible += r->reversible == KC_REVERSIBLE;
        n += r->reversible == KC_REVERSIBLE || r->reversible == KC_PARTIAL;
        if (*kc_or(r->undo, "")) {
            only = r->undo;
            n_undo++;
        }
    }
    g->s->reversible = n == 0 ? KC_IRREVERSIBLE : reversible == g->end - g->first ? KC_REVERSIBLE : KC_PARTIAL;
    g->s->rollback = n_undo == 1 ? only : "";
}

static void merge_dry_runs(struct group *g)
{
    for (size_t i = g->first; i < g->end; i++) {
        const struct kc_step_preview *p = part(g, i);
        if (p->record.effect > g->s->effect)
            g->s->effect = p->record.effect;
        if (i > g->first)
            kc_strs_unite(g->a, &g->s->warnings, &p->status.warnings);
        if (p->accepted || !part(g, g->first)->accepted)
            continue;
        if (KC_STREQ(g->s->dry_run_outcome, "Refused"))
            continue; /* the first one says why */
        g->s->dry_run_outcome = p->status.dry_run_outcome;
        g->s->dry_run_message = kc_arena_printf(g->a, "%s: %s", g->p->planned.steps[i].part, p->status.dry_run_message);
        g->s->rbac = p->status.rbac;
    }
}

/* The object that all parts are about (the node of a drain), or their kind. */
static void merge_targets(struct group *g)
{
    const struct kc_action *first = &part(g, g->first)->record.action;
    const struct kc_action *last = &part(g, g->end - 1)->record.action;

    if (first->verb != last->verb)
        return;
    g->s->target.name = g->s->target.uid = "";
    for (size_t i = g->first; i < g->end; i++)
        if (!KC_STREQ(part(g, i)->record.action.target.ns, first->target.ns))
            g->s->target.ns = "";
}

/* What each part reaches, as if it were the only one: what they reach together was not added up. */
static const char *merge_reach(struct group *g)
{
    KC_BUF_SCOPE b = {0};
    size_t n = 0;

    for (size_t i = g->first; i < g->end; i++) {
        const char *reach = kc_or(part(g, i)->status.blast_radius, "");
        if (!*reach || n++ >= REACHES_MAX)
            continue;
        kc_buf_printf(&b, "%s%s: %s", n == 1 ? "" : "; ", kc_action_show(g->a, &part(g, i)->record.action), reach);
    }
    if (n > REACHES_MAX)
        kc_buf_printf(&b, "; %zu more objects reach others too", n - REACHES_MAX);
    return n > 1 ? kc_arena_printf(g->a, "each for itself: %s", kc_buf_str(&b)) : kc_arena_strdup(g->a, kc_buf_str(&b));
}

struct kc_step_status kc_preview_group(struct kc_arena *a, const struct kc_planning *p, size_t first, size_t end,
                                       size_t group)
{
    struct kc_step_status s = p->previews[first].status;
    struct group g = {a, p, first, end, &s};
    const struct kc_planned_step *head = &p->planned.steps[first];
    size_t n = 0;

    s.id = kc_arena_printf(a, "%zu", group + 1);
    s.parts = "";
    if (!head->part)
        return s;
    for (size_t i = first; i < end; i++)
        n += p->planned.steps[i].action.verb == p->planned.steps[end - 1].action.verb;
    s.command = head->whole;
    s.blast_radius = head->about ? head->about : merge_reach(&g);
    s.parts = kc_arena_printf(a, "0/%zu %s", n, kc_or(p->planned.steps[end - 1].action.verb->participle, "done"));
    merge_dry_runs(&g);
    merge_changes(&g);
    merge_undo(&g);
    merge_targets(&g);
    if (strlen(s.rollback) > MAX_ROLLBACK)
        s.rollback = "";
    return s;
}
