/* Commands in containers against a server that answers in every way: what becomes of each, who is woken, what is left
 * when the manager stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include "controller/base/clock.h"
#include "controller/exec/runs.h"
#include "tests/unit/http/websocket_server.h"

#define SUCCESS "{\"status\":\"Success\"}"
#define FAILURE(code)                                                                                                  \
    "{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","        \
    "\"message\":\"" code "\"}]}}"

static void well(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 1, "");
    ws_channel(fd, 1, "out\n");
    ws_channel(fd, 2, "err\n");
    ws_channel(fd, 3, SUCCESS);
    ws_goodbye(fd);
    ws_hang(fd);
}

static void three(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 3, FAILURE("3"));
    ws_goodbye(fd);
    ws_hang(fd);
}

/* The status is known: how the connection ends does not matter any more. */
static void rude(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 3, FAILURE("4"));
}

static void missing(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 3, "{\"status\":\"Failure\",\"message\":\"executable file not found\",\"code\":500}");
    ws_goodbye(fd);
    ws_hang(fd);
}

static void lost(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 1, "begun\n");
}

static void farewell(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_goodbye(fd);
    ws_hang(fd);
}

static void backend(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 3, "{\"status\":\"Failure\",\"message\":\"error dialing backend\",\"code\":500}");
    ws_goodbye(fd);
    ws_hang(fd);
}

static void sleeps(int fd, const char *request)
{
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    ws_channel(fd, 1, "begun\n");
    ws_hang(fd);
}

static void talks(int fd, const char *request)
{
    static char block[32769];

    memset(block, 'x', sizeof block);
    block[0] = 1;
    ws_open(fd, request, KC_CHANNELS_PROTOCOL);
    for (int i = 0; i < 160; i++)
        ws_send(fd, 0x80 | WS_BINARY, block, sizeof block);
    ws_channel(fd, 3, SUCCESS);
    ws_goodbye(fd);
    ws_hang(fd);
}

static void refuse(int fd, const char *line, const char *message)
{
    char body[256], head[512];

    snprintf(body, sizeof body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"%s\"}", message);
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", line,
             strlen(body), body);
    ws_say(fd, head);
}

static void forbidden(int fd, const char *request)
{
    (void)request;
    refuse(fd, "403 Forbidden", "pods is forbidden");
}

static void busy(int fd, const char *request)
{
    (void)request;
    refuse(fd, "429 Too Many Requests", "later");
}

static void broken(int fd, const char *request)
{
    (void)request;
    refuse(fd, "502 Bad Gateway", "etcd is away");
}

static const struct ws_scene scenes[] = {
    {"/well", well},   {"/three", three},         {"/rude", rude},       {"/missing", missing},
    {"/lost", lost},   {"/farewell", farewell},   {"/backend", backend}, {"/sleeps", sleeps},
    {"/talks", talks}, {"/forbidden", forbidden}, {"/busy", busy},       {"/broken", broken},
    {NULL, NULL},
};

static sem_t woken;
static char woken_key[64];

static void wake(void *arg, const char *key)
{
    (void)arg;
    snprintf(woken_key, sizeof woken_key, "%s", key);
    sem_post(&woken);
}

static bool await_wake(int seconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    return sem_timedwait(&woken, &until) == 0;
}

struct world {
    struct kc_http_client *http;
    struct kc_config *config;
    struct kc_kube *kube;
    char path[64];
};

static void enter(struct world *w)
{
    struct kc_err err = {0};

    snprintf(w->path, sizeof w->path, "/tmp/kubechat-runs-XXXXXX");
    int fd = mkstemp(w->path);
    dprintf(fd,
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
            "clusters: [{name: c, cluster: {server: \"%s\"}}]\nusers: [{name: u, user: {token: t0}}]\n",
            ws.url);
    close(fd);
    w->http = kc_http_client_create(&err);
    w->config = kc_config_load(w->path, NULL, &err);
    if (!w->config)
        fail_msg("%s", err.message);
    w->kube = kc_kube_create(w->http, w->config, NULL);
}

static void leave(struct world *w)
{
    kc_kube_unref(w->kube);
    kc_config_unref(w->config);
    kc_http_client_destroy(w->http);
    unlink(w->path);
}

static const char *groups[] = {"sre"};
static const struct kc_identity ana = {.username = "ana", .uid = "", .groups = {.v = groups, .n = 1}};

static struct kc_run_request request_of(struct world *w, const char *name, const char *path, int64_t timeout_ms)
{
    return (struct kc_run_request){.name = name,
                                   .key = "shop/r",
                                   .kube = w->kube,
                                   .who = &ana,
                                   .path = path,
                                   .query = "command=ls",
                                   .timeout_ms = timeout_ms};
}

