/* exchange: one request on its way through its handler, and the answers that come later. Private to httpd. */
#pragma once

#include <event2/http.h>

#include "controller/base/list.h"
#include "controller/httpd/server.h"

/* The answers that a server still owes. Its loop's thread only. */
struct kc_deferred {
    struct kc_loop *loop;
    struct kc_list list; /* struct kc_httpd_later */
};

struct kc_httpd_exchange {
    struct kc_deferred *deferred;
    struct evhttp_request *req;
    struct kc_httpd_later *later; /* NULL: answered when the handler returns */
};

void kc_deferred_init(struct kc_deferred *d, struct kc_loop *l);
void kc_deferred_drop(struct kc_deferred *d); /* the server goes away, and its requests with it */
/* Sends status, content type and body, and leaves res->body empty. */
void kc_exchange_reply(struct evhttp_request *req, struct kc_httpd_response *res);
