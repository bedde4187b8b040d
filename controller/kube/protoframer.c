#include "controller/kube/protoframer.h"

#include <string.h>

#include "controller/kube/wire.h"

#define ENVELOPE_MAX 65536
#define KEEP_MEMORY  262144 /* a frame buffer larger than this is given back after its frame */

enum { LIST_ITEMS = 2, UNKNOWN_RAW = 2 };
enum { PREFIX_BYTES = 4, VARINT_BYTES = 10 };

void kc_protoframer_init(struct kc_protoframer *f, enum kc_frame_mode mode, size_t limit, kc_frame_fn fn, void *arg)
{
    *f = (struct kc_protoframer){.mode = mode, .limit = limit, .fn = fn, .arg = arg};
    f->state = mode == KC_FRAME_LIST ? KC_AT_MAGIC : KC_AT_PREFIX;
    f->envelope.limit = ENVELOPE_MAX;
}

void kc_protoframer_finish(struct kc_protoframer *f)
{
    kc_buf_finish(&f->frame);
    kc_buf_finish(&f->envelope);
}

static bool bad(struct kc_err *err, const char *what)
{
    return kc_fail(
        err, KC_INVALID, "BadFrame",
        "the API server's answer says that it is protobuf, but %s: it may come from a proxy, not from the API "
        "server",
        what);
}

static void keep(struct kc_protoframer *f, const char *p, size_t len)
{
    size_t room = f->limit - f->frame.len;

    if (len > room) {
        f->too_large = true;
        len = room;
    }
    kc_buf_add(&f->frame, p, len);
}

static void hand_out(struct kc_protoframer *f)
{
    f->fn(f->arg, &(struct kc_frame){KC_PROTOBUF, kc_buf_str(&f->frame), f->frame.len, !f->too_large});
    f->too_large = false;
    if (f->frame.cap > KEEP_MEMORY)
        kc_buf_finish(&f->frame);
    else
        kc_buf_clear(&f->frame);
}

static void add_varint(struct kc_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        kc_buf_putc(b, (char)(v | 0x80));
    kc_buf_putc(b, (char)v);
}

/* What follows when a field's value is over. */
static void field_done(struct kc_protoframer *f)
{
    f->state = f->mode == KC_FRAME_WATCH ? KC_AT_PREFIX : KC_AT_TAG;
    if (f->in_list && f->list_left == 0) {
        f->in_list = false;
        f->ended = true;
    }
}

/* f->left bytes of a value follow, to be used so. */
static void begin_value(struct kc_protoframer *f, enum kc_protoframer_use use)
{
    f->use = use;
    f->state = KC_IN_VALUE;
    if (f->left)
        return;
    if (use == KC_USE_FRAME)
        hand_out(f);
    field_done(f);
}

/* Takes up to len bytes of the value and says how many. */
static size_t value_bytes(struct kc_protoframer *f, const char *p, size_t len)
{
    size_t n = f->left < len ? (size_t)f->left : len;
    bool all_here = n == f->left;

    f->left -= n;
    if (f->in_list)
        f->list_left -= n;
    if (f->use == KC_USE_FRAME && all_here && f->frame.len == 0 && !f->too_large && n <= f->limit) {
        f->fn(f->arg, &(struct kc_frame){KC_PROTOBUF, p, n, true});
    } else if (f->use == KC_USE_FRAME) {
        keep(f, p, n);
        if (all_here)
            hand_out(f);
    } else if (f->use == KC_USE_ENVELOPE) {
        kc_buf_add(&f->envelope, p, n);
    }
    if (all_here)
        field_done(f);
    return n;
}

static bool begin_list(struct kc_protoframer *f, uint64_t len, struct kc_err *err)
{
    if (f->ended)
        return bad(err, "holds two lists");
    f->list_left = len;
    f->in_list = true;
    f->state = KC_AT_TAG;
    if (len == 0)
        field_done(f);
    return true;
}

