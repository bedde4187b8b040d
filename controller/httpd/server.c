#include "controller/httpd/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/httpd/exchange.h"
#include "controller/httpd/tls.h"

#define MAX_HEADERS     16384
#define MAX_BODY        ((size_t)8 << 20)
#define MAX_CONNS       512
#define IDLE_S          90
#define PLAIN_IDLE_S    10
#define ACCEPT_PAUSE_MS 100 /* after running out of descriptors */

struct route {
    char *path;
    kc_httpd_handler fn;
    void *arg;
};

/* Connections that are open. libevent frees them some time after evhttp_free, so they and the server share it: it dies
 * with the last of them. */
struct tally {
    size_t conns;
    struct kc_httpd *server; /* NULL: destroyed */
};

struct kc_httpd {
    struct evhttp *http;
    struct evconnlistener *listener;
    struct kc_timer *accept_again;
    SSL_CTX *tls; /* NULL: plain, or no certificate yet */
    bool is_tls;
    uint16_t port;
    struct tally *tally; /* TLS only */
    size_t max_conns;
    struct route *routes;
    size_t n_routes;
    struct kc_buf answer; /* kept from request to request */
    struct kc_deferred deferred;
    char *cert, *key, *client_ca; /* what tls was made of; NULL: not given yet */
};

static const struct {
    enum evhttp_cmd_type type;
    const char *name;
} methods[] = {
    {EVHTTP_REQ_GET, "GET"}, {EVHTTP_REQ_HEAD, "HEAD"},   {EVHTTP_REQ_POST, "POST"},
    {EVHTTP_REQ_PUT, "PUT"}, {EVHTTP_REQ_PATCH, "PATCH"}, {EVHTTP_REQ_DELETE, "DELETE"},
};
#define N_METHODS (sizeof(methods) / sizeof(methods[0]))

static const char *method_name(enum evhttp_cmd_type type)
{
    for (size_t i = 0; i < N_METHODS; i++)
        if (methods[i].type == type)
            return methods[i].name;
    return "";
}

/* Beyond max_conns requests are answered with 503; beyond twice that nobody is accepted. */
static bool has_room(const struct kc_httpd *s)
{
    return s->tally->conns < 2 * s->max_conns;
}

static void drop_if_unused(struct tally *t)
{
    if (!t->server && t->conns == 0)
        free(t);
}

/* OpenSSL calls this when a connection's SSL object dies: the one reliable sign that evhttp has let go of a connection,
 * whether it ever sent a request or not. */
static void on_ssl_freed(void *parent, void *tally, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    struct tally *t = tally;

    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    if (!t)
        return;
    t->conns--;
    if (t->server && has_room(t->server))
        evconnlistener_enable(t->server->listener);
    drop_if_unused(t);
}

static int ssl_index;

static void make_ssl_index(void)
{
    ssl_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
}

/* evhttp's hook for a connection's transport. It takes NULL for "plain", so a failure must not be returned. */
static struct bufferevent *new_transport(struct event_base *base, void *arg)
{
    struct kc_httpd *s = arg;

    if (!s->is_tls)
        return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    SSL *ssl = SSL_new(s->tls);
    if (!ssl || SSL_set_ex_data(ssl, ssl_index, s->tally) != 1)
        abort();
    struct bufferevent *b =
        bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (!b)
        abort();
    bufferevent_openssl_set_allow_dirty_shutdown(b, 1); /* clients that just close are no error */
    s->tally->conns++;
    if (!has_room(s))
        evconnlistener_disable(s->listener);
    return b;
}

static void close_after(struct evhttp_request *req)
{
    evhttp_add_header(evhttp_request_get_output_headers(req), "Connection", "close");
}

static void send_answer(struct kc_httpd *s, struct evhttp_request *req, struct kc_httpd_response *res)
{
    if (!s->is_tls)
        close_after(req);
    kc_exchange_reply(req, res);
    s->answer = res->body;
}

static struct kc_httpd_response new_response(struct kc_httpd *s)
{
    struct kc_httpd_response res = {.status = 200, .content_type = "application/json", .body = s->answer};

    s->answer = (struct kc_buf){0};
    return res;
}

static void send_text(struct kc_httpd *s, struct evhttp_request *req, int status, const char *text)
{
    struct kc_httpd_response res = new_response(s);

    res.status = status;
    res.content_type = "text/plain; charset=utf-8";
    kc_buf_puts(&res.body, text);
    send_answer(s, req, &res);
}

