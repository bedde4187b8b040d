/* parts: the steps of a plan while its commands are taken apart into objects. Private to exec. */
#pragma once

#include "controller/exec/expand.h"

struct kc_parts {
    const struct kc_expansion *x;
    struct kc_arena *a;
    struct kc_planned p; /* so far */
    size_t cap, n_groups;
    bool refused;
};

/* One object more. The same object twice is a question, for nobody knows which of the two changes comes first. */
void kc_parts_add(struct kc_parts *e, const struct kc_planned_step *step);
/* The steps from first to end are one step for people: gives them their number, their names, the common command. One
 * alone needs none of it. */
void kc_parts_close(struct kc_parts *e, size_t first, size_t end);
void kc_parts_refuse(struct kc_parts *e, const char *message);
