/* desk: questions to model servers that are on their way, so that no worker waits for an answer.
 *
 * A worker asks under a name ("<request uid>/<round>") and goes on; when the exchange ends, however it ends, wake(key)
 * is called on the I/O thread (it puts the request's key back into the work queue), and the next visit takes the
 * outcome. At most KC_AI_MAX_OPEN exchanges are open at once; an outcome that nobody takes is dropped after ten
 * minutes. Answers are bounded (1 MiB). Any thread.
 */
#pragma once

#include "controller/http/client.h"

#define KC_AI_MAX_OPEN 32

struct kc_ai_desk;

/* http is borrowed and outlives the desk. */
struct kc_ai_desk *kc_ai_desk_create(struct kc_http_client *http, void (*wake)(void *arg, const char *key), void *arg);
/* From now on nothing is asked and wake is not called any more. */
void kc_ai_desk_close(struct kc_ai_desk *d);
/* Ends what is open (no wake is called any more) and waits for it. Not on the I/O thread. Accepts NULL, returns NULL.
 */
struct kc_ai_desk *kc_ai_desk_destroy(struct kc_ai_desk *d);

/* Starts an exchange; everything of req but its target is copied. key is what wake is called with. True also when one
 * of this name is open or done already: nothing is asked twice. UNAVAILABLE: too many are open. */
KC_CHECK bool kc_ai_desk_ask(struct kc_ai_desk *d, const char *name, const char *key, const struct kc_http_request *req,
                             struct kc_err *err);

enum kc_ai_state { KC_AI_NONE, KC_AI_OPEN, KC_AI_DONE };
struct kc_ai_outcome {
    bool ok; /* an HTTP answer of status 200 came: body is it; else err says why not */
    int status;
    const char *body; /* in the arena */
    size_t body_len;
    int64_t latency_ms;
    struct kc_err err;
};
enum kc_ai_state kc_ai_desk_look(struct kc_ai_desk *d, const char *name, struct kc_arena *a, struct kc_ai_outcome *ret);
/* Both rounds of a request are over: what is kept for it goes, what is open is cancelled. */
void kc_ai_desk_forget(struct kc_ai_desk *d, const char *name);
