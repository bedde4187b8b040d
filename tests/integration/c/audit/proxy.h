/* proxy: a TCP line to a server that breaks when the test says so. One thread; connections are forwarded byte by byte.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum line {
    LINE_WHOLE,
    LINE_LOSES_ANSWER,  /* forwards what the client says next, then hangs up instead of answering */
    LINE_LOSES_REQUEST, /* hangs up on what the client says next */
    LINE_SILENT,        /* takes everything and says nothing, new connections too */
};

#define LINES 32

struct proxy {
    int listener;
    uint16_t port, server_port;
    pthread_t thread;
    atomic_int line;      /* enum line */
    atomic_int countdown; /* what the client says that is let through before the line breaks */
    atomic_bool stop;
    atomic_uint broken; /* connections hung up on */
    struct {
        int client, server;
        bool breaking;
    } lines[LINES];
};

static inline void proxy_hang_up(struct proxy *p, unsigned i)
{
    close(p->lines[i].client);
    close(p->lines[i].server);
    p->lines[i].client = -1;
    p->lines[i].breaking = false;
}

static inline int proxy_connect(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)(void *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static inline void proxy_accept(struct proxy *p)
{
    int one = 1, client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC), server = proxy_connect(p->server_port);
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (unsigned i = 0; i < LINES && server >= 0; i++)
        if (p->lines[i].client < 0) {
            p->lines[i].client = client;
            p->lines[i].server = server;
            return;
        }
    close(client);
    if (server >= 0)
        close(server);
}

/* Whether the line is still up. */
static inline bool proxy_pass(struct proxy *p, unsigned i, bool from_client)
{
    char bytes[65536];
    int line = atomic_load(&p->line);
    ssize_t n = read(from_client ? p->lines[i].client : p->lines[i].server, bytes, sizeof bytes);
    if (n <= 0)
        return false;
    if (line == LINE_SILENT)
        return true;
    if (from_client && line != LINE_WHOLE && atomic_fetch_sub(&p->countdown, 1) <= 0) {
        atomic_store(&p->line, LINE_WHOLE);
        atomic_fetch_add(&p->broken, 1);
        if (line == LINE_LOSES_REQUEST)
            return false;
        p->lines[i].breaking = true;
    }
    if (!from_client && p->lines[i].breaking)
        return false; /* the server has done it: now the answer gets lost */
    for (ssize_t done = 0; done < n;) {
        ssize_t w = write(from_client ? p->lines[i].server : p->lines[i].client, bytes + done, (size_t)(n - done));
        if (w <= 0)
            return false;
        done += w;
    }
    return true;
}

static inline void *proxy_main(void *arg)
{
    struct proxy *p = arg;
    while (!atomic_load(&p->stop)) {
        struct pollfd fds[1 + 2 * LINES] = {{.fd = p->listener, .events = POLLIN}};
        for (unsigned i = 0; i < LINES; i++) {
            bool up = p->lines[i].client >= 0;
            fds[1 + 2 * i] = (struct pollfd){.fd = up ? p->lines[i].client : -1, .events = POLLIN};
            fds[2 + 2 * i] = (struct pollfd){.fd = up ? p->lines[i].server : -1, .events = POLLIN};
        }
        (void)poll(fds, 1 + 2 * LINES, 20);
        for (unsigned i = 0; i < LINES; i++) {
            bool up = p->lines[i].client >= 0;
            if (up && fds[1 + 2 * i].revents)
                up = proxy_pass(p, i, true);
            if (up && fds[2 + 2 * i].fd >= 0 && fds[2 + 2 * i].revents)
                up = proxy_pass(p, i, false);
            if (!up && p->lines[i].client >= 0)
                proxy_hang_up(p, i);
        }
        if (fds[0].revents)
            proxy_accept(p);
    }
    return NULL;
}

static inline bool proxy_up(struct proxy *p, uint16_t server_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    *p = (struct proxy){.server_port = server_port, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    for (unsigned i = 0; i < LINES; i++)
        p->lines[i].client = -1;
    if (bind(p->listener, (struct sockaddr *)(void *)&at, len) != 0 || listen(p->listener, 64) != 0 ||
        getsockname(p->listener, (struct sockaddr *)(void *)&at, &len) != 0)
        return false;
    p->port = ntohs(at.sin_port);
    return pthread_create(&p->thread, NULL, proxy_main, p) == 0;
}

static inline void proxy_down(struct proxy *p)
{
    atomic_store(&p->stop, true);
    (void)pthread_join(p->thread, NULL);
    for (unsigned i = 0; i < LINES; i++)
        if (p->lines[i].client >= 0)
            proxy_hang_up(p, i);
    close(p->listener);
}