/* The path in the form that handlers are registered under; *to_free is set when decoding needed memory. NULL: it holds
 * a NUL. */
static const char *decode_path(const char *raw, char **to_free)
{
    size_t len;

    if (!raw || !strchr(raw, '%'))
        return raw ? raw : "";
    *to_free = evhttp_uridecode(raw, 0, &len);
    return *to_free && strlen(*to_free) == len ? *to_free : NULL;
}

static bool covers(const char *route, const char *path)
{
    size_t len = strlen(route);
    return strcmp(route, path) == 0 || (len && route[len - 1] == '/' && strncmp(route, path, len) == 0);
}

static const struct route *find_route(const struct kc_httpd *s, const char *path)
{
    for (size_t i = 0; i < s->n_routes; i++)
        if (covers(s->routes[i].path, path))
            return &s->routes[i];
    return NULL;
}

/* The whole body in one piece, with a NUL behind it: copied at most once. */
static const char *whole_body(struct evbuffer *in, size_t *ret_len)
{
    *ret_len = evbuffer_get_length(in);
    evbuffer_add(in, "", 1);
    return (const char *)evbuffer_pullup(in, -1);
}

static void call(struct kc_httpd *s, const struct route *route, const char *path, struct evhttp_request *req)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
    const char *type = evhttp_find_header(evhttp_request_get_input_headers(req), "Content-Type");
    struct kc_httpd_request r = {
        .method = method_name(evhttp_request_get_command(req)),
        .path = path,
        .query = query ? query : "",
        .content_type = type ? type : "",
    };
    struct kc_httpd_exchange exchange = {.deferred = &s->deferred, .req = req};
    struct kc_httpd_response res = new_response(s);

    r.body = whole_body(evhttp_request_get_input_buffer(req), &r.body_len);
    r.exchange = &exchange;
    route->fn(route->arg, &r, &res);
    if (!exchange.later) {
        send_answer(s, req, &res);
        return;
    }
    kc_buf_clear(&res.body);
    s->answer = res.body;
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct kc_httpd *s = arg;
    char *to_free = NULL;
    const char *path = decode_path(evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req)), &to_free);
    const struct route *route = path ? find_route(s, path) : NULL;

    if (s->tally->conns > s->max_conns) {
        close_after(req);
        send_text(s, req, 503, "too many connections: try again later\n");
    } else if (!route) {
        send_text(s, req, path ? 404 : 400, path ? "not found\n" : "the path holds a NUL\n");
    } else {
        call(s, route, path, req);
    }
    free(to_free);
}

static void on_accept_error(struct evconnlistener *l, void *arg)
{
    struct kc_httpd *s = arg;

    /* Most likely out of descriptors: the listener would report it again at once, for ever. */
    evconnlistener_disable(l);
    kc_timer_set(s->accept_again, ACCEPT_PAUSE_MS);
}

static void on_accept_again(void *arg)
{
    struct kc_httpd *s = arg;

    if (has_room(s))
        evconnlistener_enable(s->listener);
}

static bool parse_address(const struct kc_httpd_options *o, struct sockaddr_storage *ret, socklen_t *ret_len,
                          struct kc_err *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    *ret = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, o->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(o->port);
        *ret_len = sizeof(*v4);
    } else if (inet_pton(AF_INET6, o->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(o->port);
        *ret_len = sizeof(*v6);
    } else {
        return kc_fail(err, KC_INVALID, "BadAddress", "cannot listen on \"%s\": it is no IPv4 or IPv6 address",
                       o->address);
    }
    return true;
}

static bool fail_listen(const struct kc_httpd_options *o, int fd, struct kc_err *err)
{
    int code = errno;

    if (fd >= 0)
        close(fd);
    return kc_fail(err, KC_FATAL, code == EADDRINUSE ? "AddressInUse" : "ListenFailed",
                   "cannot listen on %s port %u: %s%s", o->address, (unsigned)o->port, strerror(code),
                   code == EADDRINUSE ? "; choose another port or end the program that has it" : "");
}

static bool listen_on(struct kc_httpd *s, struct kc_loop *l, const struct kc_httpd_options *o, struct kc_err *err)
{
    struct sockaddr_storage address;
    socklen_t len = 0;
    const int on = 1;

    if (!parse_address(o, &address, &len, err))
        return false;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_listen(o, fd, err);
    /* Accepted sockets inherit TCP_NODELAY from the listening one (Linux). */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return fail_listen(o, fd, err);
    s->port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                 : ((struct sockaddr_in6 *)&address)->sin6_port);
    s->listener =
        evconnlistener_new(kc_loop_event_base(l), NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!s->listener || !evhttp_bind_listener(s->http, s->listener))
        abort();
    evconnlistener_set_error_cb(s->listener, on_accept_error); /* after evhttp, which clears it */
    if (o->tls)
        evconnlistener_disable(s->listener);
    return true;
}

