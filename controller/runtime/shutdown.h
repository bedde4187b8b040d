/* shutdown: what SIGTERM and SIGINT do: the process ends within a bounded time, whatever does not answer.
 *
 * A thread of its own waits for the signals, which main has blocked before any thread was made. The first one wakes
 * kc_shutdown_asked(); calls that are under way then have grace_ms to end by themselves before the http client is
 * closed, so that whoever still waits for an answer gets UNAVAILABLE. Further signals change nothing.
 */
#pragma once

#include "controller/http/client.h"

struct kc_shutdown;

/* The http client is borrowed and has to live longer. */
struct kc_shutdown *kc_shutdown_create(struct kc_http_client *http, int64_t grace_ms, struct kc_err *err);
/* After the last call has ended. Accepts NULL, returns NULL. */
struct kc_shutdown *kc_shutdown_destroy(struct kc_shutdown *s);
/* Waits up to ms for a signal; true: there was one, now or before. Any thread. */
bool kc_shutdown_asked(struct kc_shutdown *s, int64_t ms);
