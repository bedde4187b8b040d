#include "controller/show/quantity.h"

#include <string.h>

#define DIGITS "0123456789"

static bool suffix_valid(const char *s)
{
    static const char *const suffixes[] = {"",  "n", "u",  "m",  "k",  "M",  "G",  "T",
                                           "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (KC_STREQ(suffixes[i], s))
            return true;
    if (*s != 'e' && *s != 'E')
        return false;
    s += 1 + (s[1] == '-' || s[1] == '+');
    return *s && !s[strspn(s, DIGITS)];
}

bool kc_quantity_valid(const char *s)
{
    size_t whole = strspn(s, DIGITS);
    size_t fraction = s[whole] == '.' ? strspn(s + whole + 1, DIGITS) + 1 : 0;
    return whole + fraction > 0 && !(whole == 0 && fraction == 1) && strlen(s) < 64 &&
           suffix_valid(s + whole + fraction);
}

static bool take(struct kc_arena *a, const char *flag, const char *item, struct kc_quantities *to, struct kc_err *err)
{
    const char *equals = strchr(item, '=');
    if (!equals || equals == item || !kc_quantity_valid(equals + 1))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--%s=%.64s: expected RESOURCE=QUANTITY, with commas between: cpu=200m,memory=512Mi", flag,
                       item);
    const char *resource = kc_arena_strndup(a, item, (size_t)(equals - item));
    for (size_t i = 0; i < to->n; i++)
        if (KC_STREQ(to->v[i].resource, resource))
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s: %.64s is given twice: how much is meant?", flag,
                           resource);
    to->v[to->n++] = (struct kc_quantity){resource, equals + 1};
    return true;
}

bool kc_quantities_read(struct kc_arena *a, const char *flag, const char *text, struct kc_quantities *ret,
                        struct kc_err *err)
{
    struct kc_quantities q = {.v = kc_arena_array(a, text ? strlen(text) + 1 : 1, sizeof *q.v)};
    for (const char *p = text; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (!take(a, flag, kc_arena_strndup(a, p, strcspn(p, ",")), &q, err))
            return false;
    *ret = q;
    return true;
}
