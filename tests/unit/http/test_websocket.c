/* Conversations with a server that splits, fragments, pings, floods, cuts, lies and sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/eventfd.h>

#include "controller/base/clock.h"
#include "controller/http/websocket.h"
#include "tests/unit/http/websocket_server.h"

#define PROTOCOL "v5.channel.k8s.io"

static atomic_bool got_pong, got_goodbye;

static void plain(int fd, const char *request)
{
    ws_open(fd, request, PROTOCOL);
    ws_send(fd, 0x80 | WS_BINARY, "one", 3);
    ws_send(fd, 0x80 | WS_TEXT, "two", 3);
    ws_send(fd, 0x80 | WS_BINARY, "", 0);
    ws_goodbye(fd);
    ws_hang(fd);
}

/* A message in three frames with a ping between them, byte by byte. */
static void split(int fd, const char *request)
{
    unsigned char bytes[64];
    char data[126];
    size_t n = ws_frame(bytes, WS_BINARY, "on", 2);

    n += ws_frame(bytes + n, 0x80 | WS_PING, "are you there", 13);
    n += ws_frame(bytes + n, 0, "e", 1);
    n += ws_frame(bytes + n, 0x80, "two", 3);
    ws_open(fd, request, PROTOCOL);
    for (size_t i = 0; i < n; i++) {
        ws_write(fd, &bytes[i], 1);
        usleep(1000);
    }
    atomic_store(&got_pong, ws_read_frame(fd, data, sizeof data) == WS_PONG && KC_STREQ(data, "are you there"));
    ws_goodbye(fd);
    ws_hang(fd);
}

static void at_once(int fd, const char *request)
{
    int flag = 1;
    setsockopt(fd, IPPROTO_TCP, 3 /* TCP_CORK */, &flag, sizeof flag);
    plain(fd, request);
}

/* 300 KB in one message. */
static void big(int fd, const char *request)
{
    static char data[300000];

    memset(data, 'x', sizeof data);
    ws_open(fd, request, PROTOCOL);
    ws_send(fd, 0x80 | WS_BINARY, data, sizeof data);
    ws_goodbye(fd);
    ws_hang(fd);
}

static void oversized(int fd, const char *request)
{
    ws_open(fd, request, PROTOCOL);
    ws_write(fd, "\x82\x7f\0\0\0\0\0\x20\0\0", 10); /* 2 MiB are to come */
    ws_say(fd, "xxxx");
    ws_hang(fd);
}

/* Each frame small, their message not. */
static void creeping(int fd, const char *request)
{
    static char data[65536];

    ws_open(fd, request, PROTOCOL);
    for (int i = 0; i < 32; i++)
        ws_send(fd, i ? 0 : WS_BINARY, data, sizeof data);
    ws_hang(fd);
}

static void cut(int fd, const char *request)
{
    ws_open(fd, request, PROTOCOL);
    ws_send(fd, 0x80 | WS_BINARY, "one", 3);
    ws_say(fd, "\x82\x05"
               "tw"); /* in the middle of a frame */
}

static void nonsense(int fd, const char *request)
{
    ws_open(fd, request, PROTOCOL);
    ws_say(fd, "\xff\xff\xff\xff\xff\xff");
    ws_hang(fd);
}

static void silent(int fd, const char *request)
{
    ws_open(fd, request, PROTOCOL);
    ws_send(fd, 0x80 | WS_BINARY, "one", 3);
    ws_hang(fd);
}

/* Never pauses. */
static void flood(int fd, const char *request)
{
    static char data[1024];
    unsigned char frame[2048];
    size_t n = ws_frame(frame, 0x80 | WS_BINARY, data, sizeof data);

    ws_open(fd, request, PROTOCOL);
    while (write(fd, frame, n) > 0)
        ;
}

static void wordy(int fd, const char *request)
{
    char data[126];

    ws_open(fd, request, PROTOCOL);
    ws_send(fd, 0x80 | WS_BINARY, "enough", 6);
    atomic_store(&got_goodbye, ws_read_frame(fd, data, sizeof data) == WS_CLOSE);
}

