/* notes: what a preview says of a step beyond the change itself: its reach and who may undo it; of several changes that
 * are one step, of the whole. Uses kube, plan. */
#pragma once

#include "controller/exec/cluster.h"
#include "controller/plan/manager.h"
#include "controller/plan/reach.h"

/* Adds to status->blast_radius and status->warnings. before: the object that the change starts from, or its
 * subresource; NULL: there is none. Nothing fails: what cannot be read is not told. May block for calls. */
void kc_note_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                  const json_t *before, struct kc_arena *a, struct kc_step_status *status);

/* Of one part of a step: what the object says of who manages it, which kc_note_parts goes by; NULL: it cannot be read.
 * May block for a call. */
const struct kc_marks *kc_note_marks(const struct kc_cluster *c, const struct kc_identity *who,
                                     const struct kc_record_step *step, const json_t *before, struct kc_arena *a);

/* The parts of one step. */
struct kc_noted_parts {
    const struct kc_reach_part *v;
    const struct kc_marks *const *marks; /* of each; NULL: not known */
    size_t n;
};

struct kc_parts_note {
    const char *reach;
    struct kc_strs warnings;
    bool all; /* they are all objects of their kind in their namespace, or in the cluster */
};

/* What the parts come to together, from memory. May block for rights that are not remembered. */
void kc_note_parts(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_noted_parts *p,
                   struct kc_arena *a, struct kc_parts_note *ret);

/* What only several steps of a plan do together (plan/reach.h); parts of any namespaces, in the plan's order. */
size_t kc_note_together(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_reach_part *parts,
                        size_t n, struct kc_arena *a, struct kc_reach_together **ret);
