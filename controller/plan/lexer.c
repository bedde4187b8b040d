#include "controller/plan/lexer.h"

#include <ctype.h>
#include <string.h>

#include "controller/plan/measure.h"
#include "controller/plan/names.h"

#define MAX_KIND_WORDS 4 /* horizontal pod autoscaler */

struct lexer {
    struct kc_arena *a;
    const struct kc_plan_input *in;
    const struct kc_tokens *tokens;
    struct kc_names *names;
    struct kc_lexemes out;
};

static bool is_name(const struct lexer *x, const char *text)
{
    return kc_names_find(x->names, text) != NULL;
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
    l->raw = kc_arena_strndup(x->a, x->in->prompt + l->at, l->end - l->at);
    return l;
}

static size_t put_name(struct lexer *x, size_t i, struct kc_mention m)
{
    struct kc_lexeme *l = put(x, KC_W_NAME, i, 1);
    const struct kc_namesakes *named = kc_names_find(x->names, m.name);
    l->name = m;
    l->workload = named && named->workload;
    l->node = named && named->node && !named->others;
    l->cronjob = named && named->cronjob && !named->scalable;
    l->pod = named && named->pod && !named->no_pod;
    return 1;
}

/* "the product catalog": a name written with spaces, if no word of it is one by itself. */
static size_t read_spaced(struct lexer *x, size_t i)
{
    for (size_t n = KC_NAME_WORDS; n > 1; n--) {
        const char *joined = kc_names_join(x->a, x->tokens, i, n);
        bool parts = false;
        for (size_t k = 0; joined && k < n; k++)
            parts |= is_name(x, x->tokens->v[i + k].text);
        if (!joined || parts || !is_name(x, joined))
            continue;
        (void)put_name(x, i, (struct kc_mention){.name = joined});
        struct kc_lexeme *l = &x->out.v[x->out.n - 1];
        const struct kc_token *last = &x->tokens->v[i + n - 1];
        l->text = joined;
        l->end = last->at + last->len;
        l->raw = kc_arena_strndup(x->a, x->in->prompt + l->at, l->end - l->at);
        return n;
    }
    return 0;
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

/* "nginx:1.27", "ghcr.io/shop/web@sha256:...": a reference with a tag or digest, or a registry's path. */
static size_t read_image(struct lexer *x, size_t i)
{
    const char *text = x->tokens->v[i].text, *colon = strrchr(text, ':'), *slash = strrchr(text, '/');
    bool tagged = colon && colon != text && colon[1] && (!slash || slash < colon) && !strstr(text, "://");
    bool registry = slash && memchr(text, '.', (size_t)(strchr(text, '/') - text)) && slash[1];
    if (!isalnum((unsigned char)*text) || (!tagged && !registry) || strspn(text, "0123456789:") == strlen(text) ||
        text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-/:@")])
        return 0;
    put(x, KC_W_IMAGE, i, 1);
    return 1;
}

/* "2.3.2", "v7", "1.27-alpine", "latest" is a word. */
static size_t read_version(struct lexer *x, size_t i)
{
    const char *text = x->tokens->v[i].text, *s = text + (*text == 'v');
    size_t digits = strspn(s, "0123456789"), all = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_+");
    bool dotted = s[digits] == '.' && isdigit((unsigned char)s[digits + 1]);
    if (!digits || s[all] || s[all - 1] == '.' || s[all - 1] == '-' || (!dotted && s == text))
        return 0;
    put(x, KC_W_VERSION, i, 1);
    return 1;
}

static bool has_letter(const char *s)
{
    for (; *s; s++)
        if (isalpha((unsigned char)*s))
            return true;
    return false;
}

static const char *word_at(const struct lexer *x, size_t i)
{
    return i < x->tokens->n && x->tokens->v[i].mark == KC_MARK_WORD ? x->tokens->v[i].text : "";
}

#define AFTER(part) (UINT64_C(1) << (part))

/* A name that is also a word of the language is the word, but where only a name can stand: behind these. */
static uint64_t name_follows(enum kc_part part)
{
    switch (part) {
    case KC_W_OTHER:
    case KC_W_VERB:
    case KC_W_STATE:
    case KC_W_TIME:
    case KC_W_EVENT:
    case KC_W_VAGUE:
    case KC_W_LAST:
    case KC_W_PURPOSE_VERB:
        return AFTER(KC_W_VERB) | AFTER(KC_W_LINK) | AFTER(KC_W_ARTICLE) | AFTER(KC_W_FOR) | AFTER(KC_W_KIND);
    case KC_W_NOUN:
    case KC_W_LINES:
    case KC_W_CONTAINER:
    case KC_W_POD:
        return AFTER(KC_W_LINK) | AFTER(KC_W_FOR) | AFTER(KC_W_KIND);
    default:
        return 0;
    }
}

/* "the status deployment": its type follows, and no name that the type belongs to ("the status of deployment web"). */
static bool has_type_behind(const struct lexer *x, size_t i)
{
    const struct kc_mapping *m = kc_restmap_find(x->in->inventory->restmap, word_at(x, i + 1));
    return m && !KC_STREQ(word_at(x, i + 1), m->resource) && !is_name(x, word_at(x, i + 2)) &&
           (AFTER(KC_W_ARTICLE) | AFTER(KC_W_VERB)) & AFTER(last_part(x));
}

static bool name_goes_first(const struct lexer *x, size_t i, const struct kc_word *w)
{
    const struct kc_token *t = &x->tokens->v[i];
    enum kc_part before = last_part(x);
    if (!is_name(x, t->text))
        return false;
    if (t->quoted || before == KC_W_KIND)
        return true;
    if (w && w->part == KC_W_NOUN && has_type_behind(x, i))
        return true;
    if (w && w->part == KC_W_SUFFIX)
        return before != KC_W_NAME && before != KC_W_UNKNOWN;
    return w && (name_follows(w->part) & AFTER(before)) != 0;
}

/* Whether the clause has a verb already. */
static bool has_verb(const struct lexer *x)
{
    for (size_t i = x->out.n; i-- > 0;)
        switch (x->out.v[i].part) {
        case KC_W_VERB:
            return true;
        case KC_W_AND:
        case KC_W_COMMA:
        case KC_W_STOP:
        case KC_W_QUERY:
            return false;
        default:
            break;
        }
    return false;
}

static const struct kc_word *noun_about(uint64_t hints, const char *const *given, size_t n, size_t *taken)
{
    size_t i;
    const struct kc_word *noun = kc_vocabulary_find_part(KC_W_NOUN, given, n, &i);
    if (!noun || !(noun->hints & hints))
        return NULL;
    *taken = i;
    return noun;
}

/* "the restart", "a rollback": a noun, if the verb has one. */
static const struct kc_word *as_noun(const struct lexer *x, const char *const *given, size_t n, size_t *taken)
{
    const uint64_t behind = AFTER(KC_W_ARTICLE) | AFTER(KC_W_LAST) | AFTER(KC_W_LINK) | AFTER(KC_W_NOUN) |
                            AFTER(KC_W_VERB) | AFTER(KC_W_PRONOUN);
    const uint64_t between = AFTER(KC_W_FILLER) | AFTER(KC_W_UNKNOWN) | AFTER(KC_W_NAME) | AFTER(KC_W_SUFFIX);
    const uint64_t after_name = AFTER(KC_W_NAME) | AFTER(KC_W_KIND) | AFTER(KC_W_SUFFIX); /* "unpause web rollout" */
    enum kc_part before = last_part(x);
    bool described =
        x->out.n > 1 && x->out.v[x->out.n - 2].part == KC_W_ARTICLE && between & AFTER(before); /* "the team label" */
    size_t i;
    /* "memory request and limit" */
    bool listed = before == KC_W_AND && x->out.n > 1 && x->out.v[x->out.n - 2].part == KC_W_NOUN &&
                  x->out.v[x->out.n - 2].word->hints & (KC_H_LIMIT | KC_H_REQUEST);
    const char *next = n > 1 ? given[1] : "";
    /* "to tag v5.2", but "to tag web" */
    if (before == KC_W_TO && next[*next == 'v'] >= '0' && next[*next == 'v'] <= '9')
        return noun_about(KC_H_TAG, given, n, taken);
    /* "memory request to 256Mi and limit to 512Mi" */
    if (before == KC_W_AND && KC_STREQ(next, "to") && !listed)
        return noun_about(KC_H_LIMIT | KC_H_REQUEST, given, n, taken);
    if (!(behind & AFTER(before)) && !described && !listed && !(after_name & AFTER(before) && has_verb(x)))
        return NULL;
    const struct kc_word *noun = kc_vocabulary_find_part(KC_W_NOUN, given, n, &i);
    if (noun)
        *taken = i;
    return noun;
}

/* A single word between quotes is a name or a value, no word of the language. */
static bool stands_quoted(const struct lexer *x, size_t i)
{
    const struct kc_token *t = &x->tokens->v[i];
    char end = x->in->prompt[t->at + t->len];
    return t->quoted && (end == '"' || end == '`' || end == '\'');
}

static size_t put_filler(struct lexer *x, size_t i)
{
    static const struct kc_word nothing = {.part = KC_W_FILLER, .words = "once"};
    put(x, KC_W_FILLER, i, 1)->word = &nothing;
    return 1;
}

static size_t read_word(struct lexer *x, size_t i)
{
    const char *given[KC_PHRASE_WORDS];
    size_t n = 0, taken;
    while (n < KC_PHRASE_WORDS && *word_at(x, i + n)) {
        given[n] = word_at(x, i + n);
        n++;
    }
    if (stands_quoted(x, i))
        return 0; /* 'a namespace called "load"' */
    const struct kc_word *w = kc_vocabulary_find(given, n, &taken), *noun;
    if (name_goes_first(x, i, w))
        return put_name(x, i, (struct kc_mention){.name = given[0]});
    if (!w)
        return 0;
    if (KC_STREQ(given[0], "once") && n == 1)
        return put_filler(x, i); /* "run it once" */
    if (w->part == KC_W_VERB && (noun = as_noun(x, given, n, &taken)))
        w = noun;
    put(x, w->part, i, taken)->word = w;
    return taken;
}

/* A type whose first word means something else alone: "service account", "pod disruption budget". */
static size_t read_long_kind(struct lexer *x, size_t i)
{
    const char *text = word_at(x, i);
    const struct kc_mapping *m = NULL;
    size_t n = 0;
    for (size_t k = 1; k < MAX_KIND_WORDS && *word_at(x, i + k); k++) {
        text = kc_arena_printf(x->a, "%s%s", text, word_at(x, i + k));
        const struct kc_mapping *found = kc_restmap_find(x->in->inventory->restmap, text);
        if (found && !kc_strs_has(&found->short_names, text)) {
            m = found;
            n = k + 1;
        }
    }
    if (!m || is_name(x, word_at(x, i)))
        return 0;
    struct kc_lexeme *l = put(x, KC_W_KIND, i, n);
    l->kind = m;
    l->plural = kc_str_ends(word_at(x, i + n - 1), "s");
    return n;
}

/* A type as it is said: "deployments", "cronjob", "sts", and in two words "stateful set". */
static size_t read_kind(struct lexer *x, size_t i)
{
    const struct kc_restmap *map = x->in->inventory->restmap;
    const char *text = x->tokens->v[i].text;
    const struct kc_mapping *m = kc_restmap_find(map, text);
    size_t n = 1;
    if (!m && *word_at(x, i + 1)) {
        text = kc_arena_printf(x->a, "%s%s", text, word_at(x, i + 1));
        m = kc_restmap_find(map, text);
        n = 2;
    }
    if (!m)
        return 0;
    struct kc_lexeme *l = put(x, KC_W_KIND, i, n);
    l->kind = m;
    l->plural = KC_STREQ(text, m->resource);
    return n;
}

/* "5pm", "17:00", "3-5": begins with a digit and is no number. */
static size_t read_clock_or_range(struct lexer *x, size_t i)
{
    const char *text = x->tokens->v[i].text;
    size_t digits = strspn(text, "0123456789:.");
    const char *rest = text + digits;
    if (!digits || *text == ':' || *text == '.')
        return 0;
    if (memchr(text, ':', digits) || KC_STREQ(rest, "am") || KC_STREQ(rest, "pm"))
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

/* "scale deploy web": what may be a verb is a type where a verb cannot stand and a name follows. */
static size_t read_short_kind(struct lexer *x, size_t i)
{
    const uint64_t behind = AFTER(KC_W_VERB) | AFTER(KC_W_ARTICLE) | AFTER(KC_W_LINK) | AFTER(KC_W_POD) |
                            AFTER(KC_W_FOR) | AFTER(KC_W_FROM) | AFTER(KC_W_AND) | AFTER(KC_W_NOUN);
    const char *text = x->tokens->v[i].text;
    const struct kc_mapping *m = kc_restmap_find(x->in->inventory->restmap, text);
    if (!m || !kc_strs_has(&m->short_names, text) || !(behind & AFTER(last_part(x))) || !is_name(x, word_at(x, i + 1)))
        return 0;
    return read_kind(x, i);
}

static size_t read_quantity(struct lexer *x, size_t i)
{
    struct kc_measure measure;
    struct kc_quantity q;
    size_t n = kc_measure_read(x->a, x->in->prompt, x->tokens, i, &measure);
    if (n) {
        struct kc_lexeme *l = put(x, measure.part, i, n);
        l->text = measure.text;
        l->ms = measure.ms;
        return n;
    }
    if (!(n = kc_number_read(x->tokens, i, &q)))
        return 0;
    put(x, KC_W_NUMBER, i, n)->quantity = q;
    return n;
}

/* "restarting", "deleted": of a verb; or of something that cannot be done. */
static size_t read_form(struct lexer *x, size_t i)
{
    static const struct {
        enum kc_part of, part;
    } forms[] = {{KC_W_VERB, KC_W_PARTICIPLE}, {KC_W_OTHER, KC_W_OTHER}};
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        const struct kc_word *w = kc_vocabulary_form(x->tokens->v[i].text, forms[f].of);
        if (!w)
            continue;
        put(x, forms[f].part, i, 1)->word = w;
        return 1;
    }
    return 0;
}

static size_t read_name(struct lexer *x, size_t i)
{
    const char *text = x->tokens->v[i].text;
    return is_name(x, text) ? put_name(x, i, (struct kc_mention){.name = text}) : 0;
}

/* "nginx" of "web to nginx 1.27": a container, or the image of one. */
static size_t read_container(struct lexer *x, size_t i)
{
    if (!kc_names_has_container(x->names, x->tokens->v[i].text))
        return 0;
    put(x, KC_W_SLOT, i, 1)->slot = KC_SLOT_CONTAINER;
    return 1;
}

static size_t read_unknown(struct lexer *x, size_t i)
{
    const struct kc_word *near = x->tokens->v[i].quoted ? NULL : kc_vocabulary_near(x->tokens->v[i].text);
    struct kc_lexeme *l = put(x, near ? near->part : KC_W_UNKNOWN, i, 1);
    l->name.name = x->tokens->v[i].text;
    l->word = near;
    l->guessed = near != NULL;
    return 1;
}

/* In the order in which they count. */
static size_t (*const readers[])(struct lexer *x, size_t i) = {
    read_path, read_image, read_spaced, read_long_kind,      read_short_kind, read_quantity,  read_word,
    read_name, read_kind,  read_form,   read_clock_or_range, read_version,    read_container, read_unknown,
};

static size_t read_one(struct lexer *x, size_t i)
{
    const struct kc_token *t = &x->tokens->v[i];
    size_t n = 0;
    if (t->mark != KC_MARK_WORD)
        return read_mark(x, i);
    if ((strpbrk(t->text, "0123456789") && has_letter(t->text)) || name_goes_first(x, i, NULL))
        n = read_name(x, i);
    for (size_t r = 0; !n && r < sizeof readers / sizeof *readers; r++)
        n = readers[r](x, i);
    return n;
}

/* Every word that can be a name: whole, or what follows its last slash. */
static struct kc_strs names_in(struct kc_arena *a, const struct kc_tokens *t)
{
    struct kc_strs ret = {.v = kc_arena_array(a, (KC_NAME_WORDS + 1) * t->n + 1, sizeof *ret.v)};
    for (size_t i = 0; i < t->n; i++) {
        const char *text = t->v[i].text, *slash = strrchr(text, '/');
        if (*text)
            ret.v[ret.n++] = text;
        if (slash && slash[1])
            ret.v[ret.n++] = slash + 1;
        for (size_t n = 2; n <= KC_NAME_WORDS; n++) {
            const char *joined = kc_names_join(a, t, i, n);
            if (joined)
                ret.v[ret.n++] = joined;
        }
    }
    return ret;
}

void kc_lexemes_read(struct kc_arena *a, struct kc_plan_input *in, const struct kc_tokens *tokens,
                     struct kc_lexemes *ret)
{
    struct kc_strs words = names_in(a, tokens);
    struct kc_names *names = kc_names_create(a, &words, in->inventory);
    struct lexer x = {.a = a, .in = in, .tokens = tokens, .names = names};
    in->names = names;
    /* A reader may look behind the last, and "2-10" becomes two. */
    x.out.v = kc_arena_array(a, 2 * tokens->n + 1, sizeof *x.out.v);
    for (size_t i = 0; i < tokens->n;)
        i += read_one(&x, i);
    x.out.v[x.out.n] = (struct kc_lexeme){.part = KC_W_STOP, .text = "", .raw = ""};
    *ret = x.out;
}
