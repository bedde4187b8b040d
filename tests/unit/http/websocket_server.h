/* A WebSocket server for tests, on the loopback interface: one scene for each path, written in frames or in bytes. */
#pragma once

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/text.h"
#include "controller/http/upgrade.h"

struct ws_scene {
    const char *path; /* of the request, until its '?' */
    void (*play)(int fd, const char *request);
};

static struct {
    int listener;
    char url[64];
    const struct ws_scene *scenes; /* ends with a path NULL */
    atomic_int requests, live;     /* live: connections */
    pthread_mutex_t mutex;
    char last[8192]; /* the last request's head; read when all is quiet */
} ws = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void ws_write(int fd, const void *bytes, size_t len)
{
    (void)!write(fd, bytes, len);
}

static void ws_say(int fd, const char *text)
{
    ws_write(fd, text, strlen(text));
}

/* The head of a 101; protocol NULL: none. */
static void ws_open(int fd, const char *request, const char *protocol)
{
    char key[64] = "", accept[29], head[512];
    const char *at = strstr(request, "Sec-WebSocket-Key: ");

    if (at)
        sscanf(at, "Sec-WebSocket-Key: %63s", key);
    kc_upgrade_accept(accept, key);
    snprintf(head, sizeof head,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
             accept, protocol);
    ws_say(fd, head);
}

enum { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* One frame of a server: unmasked. first: FIN and opcode. Returns its length. */
static size_t ws_frame(unsigned char *out, unsigned char first, const void *data, size_t len)
{
    size_t n = 0;

    out[n++] = first;
    if (len < 126) {
        out[n++] = (unsigned char)len;
    } else if (len < 65536) {
        out[n++] = 126;
        out[n++] = (unsigned char)(len >> 8);
        out[n++] = (unsigned char)len;
    } else {
        out[n++] = 127;
        for (int i = 7; i >= 0; i--)
            out[n++] = (unsigned char)((uint64_t)len >> (8 * i));
    }
    if (len)
        memcpy(out + n, data, len);
    return n + len;
}

static void ws_send(int fd, unsigned char first, const void *data, size_t len)
{
    unsigned char *out = malloc(len + 16);

    ws_write(fd, out, ws_frame(out, first, data, len));
    free(out);
}

/* A message of v5.channel.k8s.io. */
static inline void ws_channel(int fd, char channel, const char *data)
{
    size_t len = strlen(data);
    char *out = malloc(len + 1);

    out[0] = channel;
    memcpy(out + 1, data, len);
    ws_send(fd, 0x80 | WS_BINARY, out, len + 1);
    free(out);
}

static void ws_goodbye(int fd)
{
    ws_send(fd, 0x80 | WS_CLOSE, "\x03\xe8", 2);
}

/* A client's next frame, unmasked; its opcode, -1 at the end. */
static inline int ws_read_frame(int fd, char *data, size_t size)
{
    unsigned char head[6];

    memset(data, 0, size);
    for (size_t got = 0; got < sizeof head;) {
        ssize_t n = read(fd, head + got, sizeof head - got);
        if (n <= 0)
            return -1;
        got += (size_t)n;
    }
    size_t len = head[1] & 0x7f;
    for (size_t got = 0; got < len && got < size - 1;) {
        ssize_t n = read(fd, data + got, len - got);
        if (n <= 0)
            return -1;
        got += (size_t)n;
    }
    for (size_t i = 0; i < len && i < size; i++)
        data[i] = (char)(data[i] ^ (char)head[2 + i % 4]);
    return head[1] & 0x80 ? head[0] & 0x0f : -1; /* a client masks */
}

/* Until the other side is gone. */
static void ws_hang(int fd)
{
    char c;

    while (read(fd, &c, 1) > 0)
        ;
}

static void ws_play(int fd)
{
    char request[8192] = "";
    size_t len = 0;

    while (!strstr(request, "\r\n\r\n")) {
        ssize_t n = read(fd, request + len, sizeof request - 1 - len);
        if (n <= 0)
            return;
        len += (size_t)n;
        request[len] = '\0';
    }
    pthread_mutex_lock(&ws.mutex);
    memcpy(ws.last, request, len + 1);
    pthread_mutex_unlock(&ws.mutex);
    atomic_fetch_add(&ws.requests, 1);
    const char *path = strchr(request, ' ') + 1;
    for (const struct ws_scene *s = ws.scenes; s->path; s++)
        if (strncmp(path, s->path, strlen(s->path)) == 0 && strchr("? ", path[strlen(s->path)]))
            s->play(fd, request);
}

static void *ws_connection(void *arg)
{
    int fd = (int)(intptr_t)arg;

    ws_play(fd);
    close(fd);
    atomic_fetch_sub(&ws.live, 1);
    return NULL;
}

static void *ws_accept(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept(ws.listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0)
            return NULL;
        atomic_fetch_add(&ws.live, 1);
        if (pthread_create(&thread, NULL, ws_connection, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}

static void ws_listen(const struct ws_scene *scenes)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    pthread_t thread;

    signal(SIGPIPE, SIG_IGN);
    ws.scenes = scenes;
    ws.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(ws.listener, (struct sockaddr *)&at, sizeof at) || listen(ws.listener, 16) ||
        getsockname(ws.listener, (struct sockaddr *)&at, &len) || pthread_create(&thread, NULL, ws_accept, NULL))
        abort();
    pthread_detach(thread);
    snprintf(ws.url, sizeof ws.url, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

/* Before the program ends, and OpenSSL with it: every client is gone, so every connection ends. */
static void ws_quiet(void)
{
    while (atomic_load(&ws.live))
        usleep(1000);
}
