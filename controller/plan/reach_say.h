/* reach_say: what is said of one service, budget or autoscaler that a change touches. Pure; internal to reach. */
#pragma once

#include "controller/plan/reach_select.h"

enum { KC_SAYINGS_TOLD = 3 }; /* of one sort; the rest are counted */

enum kc_weight { KC_SAYING_PLAIN, KC_SAYING_WORSE, KC_SAYING_WORST };

struct kc_saying {
    const char *name;  /* of the object */
    const char *about; /* behind it: " 3 → 5 endpoints" */
    enum kc_weight weight;
    size_t order; /* among those of the same weight */
};

/* What people call the objects of a sort. */
struct kc_word {
    const char *one, *many;
    const char *bad; /* what the worst of them are; NULL: none is */
};

/* The worst first; returns how many of them are to be told. */
size_t kc_sayings_sort(struct kc_saying *v, size_t n);

/* Strings in the arena, or the item's. */
struct kc_saying kc_say_service(struct kc_arena *a, const struct kc_selecting *s, size_t order);
struct kc_saying kc_say_budget(struct kc_arena *a, const struct kc_selecting *s, size_t order);
struct kc_saying kc_say_autoscaler(struct kc_arena *a, const struct kc_share *share, const struct kc_item *hpa,
                                   size_t order);
