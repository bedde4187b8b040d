#include "controller/plan/names.h"

#include <stdint.h>
#include <string.h>

#include "controller/base/buf.h"

struct entry {
    const char *word;
    bool found, container;
    struct kc_namesakes of;
};

struct kc_names {
    struct entry *v; /* open addressing */
    size_t mask;
    uint64_t begins[65536 / 64]; /* first two bytes of the words, one bit each */
};

static unsigned beginning(const char *s)
{
    return (unsigned char)s[0] | (unsigned)(s[0] ? (unsigned char)s[1] : 0) << 8;
}

static struct entry *slot(const struct kc_names *n, const char *word)
{
    uint64_t h = 14695981039346656037U; /* FNV-1a; the words are at most KC_MAX_TOKENS, so nobody can make it slow */
    for (const char *p = word; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211U;
    size_t i = (size_t)(h ^ h >> 32) & n->mask;
    while (n->v[i].word && !KC_STREQ(n->v[i].word, word))
        i = (i + 1) & n->mask;
    return &n->v[i];
}

static bool runs(const struct kc_mapping *m)
{
    static const char *const kinds[] = {"Pod", "DaemonSet", "Job", "CronJob", "Node"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (KC_STREQ(m->kind, kinds[i]))
            return true;
    return m->scalable;
}

static void keep(struct kc_arena *a, struct kc_namesakes *s, const struct kc_object *o)
{
    if (!s->v)
        s->v = kc_arena_array(a, KC_MAX_KNOWN, sizeof *s->v);
    if (s->n < KC_MAX_KNOWN)
        s->v[s->n++] = o;
}

static void note(struct kc_arena *a, struct entry *e, const struct kc_object *o)
{
    const struct kc_mapping *m = o->mapping;
    keep(a, &e->of, o);
    bool node = KC_STREQ(m->kind, "Node");
    if (KC_STREQ(m->kind, "Namespace"))
        return;
    e->found = true;
    e->of.workload |= runs(m);
    e->of.scalable |= m->scalable;
    e->of.cronjob |= KC_STREQ(m->kind, "CronJob");
    e->of.node |= node;
    e->of.others |= !node;
    e->of.pod |= KC_STREQ(m->kind, "Pod");
    e->of.no_pod |= !KC_STREQ(m->kind, "Pod");
}

static void note_container(struct kc_names *n, const char *name, size_t len)
{
    char word[64];
    if (!len || len >= sizeof word)
        return;
    memcpy(word, name, len);
    word[len] = '\0';
    unsigned b = beginning(word);
    if (!(n->begins[b / 64] >> b % 64 & 1))
        return;
    struct entry *e = slot(n, word);
    e->container |= e->word != NULL;
}

static void note_containers(struct kc_names *n, const struct kc_object *o)
{
    for (size_t i = 0; i < o->n_containers; i++) {
        const char *image = o->containers[i].image, *slash = strrchr(image, '/');
        const char *last = slash ? slash + 1 : image;
        note_container(n, o->containers[i].name, strlen(o->containers[i].name));
        note_container(n, last, strcspn(last, ":@"));
    }
}

const char *kc_names_join(struct kc_arena *a, const struct kc_tokens *t, size_t i, size_t n)
{
    KC_BUF_SCOPE out = {0};
    for (size_t k = 0; k < n; k++) {
        const struct kc_token *word = i + k < t->n ? &t->v[i + k] : NULL;
        if (!word || word->mark != KC_MARK_WORD || (k && word->quoted) || (k + 1 < n && word->possessive))
            return NULL;
        kc_buf_printf(&out, "%s%s", k ? "-" : "", word->text);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

struct kc_names *kc_names_create(struct kc_arena *a, const struct kc_strs *words, const struct kc_inventory *inv)
{
    struct kc_names *n = kc_arena_alloc(a, sizeof *n);
    size_t cap = 64;
    while (cap < 2 * words->n)
        cap *= 2;
    n->v = kc_arena_array(a, cap, sizeof *n->v);
    n->mask = cap - 1;
    for (size_t i = 0; i < words->n; i++) {
        unsigned b = beginning(words->v[i]);
        slot(n, words->v[i])->word = words->v[i];
        n->begins[b / 64] |= UINT64_C(1) << b % 64;
    }
    for (size_t i = 0; i < inv->n; i++) {
        unsigned b = beginning(inv->v[i].name);
        if (!*inv->v[i].owner_name)
            note_containers(n, &inv->v[i]);
        if (!(n->begins[b / 64] >> b % 64 & 1))
            continue;
        struct entry *e = slot(n, inv->v[i].name);
        if (e->word)
            note(a, e, &inv->v[i]);
    }
    return n;
}

bool kc_names_has_container(const struct kc_names *n, const char *word)
{
    return slot(n, word)->container;
}

const struct kc_namesakes *kc_names_find(const struct kc_names *n, const char *word)
{
    const struct entry *e = slot(n, word);
    return e->found ? &e->of : NULL;
}