static void every_end(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum kc_run_end end;
        int code;
        const char *says, *text;
    } cases[] = {
        {"/well", KC_RUN_EXITED, 0, "exit code 0, 2 lines, 8 bytes", "out\nerr\n"},
        {"/three", KC_RUN_EXITED, 3, "exit code 3, 0 lines, 0 bytes", ""},
        {"/rude", KC_RUN_EXITED, 4, "exit code 4", ""},
        {"/talks", KC_RUN_EXITED, 0, "exit code 0, 1 line, 5242880 bytes; the first MiB is kept", NULL},
        {"/missing", KC_RUN_REFUSED, 0, "executable file not found", ""},
        {"/forbidden", KC_RUN_REFUSED, 0, "pods is forbidden", ""},
        {"/busy", KC_RUN_NOT_SENT, 0, "later", ""},
        {"/broken", KC_RUN_UNKNOWN, 0, "etcd is away", ""},
        {"/lost", KC_RUN_UNKNOWN, 0, "the connection was lost", "begun\n"},
        {"/farewell", KC_RUN_UNKNOWN, 0, "without saying", ""},
        {"/backend", KC_RUN_UNKNOWN, 0, "not known: error dialing backend", ""},
        {"/sleeps", KC_RUN_UNKNOWN, 0, "had not ended after 2s", "begun\n"},
    };
    struct kc_err err = {0};
    struct world w;
    struct kc_runs *r = kc_runs_create(wake, NULL, &err);

    enter(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_run_ended ended = {0};
        /* Only the one that goes on for ever is to meet its limit, however busy the machine is. */
        int64_t limit_ms = KC_STREQ(cases[i].path, "/sleeps") ? 2000 : 60000;
        struct kc_run_request req = request_of(&w, "uid/1/1", cases[i].path, limit_ms);
        assert_int_equal(kc_runs_look(r, "uid/1/1", a, &ended), KC_RUN_NONE);
        if (!kc_runs_start(r, &req, &err))
            fail_msg("%s", err.message);
        assert_true(await_wake(60));
        assert_string_equal(woken_key, "shop/r");
        assert_int_equal(kc_runs_look(r, "uid/1/1", a, &ended), KC_RUN_DONE);
        if (ended.end != cases[i].end || ended.code != cases[i].code || !strstr(ended.message, cases[i].says))
            fail_msg("%s: %d, %d, %s", cases[i].path, (int)ended.end, ended.code, ended.message);
        if (cases[i].text)
            assert_string_equal(ended.text, cases[i].text);
        else
            assert_int_equal(ended.len, KC_TRANSCRIPT_MAX);
        kc_runs_forget(r, "uid/1/1");
    }
    assert_non_null(strstr(ws.last, "?command=ls HTTP/1.1\r\n"));
    assert_non_null(strstr(ws.last, "\r\nAuthorization: Bearer t0\r\n"));
    assert_non_null(strstr(ws.last, "\r\nImpersonate-User: ana\r\n"));
    assert_non_null(strstr(ws.last, "\r\nImpersonate-Group: sre\r\n"));
    kc_runs_destroy(r);
    leave(&w);
}

/* One of a name, so many at once; what runs when the manager stops is let go of, and wakes nobody later. */
static void bounds_and_the_end(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct world w;
    struct kc_runs *r = kc_runs_create(wake, NULL, &err);
    struct kc_run_ended ended;
    int64_t began;

    enter(&w);
    for (int i = 0; i < KC_RUNS_MAX; i++) {
        struct kc_run_request req = request_of(&w, kc_arena_printf(a, "uid/%d", i), "/sleeps", 60000);
        assert_false(kc_runs_full(r));
        assert_true(kc_runs_start(r, &req, &err));
    }
    struct kc_run_request twice = request_of(&w, "uid/0", "/sleeps", 60000);
    struct kc_run_request more = request_of(&w, "uid/more", "/sleeps", 60000);
    assert_false(kc_runs_start(r, &twice, &err));
    assert_int_equal(err.class, KC_CONFLICT);
    assert_true(kc_runs_full(r));
    assert_false(kc_runs_start(r, &more, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_int_equal(kc_runs_look(r, "uid/0", a, &ended), KC_RUN_OPEN);
    began = kc_mono_ms();
    kc_runs_destroy(r);
    assert_true(kc_mono_ms() - began < 30000);
    while (sem_trywait(&woken) == 0)
        ;
    leave(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end),
        cmocka_unit_test(bounds_and_the_end),
    };
    sem_init(&woken, 0, 0);
    ws_listen(scenes);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ws_quiet();
    return failed;
}
