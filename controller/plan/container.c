/* Names that are no object's: a container of one ("container nginx", "-c nginx"). */
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

void kc_reading_containers(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        if (kc_reading_part(r, i) == KC_W_CONTAINER)
            read_container(r, i);
    }
}
