/* sockets: the open sockets of one client, so that a connection that went silent can be cut.
 *
 * curl opens and closes through these callbacks. A socket is known by its number and a serial, since numbers come back.
 * I/O thread only.
 */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct kc_sockets;

struct kc_socket_id {
    curl_socket_t fd;
    uint64_t serial; /* 0: none */
};

struct kc_sockets *kc_sockets_create(void);
struct kc_sockets *kc_sockets_destroy(struct kc_sockets *s); /* after curl has closed them all */

void kc_sockets_apply(struct kc_sockets *s, CURL *easy); /* sets the callbacks */
/* The socket bound to local_port, which is how curl's pre-request callback tells a transfer's connection (7.88 does not
 * fill CURLINFO_ACTIVESOCKET yet at that moment, nor any more once the transfer is over). */
struct kc_socket_id kc_sockets_by_port(struct kc_sockets *s, int local_port);

/* Shuts the socket down, which fails every transfer on it, unless the peer sent something within the last quiet_ms or
 * it is closed already. Returns whether it did. */
bool kc_sockets_cut_if_silent(struct kc_sockets *s, struct kc_socket_id id, int64_t quiet_ms);
