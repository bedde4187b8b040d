#include "controller/kube/credential.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Shared by the asking thread and the one that answers. lock guards loop: NULL once cancelled, so that the answering
 * thread never touches a loop that may be gone. */
struct kc_credential {
    pthread_mutex_t lock;
    struct kc_loop *loop;
    struct kc_config *config;
    bool refresh;
    kc_credential_fn fn;
    void *arg;
    char *token; /* the answer: NULL means err */
    struct kc_err err;
};

static void destroy(struct kc_credential *q)
{
    if (q->token)
        explicit_bzero(q->token, strlen(q->token));
    free(q->token);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static void deliver(void *arg)
{
    struct kc_credential *q = arg;

    pthread_mutex_lock(&q->lock); /* answer() may still be on its way out of it */
    bool cancelled = !q->loop;
    pthread_mutex_unlock(&q->lock);
    if (!cancelled)
        q->fn(q->arg, q->token, q->token ? NULL : &q->err);
    destroy(q);
}

static void *answer(void *arg)
{
    struct kc_credential *q = arg;
    KC_ARENA_SCOPE(a);
    const char *token = NULL;

    if (kc_config_token(q->config, q->refresh, a, &token, &q->err)) {
        q->token = strdup(token);
        if (!q->token)
            abort();
    }
    kc_config_unref(q->config);
    pthread_mutex_lock(&q->lock);
    bool cancelled = !q->loop;
    if (!cancelled)
        kc_loop_post(q->loop, deliver, q);
    pthread_mutex_unlock(&q->lock);
    if (cancelled)
        destroy(q);
    return NULL;
}

struct kc_credential *kc_credential_ask(struct kc_loop *l, struct kc_config *c, bool refresh, kc_credential_fn fn,
                                        void *arg, struct kc_err *err)
{
    struct kc_credential *q = calloc(1, sizeof(*q));
    pthread_attr_t attr;
    pthread_t thread;

    if (!q)
        abort();
    pthread_mutex_init(&q->lock, NULL);
    q->loop = l;
    q->config = kc_config_ref(c);
    q->refresh = refresh;
    q->fn = fn;
    q->arg = arg;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int rc = pthread_create(&thread, &attr, answer, q);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        return q;
    kc_fail(err, KC_FATAL, "ThreadFailed", "no thread can be started to read the cluster's credentials: %s",
            strerror(rc));
    kc_config_unref(c);
    destroy(q);
    return NULL;
}

struct kc_credential *kc_credential_cancel(struct kc_credential *q)
{
    if (!q)
        return NULL;
    pthread_mutex_lock(&q->lock);
    q->loop = NULL; /* whoever comes last frees: deliver() when it was posted, answer() otherwise */
    pthread_mutex_unlock(&q->lock);
    return NULL;
}
