/* The server on a loop of its own; the clients here are plain OpenSSL over blocking sockets. */
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/arena.h"
#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/httpd/server.h"

struct pair {
    char *cert, *key;
};

static char *pem_of(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    char *copy = strndup(data, (size_t)len);

    BIO_free(bio);
    return copy;
}

static struct pair make_pair(const char *cn)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    struct pair p;

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(c, cert);
    PEM_write_bio_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL);
    p.cert = pem_of(c);
    p.key = pem_of(k);
    X509_free(cert);
    EVP_PKEY_free(key);
    return p;
}

static void free_pair(struct pair *p)
{
    free(p->cert);
    free(p->key);
}

struct fixture {
    struct kc_loop *loop;
    struct kc_httpd *server;
    pthread_t thread;
    struct pair pair;
    size_t large; /* bytes that /large answers with */
};

/* Says what it was asked. */
static void echo(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    (void)arg;
    if (strlen(req->body) != req->body_len && !memchr(req->body, '\0', req->body_len))
        abort(); /* the body has to be NUL-terminated */
    kc_buf_printf(&res->body, "%s %s?%s type=%s len=%zu body=", req->method, req->path, req->query, req->content_type,
                  req->body_len);
    kc_buf_add(&res->body, req->body, req->body_len < 64 ? req->body_len : 64);
}

static void large(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    struct fixture *f = arg;

    (void)req;
    for (size_t i = 0; i < f->large; i++)
        kc_buf_putc(&res->body, (char)('a' + i % 26));
}

static void teapot(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    (void)arg, (void)req;
    res->status = 418;
    res->content_type = "text/plain";
}

static void *run(void *arg)
{
    kc_loop_run(arg);
    return NULL;
}

static struct fixture *start(struct kc_httpd_options o)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct kc_err err = {0};

    o.address = "127.0.0.1";
    f->loop = kc_loop_create(&err);
    f->server = kc_httpd_create(f->loop, &o, &err);
    if (!f->server)
        fail_msg("%s", err.message);
    kc_httpd_handle(f->server, "/echo", echo, NULL);
    kc_httpd_handle(f->server, "/large", large, f);
    kc_httpd_handle(f->server, "/teapot", teapot, f);
    kc_httpd_handle(f->server, "/echo", teapot, f); /* never: the first match wins */
    if (o.tls) {
        f->pair = make_pair("first");
        if (!kc_httpd_set_certificate(f->server, f->pair.cert, f->pair.key, &err))
            fail_msg("%s", err.message);
    }
    assert_int_equal(pthread_create(&f->thread, NULL, run, f->loop), 0);
    return f;
}

static void stop(struct fixture *f)
{
    kc_loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    kc_httpd_destroy(f->server);
    kc_loop_destroy(f->loop);
    free_pair(&f->pair);
    free(f);
}

struct rotation {
    struct kc_httpd *server;
    const struct pair *pair;
    bool ok;
    struct kc_err err;
    sem_t done;
};

static void rotate_on_loop(void *arg)
{
    struct rotation *r = arg;

    r->ok = kc_httpd_set_certificate(r->server, r->pair->cert, r->pair->key, &r->err);
    sem_post(&r->done);
}

static bool rotate(struct fixture *f, const struct pair *p, struct kc_err *err)
{
    struct rotation r = {.server = f->server, .pair = p};

    sem_init(&r.done, 0, 0);
    kc_loop_post(f->loop, rotate_on_loop, &r);
    sem_wait(&r.done);
    sem_destroy(&r.done);
    *err = r.err;
    return r.ok;
}

struct client {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl; /* NULL: plain */
};

static int connect_to(const struct fixture *f)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(kc_httpd_port(f->server))};
    struct timeval timeout = {.tv_sec = 60};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        fail_msg("cannot connect");
    return fd;
}

static struct client open_plain(const struct fixture *f)
{
    return (struct client){.fd = connect_to(f)};
}

static void close_client(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
}

static bool try_tls(struct client *c, int max_version)
{
    c->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(c->ctx, 0);
    SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(c->ctx, max_version);
    c->ssl = SSL_new(c->ctx);
    SSL_set_fd(c->ssl, c->fd);
    return SSL_connect(c->ssl) == 1;
}