static void forbidden(int fd, const char *request)
{
    (void)request;
    ws_say(fd, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    ws_hang(fd);
}

static void chunked(int fd, const char *request)
{
    (void)request;
    ws_say(fd, "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
    ws_hang(fd);
}

static void endless(int fd, const char *request)
{
    (void)request;
    ws_say(fd, "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\n\r\nno");
}

/* A refusal that never ends: enough of it is enough. */
static void chatter(int fd, const char *request)
{
    static char block[65536];

    (void)request;
    ws_say(fd, "HTTP/1.1 500 Oops\r\n\r\n");
    memset(block, 'x', sizeof block);
    while (write(fd, block, sizeof block) > 0)
        ;
}

static void liar(int fd, const char *request)
{
    (void)request;
    ws_open(fd, "Sec-WebSocket-Key: other", PROTOCOL);
    ws_hang(fd);
}

static void stranger(int fd, const char *request)
{
    ws_open(fd, request, "chat");
    ws_hang(fd);
}

static void drop(int fd, const char *request)
{
    (void)fd, (void)request;
}

static void mute(int fd, const char *request)
{
    (void)request;
    ws_hang(fd);
}

static const struct ws_scene scenes[] = {
    {"/plain", plain},     {"/split", split},         {"/at-once", at_once},   {"/big", big},
    {"/cut", cut},         {"/oversized", oversized}, {"/creeping", creeping}, {"/nonsense", nonsense},
    {"/silent", silent},   {"/flood", flood},         {"/wordy", wordy},       {"/forbidden", forbidden},
    {"/chunked", chunked}, {"/endless", endless},     {"/liar", liar},         {"/stranger", stranger},
    {"/drop", drop},       {"/chatter", chatter},     {"/mute", mute},         {NULL, NULL},
};

static bool heard(void *arg, const void *data, size_t len)
{
    struct kc_buf *b = arg;
    bool enough = len == 6 && memcmp(data, "enough", 6) == 0;

    if (len < 100)
        kc_buf_printf(b, "<%.*s>", (int)len, (const char *)data);
    else
        kc_buf_printf(b, b->len < 64 ? "<%zu>" : "", len);
    return !enough;
}

static struct kc_http_target *target_of(const char *url)
{
    struct kc_err err = {0};
    struct kc_http_target *t = kc_http_target_create(url, NULL, &err);

    assert_non_null(t);
    return t;
}

static void every_scene(void **state)
{
    (void)state;
    static const struct {
        const char *path, *heard;
        enum kc_class class; /* KC_NONE: it ends well */
        const char *reason;
        int status, close_code;
        const char *body;
    } cases[] = {
        {"/plain", "<one><two><>", KC_NONE, NULL, 101, 1000, ""},
        {"/split", "<onetwo>", KC_NONE, NULL, 101, 1000, ""},
        {"/at-once", "<one><two><>", KC_NONE, NULL, 101, 1000, ""},
        {"/big", "<300000>", KC_NONE, NULL, 101, 1000, ""},
        {"/wordy", "<enough>", KC_NONE, NULL, 101, 0, ""},
        {"/cut", "<one>", KC_RETRY, "ConnectionLost", 101, 0, ""},
        {"/oversized", "", KC_INVALID, "TooLarge", 101, 0, ""},
        {"/creeping", "", KC_INVALID, "TooLarge", 101, 0, ""},
        {"/nonsense", "", KC_INVALID, "BadAnswer", 101, 0, ""},
        {"/silent", "<one>", KC_RETRY, "Timeout", 101, 0, ""},
        {"/flood", NULL, KC_RETRY, "Timeout", 101, 0, ""},
        {"/forbidden", "", KC_NONE, NULL, 403, 0, "no"},
        {"/chunked", "", KC_NONE, NULL, 500, 0, "no"},
        {"/endless", "", KC_NONE, NULL, 429, 0, "no"},
        {"/chatter", "", KC_NONE, NULL, 500, 0, NULL},
        {"/liar", "", KC_INVALID, "BadAnswer", 101, 0, ""},
        {"/stranger", "", KC_INVALID, "BadAnswer", 101, 0, ""},
        {"/drop", "", KC_RETRY, "ConnectionLost", 0, 0, ""},
        {"/mute", "", KC_RETRY, "Timeout", 0, 0, ""},
    };
    struct kc_http_target *t = target_of(ws.url);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        struct kc_websocket_request req = {.target = t,
                                           .path = cases[i].path,
                                           .protocol = PROTOCOL,
                                           .timeout_ms = KC_STREQ(kc_or(cases[i].reason, ""), "Timeout") ? 2000 : 60000,
                                           .max_message = 1 << 20,
                                           .cancel_fd = -1,
                                           .on_message = heard,
                                           .arg = &out};
        struct kc_websocket_ended ended;
        struct kc_err err = {0};
        int64_t began = kc_mono_ms();

        bool ok = kc_websocket_run(&req, a, &ended, &err);
        if (ok != (cases[i].class == KC_NONE) || err.class != cases[i].class ||
            (!ok && !KC_STREQ(err.reason, cases[i].reason)))
            fail_msg("%s: %s %s", cases[i].path, err.reason, err.message);
        if (cases[i].heard && !KC_STREQ(kc_buf_str(&out), cases[i].heard))
            fail_msg("%s: heard %s", cases[i].path, kc_buf_str(&out));
        if (ended.status != cases[i].status || ended.close_code != cases[i].close_code || !ended.sent ||
            (cases[i].body ? !KC_STREQ(ended.body, cases[i].body) : ended.body_len != KC_UPGRADE_BODY_MAX))
            fail_msg("%s: status %d, close code %d, body %s", cases[i].path, ended.status, ended.close_code,
                     ended.body);
        assert_true(kc_mono_ms() - began < 50000);
        if (KC_STREQ(cases[i].path, "/endless"))
            assert_int_equal(ended.retry_after_ms, 3000);
    }
    assert_true(atomic_load(&got_pong));
    for (int i = 0; i < 2000 && !atomic_load(&got_goodbye); i++)
        usleep(10000);
    assert_true(atomic_load(&got_goodbye));
    kc_http_target_unref(t);
}

static void nothing_leaves_too_late(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    struct kc_http_target *t = target_of(ws.url), *nobody = target_of("http://127.0.0.1:1");
    struct kc_websocket_request req = {.target = t,
                                       .path = "/plain",
                                       .protocol = PROTOCOL,
                                       .timeout_ms = 60000,
                                       .max_message = 1 << 20,
                                       .not_after_ms = 1,
                                       .cancel_fd = -1,
                                       .on_message = heard,
                                       .arg = &out};
    struct kc_websocket_ended ended;
    struct kc_err err = {0};
    int before = atomic_load(&ws.requests);

    assert_false(kc_websocket_run(&req, a, &ended, &err));
    assert_string_equal(err.reason, "TooLate");
    assert_false(ended.sent);
    req.not_after_ms = kc_boot_ms() + 60000;
    assert_true(kc_websocket_run(&req, a, &ended, &err));
    req.target = nobody;
    assert_false(kc_websocket_run(&req, a, &ended, &err));
    assert_string_equal(err.reason, "ConnectionFailed");
    assert_false(ended.sent);
    assert_int_equal(atomic_load(&ws.requests), before + 1);
    kc_http_target_unref(t);
    kc_http_target_unref(nobody);
}

static void *ring_later(void *arg)
{
    usleep(200000);
    eventfd_write(*(int *)arg, 1);
    return NULL;
}

static void a_caller_ends_it(void **state)
{
    (void)state;
    static const char *const paths[] = {"/silent", "/mute"};

    for (size_t i = 0; i < 2; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        struct kc_http_target *t = target_of(ws.url);
        int fd = eventfd(0, EFD_CLOEXEC);
        struct kc_websocket_request req = {.target = t,
                                           .path = paths[i],
                                           .protocol = PROTOCOL,
                                           .timeout_ms = 60000,
                                           .max_message = 1 << 20,
                                           .cancel_fd = fd,
                                           .on_message = heard,
                                           .arg = &out};
        struct kc_websocket_ended ended;
        struct kc_err err = {0};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, ring_later, &fd), 0);
        assert_false(kc_websocket_run(&req, a, &ended, &err));
        assert_string_equal(err.reason, "Cancelled");
        pthread_join(thread, NULL);
        close(fd);
        kc_http_target_unref(t);
    }
}

