/* Labels, annotations, variables: "team=payments", "the team label to payments", "LOG_LEVEL to debug", "the label team"
 * of something that is to be taken away; and what objects are chosen by: "with app=web", "-l app=web".
 */
#include <ctype.h>
#include <string.h>

#include "controller/plan/reading.h"

#define KEYED (KC_H_LABEL | KC_H_ANNOTATION | KC_H_ENV)

static enum kc_part part(const struct kc_reading *r, size_t i)
{
    return kc_reading_part(r, i);
}

static bool is_mark(enum kc_part p)
{
    return p == KC_W_STOP || p == KC_W_COMMA || p == KC_W_QUERY || p == KC_W_EQUALS;
}

/* A word that a key or value may be, whatever it means elsewhere. */
static bool is_word(const struct kc_reading *r, size_t i)
{
    enum kc_part p = part(r, i);
    return i < r->words.n && !is_mark(p) && p != KC_W_SLOT && p != KC_W_PLACE && p != KC_W_AND;
}

/* A word that may be a key without anything that says so. */
static bool is_free(const struct kc_reading *r, size_t i)
{
    static const uint64_t bound = UINT64_C(1) << KC_W_ARTICLE | UINT64_C(1) << KC_W_LINK | UINT64_C(1) << KC_W_FROM |
                                  UINT64_C(1) << KC_W_FOR | UINT64_C(1) << KC_W_TO | UINT64_C(1) << KC_W_IN |
                                  UINT64_C(1) << KC_W_VERB | UINT64_C(1) << KC_W_NAMED | UINT64_C(1) << KC_W_PLEASE |
                                  UINT64_C(1) << KC_W_ALL | UINT64_C(1) << KC_W_FILLER | UINT64_C(1) << KC_W_PRONOUN |
                                  UINT64_C(1) << KC_W_LAST | UINT64_C(1) << KC_W_NOUN | UINT64_C(1) << KC_W_PARTICIPLE |
                                  UINT64_C(1) << KC_W_QUESTION | UINT64_C(1) << KC_W_BE | UINT64_C(1) << KC_W_PERSON;
    return is_word(r, i) && !(bound >> part(r, i) & 1);
}

