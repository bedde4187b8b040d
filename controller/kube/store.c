#include "controller/kube/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/map.h"

/* One allocation: this header, then data (aligned for any type), then the three strings. */
struct record {
    struct kc_record pub;
    atomic_size_t refs;
    max_align_t bytes[];
};

struct kc_store {
    pthread_mutex_t lock;
    struct kc_map *records;
};

static struct record *record_of(const struct kc_record *r)
{
    return (struct record *)(uintptr_t)r;
}

static void *need(void *p)
{
    if (!p)
        abort();
    return p;
}

static char *append(char **at, const char *s, size_t size)
{
    char *copy = memcpy(*at, s, size);
    *at += size;
    return copy;
}

struct kc_record *kc_record_create(const char *key, const char *uid, const char *resource_version, const void *data,
                                   size_t size)
{
    size_t key_size = strlen(key) + 1, uid_size = strlen(uid) + 1, rv_size = strlen(resource_version) + 1;
    struct record *r = need(malloc(sizeof(*r) + size + key_size + uid_size + rv_size));
    char *at = (char *)r->bytes;

    atomic_init(&r->refs, 1);
    r->pub.data = at;
    r->pub.size = size;
    if (size)
        memcpy(at, data, size);
    at += size;
    r->pub.key = append(&at, key, key_size);
    r->pub.uid = append(&at, uid, uid_size);
    r->pub.resource_version = append(&at, resource_version, rv_size);
    return &r->pub;
}

const struct kc_record *kc_record_ref(const struct kc_record *r)
{
    atomic_fetch_add_explicit(&record_of(r)->refs, 1, memory_order_relaxed);
    return r;
}

const struct kc_record *kc_record_unref(const struct kc_record *r)
{
    if (r && atomic_fetch_sub_explicit(&record_of(r)->refs, 1, memory_order_acq_rel) == 1)
        free(record_of(r));
    return NULL;
}

static void drop(void *r)
{
    kc_record_unref(r);
}

struct kc_store *kc_store_create(void)
{
    struct kc_store *s = need(calloc(1, sizeof(*s)));

    pthread_mutex_init(&s->lock, NULL);
    s->records = kc_map_create(drop);
    return s;
}

struct kc_store *kc_store_destroy(struct kc_store *s)
{
    if (!s)
        return NULL;
    kc_map_destroy(s->records);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

const struct kc_record *kc_store_get(struct kc_store *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    const struct kc_record *r = kc_map_get(s->records, key);
    if (r)
        kc_record_ref(r);
    pthread_mutex_unlock(&s->lock);
    return r;
}

size_t kc_store_count(struct kc_store *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = kc_map_count(s->records);
    pthread_mutex_unlock(&s->lock);
    return n;
}

void kc_store_put(struct kc_store *s, struct kc_record *r)
{
    pthread_mutex_lock(&s->lock);
    kc_map_put(s->records, r->key, r);
    pthread_mutex_unlock(&s->lock);
}

bool kc_store_remove(struct kc_store *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    bool was = kc_map_remove(s->records, key);
    pthread_mutex_unlock(&s->lock);
    return was;
}

const struct kc_record **kc_store_list(struct kc_store *s, size_t *ret_n)
{
    size_t n = 0, i = 0;
    const char *key;
    void *value;

    pthread_mutex_lock(&s->lock);
    const struct kc_record **list = need(calloc(kc_map_count(s->records) + 1, sizeof(void *)));
    while (kc_map_next(s->records, &i, &key, &value))
        list[n++] = kc_record_ref(value);
    pthread_mutex_unlock(&s->lock);
    *ret_n = n;
    return list;
}
