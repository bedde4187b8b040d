#include "controller/kube/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One allocation: this header, then data (aligned for any type), then the three strings. */
struct record {
    struct kc_record pub;
    void (*release)(void *data);
    atomic_uint refs;
    unsigned list; /* the newest list that showed it; the writer's alone */
    max_align_t bytes[];
};

struct snapshot {
    struct kc_snapshot pub;
    atomic_uint refs; /* grows under the store's lock only */
    size_t cap;
    const struct kc_record *v[];
};

/* A namespace and what it holds. */
struct group {
    char *ns;
    struct snapshot *records;
};

struct kc_store {
    pthread_mutex_t lock;
    struct group *groups; /* sorted by ns */
    size_t n_groups, cap_groups;
    size_t count;
    unsigned list;
};

static struct record *record_of(const struct kc_record *r)
{
    return (struct record *)(uintptr_t)r;
}

static struct snapshot *snapshot_of(const struct kc_snapshot *s)
{
    return (struct snapshot *)(uintptr_t)s;
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

struct kc_record *kc_record_alloc(const char *key, const char *uid, const char *resource_version, size_t size,
                                  void (*release)(void *data), void **ret_data)
{
    size_t key_size = strlen(key) + 1, uid_size = strlen(uid) + 1, rv_size = strlen(resource_version) + 1;
    struct record *r = need(malloc(sizeof(*r) + size + key_size + uid_size + rv_size));
    char *at = (char *)r->bytes;

    *r = (struct record){.release = release};
    atomic_init(&r->refs, 1);
    r->pub.data = at;
    r->pub.size = size;
    memset(at, 0, size);
    at += size;
    r->pub.key = append(&at, key, key_size);
    r->pub.uid = append(&at, uid, uid_size);
    r->pub.resource_version = append(&at, resource_version, rv_size);
    const char *slash = strchr(r->pub.key, '/');
    r->pub.name = slash ? slash + 1 : r->pub.key;
    *ret_data = r->bytes;
    return &r->pub;
}

struct kc_record *kc_record_create(const char *key, const char *uid, const char *resource_version, const void *data,
                                   size_t size)
{
    void *copy;
    struct kc_record *r = kc_record_alloc(key, uid, resource_version, size, NULL, &copy);

    if (size)
        memcpy(copy, data, size);
    return r;
}

const struct kc_record *kc_record_ref(const struct kc_record *r)
{
    atomic_fetch_add_explicit(&record_of(r)->refs, 1, memory_order_relaxed);
    return r;
}

const struct kc_record *kc_record_unref(const struct kc_record *r)
{
    if (!r || atomic_fetch_sub_explicit(&record_of(r)->refs, 1, memory_order_acq_rel) != 1)
        return NULL;
    if (record_of(r)->release)
        record_of(r)->release(record_of(r)->bytes);
    free(record_of(r));
    return NULL;
}

/* An array with room for cap records that begins as a copy of old (NULL: empty), with references of its own. */
static struct snapshot *snapshot_new(const struct snapshot *old, size_t cap)
{
    struct snapshot *s = need(malloc(sizeof(*s) + cap * sizeof(s->v[0])));

