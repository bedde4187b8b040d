#include "controller/plan/number.h"

#include <string.h>

#include "controller/base/text.h"

#define MAX_DECIMALS 6

struct named {
    const char *word;
    int64_t value;
};

static const struct named ones[] = {
    {"zero", 0},      {"one", 1},       {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},
    {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},
    {"twelve", 12},   {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17},
    {"eighteen", 18}, {"nineteen", 19}, {"single", 1},
};
static const struct named tens[] = {{"twenty", 20}, {"thirty", 30},  {"forty", 40},  {"fourty", 40}, {"fifty", 50},
                                    {"sixty", 60},  {"seventy", 70}, {"eighty", 80}, {"ninety", 90}};
static const struct named multiples[] = {{"pair", 2},      {"couple", 2},      {"dozen", 12},
                                         {"hundred", 100}, {"thousand", 1000}, {"million", 1000000}};
static const struct named times_words[] = {{"twice", 2}, {"thrice", 3}};
static const struct named divisors[] = {{"half", 2},    {"halves", 2},   {"third", 3}, {"thirds", 3},
                                        {"quarter", 4}, {"quarters", 4}, {"fifth", 5}, {"fifths", 5}};
static const struct named signs[] = {{"minus", '-'}, {"negative", '-'}, {"plus", '+'}};

#define LOOK_UP(table, word, len, ret) look_up(table, sizeof(table) / sizeof *(table), word, len, ret)

static bool look_up(const struct named *table, size_t n, const char *word, size_t len, int64_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(table[i].word) == len && memcmp(table[i].word, word, len) == 0) {
            *ret = table[i].value;
            return true;
        }
    return false;
}

static const char *word_at(const struct kc_tokens *t, size_t i)
{
    return i < t->n && t->v[i].mark == KC_MARK_WORD ? t->v[i].text : "";
}

static int64_t capped(int64_t x, int64_t factor)
{
    int64_t out;
    return __builtin_mul_overflow(x, factor, &out) || out > KC_NUMBER_MAX ? KC_NUMBER_MAX : out;
}

