#include "controller/plan/reach_select.h"

#include "controller/base/map.h"

/* Which shares' pods an item selects, by what they look like. NULL: none's. */
static const bool *shares_of(struct kc_arena *a, const struct kc_item *item, const struct kc_touched *t)
{
    bool *v = NULL;

    for (size_t i = 0; item->selects && i < t->n_samples; i++) {
        const struct kc_sample *s = &t->samples[i];
        if (!kc_selector_matches(item->selector, item->n_selector, s->v, s->n))
            continue;
        if (!v)
            v = kc_arena_array(a, t->n_shares, sizeof *v);
        v[s->share - t->shares] = true;
    }
    return v;
}

static void find(struct kc_arena *a, const struct kc_near *k, const struct kc_touched *t, struct kc_selectings *ret)
{
    ret->v = kc_arena_array(a, KC_SELECTING_MAX, sizeof *ret->v);
    for (size_t i = 0; i < k->n; i++) {
        const struct kc_item *item = kc_item_of(k->v[i]);
        const struct kc_share *itself = item->n_selector ? kc_map_get(t->owned, k->v[i]->uid) : NULL;
        bool ends = itself && itself->fate == KC_FATE_ENDS;
        if (!ends && !kc_selects_touched(item, t))
            continue;
        if (ret->all++ >= KC_SELECTING_MAX)
            continue;
        ret->v[ret->n++] = (struct kc_selecting){.item = item,
                                                 .ends = ends,
                                                 .lost_by = kc_arena_array(a, t->n_shares, sizeof *ret->v->lost_by),
                                                 .alone_by = kc_arena_array(a, t->n_shares, sizeof *ret->v->alone_by),
                                                 .selects = shares_of(a, item, t)};
    }
}

static bool same_labels(const struct kc_item *x, const struct kc_item *y)
{
    if (x->n_labels != y->n_labels)
        return false;
    for (size_t i = 0; i < x->n_labels; i++)
        if ((x->labels[i].key != y->labels[i].key && !KC_STREQ(x->labels[i].key, y->labels[i].key)) ||
            (x->labels[i].value != y->labels[i].value && !KC_STREQ(x->labels[i].value, y->labels[i].value)))
            return false;
    return true;
}

static uint64_t selected_by(const struct kc_selectings *list, const struct kc_item *pod)
{
    uint64_t set = 0;

    for (size_t i = 0; i < list->n; i++)
        if (kc_selector_matches(list->v[i].item->selector, list->v[i].item->n_selector, pod->labels, pod->n_labels))
            set |= UINT64_C(1) << i;
    return set;
}

/* A pod that is ready is an endpoint of the service that selects it. Neighbours mostly look alike: the selectors are
 * asked once for them. Until settle(), lost_by and alone_by are how many pods there are. */
static void count_pods(const struct kc_touched *t, struct kc_selectings *ret)
{
    const struct kc_item *like = NULL;
    uint64_t set = 0;

    for (size_t i = 0; t->pods && ret->n && i < t->pods->n; i++) {
        const struct kc_item *pod = kc_item_of(t->pods->v[i]);
        if (!kc_pod_ready(pod))
            continue;
        if (!like || !same_labels(like, pod))
            set = selected_by(ret, pod);
        like = pod;
        for (uint64_t rest = set; rest; rest &= rest - 1) {
            struct kc_selecting *s = &ret->v[__builtin_ctzll(rest)];
            s->now++;
            if (t->of[i])
                s->lost_by[t->of[i] - t->shares]++;
            if (t->above[i])
                s->alone_by[t->above[i] - t->shares]++;
        }
    }
}

/* How many of so many pods a share takes. */
static int64_t taken(const struct kc_share *share, int64_t has)
{
    if (share->fate == KC_FATE_ENDS)
        return has;
    if (share->fate == KC_FATE_COUNT && share->to <= share->from && share->to < has)
        return has - share->to;
    return 0;
}

/* What becomes of the shares' pods that an item selects. */
static void settle(const struct kc_touched *t, struct kc_selecting *s)
{
    s->comes_back = true;
    for (size_t i = 0; i < t->n_shares; i++) {
        const struct kc_share *share = &t->shares[i];
        s->alone_by[i] = taken(share, s->alone_by[i] + s->lost_by[i]);
        s->lost_by[i] = taken(share, s->lost_by[i]);
        s->lost += s->lost_by[i];
        if (s->lost_by[i] && !share->comes_back)
            s->comes_back = false;
        if (share->fate == KC_FATE_COUNT && share->to > share->from && s->selects && s->selects[i])
            s->gained += share->to - share->from;
    }
}

void kc_selectings_find(struct kc_arena *a, const char *kind, const struct kc_surroundings *around,
                        const struct kc_touched *t, struct kc_selectings *ret)
{
    const struct kc_near *k = kc_near_next(around, kind, NULL);

    *ret = (struct kc_selectings){.named = k && k->named};
    if (!k)
        return;
    find(a, k, t, ret);
    count_pods(t, ret);
    for (size_t i = 0; i < ret->n; i++)
        settle(t, &ret->v[i]);
}

int64_t kc_selecting_after(const struct kc_selecting *s)
{
    return s->ends ? 0 : s->now - s->lost + s->gained;
}
