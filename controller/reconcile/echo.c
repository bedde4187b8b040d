#include "controller/reconcile/echo.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/map.h"
#include "controller/base/text.h"

/* A visit writes a handful of times; older versions can no longer come out of the watch once eight newer ones exist. */
#define MAX_REPLACED 8

struct answer {
    char *object, *version;
    char *replaced[MAX_REPLACED];
    size_t n;
};

struct kc_echo {
    pthread_mutex_t lock;
    struct kc_map *answers;
};

static void free_answer(void *p)
{
    struct answer *a = p;

    free(a->object);
    free(a->version);
    for (size_t i = 0; i < a->n; i++)
        free(a->replaced[i]);
    free(a);
}

static char *copy(const char *s)
{
    char *c = strdup(s);

    if (!c)
        abort();
    return c;
}

struct kc_echo *kc_echo_create(void)
{
    struct kc_echo *e = calloc(1, sizeof *e);

    if (!e)
        abort();
    pthread_mutex_init(&e->lock, NULL);
    e->answers = kc_map_create(free_answer);
    return e;
}

struct kc_echo *kc_echo_destroy(struct kc_echo *e)
{
    if (!e)
        return NULL;
    kc_map_destroy(e->answers);
    pthread_mutex_destroy(&e->lock);
    free(e);
    return NULL;
}

static void remember(struct answer *a, const char *version)
{
    if (a->n == MAX_REPLACED) {
        free(a->replaced[0]);
        memmove(a->replaced, a->replaced + 1, sizeof a->replaced - sizeof a->replaced[0]);
        a->n--;
    }
    a->replaced[a->n++] = copy(version);
}

void kc_echo_put(struct kc_echo *e, const char *key, const char *object, const char *resource_version,
                 const char *replaced)
{
    pthread_mutex_lock(&e->lock);
    struct answer *a = kc_map_get(e->answers, key);
    if (!a) {
        a = calloc(1, sizeof *a);
        if (!a)
            abort();
        kc_map_put(e->answers, key, a);
    }
    remember(a, replaced);
    free(a->object);
    free(a->version);
    a->object = copy(object);
    a->version = copy(resource_version);
    pthread_mutex_unlock(&e->lock);
}

const char *kc_echo_get(struct kc_echo *e, const char *key, const char *cached_version, struct kc_arena *arena)
{
    const char *believed = NULL;

    pthread_mutex_lock(&e->lock);
    struct answer *a = kc_map_get(e->answers, key);
    for (size_t i = 0; a && i < a->n; i++)
        if (KC_STREQ(a->replaced[i], cached_version))
            believed = kc_arena_strdup(arena, a->object);
    if (a && !believed)
        kc_map_remove(e->answers, key);
    pthread_mutex_unlock(&e->lock);
    return believed;
}

void kc_echo_forget(struct kc_echo *e, const char *key)
{
    pthread_mutex_lock(&e->lock);
    kc_map_remove(e->answers, key);
    pthread_mutex_unlock(&e->lock);
}
