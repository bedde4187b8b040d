#include "controller/plan/reach_say.h"

#include <stdlib.h>

static int worst_first(const void *x, const void *y)
{
    const struct kc_saying *a = x, *b = y;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

size_t kc_sayings_sort(struct kc_saying *v, size_t n)
{
    if (n)
        qsort(v, n, sizeof *v, worst_first);
    return n < KC_SAYINGS_TOLD ? n : KC_SAYINGS_TOLD;
}

static const char *endpoints(struct kc_arena *a, int64_t n)
{
    return kc_arena_printf(a, "%lld endpoint%s", (long long)n, n == 1 ? "" : "s");
}

struct kc_saying kc_say_service(struct kc_arena *a, const struct kc_selecting *s, size_t order)
{
    int64_t after = kc_selecting_after(s);
    struct kc_saying ret = {.name = s->item->name, .order = order};
    const char *none = s->comes_back && !s->ends ? ", none remain until the pods are back" : ", none remain";

    ret.weight = after >= s->now ? KC_SAYING_PLAIN : after ? KC_SAYING_WORSE : KC_SAYING_WORST;
    if (after == s->now)
        ret.about = kc_arena_printf(a, " %s", endpoints(a, after));
    else
        ret.about = kc_arena_printf(a, " %lld → %s%s", (long long)s->now, endpoints(a, after), after ? "" : none);
    return ret;
}

/* Budgets bind evictions alone: a change that goes below one is carried out all the same. */
struct kc_saying kc_say_budget(struct kc_arena *a, const struct kc_selecting *s, size_t order)
{
    int64_t left = s->item->have - s->lost;

    if (left >= s->item->min)
        return (struct kc_saying){.name = s->item->name, .about = " is kept", .order = order};
    return (struct kc_saying){
        .name = s->item->name,
        .about = kc_arena_printf(a, " now asks for %d healthy, %lld would be left, and it does not stop this",
                                 s->item->min, (long long)(left < 0 ? 0 : left)),
        .weight = KC_SAYING_WORST,
        .order = order};
}

struct kc_saying kc_say_autoscaler(struct kc_arena *a, const struct kc_share *share, const struct kc_item *hpa,
                                   size_t order)
{
    struct kc_saying ret = {.name = hpa->name, .weight = KC_SAYING_WORSE, .order = order};

    if (share->fate == KC_FATE_ENDS) {
        ret.about = " is left without a target";
        ret.weight = KC_SAYING_WORST;
    } else if (share->fate == KC_FATE_NONE)
        ret.about = " scales it already";
    else if (share->to == 0)
        ret.about = " does nothing at 0 replicas";
    else if (share->to < hpa->min)
        ret.about = kc_arena_printf(a, " will scale it back to at least %d", hpa->min);
    else if (share->to > hpa->max)
        ret.about = kc_arena_printf(a, " will scale it back to at most %d", hpa->max);
    else {
        ret.about = kc_arena_printf(a, " (%d to %d) may change it again", hpa->min, hpa->max);
        ret.weight = KC_SAYING_PLAIN;
    }
    return ret;
}
