/* notes: what a preview says of a step beyond the change itself: its reach and who may undo it. Uses kube, plan. */
#pragma once

#include "controller/exec/cluster.h"
#include "controller/plan/reach.h"

/* Adds to status->blast_radius and status->warnings. before: the object that the change starts from, or its
 * subresource; NULL: there is none. Nothing fails: what cannot be read is not told. May block for calls. */
void kc_note_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                  const json_t *before, struct kc_arena *a, struct kc_step_status *status);
