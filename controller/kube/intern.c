#include "controller/kube/intern.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"

struct entry {
    atomic_uint refs; /* reaches 0, and grows from there, under the lock only */
    uint32_t hash;
    char s[];
};

struct kc_intern {
    pthread_mutex_t lock;
    atomic_size_t refs;
    uint64_t seed; /* names are chosen by users: they cannot make it slow on purpose */
    struct entry **slots;
    size_t cap; /* a power of two */
    size_t count;
};

#define FIRST_CAP 64

static const char empty[] = "";

static void *need(void *p)
{
    if (!p)
        abort();
    return p;
}

struct kc_intern *kc_intern_create(void)
{
    struct kc_intern *t = need(calloc(1, sizeof(*t)));

    pthread_mutex_init(&t->lock, NULL);
    atomic_init(&t->refs, 1);
    kc_random(&t->seed, sizeof(t->seed));
    t->cap = FIRST_CAP;
    t->slots = need(calloc(t->cap, sizeof(*t->slots)));
    return t;
}

struct kc_intern *kc_intern_ref(struct kc_intern *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

struct kc_intern *kc_intern_unref(struct kc_intern *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return NULL;
    for (size_t i = 0; i < t->cap; i++)
        free(t->slots[i]);
    free(t->slots);
    pthread_mutex_destroy(&t->lock);
    free(t);
    return NULL;
}

/* FNV-1a, mixed so that the index depends on all bits. */
static uint32_t hash_of(const struct kc_intern *t, const char *s)
{
    uint64_t h = t->seed;

    for (const unsigned char *p = (const unsigned char *)s; *p; p++)
        h = (h ^ *p) * UINT64_C(1099511628211);
    h = (h ^ h >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 32);
}

/* The place of s, or the free one where it would go. */
static size_t find(const struct kc_intern *t, const char *s, uint32_t hash)
{
    size_t i = hash & (t->cap - 1);

    while (t->slots[i] && (t->slots[i]->hash != hash || strcmp(t->slots[i]->s, s) != 0))
        i = (i + 1) & (t->cap - 1);
    return i;
}

static void resize(struct kc_intern *t, size_t cap)
{
    struct entry **old = t->slots;
    size_t old_cap = t->cap;

    t->slots = need(calloc(cap, sizeof(*t->slots)));
    t->cap = cap;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i])
            t->slots[find(t, old[i]->s, old[i]->hash)] = old[i];
    free(old);
}

/* s with '?' for each byte that is no UTF-8; malloc'd. */
static char *cleaned(const char *s)
{
    char *clean = need(strdup(s));
    size_t len = strlen(s), at;

    while (!kc_utf8_valid(clean, len, &at))
        clean[at] = '?';
    return clean;
}

const char *kc_intern_get(struct kc_intern *t, const char *s)
{
    if (!s || !*s)
        return empty;
    uint32_t hash = hash_of(t, s);

    pthread_mutex_lock(&t->lock);
    size_t i = find(t, s, hash);
    struct entry *e = t->slots[i];
    if (e) {
        atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    } else if (!kc_utf8_valid(s, strlen(s), NULL)) { /* what is found has been looked at before */
        pthread_mutex_unlock(&t->lock);
        char *clean = cleaned(s);
        const char *kept = kc_intern_get(t, clean);
        free(clean);
        return kept;
    } else {
        size_t size = strlen(s) + 1;
        e = need(malloc(sizeof(*e) + size));
        atomic_init(&e->refs, 1);
        e->hash = hash;
        memcpy(e->s, s, size);
        t->slots[i] = e;
        if (++t->count * 4 > t->cap * 3)
            resize(t, t->cap * 2);
    }
    pthread_mutex_unlock(&t->lock);
    return e->s;
}

/* Entries that were pushed past the hole move back, so that no search stops short. */
static void close_hole(struct kc_intern *t, size_t hole)
{
    size_t mask = t->cap - 1;

    for (size_t i = (hole + 1) & mask; t->slots[i]; i = (i + 1) & mask) {
        size_t home = t->slots[i]->hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        t->slots[hole] = t->slots[i];
        hole = i;
    }
    t->slots[hole] = NULL;
}

static void drop(struct kc_intern *t, struct entry *e)
{
    pthread_mutex_lock(&t->lock);
    bool last = atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) == 1;
    if (last) {
        close_hole(t, find(t, e->s, e->hash));
        if (--t->count * 8 < t->cap && t->cap > FIRST_CAP)
            resize(t, t->cap / 2);
    }
    pthread_mutex_unlock(&t->lock);
    if (last)
        free(e);
}

void kc_intern_put(struct kc_intern *t, const char *s)
{
    if (s == empty)
        return;
    struct entry *e = (struct entry *)((uintptr_t)s - offsetof(struct entry, s));
    unsigned refs = atomic_load_explicit(&e->refs, memory_order_relaxed);

    while (refs > 1)
        if (atomic_compare_exchange_weak_explicit(&e->refs, &refs, refs - 1, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return;
    drop(t, e);
}

size_t kc_intern_count(struct kc_intern *t)
{
    pthread_mutex_lock(&t->lock);
    size_t n = t->count;
    pthread_mutex_unlock(&t->lock);
    return n;
}
