#include "controller/runtime/probe_server.h"

#include <pthread.h>
#include <stdlib.h>

struct kc_probe_server {
    struct kc_loop *loop;
    struct kc_httpd *httpd;
    struct kc_probes *probes;
    pthread_t thread;
    bool running;
};

struct kc_probe_server *kc_probe_server_create(const char *address, uint16_t port, struct kc_err *err)
{
    struct kc_httpd_options o = {.address = address, .port = port};
    struct kc_probe_server *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->loop = kc_loop_create(err);
    s->httpd = s->loop ? kc_httpd_create(s->loop, &o, err) : NULL;
    if (!s->httpd) {
        kc_wrap(err, "probes");
        return kc_probe_server_destroy(s);
    }
    s->probes = kc_probes_create(s->httpd);
    return s;
}

struct kc_probes *kc_probe_server_probes(struct kc_probe_server *s)
{
    return s->probes;
}

uint16_t kc_probe_server_port(const struct kc_probe_server *s)
{
    return kc_httpd_port(s->httpd);
}

static void *run(void *arg)
{
    struct kc_probe_server *s = arg;

    kc_loop_run(s->loop);
    return NULL;
}

bool kc_probe_server_run(struct kc_probe_server *s, struct kc_err *err)
{
    s->running = pthread_create(&s->thread, NULL, run, s) == 0;
    return s->running || kc_fail(err, KC_FATAL, "Thread", "no thread for the probes: the system's limit is reached");
}

struct kc_probe_server *kc_probe_server_destroy(struct kc_probe_server *s)
{
    if (!s)
        return NULL;
    if (s->running) {
        kc_loop_stop(s->loop);
        pthread_join(s->thread, NULL);
    }
    if (s->httpd)
        kc_httpd_destroy(s->httpd);
    kc_probes_destroy(s->probes);
    kc_loop_destroy(s->loop);
    free(s);
    return NULL;
}
