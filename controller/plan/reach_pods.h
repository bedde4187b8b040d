/* reach_pods: which pods a change touches and what becomes of them. Pure; internal to reach. */
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

#define KC_SAMPLES_MAX 16

struct kc_touched {
    enum kc_fate fate;
    const char *why;            /* KC_FATE_LATER */
    int64_t from, to;           /* KC_FATE_COUNT */
    struct kc_map *owned;       /* uids of the target and of everything below it but pods */
    const struct kc_near *pods; /* NULL: not known */
    bool *mine;                 /* of each of pods: it is the target's, or the target */
    size_t n, n_ready;          /* how many are */
    struct {
        const struct kc_label *v;
        size_t n;
    } samples[KC_SAMPLES_MAX]; /* labels that the target's pods have: of one pod of each owner */
    size_t n_samples;
};

/* The first list of a kind, the next one after prev; NULL: no more. */
const struct kc_near *kc_near_next(const struct kc_surroundings *around, const char *kind, const struct kc_near *prev);

bool kc_pod_ready(const struct kc_item *pod);

/* ret->owned is destroyed with the arena. */
void kc_pods_touched(struct kc_arena *a, const struct kc_record_step *step, const json_t *before,
                     const struct kc_surroundings *around, struct kc_touched *ret);
/* Whether a selector that is there selects what the target's pods look like. */
bool kc_selects_touched(const struct kc_item *item, const struct kc_touched *t);
