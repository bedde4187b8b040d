#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/framer.h"
#include "controller/kube/peek.h"

#define LIMIT 64

/* Frames one a line; one over the limit is marked. */
static void note(void *arg, const struct kc_frame *f)
{
    struct kc_buf *out = arg;

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

/* Feeds text in two pieces cut at byte `at`, or byte by byte when at is SIZE_MAX. */
static struct result run(enum kc_frame_mode mode, const char *text, size_t at)
{
    struct result r = {.fed = true};
    struct kc_framer f;
    size_t len = strlen(text), step = at == SIZE_MAX ? 1 : at;

    kc_framer_init(&f, mode, LIMIT, note, &r.frames);
    for (size_t i = 0; i < len && r.fed;) {
        size_t n = i == 0 || at == SIZE_MAX ? step : len - i;
        if (n == 0 || n > len - i)
            n = len - i;
        /* A heap copy of its own for each chunk, so that reading past it or keeping it is seen. */
        char *chunk = malloc(n);
        memcpy(chunk, text + i, n);
        r.fed = kc_framer_feed(&f, chunk, n, &r.err);
        free(chunk);
        i += n;
    }
    r.ended = r.fed && kc_framer_end(&f, &r.err);
    kc_buf_add(&r.envelope, kc_buf_str(&f.envelope), f.envelope.len);
    kc_framer_finish(&f);
    return r;
}

static void finish(struct result *r)
{
    kc_buf_finish(&r->frames);
    kc_buf_finish(&r->envelope);
}

static const struct {
    const char *name;
    enum kc_frame_mode mode;
    bool fed, ended; /* kc_framer_feed, kc_framer_end succeed */
    const char *text, *frames, *envelope;
} cases[] = {
    {"two events by line", KC_FRAME_WATCH, true, true, "{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}\n{\"b\":2}\n", ""},
    {"events with nothing between", KC_FRAME_WATCH, true, true, "{}{\"b\":[{}]}", "{}\n{\"b\":[{}]}\n", ""},
    {"white space and line ends within", KC_FRAME_WATCH, true, true, " \r\n{ \"a\" :\n1 }\t", "{ \"a\" :\n1 }\n", ""},
    {"brackets and quotes in strings", KC_FRAME_WATCH, true, true, "{\"a\":\"}{][\\\"\\\\\"}{}",
     "{\"a\":\"}{][\\\"\\\\\"}\n{}\n", ""},
    {"multi-byte characters", KC_FRAME_WATCH, true, true, "{\"a\":\"\xc3\xa9\xe2\x86\x92\xf0\x9f\x98\x80\"}",
     "{\"a\":\"\xc3\xa9\xe2\x86\x92\xf0\x9f\x98\x80\"}\n", ""},
    {"over the limit is cut, the next is whole", KC_FRAME_WATCH, true, true,
     "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890\"}{\"b\":1}",
     "CUT {\"a\":\"0123456789012345678901234567890123456789012345678901234567\n{\"b\":1}\n", ""},
    {"exactly the limit is whole", KC_FRAME_WATCH, true, true,
     "{\"a\":\"01234567890123456789012345678901234567890123456789012345\"}",
     "{\"a\":\"01234567890123456789012345678901234567890123456789012345\"}\n", ""},
    {"nothing", KC_FRAME_WATCH, true, true, "", "", ""},
    {"ends within an event", KC_FRAME_WATCH, true, false, "{\"a\":1}{\"b\":", "{\"a\":1}\n", ""},
    {"ends within a string", KC_FRAME_WATCH, true, false, "{\"a", "", ""},
    {"not JSON", KC_FRAME_WATCH, false, false, "<html>", "", ""},
    {"a stray bracket", KC_FRAME_WATCH, false, false, "{}]{}", "{}\n", ""},
    {"an array at the top", KC_FRAME_WATCH, false, false, "[{}]", "", ""},

    {"list", KC_FRAME_LIST, true, true, "{\"kind\":\"L\",\"metadata\":{\"x\":{}},\"items\":[{\"a\":1},{\"b\":[{}]}]}\n",
     "{\"a\":1}\n{\"b\":[{}]}\n", "{\"kind\":\"L\",\"metadata\":{\"x\":{}},\"items\":[]}"},
    {"list with metadata last", KC_FRAME_LIST, true, true, "{\"items\":[{\"a\":\"],\"} , {}],\"metadata\":{}}",
     "{\"a\":\"],\"}\n{}\n", "{\"items\":[],\"metadata\":{}}"},
    {"no items", KC_FRAME_LIST, true, true, "{\"items\":null,\"m\":[{\"a\":1}]}", "",
     "{\"items\":null,\"m\":[{\"a\":1}]}"},
    {"items deeper down are not the list's", KC_FRAME_LIST, true, true,
     "{\"m\":{\"items\":[{\"a\":1}]},\"items\":[{}]}", "{}\n", "{\"m\":{\"items\":[{\"a\":1}]},\"items\":[]}"},
    {"a member that begins like items", KC_FRAME_LIST, true, true, "{\"itemsLeft\":[{\"a\":1}],\"items\":[]}", "",
     "{\"itemsLeft\":[{\"a\":1}],\"items\":[]}"},
    {"a value that says items", KC_FRAME_LIST, true, true, "{\"kind\":\"items\",\"x\":[{\"a\":1}]}", "",
     "{\"kind\":\"items\",\"x\":[{\"a\":1}]}"},
    {"what is no object stays", KC_FRAME_LIST, true, true, "{\"items\":[null,{\"a\":1},\"x,y\"]}", "{\"a\":1}\n",
     "{\"items\":[null\"x,y\"]}"},
    {"list that breaks off", KC_FRAME_LIST, true, false, "{\"items\":[{\"a\":1},", "{\"a\":1}\n", "{\"items\":["},
    {"nothing is no list", KC_FRAME_LIST, true, false, "", "", ""},
    {"two lists", KC_FRAME_LIST, false, false, "{\"items\":[]}{", "", "{\"items\":[]}"},
};

static void every_case_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t at = 0; at <= strlen(cases[i].text) + 1; at++) {
            struct result r = run(cases[i].mode, cases[i].text, at > strlen(cases[i].text) ? SIZE_MAX : at);
            if (strcmp(kc_buf_str(&r.frames), cases[i].frames) != 0 ||
                strcmp(kc_buf_str(&r.envelope), cases[i].envelope) != 0 || r.fed != cases[i].fed ||
                r.ended != cases[i].ended)
                fail_msg("%s, cut at %zu: frames <%s> envelope <%s> fed %d ended %d", cases[i].name, at,
                         kc_buf_str(&r.frames), kc_buf_str(&r.envelope), r.fed, r.ended);
            if (!r.fed)
                assert_string_equal(r.err.reason, "BadFrame");
            else if (!r.ended)
                assert_int_equal(r.err.class, KC_RETRY);
            finish(&r);
        }
    }
}

