/* echo: what we wrote, until the watch brings it back.
 *
 * After a status PUT the cache still holds the older object for some milliseconds; a reconcile that believed it would
 * plan twice. kc_echo keeps the server's answer and the resourceVersions that it replaced: while the cache shows one of
 * those, the answer is the truth; anything else the cache shows is newer. Thread-safe.
 */
#pragma once

#include "controller/base/arena.h"

struct kc_echo;

struct kc_echo *kc_echo_create(void);
struct kc_echo *kc_echo_destroy(struct kc_echo *e); /* accepts NULL, returns NULL */
/* object: the answer's JSON text, copied; replaced: the resourceVersion that the write was made upon. */
void kc_echo_put(struct kc_echo *e, const char *key, const char *object, const char *resource_version,
                 const char *replaced);
/* The answer to believe instead of the cached version, copied into a; NULL: believe the cache (what was kept is
 * dropped). */
const char *kc_echo_get(struct kc_echo *e, const char *key, const char *cached_version, struct kc_arena *a);
void kc_echo_forget(struct kc_echo *e, const char *key);
