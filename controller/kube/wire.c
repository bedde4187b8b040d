#include "controller/kube/wire.h"

#include <string.h>

enum { UNKNOWN_RAW = 2 }; /* runtime.Unknown */

static bool varint(struct kc_bytes *b, uint64_t *ret)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 10 && i < b->n; i++) {
        v |= (uint64_t)(b->p[i] & 0x7f) << (7 * i);
        if (b->p[i] & 0x80)
            continue;
        b->p += i + 1;
        b->n -= i + 1;
        *ret = v;
        return true;
    }
    return false;
}

/* cut: a LEN field may be longer than what is there. */
static bool next(struct kc_bytes *message, bool cut, struct kc_field *ret)
{
    struct kc_bytes at = *message;
    uint64_t tag, len = 0;

    if (!varint(&at, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3)
        return false;
    const uint8_t *value = at.p;
    switch (tag & 7) {
    case KC_WIRE_VARINT:
        if (!varint(&at, &len))
            return false;
        len = (uint64_t)(at.p - value);
        at = (struct kc_bytes){value, at.n + (size_t)len};
        break;
    case KC_WIRE_I64:
        len = 8;
        break;
    case KC_WIRE_LEN:
        if (!varint(&at, &len))
            return false;
        if (cut && len > at.n)
            len = at.n;
        break;
    case KC_WIRE_I32:
        len = 4;
        break;
    default: /* groups: no Kubernetes type has them */
        return false;
    }
    if (len > at.n)
        return false;
    *ret = (struct kc_field){(uint32_t)(tag >> 3), (enum kc_wire_type)(tag & 7), {at.p, (size_t)len}};
    *message = (struct kc_bytes){at.p + len, at.n - (size_t)len};
    return true;
}

bool kc_wire_next(struct kc_bytes *message, struct kc_field *ret)
{
    return next(message, false, ret);
}

struct kc_bytes kc_wire_peek(struct kc_bytes message, uint32_t number)
{
    struct kc_field f;

    while (message.n && next(&message, true, &f))
        if (f.number == number && f.type == KC_WIRE_LEN)
            return f.bytes;
    return (struct kc_bytes){0};
}

struct kc_bytes kc_wire_find(struct kc_bytes message, uint32_t number)
{
    struct kc_bytes found = {0};
    struct kc_field f;

    while (message.n && kc_wire_next(&message, &f))
        if (f.number == number && f.type == KC_WIRE_LEN)
            found = f.bytes;
    return found;
}

bool kc_wire_string(struct kc_bytes b, char *out, size_t cap)
{
    out[0] = '\0';
    if (b.n >= cap)
        return false;
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] < 0x20 || b.p[i] == 0x7f)
            return false;
    if (b.n)
        memcpy(out, b.p, b.n);
    out[b.n] = '\0';
    return true;
}

struct kc_bytes kc_wire_open(struct kc_bytes data)
{
    if (data.n < KC_WIRE_MAGIC_LEN || memcmp(data.p, KC_WIRE_MAGIC, KC_WIRE_MAGIC_LEN) != 0)
        return (struct kc_bytes){0};
    return kc_wire_find((struct kc_bytes){data.p + KC_WIRE_MAGIC_LEN, data.n - KC_WIRE_MAGIC_LEN}, UNKNOWN_RAW);
}