struct kc_httpd *kc_httpd_create(struct kc_loop *l, const struct kc_httpd_options *o, struct kc_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct kc_httpd *s = calloc(1, sizeof(*s));
    unsigned allowed = 0;

    if (!s || !(s->tally = calloc(1, sizeof(*s->tally))))
        abort();
    s->tally->server = s;
    pthread_once(&once, make_ssl_index);
    kc_deferred_init(&s->deferred, l);
    s->is_tls = o->tls;
    s->max_conns = o->max_conns ? o->max_conns : MAX_CONNS;
    s->accept_again = kc_timer_create(l, on_accept_again, s);
    s->http = evhttp_new(kc_loop_event_base(l));
    if (!s->http)
        abort();
    for (size_t i = 0; i < N_METHODS; i++)
        allowed |= methods[i].type;
    evhttp_set_allowed_methods(s->http, (ev_uint16_t)allowed);
    evhttp_set_max_headers_size(s->http, MAX_HEADERS);
    evhttp_set_max_body_size(s->http, (ev_ssize_t)(o->max_body ? o->max_body : MAX_BODY));
    evhttp_set_timeout(s->http, o->tls ? IDLE_S : PLAIN_IDLE_S);
    evhttp_set_default_content_type(s->http, NULL);
    evhttp_set_bevcb(s->http, new_transport, s);
    evhttp_set_gencb(s->http, on_request, s);
    if (listen_on(s, l, o, err))
        return s;
    return kc_httpd_destroy(s);
}

struct kc_httpd *kc_httpd_destroy(struct kc_httpd *s)
{
    if (!s)
        return NULL;
    s->tally->server = NULL;
    kc_deferred_drop(&s->deferred);
    evhttp_free(s->http); /* and the listener and all connections, sooner or later */
    drop_if_unused(s->tally);
    kc_timer_destroy(s->accept_again);
    SSL_CTX_free(s->tls);
    for (size_t i = 0; i < s->n_routes; i++)
        free(s->routes[i].path);
    free(s->routes);
    kc_buf_finish(&s->answer);
    free(s->cert);
    free(s->key);
    free(s->client_ca);
    free(s);
    return NULL;
}

uint16_t kc_httpd_port(const struct kc_httpd *s)
{
    return s->port;
}

void kc_httpd_handle(struct kc_httpd *s, const char *path, kc_httpd_handler fn, void *arg)
{
    struct route *routes = reallocarray(s->routes, s->n_routes + 1, sizeof(*routes));
    char *copy = strdup(path);

    if (!routes || !copy)
        abort();
    s->routes = routes;
    s->routes[s->n_routes++] = (struct route){copy, fn, arg};
}

static char *copy(const char *s)
{
    char *p = s ? strdup(s) : NULL;

    if (s && !p)
        abort();
    return p;
}

/* Open connections hold a reference of their own to what they were made with. */
static bool renew(struct kc_httpd *s, const char *cert, const char *key, const char *client_ca, struct kc_err *err)
{
    SSL_CTX *tls = kc_tls_server_context(cert, key, client_ca, err);

    if (!tls)
        return false;
    SSL_CTX_free(s->tls);
    s->tls = tls;
    if (has_room(s))
        evconnlistener_enable(s->listener);
    return true;
}

static void keep(char **at, const char *value)
{
    char *old = *at;

    *at = copy(value);
    free(old);
}

bool kc_httpd_set_certificate(struct kc_httpd *s, const char *cert_pem, const char *key_pem, struct kc_err *err)
{
    if (!renew(s, cert_pem, key_pem, s->client_ca, err))
        return false;
    keep(&s->cert, cert_pem);
    keep(&s->key, key_pem);
    return true;
}

bool kc_httpd_set_client_ca(struct kc_httpd *s, const char *ca_pem, struct kc_err *err)
{
    if (s->tls ? !renew(s, s->cert, s->key, ca_pem, err) : ca_pem && !kc_tls_ca_readable(ca_pem, err))
        return false;
    keep(&s->client_ca, ca_pem);
    return true;
}
