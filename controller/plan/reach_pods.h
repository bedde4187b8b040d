/* reach_pods: which pods a change touches and what becomes of them, of one change or of several at once. Pure; internal
 * to reach and health. */
#pragma once

#include "controller/plan/reach.h"

enum kc_fate {
    KC_FATE_NONE,     /* they go on as they are */
    KC_FATE_COUNT,    /* there are more or fewer of them */
    KC_FATE_REPLACED, /* each by one of the new template */
    KC_FATE_LATER,    /* the same, but something has to happen first: why */
    KC_FATE_ORPHANED, /* nothing looks after them any more */
    KC_FATE_ENDS
};

/* What one part touches. A pod is one share's at most: that of the nearest target above it. */
struct kc_share {
    const struct kc_reach_part *part;
    enum kc_fate fate;
    const char *why;   /* KC_FATE_LATER */
    int64_t from, to;  /* KC_FATE_COUNT */
    size_t n, n_ready; /* pods */
    bool sampled;      /* what its pods look like is known */
    bool comes_back;   /* a pod that ends, and that what controls it makes again */
};

/* Labels that pods of a share have: of one pod of each owner. */
struct kc_sample {
    const struct kc_label *v;
    size_t n;
    const struct kc_share *share;
};

struct kc_touched {
    struct kc_share *shares; /* of each part */
    size_t n_shares;
    struct kc_map *owned;       /* uids of the targets and of everything below them but pods: whose they are */
    const struct kc_near *pods; /* NULL: not known */
    struct kc_share **of;       /* of each of pods: whose it is; NULL: nobody's */
    struct kc_share **above;    /* of each that is a target itself: whose it would be otherwise; NULL: nobody's */
    size_t n;                   /* how many are somebody's */
    struct kc_sample *samples;
    size_t n_samples, cap_samples;
};

/* The first list of a kind, the next one after prev; NULL: no more. */
const struct kc_near *kc_near_next(const struct kc_surroundings *around, const char *kind, const struct kc_near *prev);

bool kc_pod_ready(const struct kc_item *pod);

/* Of two records of one object after each other the later one counts. ret->owned is destroyed with the arena. */
void kc_pods_touched(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                     const struct kc_surroundings *around, struct kc_touched *ret);
/* Whether a selector that is there selects what the pods look like. */
bool kc_selects_touched(const struct kc_item *item, const struct kc_touched *t);
