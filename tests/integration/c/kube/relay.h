/* relay: a TCP relay on the loopback in front of the API server, for faults below TLS: cut connections, swallow bytes,
 * or be away. Runs on a thread of its own; all calls are thread-safe. Static functions, since a test program is one
 * file.
 */
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum relay_mode {
    RELAY_PASS,
    RELAY_SWALLOW, /* connections open, are read and bring nothing; those caught by it never work again */
    RELAY_AWAY,    /* connections are closed, new ones are refused */
};

#define MAX_PAIRS 64
#define TURN_MS   10

struct pair {
    int fd[2];   /* client, server; -1: closed */
    bool caught; /* by RELAY_SWALLOW */
};

struct relay {
    pthread_t thread;
    uint16_t port, to_port;
    int listener; /* -1 while away */
    struct pair pairs[MAX_PAIRS];
    int n;
    _Atomic enum relay_mode mode;
    atomic_bool cut, end;
    atomic_int accepted;
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int listen_on(uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in a = loopback(port);
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        abort();
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static void close_pair(struct relay *r, int i)
{
    for (int k = 0; k < 2; k++)
        if (r->pairs[i].fd[k] >= 0)
            close(r->pairs[i].fd[k]);
    r->pairs[i] = r->pairs[--r->n];
}

static void close_all(struct relay *r)
{
    while (r->n > 0)
        close_pair(r, 0);
}

static void accept_one(struct relay *r)
{
    struct sockaddr_in a = loopback(r->to_port);
    struct pair p = {{accept4(r->listener, NULL, NULL, SOCK_CLOEXEC), -1}, atomic_load(&r->mode) == RELAY_SWALLOW};
    int on = 1;

    if (p.fd[0] < 0)
        return;
    atomic_fetch_add(&r->accepted, 1);
    if (!p.caught) {
        p.fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(p.fd[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    setsockopt(p.fd[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (r->n == MAX_PAIRS || (!p.caught && connect(p.fd[1], (struct sockaddr *)&a, sizeof(a)) != 0))
        abort();
    r->pairs[r->n++] = p;
}

/* False: the pair is over. */
static bool pass(struct pair *p, int from)
{
    char bytes[65536];
    ssize_t n = recv(p->fd[from], bytes, sizeof(bytes), 0);

    if (n <= 0)
        return false;
    for (ssize_t sent = 0; sent < n && !p->caught && p->fd[1 - from] >= 0;) {
        ssize_t k = send(p->fd[1 - from], bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL);
        if (k <= 0)
            return false;
        sent += k;
    }
    return true;
}

static void turn(struct relay *r)
{
    struct pollfd fds[1 + 2 * MAX_PAIRS] = {{.fd = r->listener, .events = POLLIN}};

    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < 2; k++)
            fds[1 + 2 * i + k] = (struct pollfd){.fd = r->pairs[i].fd[k], .events = POLLIN};
    if (poll(fds, 1 + 2 * (nfds_t)r->n, TURN_MS) <= 0)
        return;
    for (int i = r->n - 1; i >= 0; i--)
        for (int k = 0; k < 2; k++)
            if (fds[1 + 2 * i + k].revents && !pass(&r->pairs[i], k)) {
                close_pair(r, i);
                break;
            }
    if (fds[0].revents)
        accept_one(r);
}

static void *run(void *arg)
{
    struct relay *r = arg;

    while (!atomic_load(&r->end)) {
        enum relay_mode mode = atomic_load(&r->mode);
        uint16_t same;
        if (mode == RELAY_AWAY && r->listener >= 0) {
            close(r->listener);
            r->listener = -1;
        } else if (mode != RELAY_AWAY && r->listener < 0) {
            r->listener = listen_on(r->port, &same);
        }
        if (mode == RELAY_AWAY || atomic_exchange(&r->cut, false))
            close_all(r);
        for (int i = 0; i < r->n && mode == RELAY_SWALLOW; i++)
            r->pairs[i].caught = true;
        turn(r);
    }
    close_all(r);
    if (r->listener >= 0)
        close(r->listener);
    return NULL;
}

static inline struct relay *relay_start(uint16_t to_port)
{
    struct relay *r = calloc(1, sizeof(*r));

    if (!r)
        abort();
    r->to_port = to_port;
    r->listener = listen_on(0, &r->port);
    if (pthread_create(&r->thread, NULL, run, r) != 0)
        abort();
    return r;
}

static inline struct relay *relay_stop(struct relay *r)
{
    atomic_store(&r->end, true);
    pthread_join(r->thread, NULL);
    free(r);
    return NULL;
}

static inline uint16_t relay_port(const struct relay *r)
{
    return r->port;
}

static inline void relay_set(struct relay *r, enum relay_mode mode)
{
    atomic_store(&r->mode, mode);
}

static inline void relay_cut(struct relay *r)
{
    atomic_store(&r->cut, true);
}

static inline int relay_accepted(struct relay *r)
{
    return atomic_load(&r->accepted);
}
