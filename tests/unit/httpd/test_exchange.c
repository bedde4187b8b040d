/* Answers that come later, and clients that have to say who they are: over real TLS. */
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/httpd/server.h"

struct signer {
    X509 *cert;
    EVP_PKEY *key;
};

static struct signer make_cert(const char *cn, const struct signer *ca, const char *usage)
{
    struct signer s = {.cert = X509_new(), .key = EVP_EC_gen("P-256")};
    X509_NAME *name = X509_get_subject_name(s.cert);
    X509V3_CTX ctx;

    X509_set_version(s.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(s.cert), ca ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(s.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(s.cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(s.cert, ca ? X509_get_subject_name(ca->cert) : name);
    X509_set_pubkey(s.cert, s.key);
    X509V3_set_ctx(&ctx, ca ? ca->cert : s.cert, s.cert, NULL, NULL, 0);
    X509_EXTENSION *e = ca ? X509V3_EXT_conf_nid(NULL, &ctx, NID_ext_key_usage, usage)
                           : X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(s.cert, e, -1);
    X509_EXTENSION_free(e);
    X509_sign(s.cert, ca ? ca->key : s.key, EVP_sha256());
    return s;
}

static void free_cert(struct signer *s)
{
    X509_free(s->cert);
    EVP_PKEY_free(s->key);
}

static char *pem_of(const struct signer *s, bool key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *copy;

    if (key)
        PEM_write_bio_PrivateKey(bio, s->key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_X509(bio, s->cert);
    long len = BIO_get_mem_data(bio, &data);
    copy = strndup(data, (size_t)len);
    BIO_free(bio);
    return copy;
}

struct fixture {
    struct kc_loop *loop;
    struct kc_httpd *server;
    pthread_t loop_thread, answerer;
    struct signer ca, other_ca, serving;
};

/* Says whom the server takes the client for, and what it said of itself. */
static void whoami(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    KC_ARENA_SCOPE(a);
    const char *peer = kc_httpd_peer_name(req, a), *said = kc_httpd_header(req, "x-remote-user");

    (void)arg;
    kc_buf_printf(&res->body, "peer=%s said=%s", peer ? peer : "(none)", said ? said : "(nothing)");
}

static void count_headers(void *arg, const char *name, const char *value)
{
    kc_buf_printf(arg, "%s=%s;", name, value);
}

static void headers(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    (void)arg;
    kc_httpd_each_header(req, count_headers, &res->body);
}

static void *answer_soon(void *arg)
{
    struct kc_httpd_later *later = arg;
    struct kc_httpd_response res = {.status = 202, .content_type = "text/plain"};

    usleep(100000);
    for (int i = 0; i < 20000; i++)
        kc_buf_putc(&res.body, 'x');
    kc_httpd_answer(later, &res);
    return NULL;
}

static void slow(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    struct fixture *f = arg;

    kc_buf_puts(&res->body, "never seen");
    pthread_create(&f->answerer, NULL, answer_soon, kc_httpd_defer(req));
}

static void never(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    (void)arg, (void)res;
    (void)kc_httpd_defer(req);
}

static void *run(void *arg)
{
    kc_loop_run(arg);
    return NULL;
}

static struct fixture *start(bool ask_clients)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct kc_err err = {0};

    f->ca = make_cert("front CA", NULL, NULL);
    f->other_ca = make_cert("other CA", NULL, NULL);
    f->serving = make_cert("server", &f->ca, "serverAuth");
    f->loop = kc_loop_create(&err);
    f->server = kc_httpd_create(f->loop, &(struct kc_httpd_options){.address = "127.0.0.1", .tls = true}, &err);
    kc_httpd_handle(f->server, "/whoami", whoami, NULL);
    kc_httpd_handle(f->server, "/headers", headers, NULL);
    kc_httpd_handle(f->server, "/slow", slow, f);
    kc_httpd_handle(f->server, "/never", never, NULL);
    kc_httpd_handle(f->server, "/below/", whoami, NULL);
    char *ca = pem_of(&f->ca, false), *cert = pem_of(&f->serving, false), *key = pem_of(&f->serving, true);
    assert_true(kc_httpd_set_client_ca(f->server, ask_clients ? ca : NULL, &err));
    assert_true(kc_httpd_set_certificate(f->server, cert, key, &err));
    free(ca);
    free(cert);
    free(key);
    assert_int_equal(pthread_create(&f->loop_thread, NULL, run, f->loop), 0);
    return f;
}

static void stop(struct fixture *f)
{
    kc_loop_stop(f->loop);
    pthread_join(f->loop_thread, NULL);
    kc_httpd_destroy(f->server);
    kc_loop_destroy(f->loop);
    free_cert(&f->ca);
    free_cert(&f->other_ca);
    free_cert(&f->serving);
    free(f);
}

struct client {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
};

static struct client open_as(const struct fixture *f, const struct signer *who)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(kc_httpd_port(f->server))};
    struct timeval timeout = {.tv_sec = 5};
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .ctx = SSL_CTX_new(TLS_client_method())};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    assert_int_equal(connect(c.fd, (struct sockaddr *)&at, sizeof at), 0);
    if (who) {
        SSL_CTX_use_certificate(c.ctx, who->cert);
        SSL_CTX_use_PrivateKey(c.ctx, who->key);
    }
    c.ssl = SSL_new(c.ctx);
    SSL_set_fd(c.ssl, c.fd);
    SSL_connect(c.ssl); /* TLS 1.3: a refused certificate shows with the first read */
    return c;
}

static void close_client(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
}

