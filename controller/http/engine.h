/* engine: one curl multi driven by a loop: connections are shared by what runs on the same engine and by nothing else.
 *
 * I/O thread only. A handle's CURLOPT_PRIVATE comes back in on_done, outside of curl, so that handles may be added and
 * removed there.
 */
#pragma once

#include <curl/curl.h>

#include "controller/loop/loop.h"

struct kc_engine;

struct kc_engine *kc_engine_create(struct kc_loop *l, void (*on_done)(void *private, CURLcode code),
                                   struct kc_err *err);
struct kc_engine *kc_engine_destroy(struct kc_engine *e); /* accepts NULL, returns NULL; its handles are gone before */

KC_CHECK bool kc_engine_add(struct kc_engine *e, CURL *easy); /* false only inside of a curl callback */
void kc_engine_remove(struct kc_engine *e, CURL *easy);
