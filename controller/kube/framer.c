#include "controller/kube/framer.h"

#include <stdint.h>
#include <string.h>

#include "controller/base/text.h"

#define ENVELOPE_MAX 65536
#define KEEP_MEMORY  262144 /* a frame buffer larger than this is given back after its frame */
#define NO_FRAME     SIZE_MAX

void kc_framer_init(struct kc_framer *f, enum kc_frame_mode mode, size_t limit, kc_frame_fn fn, void *arg)
{
    *f = (struct kc_framer){.mode = mode, .limit = limit, .fn = fn, .arg = arg, .frame_depth = NO_FRAME};
    f->envelope.limit = ENVELOPE_MAX;
}

void kc_framer_finish(struct kc_framer *f)
{
    kc_buf_finish(&f->frame);
    kc_buf_finish(&f->envelope);
}

static bool in_frame(const struct kc_framer *f)
{
    return f->frame_depth != NO_FRAME;
}

static void keep(struct kc_framer *f, const char *p, size_t len)
{
    size_t room = f->limit - f->frame.len;

    if (len > room) {
        f->too_large = true;
        len = room;
    }
    kc_buf_add(&f->frame, p, len);
}

/* The frame's last bytes are here: hand it out, straight from the chunk when it began there. */
static void hand_out(struct kc_framer *f, const char *p, size_t len)
{
    if (f->frame.len == 0 && !f->too_large && len <= f->limit) {
        f->fn(f->arg, &(struct kc_frame){KC_JSON, p, len, true});
    } else {
        keep(f, p, len);
        f->fn(f->arg, &(struct kc_frame){KC_JSON, kc_buf_str(&f->frame), f->frame.len, !f->too_large});
    }
    f->frame_depth = NO_FRAME;
    f->too_large = false;
    if (f->frame.cap > KEEP_MEMORY)
        kc_buf_finish(&f->frame);
    else
        kc_buf_clear(&f->frame);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool bad_byte(char c, struct kc_err *err)
{
    return kc_fail(
        err, KC_INVALID, "BadFrame",
        "the API server's answer has byte 0x%02x where a JSON object has to begin: it may come from a proxy, "
        "not from the API server",
        (unsigned)(unsigned char)c);
}

/* One byte of a string. Remembers how the strings of the List's own level begin: "items" is the one that matters. */
static void string_byte(struct kc_framer *f, char c)
{
    if (f->escaped)
        f->escaped = false;
    else if (c == '\\')
        f->escaped = true;
    else if (c == '"')
        f->in_string = false;
    if (f->in_string && f->depth == 1 && f->mode == KC_FRAME_LIST) {
        if (f->member_n < sizeof(f->member) - 1)
            f->member[f->member_n] = c;
        f->member_n++;
    }
}

static void begin_string(struct kc_framer *f)
{
    f->in_string = true;
    if (f->depth == 1) {
        memset(f->member, 0, sizeof(f->member));
        f->member_n = 0;
    }
}

/* Brackets and quotes outside strings. True when the byte closed the frame being read. */
static bool structure_byte(struct kc_framer *f, char c)
{
    switch (c) {
    case '"':
        begin_string(f);
        return false;
    case '[':
        if (f->mode == KC_FRAME_LIST && f->depth == 1)
            f->in_items = strcmp(f->member, "items") == 0;
        f->depth++;
        return false;
    case '{':
        f->depth++;
        return false;
    case ']':
    case '}':
        f->depth--; /* the caller has seen that it is not 0 */
        if (f->depth == 1)
            f->in_items = false;
        return f->depth == f->frame_depth;
    default:
        return false;
    }
}

/* A byte that belongs to no frame. */
static bool outer_byte(struct kc_framer *f, char c, struct kc_err *err)
{
    if (f->depth == 0 && !is_space(c) && (c != '{' || f->ended))
        return bad_byte(c, err);
    if (f->mode == KC_FRAME_WATCH)
        return true;
    bool separator = f->in_items && f->depth == 2 && !f->in_string && (c == ',' || is_space(c));
    if (!separator && f->depth + (c == '{') > 0)
        kc_buf_add(&f->envelope, &c, 1);
    if (f->envelope.overflow)
        return kc_fail(err, KC_INVALID, "BadFrame",
                       "the list's own fields (everything outside items) are larger than %d bytes", ENVELOPE_MAX);
    return true;
}

static bool begins_frame(const struct kc_framer *f, char c)
{
    if (c != '{' || f->in_string || in_frame(f))
        return false;
    return f->mode == KC_FRAME_WATCH ? f->depth == 0 : f->in_items && f->depth == 2;
}

/* Within a string nothing but its end matters: most of the bytes are there, so they are passed over in bulk. */
static size_t plain_bytes(const struct kc_framer *f, const char *p, size_t len)
{
    size_t n = 0;

    if (!in_frame(f))
        return 0;
    if (f->in_string && !f->escaped)
        while (n < len && p[n] != '"' && p[n] != '\\')
            n++;
    return n;
}

bool kc_framer_feed(struct kc_framer *f, const char *data, size_t len, struct kc_err *err)
{
    size_t start = 0; /* where the current frame's bytes begin in this chunk */

    for (size_t i = 0; i < len; i++) {
        i += plain_bytes(f, data + i, len - i);
        if (i == len)
            break;
        char c = data[i];
        if (begins_frame(f, c)) {
            f->frame_depth = f->depth++;
            start = i;
            continue;
        }
        if (!in_frame(f) && !outer_byte(f, c, err))
            return false;
        if (f->in_string) {
            string_byte(f, c);
        } else if (structure_byte(f, c)) {
            hand_out(f, data + start, i + 1 - start);
        } else if (f->depth == 0 && c == '}') {
            f->ended = true;
        }
    }
    if (in_frame(f) && len > start)
        keep(f, data + start, len - start);
    return true;
}

bool kc_framer_end(const struct kc_framer *f, struct kc_err *err)
{
    if (f->depth == 0 && (f->mode == KC_FRAME_WATCH || f->ended))
        return true;
    return kc_fail(err, KC_RETRY, "Truncated", "the API server's answer ended in the middle of %s",
                   f->mode == KC_FRAME_WATCH ? "an event" : "a list");
}