static void carries_its_headers(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    struct kc_http_target *t = target_of(ws.url);
    struct kc_http_header headers[] = {{"Authorization", "Bearer t"}, {"Impersonate-Group", "sre"}, {"X", "a\r\nY: b"}};
    struct kc_websocket_request req = {.target = t,
                                       .path = "/plain?command=ls",
                                       .headers = headers,
                                       .n_headers = 2,
                                       .protocol = PROTOCOL,
                                       .timeout_ms = 60000,
                                       .max_message = 1 << 20,
                                       .cancel_fd = -1,
                                       .on_message = heard,
                                       .arg = &out};
    struct kc_websocket_ended ended;
    struct kc_err err = {0};

    assert_true(kc_websocket_run(&req, a, &ended, &err));
    assert_non_null(strstr(ws.last, "GET /plain?command=ls HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert_non_null(strstr(ws.last, "\r\nAuthorization: Bearer t\r\nImpersonate-Group: sre\r\n\r\n"));
    assert_non_null(strstr(ws.last, "\r\nSec-WebSocket-Protocol: " PROTOCOL "\r\n"));
    req.n_headers = 3; /* would be two headers */
    assert_false(kc_websocket_run(&req, a, &ended, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_false(ended.sent);
    kc_http_target_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene),
        cmocka_unit_test(nothing_leaves_too_late),
        cmocka_unit_test(a_caller_ends_it),
        cmocka_unit_test(carries_its_headers),
    };
    ws_listen(scenes);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ws_quiet();
    return failed;
}
