#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/protoframer.h"
#include "tests/unit/kube/protobuf.h"

#define LIMIT 64

/* Frames one a line; one over the limit is marked. */
static void note(void *arg, const struct kc_frame *f)
{
    struct kc_buf *out = arg;

    assert_int_equal(f->encoding, KC_PROTOBUF);
    if (!f->whole)
        kc_buf_puts(out, "CUT ");
    kc_buf_add(out, f->data, f->len);
    kc_buf_putc(out, '\n');
}

struct result {
    bool fed, ended;
    struct kc_buf frames, envelope;
    struct kc_err err;
};

/* Feeds the bytes in two pieces cut at `at`, or one by one when at is SIZE_MAX. */
static struct result run(enum kc_frame_mode mode, const struct kc_buf *bytes, size_t at)
{
    struct result r = {.fed = true};
    struct kc_protoframer f;

    kc_protoframer_init(&f, mode, LIMIT, note, &r.frames);
    for (size_t i = 0; i < bytes->len && r.fed;) {
        size_t n = at == SIZE_MAX ? 1 : i == 0 ? at : bytes->len - i;
        if (n == 0 || n > bytes->len - i)
            n = bytes->len - i;
        /* A heap copy of its own for each chunk, so that reading past it or keeping it is seen. */
        char *chunk = malloc(n);
        memcpy(chunk, bytes->data + i, n);
        r.fed = kc_protoframer_feed(&f, chunk, n, &r.err);
        free(chunk);
        i += n;
    }
    r.ended = r.fed && kc_protoframer_end(&f, &r.err);
    kc_buf_add(&r.envelope, kc_buf_str(&f.envelope), f.envelope.len);
    kc_protoframer_finish(&f);
    return r;
}

static void finish(struct result *r)
{
    kc_buf_finish(&r->frames);
    kc_buf_finish(&r->envelope);
}

static void expect_at_every_cut(enum kc_frame_mode mode, const struct kc_buf *bytes, const char *frames,
                                const struct kc_buf *envelope)
{
    for (size_t at = 0; at <= bytes->len + 1; at++) {
        struct result r = run(mode, bytes, at > bytes->len ? SIZE_MAX : at);
        if (!r.fed || !r.ended)
            fail_msg("cut at %zu: %s", at, r.err.message);
        assert_string_equal(kc_buf_str(&r.frames), frames);
        assert_int_equal(r.envelope.len, envelope->len);
        assert_memory_equal(kc_buf_str(&r.envelope), kc_buf_str(envelope), envelope->len);
        finish(&r);
    }
}

static void put_frame(struct kc_buf *b, const char *text)
{
    size_t len = strlen(text);
    const char prefix[] = {(char)(len >> 24), (char)(len >> 16), (char)(len >> 8), (char)len};

    kc_buf_add(b, prefix, sizeof(prefix));
    kc_buf_puts(b, text);
}

#define OVER "0123456789012345678901234567890123456789012345678901234567890123456789"

static void watch_frames_at_every_cut(void **state)
{
    KC_BUF_SCOPE bytes = {0};
    const struct kc_buf none = {0};

    (void)state;
    put_frame(&bytes, "first");
    put_frame(&bytes, "");
    put_frame(&bytes, OVER);
    put_frame(&bytes, "exactly the limit 456789012345678901234567890123456789012345678");
    put_frame(&bytes, "last");
    expect_at_every_cut(KC_FRAME_WATCH, &bytes,
                        "first\n\nCUT 0123456789012345678901234567890123456789012345678901234567890123\n"
                        "exactly the limit 456789012345678901234567890123456789012345678\nlast\n",
                        &none);
}

/* A list with fields that nobody knows at both levels, of every type. */
static struct kc_buf make_list(void)
{
    struct kc_buf list = {0}, meta = list_meta("77", "more=");

    put_buf(&list, 1, &meta);
    put_string(&list, 2, "item one");
    put_varint(&list, 9 << 3 | KC_WIRE_VARINT);
    put_varint(&list, UINT64_MAX);
    put_string(&list, 2, "");
    put_varint(&list, 10 << 3 | KC_WIRE_I64);
    kc_buf_add(&list, "12345678", 8);
    put_string(&list, 2, OVER);
    put_varint(&list, 11 << 3 | KC_WIRE_I32);
    kc_buf_add(&list, "1234", 4);
    put_string(&list, 2, "item four");
    struct kc_buf all = enveloped("PodList", &list);
    put_varint(&all, 12 << 3 | KC_WIRE_VARINT);
    put_varint(&all, 300);
    kc_buf_finish(&list);
    kc_buf_finish(&meta);
    return all;
}

