#include "controller/base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/digest.h"

struct entry {
    char *key; /* NULL: free */
    void *value;
    uint64_t hash;
};

struct kc_map {
    void (*free_value)(void *);
    struct entry *entries;
    size_t cap; /* a power of two; 0 until the first put */
    size_t count;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t seed;

static void draw_seed(void)
{
    kc_random(&seed, sizeof seed);
}

static uint64_t hash_of(const char *key)
{
    uint64_t h = seed;
    for (const unsigned char *p = (const unsigned char *)key; *p; p++)
        h = (h ^ *p) * UINT64_C(1099511628211);
    /* FNV's low bits depend on the low bits of the bytes alone; the index must depend on all. */
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* The place of key, or the free one where it would go. cap > count holds always. */
static size_t find(const struct kc_map *m, const char *key, uint64_t hash)
{
    size_t i = hash & (m->cap - 1);
    while (m->entries[i].key && (m->entries[i].hash != hash || strcmp(m->entries[i].key, key) != 0))
        i = (i + 1) & (m->cap - 1);
    return i;
}

static struct entry *lookup(const struct kc_map *m, const char *key)
{
    if (!m->count)
        return NULL;
    struct entry *e = &m->entries[find(m, key, hash_of(key))];
    return e->key ? e : NULL;
}

static void grow(struct kc_map *m)
{
    struct kc_map bigger = {.cap = m->cap ? m->cap * 2 : 16};
    bigger.entries = calloc(bigger.cap, sizeof *bigger.entries);
    if (!bigger.entries)
        abort();
    for (size_t i = 0; i < m->cap; i++)
        if (m->entries[i].key)
            bigger.entries[find(&bigger, m->entries[i].key, m->entries[i].hash)] = m->entries[i];
    free(m->entries);
    m->entries = bigger.entries;
    m->cap = bigger.cap;
}

struct kc_map *kc_map_create(void (*free_value)(void *))
{
    (void)pthread_once(&once, draw_seed);
    struct kc_map *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->free_value = free_value;
    return m;
}

struct kc_map *kc_map_destroy(struct kc_map *m)
{
    if (!m)
        return NULL;
    for (size_t i = 0; i < m->cap; i++) {
        if (!m->entries[i].key)
            continue;
        if (m->free_value)
            m->free_value(m->entries[i].value);
        free(m->entries[i].key);
    }
    free(m->entries);
    free(m);
    return NULL;
}

size_t kc_map_count(const struct kc_map *m)
{
    return m->count;
}

void *kc_map_get(const struct kc_map *m, const char *key)
{
    const struct entry *e = lookup(m, key);
    return e ? e->value : NULL;
}

void kc_map_put(struct kc_map *m, const char *key, void *value)
{
    struct entry *old = lookup(m, key);
    if (old) {
        void *was = old->value;
        old->value = value;
        if (m->free_value && was != value)
            m->free_value(was);
        return;
    }
    if ((m->count + 1) * 4 > m->cap * 3)
        grow(m);
    uint64_t hash = hash_of(key);
    struct entry *e = &m->entries[find(m, key, hash)];
    *e = (struct entry){.key = strdup(key), .value = value, .hash = hash};
    if (!e->key)
        abort();
    m->count++;
}

void *kc_map_take(struct kc_map *m, const char *key)
{
    struct entry *e = lookup(m, key);
    if (!e)
        return NULL;
    void *value = e->value;
    free(e->key);
    m->count--;
    /* Entries that were pushed past the hole move back, so that no search stops short. */
    size_t mask = m->cap - 1, hole = (size_t)(e - m->entries);
    for (size_t i = (hole + 1) & mask; m->entries[i].key; i = (i + 1) & mask) {
        size_t home = m->entries[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        m->entries[hole] = m->entries[i];
        hole = i;
    }
    m->entries[hole] = (struct entry){0};
    return value;
}

bool kc_map_remove(struct kc_map *m, const char *key)
{
    void *value = kc_map_take(m, key);
    if (value && m->free_value)
        m->free_value(value);
    return value != NULL;
}

bool kc_map_next(const struct kc_map *m, size_t *i, const char **key, void **value)
{
    for (; *i < m->cap; (*i)++) {
        const struct entry *e = &m->entries[*i];
        if (!e->key)
            continue;
        *key = e->key;
        *value = e->value;
        (*i)++;
        return true;
    }
    return false;
}
