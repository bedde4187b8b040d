/* What is seen only when changes are looked at together: the parts of one step, the steps of one plan. */
#include <string.h>

#include "controller/exec/notes.h"
#include "controller/reconcile/planning.h"

static void warn(struct kc_arena *a, struct kc_strs *list, const struct kc_strs *more)
{
    struct kc_strs all = *more; /* what is of the whole stands first */

    kc_strs_unite(a, &all, list);
    *list = all;
}

/* Refused parts change nothing, and of deferred ones too little is known. */
static bool counts(const struct kc_step_preview *p)
{
    return p->accepted && !p->record.deferred && p->record.effect != KC_READ_ONLY &&
           p->record.action.verb->deed != KC_DEED_RUN;
}

static struct kc_reach_part part_of(const struct kc_step_preview *p, size_t group)
{
    return (struct kc_reach_part){.step = &p->record, .before = p->before, .group = group};
}

static void note_parts(struct kc_visit *v, struct kc_planning *p, size_t first, size_t end)
{
    struct kc_planned_step *head = &p->planned.steps[first];
    struct kc_reach_part *parts = kc_arena_array(v->a, end - first, sizeof *parts);
    const struct kc_marks **marks = kc_arena_array(v->a, end - first, sizeof(const struct kc_marks *));
    struct kc_noted_parts noted = {.v = parts, .marks = marks};
    struct kc_parts_note note;

    for (size_t i = first; i < end; i++) {
        if (!counts(&p->previews[i]))
            continue;
        marks[noted.n] = p->previews[i].marks;
        parts[noted.n++] = part_of(&p->previews[i], 0);
    }
    if (!noted.n)
        return;
    kc_note_parts(&v->chat->cluster, &v->cr.spec.requested_by.who, &noted, v->a, &note);
    head->about = note.reach;
    head->all |= note.all && noted.n == end - first;
    p->previews[first].record.all = head->all;
    warn(v->a, &p->previews[first].status.warnings, &note.warnings);
}

/* A drain says itself what it comes to; its pods go as budgets let them. */
static bool is_drain(const struct kc_planning *p, size_t first)
{
    return p->planned.steps[first].part && p->planned.steps[first].about;
}

static void note_together(struct kc_visit *v, struct kc_planning *p, const bool *drains)
{
    struct kc_reach_part *parts = kc_arena_array(v->a, p->planned.n_steps, sizeof *parts);
    size_t *heads = kc_arena_array(v->a, p->planned.n_steps, sizeof *heads), n = 0, group = 0;
    struct kc_reach_together *said;

    for (size_t i = 0, end; i < p->planned.n_steps; i = end, group++) {
        end = kc_planned_group_end(&p->planned, i);
        heads[group] = i;
        for (size_t j = i; j < end; j++)
            if (!drains[i] && counts(&p->previews[j]))
                parts[n++] = part_of(&p->previews[j], group);
    }
    if (group < 2)
        return;
    size_t n_said = kc_note_together(&v->chat->cluster, &v->cr.spec.requested_by.who, parts, n, v->a, &said);
    for (size_t i = 0; i < n_said; i++)
        warn(v->a, &p->previews[heads[said[i].group]].status.warnings, &(struct kc_strs){&said[i].text, 1});
}

void kc_preview_note(struct kc_visit *v, struct kc_planning *p)
{
    bool *drains = kc_arena_array(v->a, p->planned.n_steps, sizeof *drains);

    for (size_t i = 0, end; i < p->planned.n_steps; i = end) {
        end = kc_planned_group_end(&p->planned, i);
        drains[i] = is_drain(p, i);
        if (p->planned.steps[i].part && !drains[i])
            note_parts(v, p, i, end);
    }
    note_together(v, p, drains);
}