static struct client open_tls(const struct fixture *f)
{
    struct client c = open_plain(f);

    if (!try_tls(&c, 0))
        fail_msg("the TLS handshake failed");
    return c;
}

static void send_all(struct client *c, const char *p, size_t len)
{
    while (len) {
        ssize_t n = c->ssl ? SSL_write(c->ssl, p, (int)len) : send(c->fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server has closed: what it said before is what counts */
        p += n;
        len -= (size_t)n;
    }
}

static ssize_t receive(struct client *c, char *p, size_t len)
{
    return c->ssl ? SSL_read(c->ssl, p, (int)len) : recv(c->fd, p, len, 0);
}

struct answer {
    int status; /* 0: the connection ended instead */
    char head[2048];
    struct kc_buf body;
};

static void read_answer(struct client *c, bool has_body, struct answer *a)
{
    size_t n = 0;

    a->status = 0;
    kc_buf_clear(&a->body);
    while (n < sizeof(a->head) - 1 && receive(c, a->head + n, 1) == 1) {
        a->head[++n] = '\0';
        if (kc_str_ends(a->head, "\r\n\r\n"))
            break;
    }
    a->head[n] = '\0';
    if (n < 12)
        return;
    a->status = (int)strtol(a->head + 9, NULL, 10);
    const char *length = strcasestr(a->head, "\r\nContent-Length: ");
    long left = has_body && length ? strtol(length + 18, NULL, 10) : 0;
    while (left > 0) {
        char chunk[4096];
        ssize_t got = receive(c, chunk, left < (long)sizeof(chunk) ? (size_t)left : sizeof(chunk));
        if (got <= 0)
            fail_msg("the answer broke off");
        kc_buf_add(&a->body, chunk, (size_t)got);
        left -= got;
    }
}

static void ask(struct client *c, const char *request, struct answer *a)
{
    send_all(c, request, strlen(request));
    read_answer(c, strncmp(request, "HEAD", 4) != 0, a);
}

static bool is_closed(struct client *c)
{
    char byte;

    return receive(c, &byte, 1) <= 0;
}

#define HOST "Host: h\r\n"

static const struct {
    const char *name, *request;
    int status;
    const char *body;
} plain_cases[] = {
    {"path and query", "GET /echo?a=1&b=%20 HTTP/1.1\r\n" HOST "\r\n", 200, "GET /echo?a=1&b=%20 type= len=0 body="},
    {"encoded path", "GET /%65cho HTTP/1.1\r\n" HOST "\r\n", 200, "GET /echo? type= len=0 body="},
    {"whole URL", "GET http://h/echo HTTP/1.1\r\n" HOST "\r\n", 200, "GET /echo? type= len=0 body="},
    {"body", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 5\r\n\r\nhello", 200,
     "POST /echo? type=application/json len=5 body=hello"},
    {"chunked body",
     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200,
     "POST /echo? type= len=5 body=hello"},
    {"other methods", "PATCH /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 200,
     "PATCH /echo? type= len=1 body=x"},
    {"HEAD", "HEAD /echo HTTP/1.1\r\n" HOST "\r\n", 200, ""},
    {"HEAD of nothing", "HEAD /nowhere HTTP/1.1\r\n" HOST "\r\n", 404, ""},
    {"the handler's status", "GET /teapot HTTP/1.1\r\n" HOST "\r\n", 418, ""},
    {"no such path", "GET /nowhere HTTP/1.1\r\n" HOST "\r\n", 404, "not found\n"},
    {"a path below", "GET /echo/x HTTP/1.1\r\n" HOST "\r\n", 404, "not found\n"},
    {"a NUL in the path", "GET /echo%00 HTTP/1.1\r\n" HOST "\r\n", 400, "the path holds a NUL\n"},
    {"unknown method", "BREW /echo HTTP/1.1\r\n" HOST "\r\n", 501, NULL},
    {"body over the limit", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100001\r\n\r\n", 413, NULL},
    {"negative length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400, NULL},
    {"chunk over the limit", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413, NULL},
};

static void plain_requests(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.max_body = 100000});
    struct answer a = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(plain_cases) / sizeof(plain_cases[0]); i++) {
        struct client c = open_plain(f);
        ask(&c, plain_cases[i].request, &a);
        if (a.status != plain_cases[i].status ||
            (plain_cases[i].body && strcmp(kc_buf_str(&a.body), plain_cases[i].body) != 0))
            fail_msg("%s: %d %s", plain_cases[i].name, a.status, kc_buf_str(&a.body));
        if (a.status == 200)
            assert_non_null(strstr(a.head, "Content-Type: application/json\r\n"));
        if (!is_closed(&c)) /* without TLS one request a connection */
            fail_msg("%s: the connection stays open", plain_cases[i].name);
        close_client(&c);
    }
    kc_buf_finish(&a.body);
    stop(f);
}

