/* How far back: "the last ten minutes", "since 1h", "last 50 lines", "before it crashed", "older than a day". */
#include <string.h>

#include "controller/base/clock.h"
#include "controller/plan/reading.h"

static enum kc_part part(const struct kc_reading *r, size_t i)
{
    return kc_reading_part(r, i);
}

static size_t skip(const struct kc_reading *r, size_t i, enum kc_part p)
{
    return i + (part(r, i) == p);
}

static size_t skip_equals(const struct kc_reading *r, size_t i)
{
    return skip(r, i, KC_W_EQUALS);
}

/* "hour" of "the last hour" */
static int64_t one_of_unit(const char *word)
{
    static const struct {
        const char *word;
        int64_t ms;
    } units[] = {{"second", KC_SECOND_MS},
                 {"minute", KC_MINUTE_MS},
                 {"hour", KC_HOUR_MS},
                 {"day", 24 * KC_HOUR_MS},
                 {"week", 168 * KC_HOUR_MS}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (KC_STREQ(units[i].word, word))
            return units[i].ms;
    return 0;
}

static const char *show(struct kc_reading *r, int64_t ms)
{
    return ms % KC_HOUR_MS ? kc_arena_printf(r->a, "%lldm", (long long)(ms / KC_MINUTE_MS))
                           : kc_arena_printf(r->a, "%lldh", (long long)(ms / KC_HOUR_MS));
}

/* The words in front that belong to it: "over the", "from the", "for". */
static size_t lead(const struct kc_reading *r, size_t i)
{
    if (i > 0 && part(r, i - 1) == KC_W_ARTICLE)
        i--;
    if (i > 0)
        switch (part(r, i - 1)) {
        case KC_W_IN:
        case KC_W_FOR:
        case KC_W_FROM:
        case KC_W_LINK:
        case KC_W_OLDER:   /* "over the last hour" */
        case KC_W_BECAUSE: /* "since" */
            return i - 1;
        default:
            break;
        }
    return i;
}

static bool is_since(const struct kc_lexeme *l)
{
    return l->part == KC_W_SINCE || (l->part == KC_W_BECAUSE && KC_STREQ(l->text, "since")) || l->part == KC_W_FROM;
}

/* Returns the number of words from *ret_at on, 0: none. */
static size_t read_since(struct kc_reading *r, size_t i, size_t *ret_at, const char **ret)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    *ret_at = i;
    if (l->part == KC_W_LAST) {
        const struct kc_lexeme *next = kc_reading_at(r, i + 1);
        int64_t one = next->part == KC_W_TIME ? one_of_unit(next->text) : 0;
        if (next->part != KC_W_DURATION && one < KC_MINUTE_MS)
            return 0;
        *ret = one ? show(r, one) : next->text;
        *ret_at = lead(r, i);
        return i + 2 - *ret_at;
    }
    if (is_since(l)) {
        size_t at = skip_equals(r, i + 1);
        if (part(r, at) != KC_W_DURATION || (l->part == KC_W_FROM && part(r, at + 1) != KC_W_AGO))
            return 0;
        *ret = kc_reading_at(r, at)->text;
        return skip(r, at + 1, KC_W_AGO) - i;
    }
    if (l->part == KC_W_DURATION && part(r, i + 1) == KC_W_AGO) {
        *ret = l->text;
        return 2;
    }
    return 0;
}

static bool is_count(const struct kc_lexeme *l)
{
    return l->part == KC_W_NUMBER && l->quantity.unit == KC_UNIT_COUNT && !l->quantity.sign && l->quantity.den == 1;
}

static const char *count(struct kc_reading *r, const struct kc_lexeme *l)
{
    return kc_arena_printf(r->a, "%lld", (long long)l->quantity.num);
}

/* "last 50 lines", "50 lines", "--tail 50", "tail 50 web", "the last 50 logs" */
static size_t read_tail(struct kc_reading *r, size_t i, size_t *ret_at, const char **ret)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    bool last = l->part == KC_W_LAST,
         flag = KC_STREQ(l->text, "--tail") || (l->part == KC_W_VERB && KC_STREQ(l->text, "tail"));
    size_t number = skip_equals(r, last || flag ? i + 1 : i);
    if (!is_count(kc_reading_at(r, number)))
        return 0;
    const struct kc_lexeme *next = kc_reading_at(r, number + 1);
    bool lines = next->part == KC_W_LINES, logs = next->word && next->word->hints & KC_H_LOGS;
    if (!lines && !flag && !(last && logs))
        return 0;
    *ret = count(r, kc_reading_at(r, number));
    *ret_at = l->part == KC_W_VERB ? number : last && i > 0 && part(r, i - 1) == KC_W_ARTICLE ? i - 1 : i;
    return number + 1 + lines - *ret_at;
}

/* "older than a day", "more than 2 hours old", "over a week old", "3 days old" */
static size_t read_age(struct kc_reading *r, size_t i, const struct kc_lexeme **ret)
{
    size_t at = i + (part(r, i) == KC_W_OLDER);
    const struct kc_lexeme *than = kc_reading_at(r, i), *d = kc_reading_at(r, at);
    bool old = KC_STREQ(kc_reading_at(r, at + 1)->text, "old");
    if (d->part != KC_W_DURATION || (!old && !(at > i && KC_STREQ(than->text, "older"))))
        return 0;
    *ret = d;
    return at + 1 + old - i;
}

void kc_reading_windows(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const char *text = NULL;
        const struct kc_lexeme *age;
        size_t at = i, n;
        if ((n = read_age(r, i, &age))) {
            int64_t ms = age->ms;
            kc_reading_fill(r, i, n, KC_SLOT_AGE, age->text)->ms = ms;
        } else if ((n = read_since(r, i, &at, &text))) {
            kc_reading_fill(r, at, n, KC_SLOT_SINCE, text);
        } else if ((n = read_tail(r, i, &at, &text))) {
            kc_reading_fill(r, at, n, KC_SLOT_TAIL, text);
        } else {
            continue;
        }
        i = at;
    }
}
