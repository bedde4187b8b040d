/* grace: what ends gets some time; after it, its http client is closed, so that whoever still waits for an answer gets
 * UNAVAILABLE.
 */
#pragma once

#include "controller/http/client.h"

struct kc_grace;

/* The client is borrowed. A thread waits for ms; without one (the system's limit is reached) the client is closed at
 * once. */
struct kc_grace *kc_grace_begin(struct kc_http_client *http, int64_t ms);
/* Everything has ended. True: it was in time. Accepts NULL (true). */
bool kc_grace_end(struct kc_grace *g);