static void headers_over_the_limit(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){0});
    struct client c = open_plain(f);
    struct answer a = {0};
    KC_BUF_SCOPE request = {0};

    (void)state;
    kc_buf_puts(&request, "GET /echo HTTP/1.1\r\n" HOST "X: ");
    for (int i = 0; i < 17000; i++)
        kc_buf_putc(&request, 'x');
    kc_buf_puts(&request, "\r\n\r\n");
    ask(&c, kc_buf_str(&request), &a);
    assert_int_equal(a.status, 400);
    close_client(&c);
    kc_buf_finish(&a.body);
    stop(f);
}

static void large_answers(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.tls = true});
    struct client c = open_tls(f);
    struct answer a = {0};
    static const size_t sizes[] = {0, 1, 16383, 16384, 3000000, 5};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        f->large = sizes[i]; /* the server is waiting for the request that follows */
        ask(&c, "GET /large HTTP/1.1\r\n" HOST "\r\n", &a);
        assert_int_equal(a.status, 200);
        assert_int_equal(a.body.len, sizes[i]);
        for (size_t k = 0; k < a.body.len; k++)
            assert_int_equal(a.body.data[k], 'a' + k % 26);
    }
    close_client(&c);
    kc_buf_finish(&a.body);
    stop(f);
}

static void keep_alive_answers_are_not_delayed(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.tls = true});
    struct client c = open_tls(f);
    struct answer a = {0};
    KC_BUF_SCOPE request = {0};

    (void)state;
    kc_buf_puts(&request, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3000\r\n\r\n");
    for (int i = 0; i < 3000; i++)
        kc_buf_putc(&request, 'x');
    int quick = 0;
    for (int i = 0; i < 200; i++) {
        int64_t begin = kc_mono_us();
        ask(&c, kc_buf_str(&request), &a);
        quick += kc_mono_us() - begin < 40000;
        assert_int_equal(a.status, 200);
        assert_non_null(strstr(kc_buf_str(&a.body), "len=3000"));
    }
    assert_in_range(quick, 60, 200); /* Nagle and delayed ACK would make it 44 ms each, but for some at the beginning */
    close_client(&c);
    kc_buf_finish(&a.body);
    stop(f);
}

static void expect_cn(struct client *c, const char *want)
{
    X509 *cert = SSL_get1_peer_certificate(c->ssl);
    char cn[64];

    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, cn, sizeof(cn));
    X509_free(cert);
    assert_string_equal(cn, want);
}

