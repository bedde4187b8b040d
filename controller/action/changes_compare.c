#include <string.h>

#include "controller/action/record.h"

static bool is_set(const struct kc_set_field *sets, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (KC_STREQ(sets[i].path, path))
            return true;
    return false;
}

/* Where in v, sorted by path, path stands; moves *i forward. NULL: it does not. */
static const struct kc_change *advance(const struct kc_change *v, size_t n, size_t *i, const char *path)
{
    while (*i < n && strcmp(v[*i].path, path) < 0)
        (*i)++;
    return *i < n && KC_STREQ(v[*i].path, path) ? &v[*i] : NULL;
}

void kc_changes_mark_volatile(struct kc_change *first, size_t n_first, const struct kc_change *second, size_t n_second,
                              const struct kc_set_field *sets, size_t n_sets)
{
    size_t at = 0;
    for (size_t i = 0; i < n_first; i++) {
        const struct kc_change *same = advance(second, n_second, &at, first[i].path);
        if ((!same || !KC_STREQ(same->to, first[i].to)) && !is_set(sets, n_sets, first[i].path))
            first[i].volatile_value = true;
    }
}

bool kc_changes_agree(const struct kc_change *expected, size_t n_expected, const struct kc_change *now, size_t n_now)
{
    size_t i = 0, j = 0;
    while (i < n_expected || j < n_now) {
        int order = i == n_expected ? 1 : j == n_now ? -1 : strcmp(expected[i].path, now[j].path);
        if (order > 0)
            return false; /* something that was not previewed */
        if (!expected[i].volatile_value &&
            (order < 0 || !KC_STREQ(expected[i].from, now[j].from) || !KC_STREQ(expected[i].to, now[j].to)))
            return false;
        i++;
        j += order == 0;
    }
    return true;
}
