/* execute: one step of an approved plan: look again, send, and find out after a crash what became of it (design,
 * sections 4 and 5; recover.c). The audit rows around these calls are the caller's. Uses kube, action.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/exec/object.h"

struct kc_health;

enum kc_check {
    KC_CHECK_AGREES,  /* same uid, same changes: send with resource_version as precondition */
    KC_CHECK_STALE,   /* drifted: message says what is different */
    KC_CHECK_REFUSED, /* the API server refuses it now: message is its own */
    KC_CHECK_PUT_OFF, /* a disruption budget has no room for it now: message says which */
    KC_CHECK_DONE     /* a part of several deletes whose object is gone already: nothing is left to send */
};

/* The object as it was right before a send: what the intent row keeps. */
struct kc_seen {
    const char *uid, *resource_version;
    int64_t generation;
    const char *marked_at; /* newest time in managedFields; for a create the API server's time before it */
    const char *message;   /* STALE, REFUSED */
    /* The object itself as the API server gave it to the requester, not redacted, for the capture and nothing else;
     * NULL: it is not there yet, or the intent was read from its row. */
    const char *object;
    size_t object_len;
    const struct kc_health *before; /* what the change must not make worse (verify.h); NULL: it is not known */
};

/* Reads the object and makes the dry run again, as the requester. False for RETRY and the like. */
KC_CHECK bool kc_execute_check(const struct kc_cluster *c, const struct kc_identity *who,
                               const struct kc_record_step *step, struct kc_arena *a, enum kc_check *ret,
                               struct kc_seen *seen, struct kc_err *err);

enum kc_send {
    KC_SEND_DONE,
    KC_SEND_CONFLICT, /* the precondition failed: nothing happened */
    KC_SEND_REFUSED,  /* 4xx: nothing happened; message is the API server's */
    KC_SEND_NOT_SENT, /* no byte left: nothing happened; worth another attempt */
    KC_SEND_PUT_OFF,  /* a disruption budget has no room for it now: nothing happened */
    KC_SEND_UNKNOWN   /* the answer was lost: kc_execute_recover has to find out */
};
struct kc_sent {
    int status;
    const char *message, *warnings;
    const char *resource_version; /* DONE: of the changed object */
    const char *uid;              /* DONE: of the object that the answer is; "": it is none */
};
/* Sends the change once. Not for commands in containers: runs.h. */
enum kc_send kc_execute_send(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, const struct kc_seen *seen, struct kc_arena *a,
                             struct kc_sent *ret);

/* An update is done when the object has the `to` values; not done when it has the `from` values and has not moved: the
 * same generation or, where only metadata is changed, no newer time in managedFields. A create is done when the object
 * is there with our field manager, made after we looked; a delete when it is gone or going. */
enum kc_recovery {
    KC_RECOVERED_DONE,
    KC_RECOVERED_NOT_DONE,
    KC_RECOVERED_UNKNOWN /* it moved, or is gone: somebody may have reverted it */
};
/* After an intent without an outcome. seen is what the intent row kept. */
KC_CHECK bool kc_execute_recover(const struct kc_cluster *c, const struct kc_identity *who,
                                 const struct kc_record_step *step, const struct kc_seen *seen, struct kc_arena *a,
                                 enum kc_recovery *ret, const char **ret_message, struct kc_err *err);
/* Pure: what the object, as it is now (NULL: it is not there), says of that intent. */
enum kc_recovery kc_recovery_judge(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                   const json_t *now, const struct kc_object_meta *meta, const char **ret_message);
