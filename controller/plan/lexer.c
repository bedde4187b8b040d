#include "controller/plan/lexer.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/map.h"

struct lexer {
    struct kc_arena *a;
    const struct kc_plan_input *in;
    const struct kc_tokens *tokens;
    struct kc_map *names; /* words of the prompt that are names: to one of the marks below */
    struct kc_lexemes out;
};

/* What the map holds: a word that is no name yet, a name, the name of an object that the verb applies to. */
static char no_name, some_name, fit_name;

/* One pass over the inventory, whatever the number of words. */
static void find_names(struct lexer *x, const struct kc_verb *verb)
{
    const struct kc_inventory *inv = x->in->inventory;
    for (size_t i = 0; i < x->tokens->n; i++) {
        const char *text = x->tokens->v[i].text;
        const char *name = strrchr(text, '/');
        if (*text)
            kc_map_put(x->names, text, &no_name);
        if (name && name[1])
            kc_map_put(x->names, name + 1, &no_name);
    }
    for (size_t i = 0; i < inv->n; i++) {
        const struct kc_object *o = &inv->v[i];
        /* What is in no namespace is no workload; a Namespace's name says where. */
        void *mark = *o->ns ? kc_map_get(x->names, o->name) : NULL;
        if (mark && mark != &fit_name)
            kc_map_put(x->names, o->name, verb->applies(o->mapping) ? &fit_name : &some_name);
    }
}

static bool is_name(const struct lexer *x, const char *text)
{
    void *mark = kc_map_get(x->names, text);
    return mark && mark != &no_name;
}

static enum kc_part last_part(const struct lexer *x)
{
    return x->out.n ? x->out.v[x->out.n - 1].part : KC_W_STOP;
}

static struct kc_lexeme *put(struct lexer *x, enum kc_part part, size_t first, size_t n)
{
    const struct kc_token *from = &x->tokens->v[first], *to = &x->tokens->v[first + n - 1];
    struct kc_lexeme *l = &x->out.v[x->out.n++];
    *l = (struct kc_lexeme){.part = part, .text = from->text, .at = from->at, .end = to->at + to->len};
    return l;
}

static size_t put_name(struct lexer *x, size_t i, struct kc_mention m)
{
    struct kc_lexeme *l = put(x, KC_W_NAME, i, 1);
    l->name = m;
    l->scalable = kc_map_get(x->names, m.name) == &fit_name;
    return 1;
}

/* TYPE/NAME, TYPE/NAMESPACE/NAME, NAMESPACE/NAME. */
static size_t read_path(struct lexer *x, size_t i)
{
    const char *text = x->tokens->v[i].text, *first = strchr(text, '/'), *last = strrchr(text, '/');
    if (!first || first == text || !last[1])
        return 0;
    struct kc_mention m = {.name = last + 1};
    const char *head = kc_arena_strndup(x->a, text, (size_t)(first - text));
    if (first != last)
        m.ns = kc_arena_strndup(x->a, first + 1, (size_t)(last - first - 1));
    m.type = kc_restmap_find(x->in->inventory->restmap, head);
    if (!m.type && first == last && kc_strs_has(&x->in->namespaces, head))
        m.ns = head;
    else if (!m.type && first == last && is_name(x, m.name))
        m.ns = head; /* not one of ours: asked about when it is resolved */
    else if (!m.type || strchr(kc_or(m.ns, ""), '/'))
        return 0;
    return put_name(x, i, m);
}

static bool has_letter(const char *s)
{
    for (; *s; s++)
        if (isalpha((unsigned char)*s))
            return true;
    return false;
}

/* A name that is also a word of the language is the word, but where only a name can stand. */
static bool name_goes_first(const struct lexer *x, const struct kc_token *t, const struct kc_word *w)
{
    enum kc_part before = last_part(x);
    if (!is_name(x, t->text))
        return false;
    if (t->quoted || before == KC_W_KIND)
        return true;
    if (w && w->part == KC_W_SUFFIX)
        return before != KC_W_NAME && before != KC_W_UNKNOWN;
    if (w && w->part == KC_W_OTHER)
        return before == KC_W_VERB || before == KC_W_LINK || before == KC_W_ARTICLE || before == KC_W_FOR;
    return false;
}

static size_t read_word(struct lexer *x, size_t i)
{
    const char *given[KC_PHRASE_WORDS];
    size_t n = 0, taken;
    while (n < KC_PHRASE_WORDS && i + n < x->tokens->n && x->tokens->v[i + n].mark == KC_MARK_WORD) {
        given[n] = x->tokens->v[i + n].text;
        n++;
    }
    const struct kc_word *w = kc_vocabulary_find(given, n, &taken);
    if (name_goes_first(x, &x->tokens->v[i], w))
        return put_name(x, i, (struct kc_mention){.name = given[0]});
    if (!w)
        return 0;
    put(x, w->part, i, taken)->word = w;
    return taken;
}

