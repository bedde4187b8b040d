/* runs: commands that are running in containers, so that no worker waits for one (kubectl exec).
 *
 * Each has a thread of its own that talks to the API server, under a name ("<request uid>/<step>/<attempt>"); when it
 * ends, however it ends, wake(key) is called on that thread (it puts the request's key back into the work queue), and
 * the next visit takes what came of it. A name is started once: what cannot be found any more (after a crash, in
 * another replica) is not known, and never run again. At most KC_RUNS_MAX at once. Any thread. Uses kube.
 */
#pragma once

#include "controller/exec/channels.h"
#include "controller/kube/client.h"

#define KC_RUNS_MAX 16

struct kc_runs;

struct kc_runs *kc_runs_create(void (*wake)(void *arg, const char *key), void *arg, struct kc_err *err);
/* Ends every conversation (the commands may go on in their containers) and waits for the threads: no wake is called
 * afterwards. Accepts NULL, returns NULL. */
struct kc_runs *kc_runs_destroy(struct kc_runs *r);

struct kc_run_request {
    const char *name, *key;
    struct kc_kube *kube; /* referenced while it runs; with a lease: nothing is sent after its renew deadline */
    const struct kc_identity *who; /* copied, like all strings */
    const char *path, *query;
    int64_t timeout_ms;
};
bool kc_runs_full(struct kc_runs *r); /* one more would not be taken now */
/* UNAVAILABLE: too many run, or it is being destroyed: nothing was sent. CONFLICT: there is one of this name. */
KC_CHECK bool kc_runs_start(struct kc_runs *r, const struct kc_run_request *req, struct kc_err *err);

enum kc_run_end {
    KC_RUN_EXITED,   /* code */
    KC_RUN_REFUSED,  /* it was not run: the server's words */
    KC_RUN_NOT_SENT, /* no byte left, or the server did not take it: worth another attempt */
    KC_RUN_UNKNOWN   /* it may have run, or still run */
};
struct kc_run_ended {
    enum kc_run_end end;
    int code, http_status;
    const char *message; /* "exit code 0, 12 lines, 345 bytes"; else why */
    const char *text;    /* what was said, at most KC_TRANSCRIPT_MAX bytes of it */
    size_t len;
    uint64_t bytes, lines; /* of all that was said */
    int64_t took_ms;
};

enum kc_run_state { KC_RUN_NONE, KC_RUN_OPEN, KC_RUN_DONE };
/* DONE fills *ret, copied into a. */
enum kc_run_state kc_runs_look(struct kc_runs *r, const char *name, struct kc_arena *a, struct kc_run_ended *ret);
/* What came of it is durable elsewhere. */
void kc_runs_forget(struct kc_runs *r, const char *name);
