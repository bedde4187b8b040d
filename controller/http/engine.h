/* engine: one curl multi driven by a loop: connections are shared by what runs on the same engine and by nothing else.
 *
 * A bulk engine is for answers of many megabytes. libcurl 7.88 looks at every transfer of a connection for each TLS
 * record that comes on it, and asks the system twice or three times for each: there each transfer has a connection to
 * itself, and OpenSSL takes many records from the socket at once.
 *
 * I/O thread only. A handle's CURLOPT_PRIVATE comes back in on_done, outside of curl, so that handles may be added and
 * removed there.
 */
#pragma once

#include <curl/curl.h>

#include "controller/loop/loop.h"

struct kc_engine;

enum kc_engine_kind { KC_ENGINE_SHARED, KC_ENGINE_BULK };

struct kc_engine *kc_engine_create(struct kc_loop *l, enum kc_engine_kind kind,
                                   void (*on_done)(void *private, CURLcode code), struct kc_err *err);
struct kc_engine *kc_engine_destroy(struct kc_engine *e); /* accepts NULL, returns NULL; its handles are gone before */

KC_CHECK bool kc_engine_add(struct kc_engine *e, CURL *easy); /* false only inside of a curl callback */
void kc_engine_remove(struct kc_engine *e, CURL *easy);
/* Sets what the engine's kind asks of a handle that is to be added: HTTP version and read-ahead. */
void kc_engine_apply(const struct kc_engine *e, CURL *easy);
