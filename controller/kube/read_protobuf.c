#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/kube/ingest.h"
#include "controller/kube/reading.h"
#include "controller/kube/wire.h"

/* Field numbers of k8s.io/apimachinery's generated.proto, where no message is decoded. */
enum { OBJECT_METADATA = 1 };
enum { META_NAME = 1, META_NAMESPACE = 3, META_RESOURCE_VERSION = 6, META_ANNOTATIONS = 12 };
enum { MAP_KEY = 1, MAP_VALUE = 2 };
enum { EVENT_TYPE = 1, EVENT_OBJECT = 2, EXTENSION_RAW = 1, UNKNOWN_RAW = 2 };
enum { LIST_METADATA = 1, LIST_RESOURCE_VERSION = 2, LIST_CONTINUE = 3 };

static struct kc_bytes bytes_of(const struct kc_frame *f)
{
    return (struct kc_bytes){(const uint8_t *)f->data, f->len};
}

/* object: without envelope, perhaps cut off. */
static void identify(struct kc_bytes object, struct kc_reading *r)
{
    struct kc_bytes meta = kc_wire_peek(object, OBJECT_METADATA);

    kc_wire_string(kc_wire_peek(meta, META_NAMESPACE), r->ns, sizeof(r->ns));
    kc_wire_string(kc_wire_peek(meta, META_RESOURCE_VERSION), r->rv, sizeof(r->rv));
    kc_wire_string(kc_wire_peek(meta, META_NAME), r->name, sizeof(r->name));
    kc_reading_key(r);
}

static struct kc_record *decode(const struct kc_reflector_options *o, struct kc_bytes object, struct kc_err *err)
{
    if (o->decode_protobuf)
        return o->decode_protobuf(o->arg, object.p, object.n, err);
    kc_fail(err, KC_INVALID, "BadObject", "it came as protobuf, which was not asked for");
    return NULL;
}

static void read_item(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret)
{
    if (kc_reading_fits(f, &ret->err))
        ret->record = decode(o, bytes_of(f), &ret->err);
    if (!ret->record)
        identify(bytes_of(f), ret);
}

static bool equals(struct kc_bytes b, const char *s)
{
    return b.n == strlen(s) && b.n && memcmp(b.p, s, b.n) == 0;
}

static bool has_annotation(struct kc_bytes object, const char *key, const char *value)
{
    struct kc_bytes meta = kc_wire_find(object, OBJECT_METADATA);
    struct kc_field f;

    while (meta.n && kc_wire_next(&meta, &f))
        if (f.number == META_ANNOTATIONS && f.type == KC_WIRE_LEN && equals(kc_wire_find(f.bytes, MAP_KEY), key))
            return equals(kc_wire_find(f.bytes, MAP_VALUE), value);
    return false;
}

/* What there is of the event's object when the frame is cut off: without magic the envelope is empty. */
static struct kc_bytes peek_object(struct kc_bytes extension)
{
    struct kc_bytes raw = kc_wire_peek(extension, EXTENSION_RAW);

    if (raw.n < KC_WIRE_MAGIC_LEN || memcmp(raw.p, KC_WIRE_MAGIC, KC_WIRE_MAGIC_LEN) != 0)
        return (struct kc_bytes){0};
    return kc_wire_peek((struct kc_bytes){raw.p + KC_WIRE_MAGIC_LEN, raw.n - KC_WIRE_MAGIC_LEN}, UNKNOWN_RAW);
}

static void read_event(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret)
{
    struct kc_bytes event = bytes_of(f), extension = kc_wire_peek(event, EVENT_OBJECT);
    struct kc_bytes raw = kc_wire_find(extension, EXTENSION_RAW), object = kc_wire_open(raw);

    kc_wire_string(kc_wire_peek(event, EVENT_TYPE), ret->type, sizeof(ret->type));
    ret->readable = f->whole && object.p;
    if (KC_STREQ(ret->type, "ERROR"))
        kc_status_fail(&ret->err, 0, (const char *)raw.p, raw.n);
    else if (KC_STREQ(ret->type, "BOOKMARK"))
        ret->list_ended = has_annotation(object, KC_INITIAL_EVENTS_END, "true");
    else if (ret->readable)
        ret->record = decode(o, object, &ret->err);
    else if (kc_reading_fits(f, &ret->err))
        kc_fail(&ret->err, KC_INVALID, "BadObject", "the event has no object, or it is broken");
    if (ret->record)
        snprintf(ret->rv, sizeof(ret->rv), "%s", ret->record->resource_version);
    else if (!KC_STREQ(ret->type, "ERROR")) /* a Status has its message where an object has its name */
        identify(peek_object(extension), ret);
}

/* malloc'd; NULL when it is absent or empty. */
static char *copy(struct kc_bytes b)
{
    char *c = b.n ? strndup((const char *)b.p, b.n) : NULL;

    if (b.n && !c)
        abort();
    return c;
}

static bool read_page(const struct kc_frame *envelope, struct kc_page *ret, struct kc_err *err)
{
    struct kc_bytes meta = kc_wire_find(bytes_of(envelope), LIST_METADATA);

    (void)err;
    ret->resource_version = copy(kc_wire_find(meta, LIST_RESOURCE_VERSION));
    ret->more = copy(kc_wire_find(meta, LIST_CONTINUE));
    return true;
}

const struct kc_reader kc_protobuf_reader = {read_item, read_event, read_page};
