#include "controller/view/server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/log.h"
#include "controller/base/metrics.h"
#include "controller/view/answer.h"
#include "controller/view/jobs.h"
#include "controller/view/registration.h"

#define WORKERS       4
#define MAX_WAITING   64
#define MAX_CONNS     128
#define MAX_BODY      4096 /* nobody has anything to send */
#define AUTHENTICATOR "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"

/* Whom to believe, one version of it. */
struct trust {
    struct kc_arena *a;
    struct kc_frontproxy proxy;
};

struct kc_view {
    struct kc_viewer viewer;
    uint16_t port;
    bool beside;
    struct kc_loop *loop;
    struct kc_httpd *httpd; /* the loop's */
    struct trust *trust;    /* the loop's; NULL: not known yet */
    struct kc_jobs *jobs;
    struct kc_metric *looks;
    pthread_t thread;
    bool running;
    char *served; /* kc_view_maintain's: the certificate that was handed over last */
};

/* One look on its way through a worker. */
struct task {
    struct kc_arena *a;
    struct kc_view *view;
    struct kc_httpd_later *later;
    struct kc_view_look look;
};

static void count(struct kc_view *v, int status)
{
    const char *const values[] = {status < 300 ? "seen" : status < 500 ? "refused" : "failed", NULL};

    kc_metric_inc(v->looks, values);
}

static void carry_out(void *arg)
{
    struct task *t = arg;
    struct kc_httpd_response res = {.status = 200, .content_type = "application/json"};
    struct kc_output output;
    struct kc_err err = {0};

    if (kc_viewer_look(&t->view->viewer, &t->look.who, t->look.ns, t->look.name, t->a, &output, &err)) {
        kc_view_give(&output, t->look.format, &res);
    } else {
        kc_view_refuse(&err, &res);
        if (res.status >= 500)
            kc_log(KC_WARN, "view", "output not made", "namespace", t->look.ns, "request", t->look.name, "error",
                   err.message, NULL);
    }
    count(t->view, res.status);
    kc_httpd_answer(t->later, &res);
    kc_arena_destroy(t->a);
}

static void handle(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    struct kc_view *v = arg;
    struct kc_arena *a = kc_arena_create();
    struct task *t = kc_arena_alloc(a, sizeof *t);
    struct kc_err busy = {0};

    *t = (struct task){.a = a, .view = v};
    if (!kc_view_parse(a, req, v->trust ? &v->trust->proxy : NULL, &t->look, res)) {
        kc_arena_destroy(a);
        return;
    }
    /* What the look keeps of the request lives in a: headers and path do not outlive this call. */
    t->later = kc_httpd_defer(req);
    if (kc_jobs_add(v->jobs, carry_out, t))
        return;
    struct kc_httpd_response refused = {.content_type = "application/json"};
    kc_fail(&busy, KC_UNAVAILABLE, "Busy", "%d outputs are being made and %d wait: try again", WORKERS, MAX_WAITING);
    kc_view_refuse(&busy, &refused);
    count(v, refused.status);
    kc_httpd_answer(t->later, &refused);
    kc_arena_destroy(a);
}

static void *serve(void *arg)
{
    struct kc_view *v = arg;

    kc_loop_run(v->loop);
    return NULL;
}

static struct trust *trust_free(struct trust *t)
{
    if (t)
        kc_arena_destroy(t->a); /* t lives in it */
    return NULL;
}

/* What a round of maintenance hands to the loop's thread. */
struct change {
    struct kc_arena *a;
    struct kc_view *view;
    struct trust *trust;    /* NULL: as before */
    const char *cert, *key; /* NULL: as before */
};

static void adopt(void *arg)
{
    struct change *c = arg;
    struct kc_view *v = c->view;
    struct kc_err err = {0};
    bool ok = true;

    if (c->trust) {
        const char *ca = c->trust->proxy.client_ca;
        ok = (v->trust && KC_STREQ(v->trust->proxy.client_ca, ca)) || kc_httpd_set_client_ca(v->httpd, ca, &err);
        trust_free(v->trust);
        v->trust = ok ? c->trust : trust_free(c->trust);
    }
    /* Connections are accepted from here on: whom to believe is known by then. */
    if (ok && c->cert)
        ok = kc_httpd_set_certificate(v->httpd, c->cert, c->key, &err);
    if (!ok)
        kc_log(KC_ERROR, "view", "certificates were not taken", "error", err.message, NULL);
    kc_arena_destroy(c->a);
}

