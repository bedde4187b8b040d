/* reach_select: the services, or the disruption budgets, that select the pods a change touches: how many ready ones
 * each has now, and how many the change takes and gives. Pure; internal to reach. */
#pragma once

#include "controller/plan/reach_pods.h"

enum { KC_SELECTING_MAX = 64 }; /* of one kind; of what is beyond nothing but the number is known */

struct kc_selecting {
    const struct kc_item *item;
    bool ends;           /* it is deleted itself */
    int64_t now;         /* ready pods that it selects */
    int64_t lost;        /* of them, by all parts together */
    int64_t gained;      /* pods that come */
    bool comes_back;     /* whatever is lost is made again */
    int64_t *lost_by;    /* of each share, a pod counting once */
    int64_t *alone_by;   /* what each share would take without the others */
    const bool *selects; /* of each share: what its pods look like */
};

struct kc_selectings {
    struct kc_selecting *v;
    size_t n, all; /* weighed; touched */
    bool named;    /* whoever asks may list them */
};

/* Linear in the pods. In the arena. */
void kc_selectings_find(struct kc_arena *a, const char *kind, const struct kc_surroundings *around,
                        const struct kc_touched *t, struct kc_selectings *ret);
/* Ready pods, when all that is done. */
int64_t kc_selecting_after(const struct kc_selecting *s);
