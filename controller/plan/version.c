/* Which version: revisions of a rollout ("revision 3", "the previous release") and versions of an image
 * ("basket 2.3.2", "nginx 1.27", "tag v7", "registry/x:y").
 */
#include <string.h>

#include "controller/plan/reading.h"

static enum kc_part part(const struct kc_reading *r, size_t i)
{
    return kc_reading_part(r, i);
}

static bool has_hint(const struct kc_lexeme *l, uint64_t hints)
{
    return l->part == KC_W_NOUN && l->word->hints & hints;
}

static bool is_whole(const struct kc_lexeme *l)
{
    return l->part == KC_W_NUMBER && l->quantity.unit == KC_UNIT_COUNT && !l->quantity.sign && l->quantity.den == 1;
}

/* A version as it is written: "2.3.2", "1.27", "v7". */
static bool is_version(const struct kc_lexeme *l)
{
    return l->part == KC_W_VERSION || (l->part == KC_W_NUMBER && l->quantity.unit == KC_UNIT_COUNT &&
                                       !l->quantity.sign && l->quantity.den > 1 && strchr(l->raw, '.'));
}

/* "scale web to 2.5" is a slip in a number, "bump web to 2.5" a version. */
static bool versions_wanted(const struct kc_reading *r, size_t i)
{
    static const enum kc_want wants[] = {KC_WANT_SET,  KC_WANT_BUMP, KC_WANT_SHIP,  KC_WANT_UPGRADE,
                                         KC_WANT_UNDO, KC_WANT_ROLL, KC_WANT_BRING, KC_WANT_RUN};
    for (size_t w = 0; w < sizeof wants / sizeof *wants; w++)
        if (kc_reading_wants(r, i, wants[w]))
            return true;
    return kc_reading_hints(r, i, KC_H_IMAGE | KC_H_TAG);
}

static size_t behind_small(const struct kc_reading *r, size_t i)
{
    while (part(r, i) == KC_W_TO || part(r, i) == KC_W_EQUALS)
        i++;
    return i;
}

/* "revision 3", "--to-revision=3" */
static bool read_revision(struct kc_reading *r, size_t i)
{
    size_t number = behind_small(r, i + 1);
    if (!has_hint(kc_reading_at(r, i), KC_H_REVISION) || !is_whole(kc_reading_at(r, number)))
        return false;
    const char *text = kc_arena_printf(r->a, "%lld", (long long)kc_reading_at(r, number)->quantity.num);
    kc_reading_fill(r, i, number + 1 - i, KC_SLOT_REVISION, text);
    return true;
}

/* "the previous version", "the last good release", "the version before" */
static bool read_previous(struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    size_t noun = i + 1;
    if (l->part != KC_W_LAST || (!(l->word->hints & KC_H_PREVIOUS) && !KC_STREQ(l->text, "last")))
        return false;
    static const char *const kinds[] = {"good", "known", "working", "stable", "one", "deployed", "healthy"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (KC_STREQ(kc_reading_at(r, noun)->text, kinds[k])) {
            noun++;
            k = (size_t)-1;
        }
    /* "the last billing release" */
    if (noun == i + 1 && part(r, noun) == KC_W_NAME &&
        has_hint(kc_reading_at(r, noun + 1), KC_H_TAG | KC_H_REVISION | KC_H_ROLLOUT)) {
        kc_reading_cut(r, noun + 1, 1);
        kc_reading_fill(r, i, 1, KC_SLOT_REVISION, "");
        return true;
    }
    bool one = noun > i + 1 && KC_STREQ(kc_reading_at(r, noun - 1)->text, "one");
    if (!one && !has_hint(kc_reading_at(r, noun), KC_H_TAG | KC_H_REVISION | KC_H_ROLLOUT | KC_H_IMAGE))
        return false;
    kc_reading_fill(r, i, noun + !one - i, KC_SLOT_REVISION, "");
    return true;
}

/* A version, or what follows the word for one: "tag canary", "version 7", "image tag to main-4f2a". */
static bool read_tag(struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    if (is_version(l) &&
        (l->part == KC_W_VERSION || (versions_wanted(r, i) && !kc_reading_hints(r, i, KC_H_MEMORY | KC_H_CPU)))) {
        kc_reading_fill(r, i, 1, KC_SLOT_VERSION, l->raw);
        return true;
    }
    size_t at = behind_small(r, i + 1);
    const struct kc_lexeme *value = kc_reading_at(r, at);
    bool fits = is_version(value) || is_whole(value) || (value->part == KC_W_UNKNOWN && at > i) ||
                (at > i + 1 && value->part == KC_W_LAST && KC_STREQ(value->text, "latest"));
    if (!has_hint(l, KC_H_TAG) || !fits)
        return false;
    kc_reading_fill(r, i, at + 1 - i, KC_SLOT_VERSION, value->raw);
    return true;
}

void kc_reading_versions(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, i);
        if (l->part == KC_W_IMAGE)
            kc_reading_fill(r, i, 1, KC_SLOT_IMAGE, l->raw);
        else if (!read_revision(r, i) && !read_previous(r, i))
            (void)read_tag(r, i);
    }
}
