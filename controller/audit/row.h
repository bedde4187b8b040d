/* row: one audited fact, and the blobs it names.
 *
 * A row is canonical JSON (base/json.h), at most KC_ROW_MAX bytes: it is an entry of the transparency log, byte for
 * byte. Who builds one fills the struct; kc_row_encode makes the entry. Plans, diffs and manifests are blobs beside it,
 * named by "sha256:..." and stored in the same transaction. No secret and no object output ever enters a row.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/resource.h"

#define KC_ROW_MAX 65535

/* What happened; the name is the row's "type". A table in row.c gives each its name. */
enum kc_row_type {
    KC_ROW_REQUESTED, /* a request was seen for the first time: prompt, commands, who */
    KC_ROW_DENIED,    /* admission refused a request or an approval */
    KC_ROW_PLANNED,   /* the plan of record: blob */
    KC_ROW_PREVIEWED, /* dry runs and RBAC of every step; digest */
    KC_ROW_APPROVED,  /* one approval counted (or was found void: result says so) */
    KC_ROW_REJECTED,
    KC_ROW_INTENT,  /* a change is about to be sent */
    KC_ROW_OUTCOME, /* what the API server answered, or what was observed after a crash */
    KC_ROW_VERIFIED,
    KC_ROW_FINISHED,    /* the request's end: phase, reason */
    KC_ROW_READ,        /* a read was carried out: how much was seen, and a keyed digest of it */
    KC_ROW_VIEWED,      /* somebody looked at the output of a request's reads: who */
    KC_ROW_DELAYED,     /* a step was put off by a disruption budget before it was attempted: it comes again */
    KC_ROW_ROLLED_BACK, /* what a request did was taken back: result is the name of the request that did so */
    KC_ROW_TYPES
};
const char *kc_row_type_name(enum kc_row_type t);
bool kc_row_type_parse(const char *name, enum kc_row_type *ret);

/* Facts that the first row of a batch claims (log.h). They are part of the entry, so that the log proves the tables
 * that answer for them. The log fills them in from the batch. */
struct kc_row_claims {
    const char *once;  /* "": none */
    const char *nonce; /* "": none */
    const char *run;   /* spec digest; "": none */
    int64_t attempt;   /* of an intent or outcome; 0: none */
};

struct kc_row {
    enum kc_row_type type;
    int64_t time; /* unix milliseconds, 1970 to 9999 */
    const char *cluster_uid;
    struct kc_identity who;                              /* on whose behalf; empty username: kubechat itself */
    const char *request_ns, *request_name, *request_uid; /* "" where there is none yet */
    const char *plan_digest;                             /* "" before there is one */
    const char *step;                                    /* step id; "" for none */
    const char *command;                                 /* canonical kubectl; "" for none */
    const char *target;                                  /* "apps/v1/Deployment/shop/checkout"; "" for none */
    const char *result;                                  /* "Accepted", "Refused", "Failed", "Observed", ... */
    const char *reason;                                  /* CamelCase */
    const char *message;                                 /* for people */
    struct kc_strs blobs;                                /* "sha256:..." of blobs stored with the row */
    json_t *detail; /* extra facts of the type (object; no reals), or NULL; borrowed */
    struct kc_row_claims claims;
};

/* Allocated in a. INVALID ("RowTooLong") when longer than KC_ROW_MAX: the log puts the long parts into blobs (fold.h).
 */
KC_CHECK const char *kc_row_encode(struct kc_arena *a, const struct kc_row *r, size_t *ret_len, struct kc_err *err);
/* The reverse: strings are "" and detail is NULL where the entry has none; all lives as long as a. INVALID when the
 * bytes are not the canonical form of a row that this version knows. */
KC_CHECK bool kc_row_decode(struct kc_arena *a, const char *entry, size_t len, struct kc_row *ret, struct kc_err *err);
/* "sha256:" and 64 lower-case hex digits: how rows name blobs. */
bool kc_blob_name_valid(const char *digest);