/* A tag has been read: f->number. */
static bool on_tag(struct kc_protoframer *f, struct kc_err *err)
{
    f->field = (uint32_t)(f->number >> 3);
    f->use = KC_USE_SKIP;
    if (f->number >> 3 == 0 || f->number >> 32)
        return bad(err, "has no field number where one has to be");
    switch (f->number & 7) {
    case KC_WIRE_VARINT:
        f->state = KC_AT_VARINT;
        return true;
    case KC_WIRE_LEN:
        f->state = KC_AT_LENGTH;
        return true;
    case KC_WIRE_I64:
    case KC_WIRE_I32:
        f->left = (f->number & 7) == KC_WIRE_I64 ? 8 : 4;
        if (f->in_list && f->left > f->list_left)
            return bad(err, "a field is longer than its list");
        begin_value(f, KC_USE_SKIP);
        return true;
    default:
        return bad(err, "has a field of an unknown type");
    }
}

static bool on_length(struct kc_protoframer *f, struct kc_err *err)
{
    uint64_t len = f->number;

    if (!f->in_list && f->field == UNKNOWN_RAW)
        return begin_list(f, len, err);
    if (f->in_list && len > f->list_left)
        return bad(err, "an item is longer than its list");
    f->left = len;
    if (f->in_list && f->field == LIST_ITEMS) {
        begin_value(f, KC_USE_FRAME);
    } else if (f->in_list) {
        add_varint(&f->envelope, (uint64_t)f->field << 3 | KC_WIRE_LEN);
        add_varint(&f->envelope, len);
        begin_value(f, KC_USE_ENVELOPE);
    } else {
        begin_value(f, KC_USE_SKIP);
    }
    return true;
}

/* One byte of a tag, a length or a varint. */
static bool varint_byte(struct kc_protoframer *f, unsigned char c, struct kc_err *err)
{
    f->number |= (uint64_t)(c & 0x7f) << (7 * f->n_number++);
    if (f->in_list && f->list_left-- == 0)
        return bad(err, "a field is longer than its list");
    if (c & 0x80)
        return f->n_number < VARINT_BYTES || bad(err, "has a number of more than 64 bits");
    bool ok = true;
    if (f->state == KC_AT_TAG)
        ok = on_tag(f, err);
    else if (f->state == KC_AT_LENGTH)
        ok = on_length(f, err);
    else
        field_done(f);
    f->number = f->n_number = 0;
    return ok;
}

static bool magic_byte(struct kc_protoframer *f, char c, struct kc_err *err)
{
    if (c != KC_WIRE_MAGIC[f->n_number++])
        return bad(err, "does not begin with \"k8s\"");
    if (f->n_number == KC_WIRE_MAGIC_LEN) {
        f->n_number = 0;
        f->state = KC_AT_TAG;
    }
    return true;
}

static void prefix_byte(struct kc_protoframer *f, unsigned char c)
{
    f->number = f->number << 8 | c;
    if (++f->n_number < PREFIX_BYTES)
        return;
    f->left = f->number;
    f->number = f->n_number = 0;
    begin_value(f, KC_USE_FRAME);
}

bool kc_protoframer_feed(struct kc_protoframer *f, const char *data, size_t len, struct kc_err *err)
{
    for (size_t i = 0; i < len;) {
        bool ok = true;
        if (f->state == KC_IN_VALUE)
            i += value_bytes(f, data + i, len - i);
        else if (f->state == KC_AT_PREFIX)
            prefix_byte(f, (unsigned char)data[i++]);
        else if (f->state == KC_AT_MAGIC)
            ok = magic_byte(f, data[i++], err);
        else
            ok = varint_byte(f, (unsigned char)data[i++], err);
        if (!ok)
            return false;
        if (f->envelope.overflow)
            return kc_fail(err, KC_INVALID, "BadFrame",
                           "the list's own fields (everything outside items) are larger than %d bytes", ENVELOPE_MAX);
    }
    return true;
}

bool kc_protoframer_end(const struct kc_protoframer *f, struct kc_err *err)
{
    bool between = f->n_number == 0 && f->state == (f->mode == KC_FRAME_WATCH ? KC_AT_PREFIX : KC_AT_TAG);

    if (between && (f->mode == KC_FRAME_WATCH || f->ended))
        return true;
    return kc_fail(err, KC_RETRY, "Truncated", "the API server's answer ended in the middle of %s",
                   f->mode == KC_FRAME_WATCH ? "an event" : "a list");
}
