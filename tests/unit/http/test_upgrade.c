/* The exchange before the first frame: the request's text, answers whole and byte by byte, what is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/http/upgrade.h"

/* RFC 6455, section 1.3. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define HEAD   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
#define OPEN   HEAD "Sec-WebSocket-Accept: " ACCEPT "\r\nsec-websocket-protocol:  v5 \r\n\r\n"

static void asks_as_the_rfc_says(void **state)
{
    (void)state;
    static const struct kc_http_header headers[] = {{"Authorization", "Bearer x"}, {"Impersonate-User", "ana"}};
    KC_BUF_SCOPE out = {0};

    kc_upgrade_request(&out, "h:1", "/exec?command=ls", KEY, "v5", headers, 2);
    assert_string_equal(kc_buf_str(&out), "GET /exec?command=ls HTTP/1.1\r\nHost: h:1\r\nConnection: Upgrade\r\n"
                                          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                          "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Protocol: v5\r\n"
                                          "Authorization: Bearer x\r\nImpersonate-User: ana\r\n\r\n");
}

static void accepts_the_rfcs_sample(void **state)
{
    (void)state;
    char accept[29];

    kc_upgrade_accept(accept, KEY);
    assert_string_equal(accept, ACCEPT);
}

/* Feeds step bytes at a time until it is complete; returns how many bytes it took, or -1. */
static long feed(struct kc_upgrade_answer *a, const char *text, size_t step, struct kc_err *err)
{
    size_t len = strlen(text), at = 0, used;

    while (at < len && !a->complete) {
        size_t n = len - at < step ? len - at : step;
        if (!kc_upgrade_feed(a, text + at, n, &used, err))
            return -1;
        at += used;
    }
    return (long)at;
}

static void reads_answers_in_any_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        int status;
        const char *body;
        size_t left; /* bytes that do not belong to it */
        bool complete;
    } cases[] = {
        {"frames behind the head", OPEN "frames", 101, "", 6, true},
        {"a length", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nbodyrest", 403, "body", 4, true},
        {"no body", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "", 0, true},
        {"chunks", "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n",
         500, "abc0123456789", 0, true},
        {"until the end", "HTTP/1.0 401 Unauthorized\r\n\r\nno length", 401, "no length", 0, false},
        {"an interim answer", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Gone\r\nContent-Length: 1\r\n\r\nx", 404, "x",
         0, true},
        {"bare line feeds", "HTTP/1.1 404 Gone\nContent-Length: 1\n\nx", 404, "x", 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step < 200; step = step < 8 ? step + 1 : step * 2) {
            struct kc_upgrade_answer a = {0};
            struct kc_err err = {0};
            long taken = feed(&a, cases[i].text, step, &err);
            if (taken < 0)
                fail_msg("%s: %s", cases[i].name, err.message);
            assert_int_equal(a.status, cases[i].status);
            assert_string_equal(kc_buf_str(&a.body), cases[i].body);
            assert_int_equal(a.complete, cases[i].complete);
            assert_int_equal(strlen(cases[i].text) - (size_t)taken, cases[i].left);
            kc_upgrade_answer_finish(&a);
        }
}

static void opens_only_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says; /* NULL: it fits */
    } cases[] = {
        {OPEN, NULL},
        {HEAD "Sec-WebSocket-Accept: AAAA\r\nSec-WebSocket-Protocol: v5\r\n\r\n", "no WebSocket for our key"},
        {HEAD "Sec-WebSocket-Protocol: v5\r\n\r\n", "no WebSocket for our key"},
        {HEAD "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Protocol: v4\r\n\r\n", "\"v4\", v5 was asked for"},
        {HEAD "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n", "\"\", v5 was asked for"},
        {"HTTP/1.1 101 Hm\r\nUpgrade: spdy/3.1\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n", "no WebSocket"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_upgrade_answer a = {0};
        struct kc_err err = {0};
        assert_true(feed(&a, cases[i].text, 1000, &err) > 0);
        assert_int_equal(kc_upgrade_fits(&a, KEY, "v5", &err), cases[i].says == NULL);
        if (cases[i].says && !strstr(err.message, cases[i].says))
            fail_msg("%s", err.message);
        kc_upgrade_answer_finish(&a);
    }
}

static void refuses_what_is_no_answer(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 9999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_upgrade_answer a = {0};
        struct kc_err err = {0};
        if (feed(&a, cases[i], 7, &err) >= 0)
            fail_msg("taken: %s", cases[i]);
        assert_int_equal(err.class, KC_INVALID);
        kc_upgrade_answer_finish(&a);
    }
}

static void holds_no_more_than_its_bounds(void **state)
{
    (void)state;
    struct kc_upgrade_answer head = {0}, body = {0};
    struct kc_err err = {0};
    char block[4096];
    size_t used;

    memset(block, 'x', sizeof block);
    bool ok = true;
    for (int i = 0; i < 20 && ok; i++)
        ok = kc_upgrade_feed(&head, block, sizeof block, &used, &err);
    assert_false(ok);
    assert_true(head.head.len <= KC_UPGRADE_HEAD_MAX);
    assert_true(feed(&body, "HTTP/1.1 500 Oops\r\n\r\n", 100, &err) > 0);
    for (int i = 0; i < 100; i++)
        assert_true(kc_upgrade_feed(&body, block, sizeof block, &used, &err));
    assert_int_equal(body.body.len, KC_UPGRADE_BODY_MAX);
    kc_upgrade_answer_finish(&head);
    kc_upgrade_answer_finish(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_as_the_rfc_says),        cmocka_unit_test(accepts_the_rfcs_sample),
        cmocka_unit_test(reads_answers_in_any_pieces), cmocka_unit_test(opens_only_what_was_asked_for),
        cmocka_unit_test(refuses_what_is_no_answer),   cmocka_unit_test(holds_no_more_than_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
