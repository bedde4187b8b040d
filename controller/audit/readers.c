#include "controller/audit/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define READERS_MAX 4

struct kc_audit_readers {
    char *url;
    unsigned max;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct kc_audit_store *idle[READERS_MAX];
    unsigned n_idle, n_open; /* n_open: those that are being opened too */
};

struct kc_audit_readers *kc_audit_readers_create(const char *url)
{
    struct kc_audit_readers *r = calloc(1, sizeof *r);
    unsigned max = kc_audit_store_readers(url);
    if (!r || !(r->url = strdup(url)) || pthread_mutex_init(&r->lock, NULL) != 0 ||
        pthread_cond_init(&r->given, NULL) != 0)
        abort();
    r->max = max < READERS_MAX ? max : READERS_MAX;
    return r;
}

struct kc_audit_readers *kc_audit_readers_destroy(struct kc_audit_readers *r)
{
    if (!r)
        return NULL;
    for (unsigned i = 0; i < r->n_idle; i++)
        (void)kc_audit_store_close(r->idle[i]);
    (void)pthread_cond_destroy(&r->given);
    (void)pthread_mutex_destroy(&r->lock);
    free(r->url);
    free(r);
    return NULL;
}

struct kc_audit_store *kc_audit_readers_take(struct kc_audit_readers *r, struct kc_err *err)
{
    struct kc_audit_store *s = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (!r->n_idle && r->n_open == r->max)
        (void)pthread_cond_wait(&r->given, &r->lock);
    if (r->n_idle)
        s = r->idle[--r->n_idle];
    else
        r->n_open++;
    (void)pthread_mutex_unlock(&r->lock);
    if (s)
        return s;
    s = kc_audit_store_open(r->url, KC_STORE_READ, err);
    if (!s) {
        (void)pthread_mutex_lock(&r->lock);
        r->n_open--;
        (void)pthread_cond_signal(&r->given);
        (void)pthread_mutex_unlock(&r->lock);
    }
    return s;
}

void kc_audit_readers_give(struct kc_audit_readers *r, struct kc_audit_store *s)
{
    (void)pthread_mutex_lock(&r->lock);
    r->idle[r->n_idle++] = s;
    (void)pthread_cond_signal(&r->given);
    (void)pthread_mutex_unlock(&r->lock);
}
