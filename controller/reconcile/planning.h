/* planning: what making one plan has come to so far: shared by the files that plan (perform_plan.c) and preview
 * (perform_preview.c). Private to reconcile.
 */
#pragma once

#include "controller/exec/preview.h"
#include "controller/reconcile/visit.h"

struct kc_planning {
    const struct kc_restmap *restmap;
    struct kc_inventory inventory;
    struct kc_planned planned;
    const char *reason; /* of planned.outcome, when that is KC_PLAN_REFUSED */
    struct kc_step_preview *previews;
    bool accepted;
    const char *refusal; /* of the first step that was refused */
    struct kc_asked asked;
    const char *follows, *why;     /* of a plan that follows another one (record.h); NULL: the first */
    const struct kc_ending *cause; /* of a way back; NULL */
    const char *doubt;             /* how the built-in planner reads it otherwise; "": it does not, or is not sure */
    int64_t began;
    const char *rolls_back; /* uid of the request that the plan takes back; NULL: none */
};

/* The cluster's types as they are known; RETRY: not yet. */
KC_CHECK bool kc_planning_begin(struct kc_visit *v, struct kc_planning *p, struct kc_err *err);
/* What cannot be previewed because an earlier step makes what it needs is put off until its turn comes. */
void kc_preview_defer(struct kc_visit *v, struct kc_planning *p);
/* Dry-runs every step. False only for what is worth trying again: a refusal is in p->refusal. */
KC_CHECK bool kc_preview_plan(struct kc_visit *v, struct kc_planning *p, struct kc_err *err);
/* What the parts of each step come to together, and what only several steps together do: into planned.about and the
 * warnings of the step's first part. Nothing fails: what is not known is not told. */
void kc_preview_note(struct kc_visit *v, struct kc_planning *p);
/* The previews as people read them: the status's steps, target, summary. */
void kc_preview_show(struct kc_visit *v, const struct kc_planning *p);
/* The row of status.plan.steps for the steps from first to end, which are one step or the parts of one. */
struct kc_step_status kc_preview_group(struct kc_arena *a, const struct kc_planning *p, size_t first, size_t end,
                                       size_t group);
/* The plan of record, durable before anybody is asked to approve it. */
KC_CHECK bool kc_preview_record(struct kc_visit *v, const struct kc_planning *p, struct kc_err *err);
/* A plan that the API server would not take is shown and recorded, and ends there: nobody is asked to approve it. */
KC_CHECK bool kc_preview_refused(struct kc_visit *v, const struct kc_planning *p, struct kc_err *err);
