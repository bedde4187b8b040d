/* text: checks on strings that people and clusters hand us. Pure; nothing allocates unless an arena is given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "controller/base/arena.h"

#define KC_STREQ(a, b) (strcmp((a), (b)) == 0)

struct kc_strs {
    const char **v;
    size_t n;
};
struct kc_label {
    const char *key, *value;
};
bool kc_strs_has(const struct kc_strs *s, const char *what);
/* Appends what is in more and not in s yet; s->v is made anew in the arena. */
void kc_strs_unite(struct kc_arena *a, struct kc_strs *s, const struct kc_strs *more);
bool kc_str_starts(const char *s, const char *prefix);
bool kc_str_ends(const char *s, const char *suffix);
static inline const char *kc_or(const char *s, const char *otherwise)
{
    return s && *s ? s : otherwise;
}

/* True when all of s is valid UTF-8 (RFC 3629: no overlong forms, no surrogates). Else *ret_at (may be NULL) is the
 * offset of the first wrong byte. */
bool kc_utf8_valid(const char *s, size_t len, size_t *ret_at);
/* Reads one code point. Returns its length in bytes, 0 when s does not begin with a valid sequence. */
size_t kc_utf8_decode(const char *s, size_t len, uint32_t *ret);
/* Number of code points of valid UTF-8. */
size_t kc_utf8_count(const char *s, size_t len);

/* Looks for characters that make a text read other than it is: control characters (C0 but \t and \n, DEL, C1), line and
 * paragraph separators, bidi controls, zero-width and invisible ones: all that Unicode calls
 * Default_Ignorable_Code_Point but the variation selectors U+FE00..FE0F, which emoji need. Returns the code point and
 * its offset, or 0: none. NUL and bytes that are not valid UTF-8 count too, as U+FFFD. */
uint32_t kc_text_deceptive(const char *s, size_t len, size_t *ret_at);

/* RFC 1123 label (1-63) and subdomain (1-253), as apimachinery's validation has them. */
bool kc_dns_label_valid(const char *s);
bool kc_dns_subdomain_valid(const char *s);

/* Whole string as a decimal integer within [min, max]; no sign but '-', no leading '+', no spaces. */
KC_CHECK bool kc_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret);

/* Damerau-Levenshtein distance of ASCII strings, at most limit+1 is computed; for "did you mean". */
size_t kc_edit_distance(const char *a, const char *b, size_t limit);
