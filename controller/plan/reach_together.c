/* What only several steps together do. */
#include "controller/plan/reach_say.h"

struct together {
    struct kc_arena *a;
    const struct kc_reach_part *parts;
    size_t n, n_groups;
    struct kc_reach_together *said;
    size_t n_said;
};

/* How many pods each step takes. by_share: of each part. */
static const int64_t *by_step(const struct together *t, const int64_t *by_share)
{
    int64_t *by = kc_arena_array(t->a, t->n_groups, sizeof *by);

    for (size_t i = 0; i < t->n; i++)
        by[t->parts[i].group] += by_share[i];
    return by;
}

static bool one_is_enough(const struct together *t, const struct kc_selecting *s, int64_t enough)
{
    const int64_t *by = by_step(t, s->alone_by);

    for (size_t g = 0; g < t->n_groups; g++)
        if (by[g] >= enough)
            return true;
    return false;
}

/* "with steps 1, 3", for the last of the steps that take pods. */
static const char *with(const struct together *t, const struct kc_selecting *s, size_t *ret_last)
{
    const int64_t *by = by_step(t, s->lost_by);
    KC_BUF_SCOPE list = {0};
    size_t n = 0;

    *ret_last = 0;
    for (size_t g = 0; g < t->n_groups; g++)
        if (by[g])
            *ret_last = g;
    for (size_t g = 0; g < *ret_last; g++)
        if (by[g])
            kc_buf_printf(&list, "%s%zu", n++ ? ", " : "", g + 1);
    return kc_arena_printf(t->a, "with step%s %s", n == 1 ? "" : "s", kc_buf_str(&list));
}

/* what: the sentence, once so many pods go; a step that takes them alone says it itself. */
static void tell(struct together *t, const struct kc_selecting *s, int64_t enough, const char *what)
{
    struct kc_reach_together *said = &t->said[t->n_said];

    if (s->ends || s->gained || s->lost < enough || one_is_enough(t, s, enough))
        return;
    said->text = kc_arena_printf(t->a, "%s: %s", with(t, s, &said->group), what);
    t->n_said++;
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
            tell(&t, s, s->now,
                 services.named ? kc_arena_printf(a, "service %s%s", say.name, say.about)
                                : "a service is left without endpoints");
    }
    for (size_t i = 0; i < budgets.n; i++) {
        const struct kc_selecting *s = &budgets.v[i];
        const struct kc_saying say = kc_say_budget(a, s, i);
        int64_t spare = s->item->have - s->item->min;
        if (spare >= 0) /* else each step by itself says that it is not kept */
            tell(&t, s, spare + 1,
                 budgets.named ? kc_arena_printf(a, "PDB %s%s", say.name, say.about) : "a PDB is not kept");
    }
    *ret = t.said;
    return t.n_said;
}