/* A type as it is said: by its plural, singular or kind. Of the short names only those of what the verb applies to are
 * common in speech; others ("no", "cs") are too much like words. */
static size_t read_kind(struct lexer *x, const struct kc_verb *verb, size_t i)
{
    const char *text = x->tokens->v[i].text;
    const struct kc_mapping *m = kc_restmap_find(x->in->inventory->restmap, text);
    if (!m || (kc_strs_has(&m->short_names, text) && !verb->applies(m)))
        return 0;
    struct kc_lexeme *l = put(x, KC_W_KIND, i, 1);
    l->kind = m;
    l->plural = KC_STREQ(text, m->resource);
    return 1;
}

/* "5pm", "17:00", "10m", "3-5": begins with a digit and is no number. */
static size_t read_clock_or_range(struct lexer *x, size_t i)
{
    static const char *const times[] = {"am", "pm", "h", "hr", "hrs", "m", "min", "mins", "s", "sec", "d", "w"};
    const char *text = x->tokens->v[i].text;
    size_t digits = strspn(text, "0123456789:.");
    const char *rest = text + digits;
    if (!digits || *text == ':' || *text == '.')
        return 0;
    bool time = memchr(text, ':', digits) != NULL;
    for (size_t t = 0; t < sizeof times / sizeof *times; t++)
        time |= KC_STREQ(rest, times[t]);
    if (time)
        put(x, KC_W_TIME, i, 1);
    else if (*rest == '-' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")])
        put(x, KC_W_BOUND, i, 1);
    else
        return 0;
    return 1;
}

static size_t read_mark(struct lexer *x, size_t i)
{
    static const enum kc_part parts[] = {[KC_MARK_COMMA] = KC_W_COMMA,
                                         [KC_MARK_STOP] = KC_W_STOP,
                                         [KC_MARK_QUERY] = KC_W_QUERY,
                                         [KC_MARK_EQUALS] = KC_W_EQUALS};
    put(x, parts[x->tokens->v[i].mark], i, 1);
    return 1;
}

/* "deploy", "sts": of a type that the verb applies to. */
static bool is_short_name(const struct lexer *x, const struct kc_verb *verb, const char *text)
{
    const struct kc_mapping *m = kc_restmap_find(x->in->inventory->restmap, text);
    return m && verb->applies(m) && kc_strs_has(&m->short_names, text);
}

static size_t read_one(struct lexer *x, const struct kc_verb *verb, size_t i)
{
    const struct kc_token *t = &x->tokens->v[i];
    struct kc_quantity q;
    size_t n;
    if (t->mark != KC_MARK_WORD)
        return read_mark(x, i);
    if ((n = read_path(x, i)))
        return n;
    if (strpbrk(t->text, "0123456789") && has_letter(t->text) && is_name(x, t->text))
        return put_name(x, i, (struct kc_mention){.name = t->text});
    if (!name_goes_first(x, t, NULL) && (n = kc_number_read(x->tokens, i, &q))) {
        put(x, KC_W_NUMBER, i, n)->quantity = q;
        return n;
    }
    /* "scale deploy web": what may be a verb is a type where a verb cannot stand. */
    enum kc_part before = last_part(x);
    if ((before == KC_W_VERB || before == KC_W_ARTICLE || before == KC_W_LINK || before == KC_W_POD) &&
        is_short_name(x, verb, t->text) && (n = read_kind(x, verb, i)))
        return n;
    if ((n = read_word(x, i)))
        return n;
    if (is_name(x, t->text))
        return put_name(x, i, (struct kc_mention){.name = t->text});
    if ((n = read_kind(x, verb, i)) || (n = read_clock_or_range(x, i)))
        return n;
    const struct kc_word *form = kc_vocabulary_form(t->text, KC_W_OTHER);
    struct kc_lexeme *l = put(x, form ? KC_W_OTHER : KC_W_UNKNOWN, i, 1);
    l->word = form;
    l->name.name = t->text;
    return 1;
}

void kc_lexemes_read(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_verb *verb,
                     const struct kc_tokens *tokens, struct kc_lexemes *ret)
{
    struct lexer x = {.a = a, .in = in, .tokens = tokens, .names = kc_map_create(NULL)};
    /* One more than tokens: a reader may look behind the last. */
    x.out.v = kc_arena_array(a, tokens->n + 1, sizeof *x.out.v);
    find_names(&x, verb);
    for (size_t i = 0; i < tokens->n;)
        i += read_one(&x, verb, i);
    (void)kc_map_destroy(x.names);
    x.out.v[x.out.n].part = KC_W_STOP;
    *ret = x.out;
}
