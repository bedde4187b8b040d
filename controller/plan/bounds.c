/* Bounds of an autoscaler: "between 2 and 10", "min 2 max 10", "at 70 % CPU". Elsewhere such words leave a number open.
 */
#include <string.h>

#include "controller/plan/reading.h"

static bool is_count(const struct kc_lexeme *l)
{
    return l->part == KC_W_NUMBER && l->quantity.unit == KC_UNIT_COUNT && !l->quantity.sign && l->quantity.den == 1;
}

static bool is_percent(const struct kc_lexeme *l)
{
    return l->part == KC_W_NUMBER && l->quantity.unit == KC_UNIT_PERCENT && !l->quantity.sign && l->quantity.den == 1;
}

static const char *show(struct kc_reading *r, const struct kc_lexeme *l)
{
    return kc_arena_printf(r->a, "%lld", (long long)l->quantity.num);
}

static size_t behind_small(const struct kc_reading *r, size_t i)
{
    for (;; i++)
        switch (kc_reading_part(r, i)) {
        case KC_W_EQUALS:
        case KC_W_LINK:
        case KC_W_ARTICLE:
        case KC_W_TO:
        case KC_W_FILLER:
            continue;
        default:
            return i;
        }
}

/* "between 2 and 10", "from 2 to 10" */
static bool read_range(struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    bool between = l->part == KC_W_BOUND && KC_STREQ(l->text, "between"), from = l->part == KC_W_FROM;
    size_t middle = i + 2 + (kc_reading_part(r, i + 2) == KC_W_DIRECTION); /* "from 2 up to 10" */
    enum kc_part to = kc_reading_part(r, middle);
    if ((!between && !from) || !is_count(kc_reading_at(r, i + 1)) || !is_count(kc_reading_at(r, middle + 1)) ||
        (to != KC_W_AND && to != KC_W_TO))
        return false;
    const char *min = show(r, kc_reading_at(r, i + 1)), *max = show(r, kc_reading_at(r, middle + 1));
    kc_reading_fill(r, i + 2, middle - i, KC_SLOT_MAX, max);
    kc_reading_fill(r, i, 2, KC_SLOT_MIN, min);
    return true;
}

/* "at least 2", "max 10", "10 max" */
static bool read_bound(struct kc_reading *r, size_t i)
{
    static const struct {
        const char *begins; /* of the words */
        enum kc_slot slot;
    } bounds[] = {
        {"minimum", KC_SLOT_MIN}, {"maximum", KC_SLOT_MAX},       {"min", KC_SLOT_MIN},
        {"max", KC_SLOT_MAX},     {"at least", KC_SLOT_MIN},      {"at most", KC_SLOT_MAX},
        {"up to", KC_SLOT_MAX},   {"no more than", KC_SLOT_MAX},  {"a min", KC_SLOT_MIN},
        {"a max", KC_SLOT_MAX},   {"no fewer than", KC_SLOT_MIN}, {"--min", KC_SLOT_MIN},
        {"--max", KC_SLOT_MAX},
    };
    const struct kc_lexeme *l = kc_reading_at(r, i);
    if (l->part != KC_W_BOUND)
        return false;
    size_t number = behind_small(r, i + 1);
    if (kc_reading_part(r, number) == KC_W_POD)
        number = behind_small(r, number + 1); /* "min replicas 2" */
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        if (strncasecmp(l->raw, bounds[b].begins, strlen(bounds[b].begins)) != 0)
            continue;
        if (is_count(kc_reading_at(r, number))) {
            const char *text = show(r, kc_reading_at(r, number));
            kc_reading_fill(r, i, number + 1 - i, bounds[b].slot, text);
            return true;
        }
        if (i > 0 && is_count(kc_reading_at(r, i - 1))) {
            const char *text = show(r, kc_reading_at(r, i - 1));
            kc_reading_fill(r, i - 1, 2, bounds[b].slot, text);
            return true;
        }
    }
    return false;
}

/* "up to 10" */
static bool read_up_to(struct kc_reading *r, size_t i)
{
    if (kc_reading_part(r, i) != KC_W_DIRECTION || kc_reading_part(r, i + 1) != KC_W_TO ||
        !is_count(kc_reading_at(r, i + 2)))
        return false;
    const char *text = show(r, kc_reading_at(r, i + 2));
    kc_reading_fill(r, i, 3, KC_SLOT_MAX, text);
    return true;
}

/* "2-10" */
static bool read_span(struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    const char *dash = strchr(l->raw, '-');
    if (l->part != KC_W_BOUND || !dash || l->raw[0] < '0' || l->raw[0] > '9')
        return false;
    struct kc_lexeme max = *l;
    const char *min_text = kc_arena_strndup(r->a, l->raw, (size_t)(dash - l->raw));
    (void)kc_reading_fill(r, i, 1, KC_SLOT_MIN, min_text);
    memmove(&r->words.v[i + 2], &r->words.v[i + 1], (r->words.n - i) * sizeof *r->words.v);
    r->words.n++;
    max.part = KC_W_SLOT;
    max.slot = KC_SLOT_MAX;
    max.text = dash + 1;
    r->words.v[i + 1] = max;
    return true;
}

static bool read_percent(struct kc_reading *r, size_t i)
{
    if (!is_percent(kc_reading_at(r, i)))
        return false;
    const char *text = show(r, kc_reading_at(r, i));
    kc_reading_fill(r, i, 1, KC_SLOT_PERCENT, text);
    return true;
}

static bool speaks_of_autoscaler(const struct kc_reading *r, size_t i)
{
    for (size_t k = 0; k < r->words.n; k++)
        if (kc_reading_part(r, k) == KC_W_KIND && KC_STREQ(r->words.v[k].kind->kind, "HorizontalPodAutoscaler"))
            return true;
    return kc_reading_hints(r, i, KC_H_AUTOSCALER) || kc_reading_wants(r, i, KC_WANT_AUTOSCALE);
}

void kc_reading_bounds(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++)
        if (speaks_of_autoscaler(r, i))
            (void)(read_range(r, i) || read_up_to(r, i) || read_span(r, i) || read_bound(r, i) || read_percent(r, i));
}
