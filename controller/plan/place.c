/* Where: the namespaces that the words speak of. */
#include <string.h>

#include "controller/plan/reading.h"

static enum kc_part part_at(const struct kc_reading *r, size_t i)
{
    return kc_reading_part(r, i);
}

static bool is_mark(enum kc_part p)
{
    return p == KC_W_STOP || p == KC_W_COMMA || p == KC_W_QUERY || p == KC_W_EQUALS;
}

static size_t skip(const struct kc_reading *r, size_t i, enum kc_part part)
{
    return i + (part_at(r, i) == part);
}

static bool is_ours(const struct kc_reading *r, size_t i)
{
    return i < r->words.n && !is_mark(r->words.v[i].part) && kc_strs_has(&r->in->namespaces, r->words.v[i].text);
}

/* "delete namespace staging", "describe the shop namespace": the object, not a place. */
static bool is_object(const struct kc_reading *r, size_t i)
{
    while (i > 0 && part_at(r, i - 1) == KC_W_ARTICLE)
        i--;
    const struct kc_lexeme *l = kc_reading_at(r, i ? i - 1 : r->words.n);
    return l->part == KC_W_VERB && (l->word->want == KC_WANT_DELETE || l->word->want == KC_WANT_DESCRIBE ||
                                    l->word->want == KC_WANT_LABEL || l->word->want == KC_WANT_ANNOTATE);
}

/* A place said from i on: *ret_name is the word that names it. Returns how many words it takes, 0: none is said. */
static size_t place_at(const struct kc_reading *r, size_t i, size_t *ret_name)
{
    size_t at = i;
    enum kc_part first = part_at(r, i);
    if (first == KC_W_NAMESPACE_FLAG) {
        *ret_name = skip(r, i + 1, KC_W_EQUALS);
        return is_mark(part_at(r, *ret_name)) ? 0 : *ret_name + 1 - i;
    }
    bool in = first == KC_W_IN, from = first == KC_W_FROM;
    at = skip(r, in || from ? i + 1 : i, KC_W_ARTICLE);
    if (part_at(r, at) == KC_W_NAMESPACE && !is_mark(part_at(r, at + 1)) && (in || is_ours(r, at + 1))) {
        *ret_name = skip(r, at + 1, KC_W_NAMED); /* "namespace called shop" */
        return *ret_name + 1 - i;
    }
    *ret_name = at;
    if (part_at(r, at + 1) == KC_W_NAMESPACE && !is_mark(part_at(r, at)) && (in || is_ours(r, at)))
        return at + 2 - i;
    if ((in || part_at(r, at) == KC_W_UNKNOWN) && is_ours(r, at))
        return at + 1 - i; /* "in staging", "pods staging" */
    return 0;
}

void kc_reading_ask_place(struct kc_reading *r, size_t at, size_t end, const char *ns)
{
    kc_answer_ask(
        r->a, r->ret,
        "\"%s\": namespace \"%s\" is not one of this request's (spec.context.namespaces: %s): add it there to work in "
        "it, or say it otherwise",
        kc_reading_quote(r, at, end), ns, kc_words_join(r->a, &r->in->namespaces, 8));
}

void kc_reading_places(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n && !kc_reading_done(r); i++) {
        size_t name = 0, n = place_at(r, i, &name);
        if (!n || name >= r->words.n)
            continue;
        const struct kc_lexeme *first = &r->words.v[i], *last = &r->words.v[i + n - 1];
        const char *ns = r->words.v[name].text;
        struct kc_lexeme place = {
            .part = KC_W_PLACE, .text = ns, .name = {.ns = ns}, .at = first->at, .end = last->end};
        if (first->part != KC_W_IN && first->part != KC_W_FROM && first->part != KC_W_NAMESPACE_FLAG &&
            is_object(r, i)) {
            place.part = KC_W_NAME;
            place.name =
                (struct kc_mention){.name = ns, .type = kc_restmap_find(r->in->inventory->restmap, "namespaces")};
        }
        if (place.part == KC_W_PLACE && !kc_strs_has(&r->in->namespaces, ns))
            kc_reading_ask_place(r, place.at, place.end, ns);
        kc_reading_cut(r, i + 1, n - 1);
        r->words.v[i] = place;
    }
}
