#include "controller/http/upgrade.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/http/headers.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, section 1.3 */

void kc_upgrade_request(struct kc_buf *out, const char *host, const char *path, const char *key, const char *protocol,
                        const struct kc_http_header *headers, size_t n_headers)
{
    kc_buf_printf(out,
                  "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n",
                  path, host, key, protocol);
    for (size_t i = 0; i < n_headers; i++)
        kc_buf_printf(out, "%s: %s\r\n", headers[i].name, headers[i].value);
    kc_buf_puts(out, "\r\n");
}

void kc_upgrade_accept(char out[29], const char *key)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    KC_BUF_SCOPE both = {0};

    kc_buf_printf(&both, "%s" GUID, key);
    if (EVP_Digest(kc_buf_str(&both), both.len, digest, &len, EVP_sha1(), NULL) != 1 || len != 20)
        abort();
    EVP_EncodeBlock((unsigned char *)out, digest, (int)len);
}

static void keep(char *to, size_t cap, const char *value)
{
    snprintf(to, cap, "%s", value);
}

/* A comma-separated list of tokens. */
static bool has_token(const char *list, const char *token)
{
    size_t len = strlen(token);

    for (const char *p = list; *p; p += *p == ',') {
        p += strspn(p, " \t");
        size_t n = strcspn(p, ", \t");
        if (n == len && strncasecmp(p, token, len) == 0)
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

static void take_header(struct kc_upgrade_answer *a, const char *name, const char *value)
{
    int64_t n;

    if (strcasecmp(name, "sec-websocket-accept") == 0)
        keep(a->accept, sizeof a->accept, value);
    else if (strcasecmp(name, "sec-websocket-protocol") == 0)
        keep(a->protocol, sizeof a->protocol, value);
    else if (strcasecmp(name, "upgrade") == 0)
        a->upgrades = has_token(value, "websocket");
    else if (strcasecmp(name, "transfer-encoding") == 0)
        a->chunked = has_token(value, "chunked");
    else if (strcasecmp(name, "content-length") == 0 && kc_parse_int(value, 0, INT64_MAX, &n))
        a->body_left = n;
    else if (strcasecmp(name, "retry-after") == 0)
        a->retry_after_ms = kc_http_retry_after(value, kc_unix_ms());
}

/* "HTTP/1.1 403 Forbidden" */
static int status_of(const char *line)
{
    int64_t status;
    char digits[4] = "";

    if (!kc_str_starts(line, "HTTP/1.") || strlen(line) < 12 || line[8] != ' ')
        return 0;
    memcpy(digits, line + 9, 3);
    return kc_parse_int(digits, 100, 599, &status) ? (int)status : 0;
}

/* The head is whole: its lines. */
static bool read_head(struct kc_upgrade_answer *a, struct kc_err *err)
{
    char *save, *line = a->head.data ? strtok_r(a->head.data, "\r\n", &save) : NULL;

    a->status = line ? status_of(line) : 0;
    if (!a->status)
        return kc_fail(err, KC_INVALID, "BadAnswer", "the answer does not begin like one of HTTP/1.1");
    a->body_left = -1;
    a->chunk_left = -1;
    while ((line = strtok_r(NULL, "\r\n", &save))) {
        char *colon = strchr(line, ':');
        if (!colon)
            continue;
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t");
        for (size_t n = strlen(value); n && strchr(" \t", value[n - 1]); n--)
            value[n - 1] = '\0';
        take_header(a, line, value);
    }
    /* An interim answer: the final one follows. */
    if (a->status < 200 && a->status != 101) {
        a->status = 0;
        kc_buf_clear(&a->head);
    } else {
        a->complete = a->status == 101 || (!a->chunked && a->body_left == 0);
    }
    return true;
}

/* Byte by byte: nothing behind the empty line belongs to the head. */
static bool feed_head(struct kc_upgrade_answer *a, const char *bytes, size_t len, size_t *used, struct kc_err *err)
{
    while (*used < len && !a->status) {
        if (a->head.len >= KC_UPGRADE_HEAD_MAX)
            return kc_fail(err, KC_INVALID, "BadAnswer", "the answer's head is longer than %zu bytes",
                           KC_UPGRADE_HEAD_MAX);
        if (!bytes[*used])
            return kc_fail(err, KC_INVALID, "BadAnswer", "the answer's head has a zero byte");
        kc_buf_putc(&a->head, bytes[(*used)++]);
        bool over = (a->head.len >= 4 && memcmp(a->head.data + a->head.len - 4, "\r\n\r\n", 4) == 0) ||
                    (a->head.len >= 2 && memcmp(a->head.data + a->head.len - 2, "\n\n", 2) == 0);
        if (over && !read_head(a, err))
            return false;
    }
    return true;
}

static void add_body(struct kc_upgrade_answer *a, const char *bytes, size_t len)
{
    size_t room = KC_UPGRADE_BODY_MAX - a->body.len;

    kc_buf_add(&a->body, bytes, len < room ? len : room);
}

static size_t least(size_t len, int64_t left)
{
    return left < 0 || (uint64_t)left > len ? len : (size_t)left;
}

static void feed_body(struct kc_upgrade_answer *a, const char *bytes, size_t len, size_t *used)
{
    size_t n = least(len - *used, a->body_left);

    add_body(a, bytes + *used, n);
    *used += n;
    if (a->body_left >= 0) {
        a->body_left -= (int64_t)n;
        a->complete = a->body_left == 0;
    }
}

/* "1a;extension" and its line break (RFC 9112, section 7.1). */
static bool read_size(struct kc_upgrade_answer *a, struct kc_err *err)
{
    char *end;
    const char *line = kc_buf_str(&a->line);
    unsigned long long size = strtoull(line, &end, 16);

    if (end == line || !strchr(";\r\n \t", *end) || size > KC_UPGRADE_BODY_MAX * 1024)
        return kc_fail(err, KC_INVALID, "BadAnswer", "a chunk of the answer has no size");
    a->chunk_left = (int64_t)size + 2; /* its line break */
    a->complete = size == 0;           /* what trailers there are is of no use */
    kc_buf_clear(&a->line);
    return true;
}

static bool feed_chunks(struct kc_upgrade_answer *a, const char *bytes, size_t len, size_t *used, struct kc_err *err)
{
    while (*used < len && !a->complete) {
        if (a->chunk_left < 0) {
            char c = bytes[(*used)++];
            kc_buf_putc(&a->line, c);
            if (a->line.len > 64)
                return kc_fail(err, KC_INVALID, "BadAnswer", "a chunk of the answer has no size");
            if (c == '\n' && !read_size(a, err))
                return false;
            continue;
        }
        size_t n = least(len - *used, a->chunk_left);
        size_t data = a->chunk_left > 2 ? least(n, a->chunk_left - 2) : 0;
        add_body(a, bytes + *used, data);
        *used += n;
        a->chunk_left -= (int64_t)n;
        if (a->chunk_left == 0)
            a->chunk_left = -1;
    }
    return true;
}

bool kc_upgrade_feed(struct kc_upgrade_answer *a, const char *bytes, size_t len, size_t *ret_used, struct kc_err *err)
{
    *ret_used = 0;
    if (!a->status && !feed_head(a, bytes, len, ret_used, err))
        return false;
    if (!a->status || a->complete)
        return true;
    if (a->chunked)
        return feed_chunks(a, bytes, len, ret_used, err);
    feed_body(a, bytes, len, ret_used);
    return true;
}

bool kc_upgrade_fits(const struct kc_upgrade_answer *a, const char *key, const char *protocol, struct kc_err *err)
{
    char expected[29];

    kc_upgrade_accept(expected, key);
    if (!a->upgrades || !KC_STREQ(a->accept, expected))
        return kc_fail(err, KC_INVALID, "BadAnswer", "the answer has status 101 but opens no WebSocket for our key");
    return KC_STREQ(a->protocol, protocol) ||
           kc_fail(err, KC_INVALID, "BadAnswer", "the server chose the protocol \"%s\", %s was asked for", a->protocol,
                   protocol);
}

void kc_upgrade_answer_finish(struct kc_upgrade_answer *a)
{
    kc_buf_finish(&a->head);
    kc_buf_finish(&a->body);
    kc_buf_finish(&a->line);
}
