/* scratch: the memory in which one object is decoded, used again for the next one.
 *
 * Unlike an arena it is not zeroed and keeps what most objects need, so that decoding thousands allocates nothing; and
 * it is bounded, since many tiny fields grow when they are decoded. One thread.
 */
#pragma once

#include "controller/base/arena.h"

struct kc_scratch;

struct kc_scratch *kc_scratch_create(void);
struct kc_scratch *kc_scratch_destroy(struct kc_scratch *s); /* accepts NULL, returns NULL */
void kc_scratch_reset(struct kc_scratch *s);                 /* everything handed out is gone, the arena's too */

#define KC_SCRATCH_MAX ((size_t)32 << 20)
/* Aligned for any type, not zeroed. NULL when more than KC_SCRATCH_MAX would be out. */
void *kc_scratch_take(struct kc_scratch *s, size_t size);
struct kc_arena *kc_scratch_arena(struct kc_scratch *s); /* for what is small; reset with the rest */
