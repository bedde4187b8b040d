/* frame: a clause -> steps: which verb of kubectl it comes to, and what that verb needs of it. Private to plan.
 *
 * A frame is a row for each verb: the values (slots) that it has a use for, and the function that makes steps of a
 * clause. Which frame a clause belongs to is a table of senses: what kind of request its verb makes, and what else the
 * clause speaks of. Whatever a clause holds that its frame has no use for becomes a question.
 */
#pragma once

#include "controller/plan/choose.h"

struct kc_frame {
    const char *verb; /* kubectl's */
    bool reads;
    bool number;    /* has a use for a number */
    uint32_t slots; /* 1 << kc_slot each */
    uint64_t hints; /* KC_H_* of the nouns that a change has a use for */
    void (*plan)(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
};

/* The frame of a clause. NULL: none of the senses fits. */
const struct kc_frame *kc_frame_of(const struct kc_clause *c);
/* Makes steps of the clause, or answers. */
void kc_frame_plan(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
/* The clause speaks of something, though no sense fits. */
bool kc_clause_speaks(const struct kc_clause *c);

/* One step more: the verb of the frame on the target. flags: the ones with a value are given. how: what was reckoned or
 * assumed besides the words, "" for nothing. Asks when the same was asked for before. */
void kc_frame_step(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_target *target,
                   const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands, const char *how);
/* The same on an object of the inventory. */
void kc_frame_step_on(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_object *o,
                      const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands,
                      const char *how);
/* What an object is to be picked for. */
struct kc_pick kc_frame_pick(const struct kc_frame *f);

/* The makers of steps: reads (look.c, rights.c, about.c, wait.c), changes (change.c, image.c, create.c). */
void kc_plan_get(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_each(struct kc_reading *r, const struct kc_frame *f,
                  const struct kc_clause *c); /* describe, rollout ... */
void kc_plan_logs(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_events(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_top(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_diagnose(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_rights(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_explain(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_server(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c); /* api-resources ... */
void kc_plan_wait(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_scale(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_stop(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_simple(struct kc_reading *r, const struct kc_frame *f,
                    const struct kc_clause *c); /* restart, cordon ... */
void kc_plan_drain(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_undo(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_image(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_resources(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_pairs(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_autoscale(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_job(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_create(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_expose(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_suspend(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
void kc_plan_delete(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c);
