/* A stream of kc_http_request.bulk against a TLS server that sends many records at once and then nothing: what OpenSSL
 * has read ahead must reach the reader though the socket stays silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/text.h"
#include "controller/http/client.h"
#include "tests/unit/http/cert.h"

#define RECORDS 300   /* of one chunk each */
#define CHUNK   4000  /* bytes: together far more than is read ahead at a time */
#define SOON_MS 10000 /* the time in which it must be there */

static struct {
    int listener;
    char url[64];
    SSL_CTX *tls;
    pthread_t thread;
    atomic_int connections;
} server;

static void say(SSL *ssl, const void *bytes, size_t len)
{
    (void)!SSL_write(ssl, bytes, (int)len);
}

/* Each piece in a record of its own, all of them in as few segments as TCP makes of them. */
static void say_records(SSL *ssl, const char *last)
{
    static char data[CHUNK];
    char size[16];
    const int on = 1, off = 0;

    memset(data, 'x', sizeof(data));
    setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
    say(ssl, "HTTP/1.1 200 OK\r\n", 17);
    say(ssl, "Transfer-Encoding: chunked\r\n\r\n", 30);
    for (int i = 0; i < RECORDS; i++) {
        snprintf(size, sizeof(size), "%x\r\n", CHUNK);
        say(ssl, size, strlen(size));
        say(ssl, data, sizeof(data));
        say(ssl, "\r\n", 2); /* a record of which no reader hears */
    }
    say(ssl, last, strlen(last));
    setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
}

static void *serve_one(void *arg)
{
    SSL *ssl = arg;
    char request[4096];

    if (SSL_accept(ssl) == 1) {
        for (int n; (n = SSL_read(ssl, request, sizeof(request) - 1)) > 0;) {
            request[n] = '\0';
            say_records(ssl, strstr(request, "/ends ") ? "0\r\n\r\n" : "1\r\ny\r\n");
        }
    }
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
    return NULL;
}

static void *serve(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(server.tls);
        pthread_t t;
        SSL_set_fd(ssl, fd);
        atomic_fetch_add(&server.connections, 1);
        if (pthread_create(&t, NULL, serve_one, ssl) == 0)
            pthread_detach(t);
    }
    return NULL;
}

struct reader {
    struct kc_http_client *client;
    struct kc_http_request req;
    struct kc_http_stream *stream;
    atomic_size_t bytes;
    bool proper;
    struct kc_err err;
    sem_t ended;
};

static bool on_data(void *arg, const char *data, size_t len)
{
    struct reader *r = arg;

    (void)data;
    atomic_fetch_add(&r->bytes, len);
    return true;
}

static void on_end(void *arg, const struct kc_err *err)
{
    struct reader *r = arg;

    r->proper = !err;
    if (err)
        r->err = *err;
    sem_post(&r->ended);
}

static void start(void *arg)
{
    struct reader *r = arg;
    const struct kc_http_stream_handler h = {.on_data = on_data, .on_end = on_end, .arg = r};

    r->stream = kc_http_stream_start(r->client, &r->req, SOON_MS, &h, &r->err);
    if (!r->stream)
        sem_post(&r->ended);
}

static void cancel(void *arg)
{
    const struct reader *r = arg;

    kc_http_stream_cancel(r->stream);
}

static struct kc_http_client *client;
static struct kc_http_target *target;

static void begin(struct reader *r, const char *path)
{
    *r = (struct reader){.client = client, .req = {.target = target, .method = "GET", .path = path, .bulk = true}};
    sem_init(&r->ended, 0, 0);
    kc_loop_post(kc_http_client_loop(client), start, r);
}

static void finish(struct reader *r)
{
    while (sem_wait(&r->ended) != 0)
        ;
    sem_destroy(&r->ended);
}

/* The whole answer at once; the next one on the same connection. */
static void test_whole_answers(void **state)
{
    static struct reader r; /* outlives a test that fails */
    int connections = atomic_load(&server.connections);

    (void)state;
    for (int i = 0; i < 5; i++) {
        begin(&r, "/ends");
        finish(&r);
        assert_string_equal(r.err.message, "");
        assert_true(r.proper);
        assert_int_equal(atomic_load(&r.bytes), RECORDS * CHUNK);
    }
    assert_int_equal(atomic_load(&server.connections) - connections, 1);
}

/* All that has been sent arrives though the server falls silent in the middle of its answer. */
static void test_silence_behind_the_last_record(void **state)
{
    static struct reader r; /* outlives a test that fails */

    (void)state;
    begin(&r, "/silent");
    for (int i = 0; i < SOON_MS / 2 && atomic_load(&r.bytes) < RECORDS * CHUNK + 1; i++)
        usleep(1000);
    assert_int_equal(atomic_load(&r.bytes), RECORDS * CHUNK + 1);
    kc_loop_post(kc_http_client_loop(client), cancel, &r);
    finish(&r);
    assert_string_equal(r.err.reason, "Cancelled");
}

/* Each has a connection to itself. */
static void test_at_once(void **state)
{
    static struct reader r[4];
    int connections = atomic_load(&server.connections);

    (void)state;
    for (int i = 0; i < 4; i++)
        begin(&r[i], "/ends");
    for (int i = 0; i < 4; i++) {
        finish(&r[i]);
        assert_true(r[i].proper);
        assert_int_equal(atomic_load(&r[i].bytes), RECORDS * CHUNK);
    }
    assert_in_range(atomic_load(&server.connections) - connections, 3, 4); /* one may be an earlier test's */
}

static int set_up(void **state)
{
    static struct test_cert cert;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    struct kc_err err = {0};

    (void)state;
    test_cert_make(&cert);
    server.tls = SSL_CTX_new(TLS_server_method());
    BIO *key_bio = BIO_new_mem_buf(cert.key, -1), *cert_bio = BIO_new_mem_buf(cert.cert, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    X509 *x = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    SSL_CTX_use_certificate(server.tls, x);
    SSL_CTX_use_PrivateKey(server.tls, key);
    X509_free(x);
    EVP_PKEY_free(key);
    BIO_free(key_bio);
    BIO_free(cert_bio);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(server.listener, 16) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&server.thread, NULL, serve, NULL) != 0)
        return -1;
    snprintf(server.url, sizeof(server.url), "https://127.0.0.1:%d", ntohs(address.sin_port));
    target = kc_http_target_create(server.url, &(struct kc_http_tls){.insecure = true}, &err);
    client = kc_http_client_create(&err);
    return target && client ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    kc_http_client_destroy(client);
    kc_http_target_unref(target);
    shutdown(server.listener, SHUT_RDWR);
    close(server.listener);
    pthread_join(server.thread, NULL);
    usleep(100000); /* the connections' threads free what they have */
    SSL_CTX_free(server.tls);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answers),
        cmocka_unit_test(test_silence_behind_the_last_record),
        cmocka_unit_test(test_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
