#include "controller/reconcile/keylock.h"

#include <pthread.h>
#include <stdlib.h>

#include "controller/base/map.h"

struct kc_keylock {
    pthread_mutex_t lock;
    struct kc_map *held;
};

struct kc_keylock *kc_keylock_create(void)
{
    struct kc_keylock *l = calloc(1, sizeof *l);

    if (!l)
        abort();
    pthread_mutex_init(&l->lock, NULL);
    l->held = kc_map_create(NULL);
    return l;
}

struct kc_keylock *kc_keylock_destroy(struct kc_keylock *l)
{
    if (!l)
        return NULL;
    kc_map_destroy(l->held);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return NULL;
}

bool kc_keylock_try(struct kc_keylock *l, const char *key)
{
    pthread_mutex_lock(&l->lock);
    bool is_free = !kc_map_get(l->held, key);
    if (is_free)
        kc_map_put(l->held, key, l);
    pthread_mutex_unlock(&l->lock);
    return is_free;
}

void kc_keylock_release(struct kc_keylock *l, const char *key)
{
    pthread_mutex_lock(&l->lock);
    kc_map_remove(l->held, key);
    pthread_mutex_unlock(&l->lock);
}
