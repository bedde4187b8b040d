#include "controller/base/text.h"

#include <string.h>

bool kc_strs_has(const struct kc_strs *s, const char *what)
{
    for (size_t i = 0; i < s->n; i++)
        if (KC_STREQ(s->v[i], what))
            return true;
    return false;
}

void kc_strs_unite(struct kc_arena *a, struct kc_strs *s, const struct kc_strs *more)
{
    struct kc_strs all = {.v = kc_arena_array(a, s->n + more->n + 1, sizeof *all.v), .n = s->n};

    for (size_t i = 0; i < s->n; i++)
        all.v[i] = s->v[i];
    for (size_t i = 0; i < more->n; i++)
        if (!kc_strs_has(&all, more->v[i]))
            all.v[all.n++] = more->v[i];
    *s = all;
}

bool kc_str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool kc_str_ends(const char *s, const char *suffix)
{
    size_t len = strlen(s), tail = strlen(suffix);
    return len >= tail && KC_STREQ(s + len - tail, suffix);
}

size_t kc_utf8_decode(const char *s, size_t len, uint32_t *ret)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least; /* below it the form is overlong */
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    if (!len)
        return 0;
    unsigned char first = (unsigned char)s[0];
    for (size_t more = 0; more < 4; more++) {
        if ((first & forms[more].mask) != forms[more].lead)
            continue;
        if (more >= len)
            return 0;
        uint32_t c = first & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            unsigned char next = (unsigned char)s[i];
            if ((next & 0xC0) != 0x80)
                return 0;
            c = c << 6 | (next & 0x3F);
        }
        if (c < forms[more].least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            return 0;
        *ret = c;
        return more + 1;
    }
    return 0;
}

bool kc_utf8_valid(const char *s, size_t len, size_t *ret_at)
{
    uint32_t c;
    for (size_t at = 0, n; at < len; at += n) {
        n = kc_utf8_decode(s + at, len - at, &c);
        if (!n) {
            if (ret_at)
                *ret_at = at;
            return false;
        }
    }
    return true;
}

size_t kc_utf8_count(const char *s, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

/* Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) without U+FE00..FE0F, which emoji need; controls,
 * interlinear annotations and separators. Ascending. */
static const struct {
    uint32_t first, last;
} deceptive[] = {
    {0x0000, 0x0008}, {0x000B, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},
    {0x061C, 0x061C}, {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

uint32_t kc_text_deceptive(const char *s, size_t len, size_t *ret_at)
{
    for (size_t at = 0, n; at < len; at += n) {
        uint32_t c = 0;
        n = kc_utf8_decode(s + at, len - at, &c);
        bool found = !n;
        for (size_t i = 0; !found && i < sizeof deceptive / sizeof *deceptive && c >= deceptive[i].first; i++)
            found = c <= deceptive[i].last;
        if (!found)
            continue;
        if (ret_at)
            *ret_at = at;
        /* 0 means none, so that NUL needs another name, as do bytes that are no character. */
        return n && c ? c : 0xFFFD;
    }
    return 0;
}

static bool alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Length of the label at s, 0: none. */
static size_t label(const char *s)
{
    size_t n = 0;
    while (alnum(s[n]) || s[n] == '-')
        n++;
    return n && alnum(s[0]) && alnum(s[n - 1]) ? n : 0;
}

bool kc_dns_label_valid(const char *s)
{
    size_t n = label(s);
    return n && n <= 63 && !s[n];
}

bool kc_dns_subdomain_valid(const char *s)
{
    if (strnlen(s, 254) > 253)
        return false;
    for (;;) {
        size_t n = label(s);
        if (!n)
            return false;
        s += n;
        if (!*s)
            return true;
        if (*s++ != '.')
            return false;
    }
}

bool kc_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = *s == '-';
    int64_t value = 0;
    s += negative;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        int digit = negative ? '0' - *s : *s - '0';
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *ret = value;
    return true;
}

#define LONGEST 255

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t kc_edit_distance(const char *a, const char *b, size_t limit)
{
    size_t la = strnlen(a, LONGEST + 1), lb = strnlen(b, LONGEST + 1);
    if (la > LONGEST || lb > LONGEST)
        return KC_STREQ(a, b) ? 0 : limit + 1;
    /* rows[i % 3][j]: from the first i characters of a to the first j of b; two rows back for swaps. */
    unsigned short rows[3][LONGEST + 1];
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = (unsigned short)j;
    for (size_t i = 1; i <= la; i++) {
        const unsigned short *before = rows[(i - 1) % 3], *two_before = rows[(i + 1) % 3];
        unsigned short *row = rows[i % 3];
        size_t best = row[0] = (unsigned short)i;
        for (size_t j = 1; j <= lb; j++) {
            bool same = a[i - 1] == b[j - 1];
            size_t d = least(before[j - 1] + (size_t)!same, least(before[j], row[j - 1]) + (size_t)1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, two_before[j - 2] + (size_t)1);
            row[j] = (unsigned short)d;
            best = least(best, d);
        }
        if (best > limit + 1)
            return limit + 1;
    }
    return least(rows[la % 3][lb], limit + 1);
}