static void a_frame_in_one_chunk_is_not_copied(void **state)
{
    struct result r = {0};
    struct kc_framer f;
    const char text[] = "{\"a\":1}{\"b\":2}";

    (void)state;
    kc_framer_init(&f, KC_FRAME_WATCH, LIMIT, note, &r.frames);
    assert_true(kc_framer_feed(&f, text, sizeof(text) - 1, &r.err));
    assert_int_equal(f.frame.cap, 0);
    kc_framer_finish(&f);
    finish(&r);
}

static void the_envelope_is_bounded(void **state)
{
    struct result r = {0};
    struct kc_framer f;
    bool ok = true;

    (void)state;
    kc_framer_init(&f, KC_FRAME_LIST, LIMIT, note, &r.frames);
    assert_true(kc_framer_feed(&f, "{\"x\":\"", 6, &r.err));
    for (size_t i = 0; i < 65536 && ok; i++)
        ok = kc_framer_feed(&f, "y", 1, &r.err);
    assert_false(ok);
    assert_int_equal(r.err.class, KC_INVALID);
    assert_true(f.envelope.cap <= (size_t)2 * 65536);
    kc_framer_finish(&f);
    finish(&r);
}

static const struct {
    const char *name, *json, *want; /* of object.metadata.name; NULL: not there */
} peeks[] = {
    {"plain", "{\"type\":\"ADDED\",\"object\":{\"kind\":\"X\",\"metadata\":{\"name\":\"web\"}}}", "web"},
    {"behind other things",
     "{\"object\":{\"a\":[{\"metadata\":{\"name\":\"no\"}}],\"metadata\":{\"labels\":{\"name\":\"no\"},\"x\":[\"name\"]"
     ",\"name\" : "
     "\"web\"}}}",
     "web"},
    {"the text ends behind it", "{\"object\":{\"metadata\":{\"name\":\"web\",\"annot", "web"},
    {"the text ends in it", "{\"object\":{\"metadata\":{\"name\":\"we", NULL},
    {"a value that reads like the key",
     "{\"object\":{\"x\":\"metadata\",\"y\":{\"name\":\"no\"},\"metadata\":{\"name\":\"web\"}}}", "web"},
    {"wrong type of name", "{\"object\":{\"metadata\":{\"name\":5,\"x\":\"no\"}}}", NULL},
    {"wrong type of metadata", "{\"object\":{\"metadata\":[\"name\",\"no\"],\"name\":\"no\"}}", NULL},
    {"metadata is a string", "{\"object\":{\"metadata\":\"no\"}}", NULL},
    {"an escape", "{\"object\":{\"metadata\":{\"name\":\"w\\u0065b\"}}}", NULL},
    {"a control character", "{\"object\":{\"metadata\":{\"name\":\"w\nb\"}}}", NULL},
    {"too long for the buffer", "{\"object\":{\"metadata\":{\"name\":\"0123456789abcdef\"}}}", NULL},
    {"an array", "[\"object\",{\"metadata\":{\"name\":\"no\"}}]", NULL},
    {"closed too often", "}}]]{\"object\"", NULL},
    {"nothing", "", NULL},
};

static void peek_finds_the_name(void **state)
{
    static const char *const path[] = {"object", "metadata", "name", NULL};
    char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof(peeks) / sizeof(peeks[0]); i++) {
        size_t len = strlen(peeks[i].json);
        char *exact = malloc(len + 1);
        memcpy(exact, peeks[i].json, len);
        bool found = kc_peek_string(exact, len, path, out, sizeof(out));
        free(exact);
        if (found != (peeks[i].want != NULL) || strcmp(out, peeks[i].want ? peeks[i].want : "") != 0)
            fail_msg("%s: got \"%s\"", peeks[i].name, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_at_every_cut),
        cmocka_unit_test(a_frame_in_one_chunk_is_not_copied),
        cmocka_unit_test(the_envelope_is_bounded),
        cmocka_unit_test(peek_finds_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
