/* target: what kc_http_target holds, for the transfer that applies it to a curl handle. */
#pragma once

#include <curl/curl.h>

#include "controller/http/client.h"

struct kc_http_target {
    atomic_int refs;
    char *base_url; /* without a '/' at its end; its host is the TLS server name where one was given */
    char *origin;   /* scheme://host:port as configured, for messages */
    char *host;     /* Host header to send instead of base_url's, or NULL */
    struct curl_slist *connect_to;
    char *ca_pem, *cert_pem, *key_pem, *proxy_url; /* NULL: none */
    bool insecure;
};

/* Sets everything of t on easy, which borrows t's memory: hold a reference as long as easy keeps these settings. */
bool kc_http_target_apply(const struct kc_http_target *t, CURL *easy);
