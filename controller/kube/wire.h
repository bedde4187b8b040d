/* wire: protobuf's wire format (protobuf.dev, "Encoding") and the API server's envelope around it, read in place.
 *
 * For what is looked at on the way to an object, without a copy: envelopes, events, the name in an object that cannot
 * be decoded. Pure; every length is checked against what is there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kc_bytes {
    const uint8_t *p; /* NULL: absent */
    size_t n;
};

enum kc_wire_type { KC_WIRE_VARINT = 0, KC_WIRE_I64 = 1, KC_WIRE_LEN = 2, KC_WIRE_I32 = 5 };

struct kc_field {
    uint32_t number;
    enum kc_wire_type type;
    struct kc_bytes bytes; /* the value; of a VARINT its encoding */
};

/* Takes the next field off the front of *message. False at its end, and where it is broken: then message->n is not 0.
 */
bool kc_wire_next(struct kc_bytes *message, struct kc_field *ret);
/* The last field of that number and type LEN, as protobuf's rule is for what occurs twice; p NULL when there is none.
 * Looks as far as the message is whole. */
struct kc_bytes kc_wire_find(struct kc_bytes message, uint32_t number);
/* The first such field, or what is there of it when the message is cut off: for telling what was cut off. */
struct kc_bytes kc_wire_peek(struct kc_bytes message, uint32_t number);
/* Copies bytes as a string. False, with out "", when they do not fit or hold a control character. */
bool kc_wire_string(struct kc_bytes b, char *out, size_t cap);

/* The API server puts "k8s\0" and a runtime.Unknown (k8s.io/apimachinery pkg/runtime) around an object. */
#define KC_WIRE_MAGIC "k8s"
enum { KC_WIRE_MAGIC_LEN = 4 };
/* The object's own bytes; p NULL when data is no such envelope. */
struct kc_bytes kc_wire_open(struct kc_bytes data);
