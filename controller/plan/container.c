/* Names that are no object's: a container of one ("container nginx", "-c nginx"), what is to be created ("called x").
 */
#include "controller/plan/reading.h"

static bool is_name(const struct kc_lexeme *l)
{
    return l->part == KC_W_UNKNOWN || l->part == KC_W_NAME;
}

static bool is_container(const struct kc_lexeme *l)
{
    return l->part == KC_W_SLOT && l->slot == KC_SLOT_CONTAINER;
}

static size_t behind(const struct kc_reading *r, size_t i)
{
    while (kc_reading_part(r, i) == KC_W_EQUALS || kc_reading_part(r, i) == KC_W_NAMED)
        i++;
    return i;
}

static void read_container(struct kc_reading *r, size_t i)
{
    size_t after = behind(r, i + 1);
    const struct kc_lexeme *next = kc_reading_at(r, after), *last = kc_reading_at(r, i ? i - 1 : r->words.n);
    if (is_container(next))
        kc_reading_cut(r, i, after - i);
    else if (is_container(last))
        kc_reading_cut(r, i, 1);
    else if (is_name(next))
        kc_reading_fill(r, i, after + 1 - i, KC_SLOT_CONTAINER, next->name.name);
    else if (is_name(last))
        kc_reading_fill(r, i - 1, 2, KC_SLOT_CONTAINER, last->name.name);
}

/* "called hotfix-1", "job hotfix-1": the name of what is to be created. */
static bool names_new(const struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    bool creates = kc_reading_wants(r, i, KC_WANT_CREATE) || kc_reading_wants(r, i, KC_WANT_RUN);
    bool job = l->part == KC_W_KIND && KC_STREQ(l->kind->kind, "Job");
    return creates && (job || l->part == KC_W_NAMED) && kc_reading_part(r, i + 1) == KC_W_UNKNOWN;
}

void kc_reading_containers(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, i);
        if (l->part == KC_W_CONTAINER)
            read_container(r, i);
        else if (names_new(r, i))
            kc_reading_fill(r, i, 2, KC_SLOT_NEW_NAME, kc_reading_at(r, i + 1)->name.name);
    }
}