/* LOG_LEVEL, DEBUG: as variables are written. */
static bool looks_like_variable(const char *s)
{
    bool upper = false;
    for (; *s; s++) {
        if (!isupper((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
            return false;
        upper |= isupper((unsigned char)*s) != 0;
    }
    return upper;
}

static bool is_keyed_noun(const struct kc_lexeme *l)
{
    return (l->part == KC_W_NOUN && l->word->hints & KEYED) != 0;
}

/* Where "=" stands at i, written without spaces: the value goes on until white space. */
static size_t read_equals(const struct kc_reading *r, size_t i)
{
    if (part(r, i + 1) != KC_W_EQUALS || !kc_reading_touches(r, i + 1) || r->in->prompt[r->words.v[i + 1].at] != '=')
        return 0;
    size_t at = i + 2;
    if (!is_word(r, at) || r->words.v[at].at - r->words.v[i + 1].end > 1) /* a quote may stand between */
        return 0;
    for (at++; at < r->words.n && kc_reading_touches(r, at) && part(r, at) != KC_W_COMMA && part(r, at) != KC_W_STOP;
         at++)
        ;
    return at - i;
}

/* "replicas=3", "--replicas=3", "memory=512Mi": words of ours with their value, not a pair. */
static bool is_own_word(const struct kc_lexeme *l)
{
    static const uint64_t ours = KC_H_MEMORY | KC_H_CPU | KC_H_IMAGE | KC_H_LIMIT | KC_H_REQUEST | KC_H_REVISION;
    return l->raw[0] == '-' || l->part == KC_W_POD || l->part == KC_W_NAMESPACE || l->part == KC_W_TO ||
           (l->part == KC_W_NOUN && l->word->hints & ours);
}

static const char *join(struct kc_reading *r, const struct kc_lexeme *key, const struct kc_lexeme *value,
                        const char *end)
{
    return kc_arena_printf(r->a, "%s=%.*s", key->raw, (int)(end - (r->in->prompt + value->at)),
                           r->in->prompt + value->at);
}

static const char *end_of(const struct kc_reading *r, const struct kc_lexeme *l)
{
    return r->in->prompt + l->end;
}

/* "team=payments", with "-l" or "labelled" in front: a selector. */
static size_t read_pair(struct kc_reading *r, size_t i)
{
    size_t n = read_equals(r, i);
    if (!n || is_own_word(kc_reading_at(r, i)))
        return 0;
    const struct kc_lexeme *key = kc_reading_at(r, i), *value = kc_reading_at(r, i + 2);
    const char *text = join(r, key, value, end_of(r, kc_reading_at(r, i + n - 1)));
    /* "pods with app=web", "pods with label app=web" choose; "label web with team=a", "mark web with label team=a" do
     * not. */
    bool sets = kc_reading_wants(r, i, KC_WANT_LABEL) || kc_reading_wants(r, i, KC_WANT_ANNOTATE) ||
                kc_reading_wants(r, i, KC_WANT_SET) || kc_reading_wants(r, i, KC_WANT_ADD) ||
                kc_reading_wants(r, i, KC_WANT_CREATE);
    const struct kc_lexeme *lead = kc_reading_at(r, i ? i - 1 : r->words.n);
    bool selects = lead->part == KC_W_SELECTOR && !(lead->word->hints && sets);
    bool with = KC_STREQ(lead->text, "with") && lead->part == KC_W_LINK && !sets && !kc_reading_hints(r, i, KEYED);
    if (lead->part == KC_W_SELECTOR && !selects)
        r->words.v[i - 1].part = KC_W_NOUN;
    size_t from = selects || with ? i - 1 : i;
    kc_reading_fill(r, from, n + i - from, selects || with ? KC_SLOT_SELECTOR : KC_SLOT_PAIR, text);
    return from + 1;
}

static bool is_to(const struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    return l->part == KC_W_TO || l->part == KC_W_EQUALS || (l->part == KC_W_FILLER && kc_str_starts(l->raw, "with"));
}

/* The key of "the label team" and "the team label": beside the noun at i. */
static size_t key_beside(const struct kc_reading *r, size_t i)
{
    size_t after = i + 1 + (part(r, i + 1) == KC_W_NAMED);
    bool alone =
        part(r, after + 1) == KC_W_FROM || part(r, after + 1) == KC_W_DIRECTION || part(r, after + 1) == KC_W_LINK;
    if (is_word(r, after) && (is_to(r, after + 1) || (is_free(r, after) && part(r, after) != KC_W_NAME) ||
                              (alone && (part(r, after) == KC_W_FILLER || part(r, after) == KC_W_NOUN))))
        return after;
    /* "the team label", "the DEBUG variable" */
    bool filler = i > 1 && part(r, i - 2) == KC_W_ARTICLE &&
                  (part(r, i - 1) == KC_W_FILLER ||
                   (part(r, i - 1) == KC_W_VERB && looks_like_variable(kc_reading_at(r, i - 1)->raw)));
    return i > 0 && (filler || is_free(r, i - 1)) && part(r, i - 1) != KC_W_NUMBER ? i - 1 : 0;
}

/* "to payments" behind the key, perhaps after "of web". */
static size_t value_behind(const struct kc_reading *r, size_t i)
{
    for (size_t steps = 0; steps < 10 && i < r->words.n; i++, steps++) {
        if (is_to(r, i) && part(r, i + 1) == KC_W_BE)
            continue; /* "to be set to debug" */
        if (is_to(r, i))
            return is_word(r, i + 1) ? i + 1 : 0;
        if (is_mark(part(r, i)) || part(r, i) == KC_W_AND || (part(r, i) == KC_W_VERB && part(r, i - 1) != KC_W_BE))
            return 0;
        bool owned = part(r, i - 1) == KC_W_LINK || part(r, i - 1) == KC_W_FOR || part(r, i - 1) == KC_W_IN ||
                     part(r, i - 1) == KC_W_ARTICLE || part(r, i - 1) == KC_W_KIND || part(r, i - 1) == KC_W_NOUN;
        if (part(r, i) == KC_W_NAME && !owned)
            return 0; /* "URGENT web to 5" */
    }
    return 0;
}

static bool takes_away(const struct kc_reading *r, size_t i)
{
    return kc_reading_wants(r, i, KC_WANT_REMOVE) || kc_reading_wants(r, i, KC_WANT_TAKE) ||
           kc_reading_wants(r, i, KC_WANT_DELETE) || kc_reading_wants(r, i, KC_WANT_UNSET);
}

/* "the team label of web to payments", "LOG_LEVEL to debug": the key becomes the pair, "to" and the value go. */
static bool read_spoken(struct kc_reading *r, size_t key, size_t from)
{
    size_t value = value_behind(r, from);
    if (!value)
        return false;
    const struct kc_lexeme *k = kc_reading_at(r, key), *v = kc_reading_at(r, value);
    const char *text = join(r, k, v, end_of(r, v));
    kc_reading_cut(r, value - 1, 2);
    kc_reading_fill(r, key, 1, KC_SLOT_PAIR, text);
    return true;
}

static bool read_keyed(struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    bool noun = is_keyed_noun(l),
         variable = looks_like_variable(l->raw) && strlen(l->raw) > 1 &&
                    (l->part == KC_W_UNKNOWN || (part(r, i ? i - 1 : r->words.n) == KC_W_VERB && l->part != KC_W_NAME));
    bool label_verb = l->part == KC_W_VERB && KC_STREQ(l->text, "unlabel");
    if (!noun && !variable && !label_verb)
        return false;
    size_t key = noun ? key_beside(r, i) : i;
    if (label_verb || (noun && !key) || part(r, key) == KC_W_SLOT)
        return false;
    if (read_spoken(r, key, key > i ? key + 1 : i + 1))
        return true;
    if (!takes_away(r, i))
        return false;
    kc_reading_fill(r, key, 1, KC_SLOT_KEY, kc_reading_at(r, key)->raw);
    return true;
}

void kc_reading_pairs(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n;) {
        size_t next = read_pair(r, i);
        i = next ? next : i + 1;
    }
    for (size_t i = 0; i < r->words.n; i++)
        (void)read_keyed(r, i);
}
