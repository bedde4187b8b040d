/* keylock: names that one worker at a time may hold: steps on one object are serialised across requests. Thread-safe.
 */
#pragma once

#include <stdbool.h>

struct kc_keylock;

struct kc_keylock *kc_keylock_create(void);
struct kc_keylock *kc_keylock_destroy(struct kc_keylock *l); /* accepts NULL, returns NULL */
bool kc_keylock_try(struct kc_keylock *l, const char *key);  /* false: somebody holds it; come back later */
void kc_keylock_release(struct kc_keylock *l, const char *key);
