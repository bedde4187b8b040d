/* Over a real connection: the answers are what the kubelet and Prometheus would see. */
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/metrics.h"
#include "controller/runtime/probes.h"

struct fixture {
    struct kc_loop *loop;
    struct kc_httpd *server;
    struct kc_probes *probes;
    pthread_t thread;
    atomic_bool synced, alive, leading;
    struct kc_buf answer;
};

static bool is_synced(void *arg, struct kc_err *err)
{
    struct fixture *f = arg;

    return atomic_load(&f->synced) || kc_fail(err, KC_UNAVAILABLE, "NotSynced", "the first list is not complete");
}

static bool is_alive(void *arg, struct kc_err *err)
{
    struct fixture *f = arg;

    return atomic_load(&f->alive) || kc_fail(err, KC_FATAL, "Stuck", "no turn of the loop for 30 s");
}

static bool is_leading(void *arg, struct kc_err *err)
{
    struct fixture *f = arg;

    return atomic_load(&f->leading) || kc_fail(err, KC_UNAVAILABLE, "Follower", "another replica leads");
}

static void *run(void *arg)
{
    kc_loop_run(arg);
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct kc_err err = {0};

    f->loop = kc_loop_create(&err);
    f->server = kc_httpd_create(f->loop, &(struct kc_httpd_options){.address = "127.0.0.1"}, &err);
    if (!f->server)
        fail_msg("%s", err.message);
    f->probes = kc_probes_create(f->server);
    kc_probes_add(f->probes, "informer-sync", KC_PROBE_READY, is_synced, f);
    kc_probes_add(f->probes, "io-loop", KC_PROBE_LIVE | KC_PROBE_READY, is_alive, f);
    kc_probes_add(f->probes, "leader", KC_PROBE_TOLD, is_leading, f);
    atomic_store(&f->synced, true);
    atomic_store(&f->alive, true);
    *state = f;
    return pthread_create(&f->thread, NULL, run, f->loop);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    kc_loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    kc_httpd_destroy(f->server);
    kc_probes_destroy(f->probes);
    kc_loop_destroy(f->loop);
    kc_buf_finish(&f->answer);
    free(f);
    return 0;
}

/* The whole answer, head and body. */
static const char *ask(struct fixture *f, const char *method, const char *target)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(kc_httpd_port(f->server))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    KC_BUF_SCOPE request = {0};
    char chunk[4096];
    ssize_t n;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    kc_buf_printf(&request, "%s %s HTTP/1.1\r\nHost: h\r\n\r\n", method, target);
    assert_int_equal(send(fd, request.data, request.len, MSG_NOSIGNAL), request.len);
    kc_buf_clear(&f->answer);
    while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
        kc_buf_add(&f->answer, chunk, (size_t)n);
    close(fd);
    return kc_buf_str(&f->answer);
}

static const struct {
    const char *name, *target;
    bool synced, alive;
    int status;
    const char *body;
} cases[] = {
    {"live", "/livez", true, true, 200, "ok"},
    {"healthy", "/healthz", true, true, 200, "ok"},
    {"ready", "/readyz", true, true, 200, "ok"},
    {"not synced is alive", "/livez", false, true, 200, "ok"},
    {"not synced is not ready", "/readyz", false, true, 503,
     "[+]ping ok\n[-]informer-sync failed: the first list is not complete\n[+]io-loop ok\n[~]leader: another replica "
     "leads\nreadyz check failed\n"},
    {"dead", "/livez", true, false, 500,
     "[+]ping ok\n[-]io-loop failed: no turn of the loop for 30 s\nlivez check failed\n"},
    {"verbose", "/readyz?verbose", true, true, 200,
     "[+]ping ok\n[+]informer-sync ok\n[+]io-loop ok\n[~]leader: another replica leads\nreadyz check passed\n"},
    {"verbose with a value, among others", "/healthz?a=b&verbose=1", true, true, 200,
     "[+]ping ok\n[+]io-loop ok\nhealthz check passed\n"},
    {"not that parameter", "/healthz?verbosely", true, true, 200, "ok"},
    {"excluded", "/readyz?exclude=informer-sync&exclude=nothing", false, true, 200, "ok"},
    {"excluded, verbose", "/readyz?verbose&exclude=informer-sync", false, true, 200,
     "[+]ping ok\n[+]informer-sync excluded: ok\n[+]io-loop ok\n[~]leader: another replica leads\nreadyz check "
     "passed\n"},
    {"the beginning of a name excludes nothing", "/readyz?exclude=informer", false, true, 503, NULL},
};

static void checks(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        atomic_store(&f->synced, cases[i].synced);
        atomic_store(&f->alive, cases[i].alive);
        const char *answer = ask(f, "GET", cases[i].target);
        const char *body = strstr(answer, "\r\n\r\n");
        if (!body || (int)strtol(answer + 9, NULL, 10) != cases[i].status ||
            (cases[i].body && strcmp(body + 4, cases[i].body) != 0))
            fail_msg("%s:\n%s", cases[i].name, answer);
        assert_non_null(strstr(answer, "Content-Type: text/plain; charset=utf-8\r\n"));
    }
}

static void only_reading(void **state)
{
    struct fixture *f = *state;
    static const char *const targets[] = {"/livez", "/metrics"};

    for (size_t i = 0; i < 2; i++) {
        const char *answer = ask(f, "POST", targets[i]);
        assert_int_equal((int)strtol(answer + 9, NULL, 10), 405);
        assert_non_null(strstr(answer, "use GET"));
        assert_int_equal((int)strtol(ask(f, "HEAD", targets[i]) + 9, NULL, 10), 200);
    }
}

static void metrics(void **state)
{
    struct fixture *f = *state;

    kc_metric_inc(kc_metric_counter("kubechat_probe_test_total", "Help.", NULL), NULL);
    const char *answer = ask(f, "GET", "/metrics");
    assert_int_equal((int)strtol(answer + 9, NULL, 10), 200);
    assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert_non_null(strstr(answer, "\n# TYPE kubechat_probe_test_total counter\nkubechat_probe_test_total 1\n"));
    assert_non_null(strstr(answer, "\nprocess_resident_memory_bytes "));
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {CASE(checks), CASE(only_reading), CASE(metrics)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