/* "5", "2.5", "+3", "-1", "50%", "3x": the whole token. */
static bool read_digits(const char *s, struct kc_quantity *ret)
{
    struct kc_quantity q = {.den = 1};
    size_t decimals = 0;
    if (*s == 'x' && s[1] >= '1' && s[1] <= '9') { /* "x2" */
        q.unit = KC_UNIT_TIMES;
        s++;
    }
    if ((*s == '+' || *s == '-') && !q.unit)
        q.sign = *s++;
    /* 010 is eight to some and ten to others. */
    if (*s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
        return false;
    for (; *s >= '0' && *s <= '9'; s++)
        q.num = capped(q.num, 10) >= KC_NUMBER_MAX ? KC_NUMBER_MAX : q.num * 10 + (*s - '0');
    if (*s == '.' && s[1] >= '0' && s[1] <= '9')
        for (s++; *s >= '0' && *s <= '9' && decimals < MAX_DECIMALS; s++, decimals++) {
            q.num = q.num * 10 + (*s - '0');
            q.den *= 10;
        }
    if (KC_STREQ(s, "%") && !q.unit)
        q.unit = KC_UNIT_PERCENT;
    else if (KC_STREQ(s, "x") && !q.unit)
        q.unit = KC_UNIT_TIMES;
    else if (*s)
        return false;
    *ret = q;
    return true;
}

/* A cardinal as it is built up: "two hundred and fifty-one thousand". */
struct cardinal {
    int64_t total, part;
    bool any;
};

static bool add_word(struct cardinal *c, const char *w, size_t len)
{
    int64_t v;
    bool one = LOOK_UP(ones, w, len, &v);
    if (one || LOOK_UP(tens, w, len, &v)) {
        bool fits = !c->any || (c->part % 100 == 0 && c->part + c->total > 0) ||
                    (one && v > 0 && v < 10 && c->part % 100 >= 20 && c->part % 10 == 0);
        if (!fits)
            return false;
        c->part += v;
    } else if (LOOK_UP(multiples, w, len, &v) && (!c->any || c->part > 0)) {
        c->part = capped(c->any ? c->part : 1, v);
        if (v >= 1000) {
            c->total = c->total + c->part > KC_NUMBER_MAX ? KC_NUMBER_MAX : c->total + c->part;
            c->part = 0;
        }
    } else {
        return false;
    }
    c->any = true;
    return true;
}

/* One token, whose words may be joined by hyphens; all of it or nothing. */
static bool add_token(struct cardinal *c, const char *word)
{
    struct cardinal before = *c;
    bool any = *word != '\0';
    while (*word) {
        size_t len = strcspn(word, "-");
        if (!add_word(c, word, len) || (word[len] && !word[len + 1])) {
            *c = before;
            return false;
        }
        word += len + (word[len] == '-');
    }
    return any;
}

static bool is_article(const char *w)
{
    return KC_STREQ(w, "a") || KC_STREQ(w, "an");
}

static bool is_multiple(const char *w)
{
    int64_t v;
    return LOOK_UP(multiples, w, strlen(w), &v);
}

static size_t read_cardinal(const struct kc_tokens *t, size_t i, struct kc_quantity *ret)
{
    struct cardinal c = {0};
    size_t at = i;
    *ret = (struct kc_quantity){.den = 1};
    if (read_digits(word_at(t, at), ret)) {
        if (ret->unit != KC_UNIT_COUNT || !is_multiple(word_at(t, at + 1)))
            return 1;
        c = (struct cardinal){.part = ret->num, .any = true};
        at++;
    } else if (is_article(word_at(t, at)) &&
               (is_multiple(word_at(t, at + 1)) || KC_STREQ(word_at(t, at + 1), "single"))) {
        at++;
    }
    while (add_token(&c, word_at(t, at))) {
        at++;
        struct cardinal more = c;
        bool large = c.part % 100 == 0 && c.part + c.total >= 100;
        if (large && KC_STREQ(word_at(t, at), "and") && !is_multiple(word_at(t, at + 1)) &&
            add_token(&more, word_at(t, at + 1)))
            at++;
    }
    if (!c.any)
        return 0;
    ret->num = c.total + c.part > KC_NUMBER_MAX ? KC_NUMBER_MAX : c.total + c.part;
    return at - i;
}

/* "half", "a third", "two thirds"; but "half a dozen" is six, and "third" alone an ordinal. */
static size_t read_fraction(const struct kc_tokens *t, size_t i, struct kc_quantity *ret)
{
    int64_t num = 1, den;
    size_t at = i;
    const char *w = word_at(t, at);
    bool counted = is_article(w) || LOOK_UP(ones, w, strlen(w), &num);
    if (counted)
        w = word_at(t, ++at);
    if (!LOOK_UP(divisors, w, strlen(w), &den) || (!counted && den != 2) || num < 1 || num > den)
        return 0;
    at++;
    *ret = (struct kc_quantity){.unit = KC_UNIT_FRACTION, .num = num, .den = den};
    if (den == 2 && KC_STREQ(word_at(t, at + is_article(word_at(t, at))), "dozen")) {
        at += 1U + is_article(word_at(t, at));
        *ret = (struct kc_quantity){.unit = KC_UNIT_COUNT, .num = 6, .den = 1};
    }
    return at - i;
}

static const struct {
    const char *word;
    enum kc_unit unit;
} units[] = {{"%", KC_UNIT_PERCENT},   {"percent", KC_UNIT_PERCENT}, {"pct", KC_UNIT_PERCENT},
             {"times", KC_UNIT_TIMES}, {"fold", KC_UNIT_TIMES},      {"x", KC_UNIT_TIMES}};

/* "threefold" */
static bool read_fold(const char *word, struct kc_quantity *ret)
{
    int64_t v;
    if (!kc_str_ends(word, "fold") || !LOOK_UP(ones, word, strlen(word) - strlen("fold"), &v))
        return false;
    *ret = (struct kc_quantity){.unit = KC_UNIT_TIMES, .num = v, .den = 1};
    return true;
}

/* "a factor of 3" */
static size_t read_factor(const struct kc_tokens *t, size_t i, struct kc_quantity *ret)
{
    size_t at = i + is_article(word_at(t, i)), n;
    if (!KC_STREQ(word_at(t, at), "factor"))
        return 0;
    at += 1U + KC_STREQ(word_at(t, at + 1), "of");
    n = read_cardinal(t, at, ret);
    if (!n || ret->sign || ret->unit != KC_UNIT_COUNT)
        return 0;
    ret->unit = KC_UNIT_TIMES;
    return at + n - i;
}

static size_t read_unit(const struct kc_tokens *t, size_t i, struct kc_quantity *q)
{
    if (q->unit != KC_UNIT_COUNT)
        return 0;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        if (KC_STREQ(word_at(t, i), units[u].word)) {
            q->unit = units[u].unit;
            return 1;
        }
    if (KC_STREQ(word_at(t, i), "per") && KC_STREQ(word_at(t, i + 1), "cent")) {
        q->unit = KC_UNIT_PERCENT;
        return 2;
    }
    return 0;
}

size_t kc_number_read(const struct kc_tokens *t, size_t i, struct kc_quantity *ret)
{
    int64_t v = 0;
    size_t sign = LOOK_UP(signs, word_at(t, i), strlen(word_at(t, i)), &v) ? 1 : 0, n;
    const char *w = word_at(t, i + sign);
    if (!sign && LOOK_UP(times_words, w, strlen(w), &v)) {
        *ret = (struct kc_quantity){.unit = KC_UNIT_TIMES, .num = v, .den = 1};
        return 1;
    }
    if (!sign && read_fold(w, ret))
        return 1;
    if (!sign && (n = read_factor(t, i, ret)))
        return n;
    n = read_fraction(t, i + sign, ret);
    if (!n)
        n = read_cardinal(t, i + sign, ret);
    if (!n)
        return 0;
    if (sign)
        ret->sign = (char)v;
    n += sign;
    return n + read_unit(t, i + n, ret);
}
