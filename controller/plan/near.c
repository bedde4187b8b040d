/* What a name may have been meant to be. */
#include <string.h>

#include "controller/plan/answer.h"
#include "controller/plan/resolve.h"

/* Whether what one letter more or less, or two swapped, may explain: short names are too alike for more. */
static size_t slips(const char *name)
{
    size_t len = strlen(name);
    return len < 3 ? 0 : len < 5 ? 1 : 2;
}

static bool separator(char c)
{
    return c == '-' || c == '.' || c == '_';
}

/* name is a run of whole parts of whole: "payments" of "payments-api", "api" of "shop-api-v2". */
static bool is_part(const char *name, const char *whole)
{
    size_t len = strlen(name);
    for (const char *at = strstr(whole, name); at; at = strstr(at + 1, name))
        if ((at == whole || separator(at[-1])) && (!at[len] || separator(at[len])))
            return true;
    return false;
}

static bool is_misspelt(const char *name, const char *whole)
{
    size_t limit = slips(name), a = strlen(name), b = strlen(whole);
    return limit && (a > b ? a - b : b - a) <= limit && kc_edit_distance(name, whole, limit) <= limit;
}

/* At most one slip apart, in words of more than three letters. Two that differ in their first and in their last letter
 * are not, which spares most of the reckoning among 30,000 names. */
static bool is_one_slip(const char *name, size_t len, const char *part, size_t n)
{
    return n > 3 && len + 1 >= n && n + 1 >= len && (name[0] == part[0] || name[len - 1] == part[n - 1]) &&
           kc_edit_distance(name, part, 1) <= 1;
}

/* One part of the whole is begun by the name or misspelt in it: "check" or "chekout" of "checkout-api". */
static bool is_like_part(const char *name, const char *whole)
{
    size_t len = strlen(name);
    char part[64];
    if (len < 3)
        return false;
    while (*whole) {
        size_t n = 0;
        while (whole[n] && !separator(whole[n]))
            n++;
        if (n < sizeof part) {
            memcpy(part, whole, n);
            part[n] = '\0';
            if (kc_str_starts(part, name) || is_one_slip(name, len, part, n))
                return true;
        }
        whole += n + (whole[n] != '\0');
    }
    return false;
}

/* Ways to be like a name, the likeliest first; the first that finds something counts. */
static bool (*const likenesses[])(const char *name, const char *whole) = {is_part, is_misspelt, is_like_part};

/* Objects that may be meant, whatever they are called. */
struct eligible {
    const struct kc_plan_input *in;
    const struct kc_pick *pick;
    const struct kc_mention *m;
    const struct kc_mapping *last; /* objects of a type mostly stand together */
    bool last_fits;
};

static bool type_fits(struct eligible *e, const struct kc_mapping *m)
{
    if (m != e->last) {
        e->last = m;
        e->last_fits = kc_pick_applies(e->pick, m) && (!e->m->type || kc_same_type(e->m->type, m));
    }
    return e->last_fits;
}

static bool is_eligible(struct eligible *e, const struct kc_object *o)
{
    return type_fits(e, o->mapping) && kc_in_scope(e->in, o) && !kc_is_place(o, e->m) &&
           (!e->m->ns || KC_STREQ(e->m->ns, o->ns));
}

/* Of what others control (30,000 pods) only a misspelt name, and only one whose beginning is right. */
static void offer_owned(struct kc_arena *a, struct eligible *e, struct kc_planned *ret)
{
    const struct kc_inventory *inv = e->in->inventory;
    size_t len = strlen(e->m->name);
    for (size_t i = 0; len > 2 && i < inv->n && ret->candidates.n < KC_MAX_CANDIDATES; i++) {
        const struct kc_object *o = &inv->v[i];
        if (*o->owner_name && strncmp(o->name, e->m->name, 3) == 0 && is_eligible(e, o) &&
            is_misspelt(e->m->name, o->name) && (e->pick->owned || !kc_owner_of(inv, o)))
            kc_answer_candidate(a, ret, o);
    }
}

void kc_resolve_near(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                     const struct kc_mention *m, struct kc_planned *ret)
{
    const struct kc_inventory *inv = in->inventory;
    struct eligible e = {.in = in, .pick = pick, .m = m};
    const struct kc_object **v = kc_arena_array(a, inv->n + 1, sizeof(*v));
    size_t n = 0;
    if (!*m->name)
        return;
    for (size_t i = 0; i < inv->n; i++)
        if (!*inv->v[i].owner_name && is_eligible(&e, &inv->v[i]))
            v[n++] = &inv->v[i];
    for (size_t l = 0; l < sizeof likenesses / sizeof *likenesses && !ret->candidates.n; l++)
        for (size_t i = 0; i < n && ret->candidates.n < KC_MAX_CANDIDATES; i++)
            if (likenesses[l](m->name, v[i]->name))
                kc_answer_candidate(a, ret, v[i]);
    if (!ret->candidates.n)
        offer_owned(a, &e, ret);
}
