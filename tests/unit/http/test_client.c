/* The client against a small HTTP/1.1 server on the loopback interface that misbehaves on request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/http/client.h"

static struct {
    int listener;
    char url[64];
    atomic_int requests, connections, hangs;
    char last[4096]; /* the last request's head and body, as they came; read when all is quiet */
    pthread_mutex_t mutex;
} server = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static bool read_request(int fd, char *buf, size_t size)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, buf + len, size - 1 - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
        buf[len] = '\0';
        const char *end = strstr(buf, "\r\n\r\n");
        const char *length = strcasestr(buf, "\r\ncontent-length:");
        if (end && len >= (size_t)(end + 4 - buf) + (length ? strtoul(length + 17, NULL, 10) : 0))
            return true;
    }
}

static void say(int fd, const char *text)
{
    (void)!write(fd, text, strlen(text));
}

static void say_big(int fd)
{
    static char block[65536];
    memset(block, 'x', sizeof(block));
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n");
    for (int i = 0; i < 16; i++)
        if (write(fd, block, sizeof(block)) < 0)
            return;
}

static void hang(int fd)
{
    char c;
    atomic_fetch_add(&server.hangs, 1);
    while (read(fd, &c, 1) > 0)
        ;
}

/* False: close the connection. */
static bool answer(int fd, const char *request)
{
    const char *path = strchr(request, ' ') + 1;
    if (kc_str_starts(path, "/hang ")) {
        hang(fd);
        return false;
    }
    if (kc_str_starts(path, "/close "))
        return false;
    if (kc_str_starts(path, "/half ")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        return false;
    }
    if (kc_str_starts(path, "/big ")) {
        say_big(fd);
    } else if (kc_str_starts(path, "/chunks ")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        usleep(20000);
        say(fd, "2\r\nbc\r\n");
        usleep(20000);
        say(fd, "0\r\nRetry-After: 7\r\n\r\n");
    } else if (kc_str_starts(path, "/stall ")) {
        say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        hang(fd);
    } else if (kc_str_starts(path, "/busy ")) {
        say(fd, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nWarning: 299 - \"one\"\r\n"
                "Warning: 299 - \"two\"\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbusy");
    } else if (kc_str_starts(path, "/gzip ")) {
        static const unsigned char zipped[] = {0x1f, 0x8b, 8, 0, 0,    0,    0,    0,    0, 3, 0xcb, 0x48, 0xcd,
                                               0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0,    0};
        say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n");
        (void)!write(fd, zipped, sizeof(zipped));
    } else if (kc_str_starts(path, "/moved ")) {
        say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
    } else {
        say(fd, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\n\r\n{}");
    }
    return true;
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char request[sizeof(server.last)];
    while (read_request(fd, request, sizeof(request))) {
        pthread_mutex_lock(&server.mutex);
        memcpy(server.last, request, sizeof(request));
        pthread_mutex_unlock(&server.mutex);
        atomic_fetch_add(&server.requests, 1);
        if (!answer(fd, request))
            break;
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
        pthread_t t;
        atomic_fetch_add(&server.connections, 1);
        if (pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd) == 0)
            pthread_detach(t);
    }
    return NULL;
}

static pthread_t server_thread;
static struct kc_http_client *client;
static struct kc_http_target *target;

static int set_up(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    struct kc_err err = {0};
    (void)state;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listener, (struct sockaddr *)&at, sizeof(at)) || listen(server.listener, 256) ||
        getsockname(server.listener, (struct sockaddr *)&at, &len))
        return -1;
    snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%u", ntohs(at.sin_port));
    pthread_create(&server_thread, NULL, serve, NULL);
    client = kc_http_client_create(&err);
    target = kc_http_target_create(server.url, NULL, &err);
    return client && target ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    client = kc_http_client_destroy(client);
    target = kc_http_target_unref(target);
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server_thread, NULL);
    close(server.listener);
    return 0;
}

static bool call(struct kc_http_request req, struct kc_arena *a, struct kc_http_response *ret, struct kc_err *err)
{
    *err = (struct kc_err){0};
    req.target = req.target ? req.target : target;
    req.method = req.method ? req.method : "GET";
    return kc_http_do(client, &req, a, ret, err);
}

