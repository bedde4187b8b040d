/* err: how a function says that it failed.
 *
 * A kc_err is a plain value on the caller's stack. A function that can fail returns bool or a pointer and takes the
 * kc_err as its last parameter; on success it leaves it untouched. The class tells the reconciler what to do, the
 * message is what a person reads, unchanged: it names the object, the field, what was wrong and the way out. No secret
 * ever enters a message. Only the outermost layer logs.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define KC_CHECK             __attribute__((warn_unused_result))
#define KC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum kc_class {
    KC_NONE,        /* no error has been set */
    KC_RETRY,       /* passing: the same call may succeed later (timeout, 429, 5xx, connection lost) */
    KC_CONFLICT,    /* somebody else changed the object: read again (409) */
    KC_GONE,        /* a resourceVersion or continue token is too old: list again (410) */
    KC_NOT_FOUND,   /* the object or resource does not exist (404) */
    KC_FORBIDDEN,   /* authentication or authorization refused it (401, 403) */
    KC_INVALID,     /* the input is wrong and will stay wrong (400, 406, 413, 415, 422) */
    KC_UNAVAILABLE, /* something that we need ourselves is away: audit store, a full queue, shutting down */
    KC_FATAL,       /* a broken invariant or local resource: the process cannot go on with this */
};

struct kc_err {
    enum kc_class class;
    int http_status;        /* 0: the failure was not an HTTP answer */
    int64_t retry_after_ms; /* the server's Retry-After; 0: none given */
    char reason[64];        /* CamelCase, machine readable: "NotFound", "DeadlineExceeded" */
    char message[1024];     /* for people; cut at a UTF-8 boundary when longer */
};

/* Sets *err (which may be NULL: then nothing is stored) and returns false, so that `return kc_fail(...)` reads well. */
bool kc_fail(struct kc_err *err, enum kc_class class, const char *reason, const char *fmt, ...) KC_PRINTF(4, 5);
bool kc_vfail(struct kc_err *err, enum kc_class class, const char *reason, const char *fmt, va_list ap);

/* Puts "context: " in front of the message on its way up. Returns false. */
bool kc_wrap(struct kc_err *err, const char *fmt, ...) KC_PRINTF(2, 3);

void kc_err_clear(struct kc_err *err);

/* "Retry", "Conflict", ... constant strings for logs and metrics. */
const char *kc_class_name(enum kc_class class);

/* The class that an HTTP status of the API server stands for (API conventions, "HTTP Status codes"). */
enum kc_class kc_class_of_http(int status);