    *s = (struct snapshot){.pub = {.v = s->v}, .cap = cap};
    atomic_init(&s->refs, 1);
    for (; old && s->pub.n < old->pub.n; s->pub.n++)
        s->v[s->pub.n] = kc_record_ref(old->v[s->pub.n]);
    return s;
}

const struct kc_snapshot *kc_snapshot_unref(const struct kc_snapshot *snapshot)
{
    struct snapshot *s = snapshot_of(snapshot);

    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return NULL;
    for (size_t i = 0; i < s->pub.n; i++)
        kc_record_unref(s->v[i]);
    free(s);
    return NULL;
}

/* The place of name, or the one where it would go: *ret_there tells which. */
static size_t place_of(const struct kc_snapshot *s, const char *name, bool *ret_there)
{
    size_t low = 0, high = s->n;

    *ret_there = false;
    /* A list comes sorted: then the place is behind the last one. */
    if (high && strcmp(s->v[high - 1]->name, name) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(s->v[middle]->name, name);
        if (order == 0) {
            *ret_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct kc_record *kc_snapshot_find(const struct kc_snapshot *s, const char *name)
{
    bool there;
    size_t i = place_of(s, name, &there);

    return there ? s->v[i] : NULL;
}

struct kc_store *kc_store_create(void)
{
    struct kc_store *s = need(calloc(1, sizeof(*s)));

    pthread_mutex_init(&s->lock, NULL);
    return s;
}

struct kc_store *kc_store_destroy(struct kc_store *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n_groups; i++) {
        kc_snapshot_unref(&s->groups[i].records->pub);
        free(s->groups[i].ns);
    }
    free(s->groups);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

/* The namespace's place, or the one where it would go. */
static size_t group_of(const struct kc_store *s, const char *ns, size_t ns_len, bool *ret_there)
{
    size_t low = 0, high = s->n_groups;

    *ret_there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = s->groups[middle].ns;
        int order = strncmp(other, ns, ns_len);
        if (order == 0 && other[ns_len] == '\0') {
            *ret_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct key {
    const char *ns, *name;
    size_t ns_len;
};

static struct key split(const char *key)
{
    const char *slash = strchr(key, '/');

    return slash ? (struct key){key, slash + 1, (size_t)(slash - key)} : (struct key){"", key, 0};
}

/* The record with that key; with the lock. */
static const struct kc_record *find(const struct kc_store *s, const char *key)
{
    struct key k = split(key);
    bool there;
    size_t g = group_of(s, k.ns, k.ns_len, &there);

    return there ? kc_snapshot_find(&s->groups[g].records->pub, k.name) : NULL;
}

const struct kc_record *kc_store_get(struct kc_store *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    const struct kc_record *r = find(s, key);
    if (r)
        kc_record_ref(r);
    pthread_mutex_unlock(&s->lock);
    return r;
}

size_t kc_store_count(struct kc_store *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->count;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static struct group *add_group(struct kc_store *s, size_t at, const struct key *k)
{
    if (s->n_groups == s->cap_groups) {
        s->cap_groups = s->cap_groups ? 2 * s->cap_groups : 8;
        s->groups = need(realloc(s->groups, s->cap_groups * sizeof(*s->groups)));
    }
    memmove(s->groups + at + 1, s->groups + at, (s->n_groups++ - at) * sizeof(*s->groups));
    s->groups[at] = (struct group){need(strndup(k->ns, k->ns_len)), snapshot_new(NULL, 4)};
    return &s->groups[at];
}

/* Makes the group's array ours alone, with room for one more. */
static struct snapshot *own(struct group *g)
{
    struct snapshot *s = g->records;
    size_t cap = s->pub.n < s->cap ? s->cap : 2 * s->cap;

    if (atomic_load_explicit(&s->refs, memory_order_acquire) == 1) {
        if (cap != s->cap) {
            s = g->records = need(realloc(s, sizeof(*s) + cap * sizeof(s->v[0])));
            s->pub.v = s->v;
            s->cap = cap;
        }
        return s;
    }
    g->records = snapshot_new(s, cap);
    kc_snapshot_unref(&s->pub);
    return g->records;
}

void kc_store_put(struct kc_store *s, struct kc_record *r)
{
    struct key k = split(r->key);
    const struct kc_record *old = NULL;
    bool there;

    record_of(r)->list = s->list;
    pthread_mutex_lock(&s->lock);
    size_t at = group_of(s, k.ns, k.ns_len, &there);
    struct snapshot *records = own(there ? &s->groups[at] : add_group(s, at, &k));
    size_t i = place_of(&records->pub, k.name, &there);
    if (there) {
        old = records->v[i];
    } else {
        memmove(records->v + i + 1, records->v + i, (records->pub.n++ - i) * sizeof(records->v[0]));
        s->count++;
    }
    records->v[i] = r;
    pthread_mutex_unlock(&s->lock);
    kc_record_unref(old);
}

static void remove_group(struct kc_store *s, size_t at)
{
    kc_snapshot_unref(&s->groups[at].records->pub);
    free(s->groups[at].ns);
    memmove(s->groups + at, s->groups + at + 1, (--s->n_groups - at) * sizeof(*s->groups));
}

bool kc_store_remove(struct kc_store *s, const char *key)
{
    struct key k = split(key);
    const struct kc_record *old = NULL;
    bool there;

    pthread_mutex_lock(&s->lock);
    size_t at = group_of(s, k.ns, k.ns_len, &there), i = 0;
    if (there)
        i = place_of(&s->groups[at].records->pub, k.name, &there);
    if (there) {
        struct snapshot *records = own(&s->groups[at]);
        old = records->v[i];
        memmove(records->v + i, records->v + i + 1, (--records->pub.n - i) * sizeof(records->v[0]));
        s->count--;
        if (records->pub.n == 0)
            remove_group(s, at);
    }
    pthread_mutex_unlock(&s->lock);
    kc_record_unref(old);
    return old != NULL;
}

static bool any(const struct kc_store *s, const struct kc_record *r)
{
    (void)s;
    (void)r;
    return true;
}

static bool stale(const struct kc_store *s, const struct kc_record *r)
{
    return record_of(r)->list != s->list;
}

static const struct kc_record **select_records(struct kc_store *s, size_t *ret_n,
                                               bool (*wanted)(const struct kc_store *s, const struct kc_record *r))
{
    size_t n = 0;

    pthread_mutex_lock(&s->lock);
    const struct kc_record **list = need(calloc(s->count + 1, sizeof(void *)));
    for (size_t g = 0; g < s->n_groups; g++)
        for (size_t i = 0; i < s->groups[g].records->pub.n; i++)
            if (wanted(s, s->groups[g].records->v[i]))
                list[n++] = kc_record_ref(s->groups[g].records->v[i]);
    pthread_mutex_unlock(&s->lock);
    *ret_n = n;
    return list;
}

const struct kc_record **kc_store_list(struct kc_store *s, size_t *ret_n)
{
    return select_records(s, ret_n, any);
}

const struct kc_record **kc_store_stale(struct kc_store *s, size_t *ret_n)
{
    return select_records(s, ret_n, stale);
}

void kc_store_begin_list(struct kc_store *s)
{
    s->list++;
}

void kc_store_seen(struct kc_store *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    const struct kc_record *r = find(s, key);
    if (r)
        record_of(r)->list = s->list;
    pthread_mutex_unlock(&s->lock);
}

const struct kc_snapshot *kc_store_snapshot(struct kc_store *s, const char *ns)
{
    struct snapshot *found = NULL;
    bool there;

    pthread_mutex_lock(&s->lock);
    size_t at = group_of(s, ns, strlen(ns), &there);
    if (there) {
        found = s->groups[at].records;
        atomic_fetch_add_explicit(&found->refs, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&s->lock);
    return found ? &found->pub : &snapshot_new(NULL, 0)->pub;
}

char **kc_store_namespaces(struct kc_store *s)
{
    pthread_mutex_lock(&s->lock);
    char **list = need(calloc(s->n_groups + 1, sizeof(*list)));
    for (size_t i = 0; i < s->n_groups; i++)
        list[i] = need(strdup(s->groups[i].ns));
    pthread_mutex_unlock(&s->lock);
    return list;
}
