/* The desk against a small server on the loopback interface that answers, waits or hangs up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/ai/desk.h"
#include "controller/base/clock.h"
#include "controller/base/text.h"

static int listener;
static char url[64];
static struct kc_http_client *http;
static struct kc_http_target *target;
static struct kc_ai_desk *desk;
static atomic_int requests;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static int wakes;
static char last_key[64];

static void say(int fd, const char *text)
{
    (void)!write(fd, text, strlen(text));
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[8192];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf - 1)) > 0) {
        buf[n] = '\0';
        atomic_fetch_add(&requests, 1);
        if (strstr(buf, " /ok "))
            say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
        else if (strstr(buf, " /loading "))
            say(fd, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        else if (strstr(buf, " /close "))
            break;
        else if (strstr(buf, " /endless ")) {
            say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            static char block[65536];
            memset(block, 'x', sizeof block);
            char head[16];
            snprintf(head, sizeof head, "%zx\r\n", sizeof block);
            for (int i = 0; i < 64; i++) {
                say(fd, head);
                if (write(fd, block, sizeof block) < 0)
                    break;
                say(fd, "\r\n");
            }
        } /* else: hang */
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t t;
        pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd);
        pthread_detach(t);
    }
    return NULL;
}

static void wake(void *arg, const char *key)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    wakes++;
    snprintf(last_key, sizeof last_key, "%s", key);
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&lock);
}

static void wait_for_wakes(int n)
{
    pthread_mutex_lock(&lock);
    while (wakes < n)
        pthread_cond_wait(&woken, &lock);
    pthread_mutex_unlock(&lock);
}

static int setup(void **state)
{
    struct kc_http_tls tls = {0};
    struct kc_err err = {0};

    (void)state;
    wakes = 0;
    atomic_store(&requests, 0);
    http = kc_http_client_create(&err);
    target = kc_http_target_create(url, &tls, &err);
    desk = kc_ai_desk_create(http, wake, NULL);
    return http && target && desk ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    kc_ai_desk_destroy(desk);
    kc_http_target_unref(target);
    kc_http_client_destroy(http);
    return 0;
}

static void ask(const char *name, const char *path, int64_t timeout_ms)
{
    struct kc_http_request req = {
        .target = target, .method = "POST", .path = path, .body = "{}", .body_len = 2, .timeout_ms = timeout_ms};
    struct kc_err err = {0};

    assert_true(kc_ai_desk_ask(desk, name, "shop/req", &req, &err));
}

static struct kc_ai_outcome outcome(struct kc_arena *a, const char *name)
{
    struct kc_ai_outcome o = {0};

    assert_int_equal(kc_ai_desk_look(desk, name, a, &o), KC_AI_DONE);
    return o;
}

static void an_answer_wakes_the_key(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_ai_outcome o;

    (void)state;
    assert_int_equal(kc_ai_desk_look(desk, "u/0", a, &o), KC_AI_NONE);
    ask("u/0", "/ok", 60000);
    wait_for_wakes(1);
    assert_string_equal(last_key, "shop/req");
    o = outcome(a, "u/0");
    assert_true(o.ok);
    assert_string_equal(o.body, "fine");
    ask("u/0", "/ok", 60000); /* it has been asked: nothing leaves again */
    assert_int_equal(atomic_load(&requests), 1);
    kc_ai_desk_forget(desk, "u/0");
    assert_int_equal(kc_ai_desk_look(desk, "u/0", a, &o), KC_AI_NONE);
}

static const struct {
    const char *path, *reason;
    int64_t timeout_ms;
} failures[] = {
    {"/hang", "Timeout", 300},
    {"/loading", "ModelServer", 60000},
    {"/close", "ConnectionLost", 60000},
    {"/endless", "AnswerTooLong", 60000},
};

static void every_failure_is_an_outcome(void **state)
{
    KC_ARENA_SCOPE(a);

    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        ask(failures[i].path, failures[i].path, failures[i].timeout_ms);
        wait_for_wakes((int)i + 1);
        struct kc_ai_outcome o = outcome(a, failures[i].path);
        assert_false(o.ok);
        assert_string_equal(o.err.reason, failures[i].reason);
    }
}

static void forgotten_and_open_ones_end_with_the_desk(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_ai_outcome o;

    (void)state;
    ask("u/0", "/hang", 60000);
    ask("u/1", "/hang", 60000);
    assert_int_equal(kc_ai_desk_look(desk, "u/1", a, &o), KC_AI_OPEN);
    kc_ai_desk_forget(desk, "u/0");
    assert_int_equal(kc_ai_desk_look(desk, "u/0", a, &o), KC_AI_NONE);
    int64_t began = kc_mono_ms();
    desk = kc_ai_desk_destroy(desk);
    assert_true(kc_mono_ms() - began < 30000);
    assert_int_equal(wakes, 0);
}

static void only_so_many_are_open(void **state)
{
    struct kc_http_request req = {.target = target, .method = "POST", .path = "/hang", .timeout_ms = 60000};
    struct kc_err err = {0};
    char name[16];

    (void)state;
    for (int i = 0; i < KC_AI_MAX_OPEN; i++) {
        snprintf(name, sizeof name, "u/%d", i);
        ask(name, "/hang", 60000);
    }
    assert_false(kc_ai_desk_ask(desk, "one more", "k", &req, &err));
    assert_string_equal(err.reason, "TooManyQuestions");
    assert_true(kc_ai_desk_ask(desk, "u/3", "k", &req, &err)); /* known already */
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    pthread_t t;

    signal(SIGPIPE, SIG_IGN); /* the server writes to who has hung up */
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, len) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&at, &len))
        return 1;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    pthread_create(&t, NULL, serve, NULL);
    pthread_detach(t);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_wakes_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(every_failure_is_an_outcome, setup, teardown),
        cmocka_unit_test_setup_teardown(forgotten_and_open_ones_end_with_the_desk, setup, teardown),
        cmocka_unit_test_setup_teardown(only_so_many_are_open, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
