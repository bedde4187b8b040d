/* pool: helpers for work that falls into independent pieces: the pieces of one caller run on the caller's own thread
 * and on whichever of the pool's threads have nothing else to do. So a caller is never slower than by itself, and no
 * number of callers makes more threads than there are.
 *
 * Thread-safe. A piece may block (an API call), but must not call kc_pool_run itself.
 */
#pragma once

#include "controller/base/err.h"

#include <stddef.h>

struct kc_pool;

/* n_threads from 1 on. NULL with FATAL when the threads cannot be started. */
KC_CHECK struct kc_pool *kc_pool_create(size_t n_threads, struct kc_err *err);
/* Waits for pieces that are being worked on: nobody may be in kc_pool_run any more. Accepts NULL, returns NULL. */
struct kc_pool *kc_pool_destroy(struct kc_pool *p);

/* Calls piece(arg, i) for each i below n, each once, in no order, and returns when all have returned: what they wrote
 * is visible then. p NULL: one after the other. */
void kc_pool_run(struct kc_pool *p, size_t n, void (*piece)(void *arg, size_t i), void *arg);
