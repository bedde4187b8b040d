#include "controller/plan/vocabulary.h"

#include <string.h>

#include "controller/base/text.h"

static const struct kc_words *const tables[] = {&kc_words_wishes, &kc_words_things, &kc_words_grammar};
#define TABLES (sizeof tables / sizeof *tables)

/* The next entry of a row's list; its length is 0 at the end. */
static const char *next_entry(const char *list, size_t *ret_len)
{
    list += strspn(list, ", ");
    *ret_len = strcspn(list, ",");
    return list;
}

/* How many of the given words the entry takes, 0: it does not match. */
static size_t matches(const char *entry, size_t len, const char *const *given, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t word = strlen(given[i]);
        if (!word || word > len || strncmp(entry, given[i], word) != 0 || (word < len && entry[word] != ' '))
            return 0;
        if (word == len)
            return i + 1;
        entry += word + 1;
        len -= word + 1;
    }
    return 0;
}

static const struct kc_word *find_in(const struct kc_words *table, enum kc_part part, const char *const *given,
                                     size_t n, size_t *best_n)
{
    const struct kc_word *best = NULL;
    size_t len;
    for (size_t i = 0; i < table->n; i++) {
        const struct kc_word *row = &table->rows[i];
        if (part != KC_W_PARTS && row->part != part)
            continue;
        for (const char *p = next_entry(row->words, &len); len; p = next_entry(p + len, &len)) {
            size_t taken = *p == **given ? matches(p, len, given, n) : 0;
            if (taken > *best_n) {
                *best_n = taken;
                best = row;
            }
        }
    }
    return best;
}

const struct kc_word *kc_vocabulary_find_part(enum kc_part part, const char *const *given, size_t n, size_t *ret_n)
{
    const struct kc_word *best = NULL;
    *ret_n = 0;
    for (size_t t = 0; n && t < TABLES; t++) {
        const struct kc_word *w = find_in(tables[t], part, given, n, ret_n);
        best = w ? w : best;
    }
    return best;
}

const struct kc_word *kc_vocabulary_find(const char *const *given, size_t n, size_t *ret_n)
{
    static const struct kc_word negated = {.part = KC_W_NOT, .words = "n't"};
    const struct kc_word *best = kc_vocabulary_find_part(KC_W_PARTS, given, n, ret_n);
    if (!best && n && kc_str_ends(given[0], "n't")) {
        *ret_n = 1;
        best = &negated;
    }
    return best;
}

bool kc_vocabulary_has(const struct kc_word *row, const char *word)
{
    size_t len;
    for (const char *p = next_entry(row->words, &len); len; p = next_entry(p + len, &len))
        if (strlen(word) == len && strncmp(p, word, len) == 0)
            return true;
    return false;
}

/* Words for looking: a slip in one of them does no harm. */
static bool looks(const struct kc_word *row)
{
    const uint64_t read = KC_H_LOGS | KC_H_EVENTS | KC_H_USAGE | KC_H_HISTORY | KC_H_DETAILS | KC_H_STATUS;
    return (row->part == KC_W_VERB && row->want >= KC_WANT_SHOW) || (row->part == KC_W_NOUN && row->hints & read);
}

/* One letter for another makes another word ("point", "print"); two swapped are a slip. */
static bool is_other_word(const char *a, const char *b)
{
    size_t differ = 0;
    for (; *a; a++, b++)
        differ += *a != *b;
    return differ == 1;
}

const struct kc_word *kc_vocabulary_near(const char *word)
{
    const struct kc_word *found = NULL;
    char entry[32];
    size_t len, n = strlen(word);
    if (n < 4)
        return NULL;
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t]->n; i++) {
            const struct kc_word *row = &tables[t]->rows[i];
            for (const char *p = next_entry(row->words, &len); len; p = next_entry(p + len, &len)) {
                if (*p != *word || len >= sizeof entry || len + 1 < n || n + 1 < len || memchr(p, ' ', len))
                    continue;
                memcpy(entry, p, len);
                entry[len] = '\0';
                if (kc_edit_distance(word, entry, 1) > 1 || (len == n && is_other_word(word, entry)))
                    continue;
                if (!looks(row) || (found && found != row))
                    return NULL;
                found = row;
            }
        }
    return found;
}

/* word is base with ending, the last letter doubled ("stopped") or an e dropped ("deleting"). */
static bool is_form(const char *word, const char *base, size_t len, const char *ending)
{
    size_t w = strlen(word), e = strlen(ending), stem = w - e;
    if (w <= e || !kc_str_ends(word, ending))
        return false;
    if (stem == len || stem == len + 1)
        return strncmp(word, base, len) == 0 && (stem == len || word[len] == base[len - 1]);
    return stem + 1 == len && base[len - 1] == 'e' && strncmp(word, base, stem) == 0;
}

const struct kc_word *kc_vocabulary_form(const char *word, enum kc_part part)
{
    static const char *const endings[] = {"s", "es", "ed", "d", "ing", "ion"};
    size_t len;
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t]->n; i++) {
            const struct kc_word *row = &tables[t]->rows[i];
            if (row->part != part)
                continue;
            for (const char *p = next_entry(row->words, &len); len; p = next_entry(p + len, &len))
                for (size_t e = 0; *p == *word && e < sizeof endings / sizeof *endings; e++)
                    if (is_form(word, p, len, endings[e]))
                        return row;
        }
    return NULL;
}