static void test_answers(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    (void)state;
    assert_true(call((struct kc_http_request){.path = "/ok?x=1"}, a, &r, &err));
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{}");
    assert_string_equal(r.content_type, "application/json");
    assert_string_equal(r.warnings, "");
    assert_int_equal(r.retry_after_ms, 0);
    assert_true(r.sent);

    assert_true(call((struct kc_http_request){.path = "/busy"}, a, &r, &err));
    assert_int_equal(r.status, 429);
    assert_string_equal(r.body, "busy");
    assert_string_equal(r.warnings, "one\ntwo");
    assert_int_equal(r.retry_after_ms, 3000);

    assert_true(call((struct kc_http_request){.path = "/chunks"}, a, &r, &err));
    assert_string_equal(r.body, "abc");
    assert_int_equal(r.retry_after_ms, 0); /* a trailer is not a header */

    assert_true(call((struct kc_http_request){.path = "/moved"}, a, &r, &err));
    assert_int_equal(r.status, 302);
    assert_string_equal(r.content_type, ""); /* nothing of the handle's last call */
}

static void test_gzip_only_when_asked(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    const struct kc_http_header gzip = {"Accept-Encoding", "gzip"};
    (void)state;
    assert_true(call((struct kc_http_request){.path = "/gzip", .headers = &gzip, .n_headers = 1}, a, &r, &err));
    assert_string_equal(r.body, "hello");
    assert_non_null(strstr(server.last, "Accept-Encoding: gzip\r\n"));
    assert_true(call((struct kc_http_request){.path = "/gzip"}, a, &r, &err));
    assert_int_equal(r.body_len, 25);
    assert_null(strstr(server.last, "Accept-Encoding"));
}

static void test_what_is_sent(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    const struct kc_http_header headers[] = {{"Content-Type", "application/merge-patch+json"},
                                             {"Impersonate-Group", "dev"},
                                             {"Impersonate-Group", "ops"},
                                             {"X-Empty", ""}};
    (void)state;
    assert_true(call((struct kc_http_request){.method = "PATCH",
                                              .path = "/a/../b%2Fc?dryRun=All",
                                              .headers = headers,
                                              .n_headers = 4,
                                              .body = "{\"a\":1}",
                                              .body_len = 7},
                     a, &r, &err));
    assert_true(kc_str_starts(server.last, "PATCH /a/../b%2Fc?dryRun=All HTTP/1.1\r\n"));
    assert_non_null(strstr(server.last, "\r\nContent-Type: application/merge-patch+json\r\n"));
    assert_non_null(strstr(server.last, "\r\nImpersonate-Group: dev\r\nImpersonate-Group: ops\r\n"));
    assert_non_null(strstr(server.last, "\r\nX-Empty:"));
    assert_non_null(strstr(server.last, "\r\n\r\n{\"a\":1}"));
    /* Nothing of it in the next call on the same handle. */
    assert_true(call((struct kc_http_request){.path = "/ok"}, a, &r, &err));
    assert_true(kc_str_starts(server.last, "GET /ok HTTP/1.1\r\n"));
    assert_null(strcasestr(server.last, "impersonate"));
    assert_null(strcasestr(server.last, "content-"));
    assert_true(call((struct kc_http_request){.method = "DELETE", .path = "/ok"}, a, &r, &err));
    assert_true(kc_str_starts(server.last, "DELETE /ok HTTP/1.1\r\n"));
}

