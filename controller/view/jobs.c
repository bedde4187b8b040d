#include "controller/view/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct job {
    void (*run)(void *arg);
    void *arg;
};

struct kc_jobs {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct job *ring; /* max of them */
    size_t max, first, n;
    bool stopping;
    pthread_t *threads;
    unsigned n_threads;
};

static bool take(struct kc_jobs *j, struct job *ret)
{
    pthread_mutex_lock(&j->mutex);
    while (!j->n && !j->stopping)
        pthread_cond_wait(&j->changed, &j->mutex);
    bool got = j->n > 0;
    if (got) {
        *ret = j->ring[j->first];
        j->first = (j->first + 1) % j->max;
        j->n--;
    }
    pthread_mutex_unlock(&j->mutex);
    return got;
}

static void *work(void *arg)
{
    struct job job;

    while (take(arg, &job))
        job.run(job.arg);
    return NULL;
}

struct kc_jobs *kc_jobs_start(unsigned threads, size_t max_waiting, struct kc_err *err)
{
    struct kc_jobs *j = calloc(1, sizeof *j);

    if (!j || !(j->ring = calloc(max_waiting, sizeof *j->ring)) || !(j->threads = calloc(threads, sizeof *j->threads)))
        abort();
    j->max = max_waiting;
    pthread_mutex_init(&j->mutex, NULL);
    pthread_cond_init(&j->changed, NULL);
    for (; j->n_threads < threads; j->n_threads++) {
        int rc = pthread_create(&j->threads[j->n_threads], NULL, work, j);
        if (rc != 0) {
            kc_fail(err, KC_FATAL, "Thread", "starting a thread: %s", strerror(rc));
            return kc_jobs_stop(j);
        }
    }
    return j;
}

struct kc_jobs *kc_jobs_stop(struct kc_jobs *j)
{
    if (!j)
        return NULL;
    pthread_mutex_lock(&j->mutex);
    j->stopping = true;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->mutex);
    for (unsigned i = 0; i < j->n_threads; i++)
        pthread_join(j->threads[i], NULL);
    pthread_mutex_destroy(&j->mutex);
    pthread_cond_destroy(&j->changed);
    free(j->threads);
    free(j->ring);
    free(j);
    return NULL;
}

bool kc_jobs_add(struct kc_jobs *j, void (*run)(void *arg), void *arg)
{
    pthread_mutex_lock(&j->mutex);
    bool room = !j->stopping && j->n < j->max;
    if (room) {
        j->ring[(j->first + j->n) % j->max] = (struct job){.run = run, .arg = arg};
        j->n++;
        pthread_cond_signal(&j->changed);
    }
    pthread_mutex_unlock(&j->mutex);
    return room;
}
