/* protobuf: the API server's answers in protobuf, made of JSON, for tests: objects, envelopes, lists and events. The
 * bytes are what gogo/protobuf writes for the fields that the messages have. */
#pragma once

#include "controller/kube/kind.h"
#include "controller/kube/proto/meta.pb-c.h"
#include "controller/kube/wire.h"

static inline void put_varint(struct kc_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        kc_buf_putc(b, (char)(v | 0x80));
    kc_buf_putc(b, (char)v);
}

static inline void put_field(struct kc_buf *b, uint32_t number, const void *p, size_t len)
{
    put_varint(b, (uint64_t)number << 3 | KC_WIRE_LEN);
    put_varint(b, len);
    kc_buf_add(b, p, len);
}

static inline void put_string(struct kc_buf *b, uint32_t number, const char *s)
{
    put_field(b, number, s, strlen(s));
}

static inline void put_buf(struct kc_buf *b, uint32_t number, const struct kc_buf *from)
{
    put_field(b, number, kc_buf_str(from), from->len);
}

/* The object without envelope. */
static inline struct kc_buf object_of(const ProtobufCMessageDescriptor *d, const char *json)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    json_t *object = kc_json_parse_in(a, json, strlen(json), strlen(json), "test", &err);
    if (!object)
        abort();
    ProtobufCMessage *m = kc_message_of_json(a, d, object);
    size_t len = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = kc_arena_alloc(a, len);
    protobuf_c_message_pack(m, bytes);
    struct kc_buf b = {0};
    kc_buf_add(&b, bytes, len);
    return b;
}

/* "k8s\0" and runtime.Unknown around raw, with a type before it and the two empty strings behind it that the API server
 * writes. */
static inline struct kc_buf enveloped(const char *kind, const struct kc_buf *raw)
{
    struct kc_buf b = {0}, type = {0};
    put_string(&type, 1, "v1");
    put_string(&type, 2, kind);
    kc_buf_add(&b, KC_WIRE_MAGIC, KC_WIRE_MAGIC_LEN);
    put_buf(&b, 1, &type);
    put_buf(&b, 2, raw);
    put_string(&b, 3, "");
    put_string(&b, 4, "");
    kc_buf_finish(&type);
    return b;
}

/* metav1.ListMeta; more NULL: the last page. */
static inline struct kc_buf list_meta(const char *rv, const char *more)
{
    struct kc_buf b = {0};
    put_string(&b, 1, "");
    put_string(&b, 2, rv);
    put_string(&b, 3, more ? more : "");
    return b;
}

/* metav1.WatchEvent around an envelope. */
static inline struct kc_buf event_of(const char *type, const struct kc_buf *envelope)
{
    struct kc_buf b = {0}, extension = {0};
    put_buf(&extension, 1, envelope);
    put_string(&b, 1, type);
    put_buf(&b, 2, &extension);
    kc_buf_finish(&extension);
    return b;
}
