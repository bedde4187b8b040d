#include "controller/httpd/exchange.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/keyvalq_struct.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define LARGE_ANSWER 16384 /* larger ones are handed to libevent instead of copied */

struct kc_httpd_later {
    struct kc_node node;
    struct kc_deferred *deferred;
    struct evhttp_request *req;
    struct kc_httpd_response res;
};

static void free_answer(const void *data, size_t len, void *arg)
{
    (void)data, (void)len;
    free(arg);
}

/* Takes what body holds. evhttp 2.1 would send a body even where HEAD forbids one. */
static void set_body(struct evhttp_request *req, struct kc_buf *body)
{
    struct evbuffer *out = evhttp_request_get_output_buffer(req);
    size_t len = body->len;

    if (evhttp_request_get_command(req) == EVHTTP_REQ_HEAD) {
        char text[24];
        snprintf(text, sizeof(text), "%zu", len);
        evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Length", text);
    } else if (len >= LARGE_ANSWER) {
        char *data = kc_buf_steal(body);
        evbuffer_add_reference(out, data, len, free_answer, data);
    } else {
        evbuffer_add(out, kc_buf_str(body), len);
    }
    kc_buf_clear(body);
}

void kc_exchange_reply(struct evhttp_request *req, struct kc_httpd_response *res)
{
    evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", res->content_type);
    set_body(req, &res->body);
    evhttp_send_reply(req, res->status, NULL, NULL);
}

const char *kc_httpd_header(const struct kc_httpd_request *req, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(req->exchange->req), name);
}

void kc_httpd_each_header(const struct kc_httpd_request *req,
                          void (*fn)(void *arg, const char *name, const char *value), void *arg)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(req->exchange->req);
    const struct evkeyval *h;

    TAILQ_FOREACH(h, headers, next)
    fn(arg, h->key, h->value);
}

const char *kc_httpd_peer_name(const struct kc_httpd_request *req, struct kc_arena *a)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(req->exchange->req);
    SSL *ssl = connection ? bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(connection)) : NULL;
    X509 *cert = ssl ? SSL_get1_peer_certificate(ssl) : NULL;
    const char *out = NULL;
    unsigned char *text = NULL;

    if (!cert)
        return NULL;
    const X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    int len = at < 0 ? 0 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (SSL_get_verify_result(ssl) == X509_V_OK)
        out = len > 0 && !memchr(text, '\0', (size_t)len) ? kc_arena_strndup(a, (const char *)text, (size_t)len) : "";
    OPENSSL_free(text);
    X509_free(cert);
    return out;
}

void kc_deferred_init(struct kc_deferred *d, struct kc_loop *l)
{
    d->loop = l;
    kc_list_init(&d->list);
}

static void forget(struct kc_httpd_later *later)
{
    kc_list_remove(&later->node);
    kc_buf_finish(&later->res.body);
    free(later);
}

/* evhttp frees the requests of its connections; ours only let go of them. */
void kc_deferred_drop(struct kc_deferred *d)
{
    struct kc_node *n;

    while ((n = kc_list_first(&d->list)))
        forget(KC_CONTAINER(n, struct kc_httpd_later, node));
}

struct kc_httpd_later *kc_httpd_defer(const struct kc_httpd_request *req)
{
    struct kc_httpd_later *later = calloc(1, sizeof(*later));

    if (!later)
        abort();
    later->deferred = req->exchange->deferred;
    later->req = req->exchange->req;
    req->exchange->later = later;
    kc_list_append(&later->deferred->list, &later->node);
    return later;
}

/* evhttp keeps a request whose client has gone until it is answered. */
static void send_later(void *arg)
{
    struct kc_httpd_later *later = arg;

    kc_exchange_reply(later->req, &later->res);
    forget(later);
}

void kc_httpd_answer(struct kc_httpd_later *later, struct kc_httpd_response *res)
{
    later->res = *res;
    if (!later->res.status)
        later->res.status = 200;
    if (!later->res.content_type)
        later->res.content_type = "application/json";
    res->body = (struct kc_buf){0};
    kc_loop_post(later->deferred->loop, send_later, later);
}
