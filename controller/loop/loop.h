/* loop: one thread's event loop (libevent), its timers and its mailbox.
 *
 * A loop belongs to the thread that calls kc_loop_run. Every function but kc_loop_post and kc_loop_stop may be called
 * only on that thread, or before it runs. Callbacks run on that thread and must not block.
 */
#pragma once

#include <stdint.h>

#include "controller/base/err.h"

struct event_base;
struct kc_loop;
struct kc_timer;

struct kc_loop *kc_loop_create(struct kc_err *err); /* NULL with FATAL when the system has no descriptors left */
struct kc_loop *kc_loop_destroy(struct kc_loop *l); /* accepts NULL, returns NULL; posts not run yet are dropped */
void kc_loop_run(struct kc_loop *l);                /* until kc_loop_stop */
void kc_loop_stop(struct kc_loop *l);               /* any thread; posts made before it are run first */

/* Any thread: runs fn(arg) on the loop's thread, in the order of posting. Never blocks, never fails. */
void kc_loop_post(struct kc_loop *l, void (*fn)(void *), void *arg);

struct kc_timer *kc_timer_create(struct kc_loop *l, void (*fn)(void *), void *arg);
struct kc_timer *kc_timer_destroy(struct kc_timer *t); /* accepts NULL, returns NULL */
/* Rings once, never early by kc_mono_ms(). Replaces an earlier setting; after_ms < 0 disarms. */
void kc_timer_set(struct kc_timer *t, int64_t after_ms);

struct event_base *kc_loop_event_base(struct kc_loop *l); /* for the parts that give libevent events of their own */
