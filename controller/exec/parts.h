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
/* The steps from first to end are one step for people: gives them their number, their names, the common command (NULL:
 * their own, put together). One alone needs none of it. */
void kc_parts_close(struct kc_parts *e, size_t first, size_t end, const char *command);

/* Drains of one command: cordons of all nodes, then evictions (expand_drain.c). False as kc_expand. */
KC_CHECK bool kc_parts_drain(struct kc_parts *e, struct kc_planned_step *drains, size_t n, struct kc_err *err);
void kc_parts_refuse(struct kc_parts *e, const char *message);