static void test_refused_requests(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    int before = atomic_load(&server.requests);
    const struct kc_http_header split = {"X-User", "ana\r\nX-Group: root"}, name = {"X User", "ana"};
    const struct {
        const char *name;
        struct kc_http_request req;
    } cases[] = {
        {"split header", {.path = "/ok", .headers = &split, .n_headers = 1}},
        {"header name", {.path = "/ok", .headers = &name, .n_headers = 1}},
        {"relative path", {.path = "ok"}},
        {"space in path", {.path = "/a b"}},
        {"line end in path", {.path = "/a\r\nX: y"}},
        {"fragment", {.path = "/a#b"}},
        {"method", {.method = "GET /x", .path = "/ok"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (call(cases[i].req, a, &r, &err) || err.class != KC_INVALID || r.sent)
            fail_msg("%s: not refused", cases[i].name);
        assert_null(strstr(err.message, "root"));
    }
    assert_int_equal(atomic_load(&server.requests), before);
}

static void test_limits(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    (void)state;
    assert_true(call((struct kc_http_request){.path = "/big"}, a, &r, &err));
    assert_int_equal(r.body_len, 1 << 20);
    assert_false(call((struct kc_http_request){.path = "/big", .max_body_bytes = 100000}, a, &r, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_string_equal(err.reason, "TooLarge");
}

static void test_timeout(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    int64_t started = kc_mono_ms();
    (void)state;
    assert_false(call((struct kc_http_request){.path = "/hang", .timeout_ms = 150}, a, &r, &err));
    assert_in_range(kc_mono_ms() - started, 140, 20000);
    assert_int_equal(err.class, KC_RETRY);
    assert_string_equal(err.reason, "Timeout");
    assert_true(r.sent);
}

/* A port that nobody listens on: nothing can have been sent. */
static void test_nobody_listens(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err = {0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    struct kc_http_target *t =
        kc_http_target_create(kc_arena_printf(a, "http://127.0.0.1:%u", ntohs(at.sin_port)), NULL, &err);
    assert_non_null(t);
    assert_false(call((struct kc_http_request){.target = t, .path = "/ok"}, a, &r, &err));
    assert_int_equal(err.class, KC_RETRY);
    assert_string_equal(err.reason, "ConnectionFailed");
    assert_false(r.sent);
    kc_http_target_unref(t);
    close(fd);
}

/* The server closes a kept connection instead of answering: curl alone would send the POST a second time. */
static void test_never_sent_twice(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    (void)state;
    assert_true(call((struct kc_http_request){.path = "/ok"}, a, &r, &err));
    int before = atomic_load(&server.requests), connections = atomic_load(&server.connections);
    assert_false(
        call((struct kc_http_request){.method = "POST", .path = "/close", .body = "{}", .body_len = 2}, a, &r, &err));
    assert_int_equal(atomic_load(&server.requests), before + 1);
    /* curl did connect for a second attempt (so the first went out on a kept connection), and was stopped there. */
    for (int i = 0; i < 20000 && atomic_load(&server.connections) == connections; i++)
        usleep(1000); /* until it was accepted */
    assert_int_equal(atomic_load(&server.connections), connections + 1);
    assert_int_equal(atomic_load(&server.requests), before + 1);
    assert_int_equal(err.class, KC_RETRY);
    assert_string_equal(err.reason, "ConnectionLost");
    assert_true(r.sent);
    assert_false(call((struct kc_http_request){.path = "/half"}, a, &r, &err));
    assert_string_equal(err.reason, "ConnectionLost");
}

static void *cancel_soon(void *arg)
{
    usleep(50000);
    atomic_store((atomic_bool *)arg, true);
    kc_http_client_wake(client);
    return NULL;
}

static void test_cancel(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    atomic_bool cancel = false;
    pthread_t t;
    int64_t started = kc_mono_ms();
    (void)state;
    pthread_create(&t, NULL, cancel_soon, &cancel);
    assert_false(call((struct kc_http_request){.path = "/hang", .cancel = &cancel}, a, &r, &err));
    pthread_join(t, NULL);
    assert_in_range(kc_mono_ms() - started, 40, 20000);
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "Cancelled");
    assert_true(r.sent);
    /* Already cancelled: it does not even start. */
    assert_false(call((struct kc_http_request){.path = "/ok", .cancel = &cancel}, a, &r, &err));
    assert_string_equal(err.reason, "Cancelled");
    assert_false(r.sent);
}

struct caller {
    pthread_t thread;
    int fine;
};

static void *call_many(void *arg)
{
    struct caller *c = arg;
    for (int i = 0; i < 20; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_http_response r;
        struct kc_err err;
        c->fine += call((struct kc_http_request){.path = "/ok"}, a, &r, &err) && KC_STREQ(r.body, "{}");
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    struct caller callers[32] = {0};
    (void)state;
    for (size_t i = 0; i < 32; i++)
        pthread_create(&callers[i].thread, NULL, call_many, &callers[i]);
    for (size_t i = 0; i < 32; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].fine, 20);
    }
}

static void expect_late(int64_t not_after_ms)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    int before = atomic_load(&server.requests);

    assert_false(
        call((struct kc_http_request){.method = "POST", .path = "/ok", .not_after_ms = not_after_ms}, a, &r, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "TooLate");
    assert_false(r.sent);
    assert_int_equal(atomic_load(&server.requests), before);
}

static void test_too_late(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    int64_t hour = kc_boot_ms() + KC_HOUR_MS;
    (void)state;
    for (int i = 0; i < 3; i++) { /* also over a connection that is kept, and after one that was late */
        assert_true(call((struct kc_http_request){.path = "/ok", .not_after_ms = hour}, a, &r, &err));
        expect_late(1);
        expect_late(kc_boot_ms());
    }
    /* It may begin until then; how long it takes is another matter. */
    assert_false(call((struct kc_http_request){.path = "/hang", .not_after_ms = kc_boot_ms() + 100, .timeout_ms = 300},
                      a, &r, &err));
    assert_string_equal(err.reason, "Timeout");
    assert_true(r.sent);
}

enum { AT_ONCE = 100 }; /* KC_STREAMS_MAX: the next one waits for its turn */

struct hanging {
    pthread_t thread;
    atomic_bool *cancel;
};

static void *hold_a_place(void *arg)
{
    const struct hanging *h = arg;
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    (void)!call((struct kc_http_request){.path = "/hang", .cancel = h->cancel}, a, &r, &err);
    return NULL;
}

static void test_too_late_in_the_queue(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    struct kc_err err;
    struct hanging hanging[AT_ONCE];
    atomic_bool cancel = false;
    int hangs = atomic_load(&server.hangs);
    (void)state;
    /* An answer first: curl lets the others wait until it knows whether the server speaks HTTP/2. */
    assert_true(call((struct kc_http_request){.path = "/ok"}, a, &r, &err));
    for (size_t i = 0; i < AT_ONCE; i++) {
        hanging[i].cancel = &cancel;
        pthread_create(&hanging[i].thread, NULL, hold_a_place, &hanging[i]);
    }
    for (int i = 0; i < 10000 && atomic_load(&server.hangs) < hangs + AT_ONCE; i++)
        usleep(1000);
    assert_int_equal(atomic_load(&server.hangs), hangs + AT_ONCE);
    int64_t began = kc_boot_ms();
    expect_late(began + 200);
    assert_in_range(kc_boot_ms() - began, 200, 5000); /* and not after its time-out */
    atomic_store(&cancel, true);
    kc_http_client_wake(client);
    for (size_t i = 0; i < AT_ONCE; i++)
        pthread_join(hanging[i].thread, NULL);
}

/* Streams. */

struct watcher {
    struct kc_http_client *client;
    struct kc_http_request req;
    int64_t idle_ms;
    struct kc_http_stream *stream;
    int status, heads, ends;
    char data[64];
    bool refuse, proper;
    struct kc_err err;
    sem_t got_data, ended;
};

static void on_head(void *arg, int status, const char *content_type)
{
    struct watcher *w = arg;
    (void)content_type;
    w->status = status;
    w->heads++;
}

static bool on_data(void *arg, const char *data, size_t len)
{
    struct watcher *w = arg;
    strncat(w->data, data, len);
    sem_post(&w->got_data);
    return !w->refuse;
}

static void on_end(void *arg, const struct kc_err *err)
{
    struct watcher *w = arg;
    w->ends++;
    w->proper = !err;
    if (err)
        w->err = *err;
    w->stream = NULL;
    sem_post(&w->ended);
}

static void start_watcher(void *arg)
{
    struct watcher *w = arg;
    const struct kc_http_stream_handler h = {on_head, on_data, on_end, w};
    w->stream = kc_http_stream_start(w->client, &w->req, w->idle_ms, &h, &w->err);
    if (!w->stream)
        sem_post(&w->ended);
}

static void cancel_watcher(void *arg)
{
    struct watcher *w = arg;
    if (w->stream)
        kc_http_stream_cancel(w->stream);
}

static void watch(struct watcher *w, const char *path)
{
    w->client = w->client ? w->client : client;
    w->req = (struct kc_http_request){.target = target, .method = "GET", .path = path, .timeout_ms = w->req.timeout_ms};
    sem_init(&w->got_data, 0, 0);
    sem_init(&w->ended, 0, 0);
    kc_loop_post(kc_http_client_loop(w->client), start_watcher, w);
}

static void test_stream(void **state)
{
    struct watcher w = {0};
    (void)state;
    watch(&w, "/chunks");
    sem_wait(&w.ended);
    assert_true(w.proper);
    assert_int_equal(w.status, 200);
    assert_int_equal(w.heads, 1);
    assert_int_equal(w.ends, 1);
    assert_string_equal(w.data, "abc");
}

static void test_stream_idle(void **state)
{
    struct watcher w = {.idle_ms = 150};
    int64_t started = kc_mono_ms();
    (void)state;
    watch(&w, "/stall");
    sem_wait(&w.ended);
    assert_in_range(kc_mono_ms() - started, 140, 20000);
    assert_string_equal(w.data, "a");
    assert_int_equal(w.err.class, KC_RETRY);
    assert_string_equal(w.err.reason, "Idle");
}

static void test_stream_cut(void **state)
{
    struct watcher w = {0};
    (void)state;
    watch(&w, "/half");
    sem_wait(&w.ended);
    assert_string_equal(w.err.reason, "ConnectionLost");
    assert_string_equal(w.data, "half");
}

static void test_stream_refused_by_its_reader(void **state)
{
    struct watcher w = {.refuse = true};
    (void)state;
    watch(&w, "/stall");
    sem_wait(&w.ended);
    assert_string_equal(w.err.reason, "Cancelled");
    assert_int_equal(w.ends, 1);
}

static void test_stream_cancel(void **state)
{
    struct watcher w = {0};
    (void)state;
    watch(&w, "/stall");
    sem_wait(&w.got_data);
    kc_loop_post(kc_http_client_loop(client), cancel_watcher, &w);
    sem_wait(&w.ended);
    assert_string_equal(w.err.reason, "Cancelled");
    assert_int_equal(w.ends, 1);
}

static void *call_hanging(void *arg)
{
    KC_ARENA_SCOPE(a);
    struct kc_http_response r;
    const struct kc_http_request req = {.target = target, .method = "GET", .path = "/hang"};
    struct kc_http_client *c = arg;
    struct kc_err *err = calloc(1, sizeof(*err));
    return kc_http_do(c, &req, a, &r, err) ? NULL : err;
}

static void test_destroy_ends_everything(void **state)
{
    struct kc_err err = {0}, *ended = NULL;
    pthread_t t;
    int hangs = atomic_load(&server.hangs);
    (void)state;
    struct kc_http_client *c = kc_http_client_create(&err);
    assert_non_null(c);
    struct watcher w = {.client = c};
    watch(&w, "/stall");
    pthread_create(&t, NULL, call_hanging, c);
    while (atomic_load(&server.hangs) < hangs + 2)
        usleep(1000);
    kc_http_client_destroy(c);
    pthread_join(t, (void **)&ended);
    assert_non_null(ended);
    assert_string_equal(ended->reason, "ShuttingDown");
    assert_int_equal(ended->class, KC_UNAVAILABLE);
    assert_int_equal(w.ends, 1);
    assert_string_equal(w.err.reason, "ShuttingDown");
    free(ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),        cmocka_unit_test(test_gzip_only_when_asked),
        cmocka_unit_test(test_what_is_sent),   cmocka_unit_test(test_refused_requests),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_nobody_listens), cmocka_unit_test(test_never_sent_twice),
        cmocka_unit_test(test_cancel),         cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_too_late),       cmocka_unit_test(test_too_late_in_the_queue),
        cmocka_unit_test(test_stream),         cmocka_unit_test(test_stream_idle),
        cmocka_unit_test(test_stream_cut),     cmocka_unit_test(test_stream_refused_by_its_reader),
        cmocka_unit_test(test_stream_cancel),  cmocka_unit_test(test_destroy_ends_everything),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