static bool read_trust(struct kc_view *v, struct trust **ret, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    struct kc_arena *a = kc_arena_create();
    struct trust *t = kc_arena_alloc(a, sizeof *t);
    json_t *config_map;

    t->a = a;
    if (kc_kube_get(v->viewer.cluster->kube, AUTHENTICATOR, NULL, &as_ourselves, a, &config_map, err) &&
        kc_frontproxy_decode(a, config_map, &t->proxy, err)) {
        *ret = t;
        return true;
    }
    trust_free(t);
    return kc_wrap(err, "whom the API server speaks for");
}

static void keep(char **at, const char *value)
{
    free(*at);
    *at = strdup(value);
    if (!*at)
        abort();
}

static void hand_over(struct kc_view *v, struct trust *trust, const struct kc_view_certificates *c)
{
    struct kc_arena *a = kc_arena_create();
    struct change *change = kc_arena_alloc(a, sizeof *change);
    bool renewed = !v->served || !KC_STREQ(v->served, c->cert);

    *change = (struct change){.a = a, .view = v, .trust = trust};
    if (renewed) {
        change->cert = kc_arena_strdup(a, c->cert);
        change->key = kc_arena_strdup(a, c->key);
        keep(&v->served, c->cert);
    }
    kc_loop_post(v->loop, adopt, change);
}

/* The API server trusts a CA before anything that it signed is shown. */
bool kc_view_maintain(struct kc_view *v, const struct kc_view_certificates *c, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct trust *trust = NULL;

    if (!kc_view_registration_apply(a, v->viewer.cluster->kube, c->bundle, v->beside ? v->port : 0, err) ||
        !read_trust(v, &trust, err))
        return false;
    hand_over(v, trust, c);
    return true;
}

static bool listen_on(struct kc_view *v, const struct kc_view_options *o, struct kc_err *err)
{
    struct kc_httpd_options options = {
        .address = o->address, .port = o->port, .tls = true, .max_body = MAX_BODY, .max_conns = MAX_CONNS};

    v->loop = kc_loop_create(err);
    v->httpd = v->loop ? kc_httpd_create(v->loop, &options, err) : NULL;
    if (!v->httpd)
        return false;
    v->port = kc_httpd_port(v->httpd);
    kc_httpd_handle(v->httpd, "/", handle, v);
    return true;
}

static bool run(struct kc_view *v, struct kc_err *err)
{
    int rc = pthread_create(&v->thread, NULL, serve, v);

    v->running = rc == 0;
    return rc == 0 || kc_fail(err, KC_FATAL, "Thread", "starting the view thread: %s", strerror(rc));
}

struct kc_view *kc_view_start(const struct kc_view_options *o, struct kc_err *err)
{
    static const char *const outcome[] = {"outcome", NULL};
    struct kc_view *v = calloc(1, sizeof *v);

    if (!v)
        abort();
    v->viewer = (struct kc_viewer){.cluster = o->cluster, .audit = o->audit, .locker = o->locker};
    v->beside = o->beside;
    v->looks =
        kc_metric_counter("kubechat_view_looks_total", "Outputs of reads that were asked for, by outcome.", outcome);
    if (!listen_on(v, o, err) || !(v->jobs = kc_jobs_start(WORKERS, MAX_WAITING, err)) || !run(v, err))
        return kc_view_stop(v);
    return v;
}

struct kc_view *kc_view_stop(struct kc_view *v)
{
    if (!v)
        return NULL;
    if (v->running) {
        /* First the loop: nobody hands out work any more, so what the workers still answer is dropped with the server.
         */
        kc_loop_stop(v->loop);
        pthread_join(v->thread, NULL);
    }
    kc_jobs_stop(v->jobs);
    kc_httpd_destroy(v->httpd);
    kc_loop_destroy(v->loop);
    trust_free(v->trust);
    free(v->served);
    free(v);
    return NULL;
}

uint16_t kc_view_port(const struct kc_view *v)
{
    return v->port;
}
