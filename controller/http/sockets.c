#include "controller/http/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/list.h"

struct open_socket {
    struct kc_node node;
    struct kc_socket_id id;
    int port; /* local; 0 until somebody asked */
};

struct kc_sockets {
    struct kc_list open; /* a handful: one or two a server */
    uint64_t last_serial;
};

struct kc_sockets *kc_sockets_create(void)
{
    struct kc_sockets *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    kc_list_init(&s->open);
    return s;
}

static struct open_socket *find(const struct kc_sockets *s, curl_socket_t fd)
{
    for (struct kc_node *n = kc_list_first(&s->open); n; n = kc_list_after(&s->open, n)) {
        struct open_socket *o = KC_CONTAINER(n, struct open_socket, node);
        if (o->id.fd == fd)
            return o;
    }
    return NULL;
}

static void forget(struct open_socket *o)
{
    kc_list_remove(&o->node);
    free(o);
}

struct kc_sockets *kc_sockets_destroy(struct kc_sockets *s)
{
    if (!s)
        return NULL;
    for (struct kc_node *n = kc_list_first(&s->open), *after; n; n = after) {
        after = kc_list_after(&s->open, n);
        forget(KC_CONTAINER(n, struct open_socket, node));
    }
    free(s);
    return NULL;
}

/* A peer that vanished is noticed within some 20 s, idle or not; best effort, since a proxy may sit on a socket that is
 * not TCP. */
static void set_keepalive(curl_socket_t fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1}, {IPPROTO_TCP, TCP_KEEPIDLE, 10},        {IPPROTO_TCP, TCP_KEEPINTVL, 5},
        {IPPROTO_TCP, TCP_KEEPCNT, 2}, {IPPROTO_TCP, TCP_USER_TIMEOUT, 20000},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct kc_sockets *s = arg;
    (void)purpose;
    curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    set_keepalive(fd);
    struct open_socket *o = calloc(1, sizeof(*o));
    if (!o)
        abort();
    o->id = (struct kc_socket_id){.fd = fd, .serial = ++s->last_serial};
    kc_list_append(&s->open, &o->node);
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct open_socket *o = find(arg, fd);
    if (o)
        forget(o);
    return close(fd);
}

void kc_sockets_apply(struct kc_sockets *s, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, s);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, s);
}

static int local_port(curl_socket_t fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } name;
    socklen_t len = sizeof(name);
    if (getsockname(fd, &name.any, &len) != 0)
        return 0;
    switch (name.any.sa_family) {
    case AF_INET:
        return ntohs(name.v4.sin_port);
    case AF_INET6:
        return ntohs(name.v6.sin6_port);
    default:
        return 0;
    }
}

struct kc_socket_id kc_sockets_by_port(struct kc_sockets *s, int port)
{
    for (struct kc_node *n = kc_list_first(&s->open); n; n = kc_list_after(&s->open, n)) {
        struct open_socket *o = KC_CONTAINER(n, struct open_socket, node);
        if (!o->port)
            o->port = local_port(o->id.fd);
        if (o->port && o->port == port)
            return o->id;
    }
    return (struct kc_socket_id){.fd = CURL_SOCKET_BAD};
}

bool kc_sockets_cut_if_silent(struct kc_sockets *s, struct kc_socket_id id, int64_t quiet_ms)
{
    const struct open_socket *o = id.serial ? find(s, id.fd) : NULL;
    if (!o || o->id.serial != id.serial)
        return false;
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(id.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && (int64_t)info.tcpi_last_data_recv < quiet_ms)
        return false;
    return shutdown(id.fd, SHUT_RDWR) == 0;
}