/* Everything until the server closes; "" when it does not answer. */
static char *ask(struct client *c, const char *path, const char *more)
{
    KC_BUF_SCOPE request = {0};
    KC_BUF_SCOPE answer = {0};
    char chunk[4096];
    int n;

    kc_buf_printf(&request, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n", path, more);
    if (SSL_write(c->ssl, request.data, (int)request.len) > 0)
        while ((n = SSL_read(c->ssl, chunk, sizeof chunk)) > 0)
            kc_buf_add(&answer, chunk, (size_t)n);
    return kc_buf_steal(&answer);
}

static void expect(const struct fixture *f, const char *name, const struct signer *who, const char *path,
                   const char *more, const char *text)
{
    struct client c = open_as(f, who);
    char *answer = ask(&c, path, more);

    if (text ? !strstr(answer, text) : *answer != '\0')
        fail_msg("%s: %s", name, answer);
    free(answer);
    close_client(&c);
}

static void clients_are_who_their_certificate_says(void **state)
{
    struct fixture *f = start(true);
    struct signer front = make_cert("front-proxy", &f->ca, "clientAuth");
    struct signer wrong_ca = make_cert("front-proxy", &f->other_ca, "clientAuth");
    struct signer wrong_use = make_cert("front-proxy", &f->ca, "serverAuth");

    (void)state;
    expect(f, "signed", &front, "/whoami", "", "peer=front-proxy said=(nothing)");
    expect(f, "none, with a name in a header", NULL, "/whoami", "X-Remote-User: admin\r\n", "peer=(none) said=admin");
    expect(f, "another CA", &wrong_ca, "/whoami", "X-Remote-User: admin\r\n", NULL);
    expect(f, "a server's certificate", &wrong_use, "/whoami", "", NULL);
    expect(f, "another CA's own", &f->other_ca, "/whoami", "", NULL);
    free_cert(&front);
    free_cert(&wrong_ca);
    free_cert(&wrong_use);
    stop(f);
}

static void nobody_is_asked_unless_told(void **state)
{
    struct fixture *f = start(false);
    struct signer front = make_cert("front-proxy", &f->ca, "clientAuth");

    (void)state;
    expect(f, "not asked", &front, "/whoami", "", "peer=(none)");
    free_cert(&front);
    stop(f);
}

static void a_ca_that_is_none_changes_nothing(void **state)
{
    struct fixture *f = start(true);
    struct kc_err err = {0};

    (void)state;
    kc_loop_stop(f->loop);
    pthread_join(f->loop_thread, NULL);
    assert_false(kc_httpd_set_client_ca(f->server, "nonsense", &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_false(kc_httpd_set_client_ca(f->server, "", &err));
    stop((pthread_create(&f->loop_thread, NULL, run, f->loop), f));
}

static void answers_may_come_later_and_do_not_hold_others_up(void **state)
{
    struct fixture *f = start(false);
    struct client waits = open_as(f, NULL);

    (void)state;
    int64_t began = kc_mono_ms();
    const char *request = "GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    SSL_write(waits.ssl, request, (int)strlen(request));
    usleep(20000);
    expect(f, "meanwhile", NULL, "/whoami", "", "peer=(none)");
    assert_true(kc_mono_ms() - began < 95);
    KC_BUF_SCOPE answer = {0};
    char chunk[4096];
    for (int n; (n = SSL_read(waits.ssl, chunk, sizeof chunk)) > 0;)
        kc_buf_add(&answer, chunk, (size_t)n);
    assert_non_null(strstr(kc_buf_str(&answer), "202"));
    assert_non_null(strstr(kc_buf_str(&answer), "Content-Type: text/plain"));
    assert_null(strstr(kc_buf_str(&answer), "never seen"));
    assert_true(answer.len > 20000);
    pthread_join(f->answerer, NULL);
    close_client(&waits);
    stop(f);
}

static void a_client_that_left_does_not_matter(void **state)
{
    struct fixture *f = start(false);
    struct client gone = open_as(f, NULL);
    const char *request = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

    (void)state;
    SSL_write(gone.ssl, request, (int)strlen(request));
    usleep(20000);
    close_client(&gone);
    usleep(150000);
    expect(f, "afterwards", NULL, "/whoami", "", "peer=(none)");
    pthread_join(f->answerer, NULL);
    stop(f);
}

static void what_nobody_answered_goes_with_the_server(void **state)
{
    struct fixture *f = start(false);
    struct client waits = open_as(f, NULL);
    const char *request = "GET /never HTTP/1.1\r\nHost: h\r\n\r\n";

    (void)state;
    SSL_write(waits.ssl, request, (int)strlen(request));
    usleep(20000);
    stop(f);
    close_client(&waits);
}

static void paths_and_headers(void **state)
{
    struct fixture *f = start(false);

    (void)state;
    expect(f, "below", NULL, "/below/a/b", "", "200 OK");
    expect(f, "the folder itself", NULL, "/below/", "", "200 OK");
    expect(f, "beside", NULL, "/belowx", "", "404");
    expect(f, "every header in order", NULL, "/headers", "X-A: 1\r\nX-B: 2\r\nX-A: 3\r\n", "X-A=1;X-B=2;X-A=3;");
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_are_who_their_certificate_says),
        cmocka_unit_test(nobody_is_asked_unless_told),
        cmocka_unit_test(a_ca_that_is_none_changes_nothing),
        cmocka_unit_test(answers_may_come_later_and_do_not_hold_others_up),
        cmocka_unit_test(a_client_that_left_does_not_matter),
        cmocka_unit_test(what_nobody_answered_goes_with_the_server),
        cmocka_unit_test(paths_and_headers),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
