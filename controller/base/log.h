/* log: one line an event on standard error, thread-safe, never blocking on more than one write(2).
 *
 * Text form is klog-like for people (`I1123 09:48:00.123 reconcile: planned request=shop/bump steps=1`, UTC), JSON form
 * one object a line. Values are quoted when they need it; control characters are escaped, so that text from the cluster
 * cannot forge a line. Secrets are never passed in. Library code does not log: only performers and main.
 */
#pragma once

#include <stdbool.h>

enum kc_level { KC_DEBUG, KC_INFO, KC_WARN, KC_ERROR };

void kc_log_init(enum kc_level least, bool json); /* default: KC_INFO, text */
bool kc_log_on(enum kc_level level);

/* kc_log(KC_INFO, "reconcile", "planned", "request", key, "steps", "1", NULL): keys and values are strings in pairs. A
 * NULL value prints as "". */
void kc_log(enum kc_level level, const char *component, const char *message, ...) __attribute__((sentinel));
