/* reading: what one frame says, whatever its encoding: how the ingest sees the API server's answers.
 *
 * read_json.c and read_protobuf.c make one each. One thread; no I/O.
 */
#pragma once

#include "controller/kube/frame.h"
#include "controller/kube/reflector.h"

#define KC_NS_CAP   64  /* RFC 1123 label, with its NUL */
#define KC_NAME_CAP 254 /* RFC 1123 subdomain */
#define KC_RV_CAP   128

struct kc_reading {
    /* Of the object, "" for what could not be read; there also when it could not be decoded. */
    char ns[KC_NS_CAP], name[KC_NAME_CAP], rv[KC_RV_CAP], key[KC_KEY_CAP];
    char type[16];            /* an event's: "ADDED" .. "ERROR" */
    bool readable;            /* the frame is what it has to be, whatever is wrong with the object in it */
    bool list_ended;          /* a bookmark with the annotation k8s.io/initial-events-end */
    struct kc_record *record; /* a reference of the caller's; NULL: see err. Bookmarks and errors have none. */
    struct kc_err err;        /* why there is no record; for an ERROR event the server's Status */
};

/* What the end of a list's page says; the strings are malloc'd. */
struct kc_page {
    char *resource_version; /* NULL: this is no list */
    char *more;             /* continue token; NULL: it is the last page */
    bool strays;            /* items that are no objects were among the others */
};

struct kc_reader {
    void (*item)(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret);
    void (*event)(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret);
    /* Fails with INVALID when the envelope cannot be read at all. */
    bool (*page)(const struct kc_frame *envelope, struct kc_page *ret, struct kc_err *err);
};
extern const struct kc_reader kc_json_reader, kc_protobuf_reader;

void kc_reading_key(struct kc_reading *r); /* from ns and name */
/* True, or INVALID when the frame is over KC_OBJECT_MAX. */
KC_CHECK bool kc_reading_fits(const struct kc_frame *f, struct kc_err *err);
