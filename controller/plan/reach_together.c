/* What only several steps together do. */
#include "controller/plan/reach_say.h"

struct together {
    struct kc_arena *a;
    const struct kc_reach_part *parts;
    size_t n, n_groups;
    struct kc_reach_together *said;
    size_t n_said;
};

/* How many of the pods that an item selects each step takes. */
static const int64_t *lost_by_groups(const struct together *t, const struct kc_selecting *s)
{
    int64_t *by = kc_arena_array(t->a, t->n_groups, sizeof *by);

    for (size_t i = 0; i < t->n; i++)
        by[t->parts[i].group] += s->lost_by[i];
    return by;
}

/* "with step 1", for the last of the steps that take pods. False: one of them alone takes so many. */
static bool shared(const struct together *t, const int64_t *by, int64_t enough, size_t *ret_last, const char **ret_with)
{
    KC_BUF_SCOPE with = {0};
    size_t n = 0;

    *ret_last = 0;
    for (size_t g = 0; g < t->n_groups; g++) {
        if (by[g] >= enough)
            return false;
        if (by[g])
            *ret_last = g;
    }
    for (size_t g = 0; g < *ret_last; g++)
        if (by[g])
            kc_buf_printf(&with, "%s%zu", n++ ? ", " : "", g + 1);
    *ret_with = kc_arena_printf(t->a, "with step%s %s", n == 1 ? "" : "s", kc_buf_str(&with));
    return true;
}

static void tell(struct together *t, const struct kc_selecting *s, int64_t enough, const char *what,
                 const char *unnamed)
{
    const char *with;
    size_t last;

    if (s->ends || s->gained || s->lost < enough || !shared(t, lost_by_groups(t, s), enough, &last, &with))
        return;
    t->said[t->n_said++] =
        (struct kc_reach_together){last, kc_arena_printf(t->a, "%s: %s", with, what ? what : unnamed)};
}

size_t kc_reach_together(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                         const struct kc_surroundings *around, struct kc_reach_together **ret)
{
    struct together t = {.a = a, .parts = parts, .n = n};
    struct kc_touched pods;
    struct kc_selectings services, budgets;

    kc_pods_touched(a, parts, n, around, &pods);
    kc_selectings_find(a, "Service", around, &pods, &services);
    kc_selectings_find(a, "PodDisruptionBudget", around, &pods, &budgets);
    for (size_t i = 0; i < n; i++)
        if (parts[i].group >= t.n_groups)
            t.n_groups = parts[i].group + 1;
    t.said = kc_arena_array(a, services.n + budgets.n + 1, sizeof *t.said);
    for (size_t i = 0; i < services.n; i++) {
        const struct kc_selecting *s = &services.v[i];
        const struct kc_saying say = kc_say_service(a, s, i);
        if (s->now)
            tell(&t, s, s->now, services.named ? kc_arena_printf(a, "service %s%s", say.name, say.about) : NULL,
                 "a service is left without endpoints");
    }
    for (size_t i = 0; i < budgets.n; i++) {
        const struct kc_selecting *s = &budgets.v[i];
        const struct kc_saying say = kc_say_budget(a, s, i);
        int64_t spare = s->item->have - s->item->min;
        if (spare >= 0) /* else each step by itself says that it is not kept */
            tell(&t, s, spare + 1, budgets.named ? kc_arena_printf(a, "PDB %s%s", say.name, say.about) : NULL,
                 "a PDB is not kept");
    }
    *ret = t.said;
    return t.n_said;
}
