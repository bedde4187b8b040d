/* tally: which approvals count, and what is still missing. Pure; internal to the guard. */
#pragma once

#include "controller/guard/guard.h"
#include "controller/guard/ruling.h"

/* demands: of all steps, each once. v's confirm and risk are set; fills required, granted, other_person, rejected and
 * message. */
void kc_tally_approvals(struct kc_arena *a, const struct kc_guard_input *in, const struct kc_demand *demands,
                        size_t n_demands, struct kc_verdict *v);