static void certificates_rotate_without_a_failed_call(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.tls = true});
    struct client old = open_tls(f);
    struct answer a = {0};
    struct kc_err err = {0};
    struct pair second = make_pair("second");

    (void)state;
    assert_true(rotate(f, &second, &err));
    struct client new = open_tls(f);
    expect_cn(&old, "first");
    expect_cn(&new, "second");
    for (int i = 0; i < 2; i++) {
        ask(i ? &new : &old, "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
        assert_int_equal(a.status, 200);
    }
    /* What cannot be used changes nothing, and no key is told. */
    const struct pair wrong[] = {{f->pair.cert, second.key},
                                 {second.cert, "nonsense"},
                                 {"nonsense", second.key},
                                 {second.cert, second.cert},
                                 {"", ""}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        err = (struct kc_err){0};
        assert_false(rotate(f, &wrong[i], &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_null(strstr(err.message, "BEGIN"));
        struct client c = open_tls(f);
        expect_cn(&c, "second");
        close_client(&c);
    }
    close_client(&old);
    close_client(&new);
    free_pair(&second);
    kc_buf_finish(&a.body);
    stop(f);
}

static void tls_only_and_not_an_old_one(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.tls = true});
    struct client c = open_plain(f);
    struct answer a = {0};

    (void)state;
    ask(&c, "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
    assert_int_equal(a.status, 0);
    close_client(&c);
    c = open_plain(f);
    assert_false(try_tls(&c, TLS1_1_VERSION));
    close_client(&c);
    c = open_plain(f);
    assert_true(try_tls(&c, TLS1_2_VERSION));
    close_client(&c);
    kc_buf_finish(&a.body);
    stop(f);
}

static void nobody_is_accepted_before_the_certificate(void **state)
{
    struct kc_err err = {0};
    struct kc_loop *l = kc_loop_create(&err);
    struct kc_httpd *s = kc_httpd_create(l, &(struct kc_httpd_options){.address = "127.0.0.1", .tls = true}, &err);
    struct fixture f = {.server = s};
    pthread_t thread;
    struct answer a = {0};

    (void)state;
    kc_httpd_handle(s, "/echo", echo, NULL);
    assert_int_equal(pthread_create(&thread, NULL, run, l), 0);
    struct client c = open_plain(&f);
    struct timeval soon = {.tv_usec = 200000};
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    ask(&c, "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
    assert_int_equal(a.status, 0);
    close_client(&c);
    kc_loop_stop(l);
    pthread_join(thread, NULL);
    assert_null(kc_httpd_destroy(s));
    kc_loop_destroy(l);
    kc_buf_finish(&a.body);
}

static void connections_are_bounded(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){.tls = true, .max_conns = 2});
    struct client ok[2] = {open_tls(f), open_tls(f)};
    struct client over = open_tls(f);
    struct answer a = {0};

    (void)state;
    ask(&over, "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
    assert_int_equal(a.status, 503);
    assert_true(is_closed(&over));
    close_client(&over);
    ask(&ok[0], "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
    assert_int_equal(a.status, 200);

    /* Those that never say a word count too: the fifth waits in the backlog until two of them are gone. */
    struct client mute[2] = {open_plain(f), open_plain(f)};
    usleep(50000);
    struct client waiting = open_plain(f);
    struct timeval soon = {.tv_usec = 200000};
    setsockopt(waiting.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    assert_false(try_tls(&waiting, 0));
    close_client(&waiting);
    close_client(&mute[0]);
    close_client(&mute[1]);
    close_client(&ok[0]);
    usleep(50000);
    struct client late = open_tls(f);
    ask(&late, "GET /echo HTTP/1.1\r\n" HOST "\r\n", &a);
    assert_int_equal(a.status, 200);
    close_client(&late);
    close_client(&ok[1]);
    kc_buf_finish(&a.body);
    stop(f);
}

static void addresses_that_cannot_be_used(void **state)
{
    struct fixture *f = start((struct kc_httpd_options){0});
    struct kc_err err = {0};
    struct kc_httpd_options o = {.address = "127.0.0.1", .port = kc_httpd_port(f->server)};
    char port[8];

    (void)state;
    snprintf(port, sizeof(port), "%u", (unsigned)o.port);
    assert_null(kc_httpd_create(f->loop, &o, &err));
    assert_int_equal(err.class, KC_FATAL);
    assert_string_equal(err.reason, "AddressInUse");
    assert_non_null(strstr(err.message, port));
    o.address = "example.org";
    assert_null(kc_httpd_create(f->loop, &o, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_non_null(strstr(err.message, "example.org"));
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests),
        cmocka_unit_test(headers_over_the_limit),
        cmocka_unit_test(large_answers),
        cmocka_unit_test(keep_alive_answers_are_not_delayed),
        cmocka_unit_test(certificates_rotate_without_a_failed_call),
        cmocka_unit_test(tls_only_and_not_an_old_one),
        cmocka_unit_test(nobody_is_accepted_before_the_certificate),
        cmocka_unit_test(connections_are_bounded),
        cmocka_unit_test(addresses_that_cannot_be_used),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