static void list_at_every_cut(void **state)
{
    KC_BUF_SCOPE bytes = make_list();
    KC_BUF_SCOPE envelope = {0};
    KC_BUF_SCOPE meta = list_meta("77", "more=");

    (void)state;
    put_buf(&envelope, 1, &meta);
    expect_at_every_cut(KC_FRAME_LIST, &bytes,
                        "item one\n\nCUT 0123456789012345678901234567890123456789012345678901234567890123\nitem four\n",
                        &envelope);
}

static void an_empty_list_is_complete(void **state)
{
    const struct kc_buf none = {0};
    KC_BUF_SCOPE bytes = enveloped("PodList", &none);

    (void)state;
    expect_at_every_cut(KC_FRAME_LIST, &bytes, "", &none);
}

/* Wherever it ends early, that is noticed: but for behind the list itself. */
static void truncation_is_noticed(void **state)
{
    KC_BUF_SCOPE bytes = make_list();
    KC_BUF_SCOPE watch = {0};

    (void)state;
    size_t tail = 4 + 3; /* the envelope's two empty strings, and the unknown field behind */
    for (size_t len = 0; len < bytes.len - tail; len++) {
        struct result r = run(KC_FRAME_LIST, &(struct kc_buf){.data = bytes.data, .len = len}, SIZE_MAX);
        assert_true(r.fed);
        assert_false(r.ended);
        assert_string_equal(r.err.reason, "Truncated");
        assert_int_equal(r.err.class, KC_RETRY);
        finish(&r);
    }
    put_frame(&watch, "event");
    for (size_t len = 1; len < watch.len; len++) {
        struct result r = run(KC_FRAME_WATCH, &(struct kc_buf){.data = watch.data, .len = len}, SIZE_MAX);
        assert_false(r.ended);
        assert_string_equal(r.err.reason, "Truncated");
        finish(&r);
    }
}

static void what_is_no_list_fails(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
    } cases[] = {
        {"a web page", "<html>", 6},
        {"JSON", "{\"items\":[]}", 12},
        {"the magic without its NUL", "k8s\x12", 4},
        {"a group", "k8s\0\x0b", 5},
        {"field number 0", "k8s\0\x02\x01x", 7},
        {"a number without end", "k8s\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 15},
        {"an item longer than its list", "k8s\0\x12\x04\x12\x09xx", 10},
        {"a list that ends in a tag", "k8s\0\x12\x01\x80\x01", 8},
        {"a list that ends in a fixed number", "k8s\0\x12\x03\x51xx", 9},
        {"two lists", "k8s\0\x12\x00\x12\x00", 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t at = 1; at <= cases[i].len; at++) {
            struct kc_buf bytes = {.data = (char *)(uintptr_t)cases[i].bytes, .len = cases[i].len};
            struct result r = run(KC_FRAME_LIST, &bytes, at);
            if (r.fed || !KC_STREQ(r.err.reason, "BadFrame") || r.err.class != KC_INVALID)
                fail_msg("%s, cut at %zu: fed %d %s", cases[i].name, at, r.fed, r.err.reason);
            finish(&r);
        }
}

static void an_envelope_has_a_limit(void **state)
{
    KC_BUF_SCOPE list = {0};
    char *much = calloc(1, 70000);

    (void)state;
    put_field(&list, 5, much, 70000);
    KC_BUF_SCOPE bytes = enveloped("PodList", &list);
    struct result r = run(KC_FRAME_LIST, &bytes, 100);
    assert_false(r.fed);
    assert_string_equal(r.err.reason, "BadFrame");
    assert_true(r.envelope.len <= 65536);
    finish(&r);
    free(much);
}

static void a_frame_in_one_chunk_is_not_copied(void **state)
{
    KC_BUF_SCOPE bytes = {0};
    struct kc_buf frames = {0};
    struct kc_protoframer f;
    struct kc_err err = {0};

    (void)state;
    put_frame(&bytes, "one");
    put_frame(&bytes, "two");
    kc_protoframer_init(&f, KC_FRAME_WATCH, LIMIT, note, &frames);
    assert_true(kc_protoframer_feed(&f, bytes.data, bytes.len, &err));
    assert_int_equal(f.frame.cap, 0);
    assert_string_equal(frames.data, "one\ntwo\n");
    kc_protoframer_finish(&f);
    kc_buf_finish(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watch_frames_at_every_cut),
        cmocka_unit_test(list_at_every_cut),
        cmocka_unit_test(an_empty_list_is_complete),
        cmocka_unit_test(truncation_is_noticed),
        cmocka_unit_test(what_is_no_list_fails),
        cmocka_unit_test(an_envelope_has_a_limit),
        cmocka_unit_test(a_frame_in_one_chunk_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
