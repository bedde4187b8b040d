/* Protobuf answers behind the framer: lists, events, a watch that begins with a list, Status; and what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/ingest.h"
#include "controller/kube/protoframer.h"
#include "tests/unit/kube/protobuf.h"

struct fixture {
    struct kc_store *store;
    struct kc_ingest *ingest;
    struct kc_intern *strings;
    struct kc_scratch *scratch;
    struct kc_reflector_options o;
    struct kc_buf log; /* "+key@rv" added, "~" modified, "-" deleted, "!ns/name" bad; "i" behind initial ones */
    struct kc_err bad;
};

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct fixture *f = arg;

    kc_buf_printf(&f->log, "%c%s@%s%s ", "+~-"[event], r -> key, r -> resource_version, initial ? "i" : "");
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    struct fixture *f = arg;

    f->bad = *err;
    kc_buf_printf(&f->log, "!%s/%s ", ns, name);
}

static struct kc_record *decode(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    struct fixture *f = arg;

    return kc_kind_decode(kc_kind_find("", "pods"), f->strings, f->scratch, object, len, err);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->store = kc_store_create();
    f->strings = kc_intern_create();
    f->scratch = kc_scratch_create();
    f->o = (struct kc_reflector_options){
        .path = "/api/v1/pods", .decode_protobuf = decode, .on_event = on_event, .on_bad = on_bad, .arg = f};
    f->ingest = kc_ingest_create(f->store, &f->o);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    kc_ingest_destroy(f->ingest);
    kc_store_destroy(f->store);
    assert_int_equal(kc_intern_count(f->strings), 0); /* no record, no string */
    kc_intern_unref(f->strings);
    kc_scratch_destroy(f->scratch);
    kc_buf_finish(&f->log);
    free(f);
    return 0;
}

static void expect(struct fixture *f, const char *log)
{
    assert_string_equal(kc_buf_str(&f->log), log);
    kc_buf_clear(&f->log);
}

#define POD(ns, name, uid, rv)                                                                                         \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\",\"uid\":\"" uid "\",\"resourceVersion\":\"" rv      \
    "\",\"labels\":{\"app\":\"" name "\"}},\"status\":{\"phase\":\"Running\"}}"

static struct kc_buf pod(const char *json)
{
    return object_of(kc_kind_find("", "pods")->message, json);
}

static bool feed_event(struct fixture *f, const struct kc_buf *event, bool whole, struct kc_err *err)
{
    return kc_ingest_event(f->ingest, &(struct kc_frame){KC_PROTOBUF, kc_buf_str(event), event->len, whole}, err);
}

static void event(struct fixture *f, const char *type, const char *json)
{
    KC_BUF_SCOPE object = pod(json);
    KC_BUF_SCOPE envelope = enveloped("Pod", &object);
    KC_BUF_SCOPE e = event_of(type, &envelope);
    struct kc_err err = {0};

    if (!feed_event(f, &e, true, &err))
        fail_msg("%s", err.message);
}

static void on_item(void *arg, const struct kc_frame *frame)
{
    kc_ingest_item(arg, frame);
}

/* A page of these items, byte by byte. Returns the continue token. */
static char *page(struct fixture *f, const char *rv, const char *more, const struct kc_buf *items, size_t n)
{
    struct kc_protoframer framer;
    struct kc_err err = {0};
    KC_BUF_SCOPE list = {0};
    KC_BUF_SCOPE meta = list_meta(rv, more);
    char *token = NULL;

    put_buf(&list, 1, &meta);
    for (size_t i = 0; i < n; i++)
        put_buf(&list, 2, &items[i]);
    KC_BUF_SCOPE bytes = enveloped("PodList", &list);
    kc_protoframer_init(&framer, KC_FRAME_LIST, KC_OBJECT_MAX, on_item, f->ingest);
    for (size_t i = 0; i < bytes.len; i++)
        assert_true(kc_protoframer_feed(&framer, bytes.data + i, 1, &err));
    assert_true(kc_protoframer_end(&framer, &err));
    struct kc_frame envelope = {KC_PROTOBUF, kc_buf_str(&framer.envelope), framer.envelope.len, true};
    if (!kc_ingest_page_end(f->ingest, &envelope, &token, &err))
        fail_msg("%s", err.message);
    kc_protoframer_finish(&framer);
    return token;
}

static void pages_make_one_list(void **state)
{
    struct fixture *f = *state;
    struct kc_buf items[] = {pod(POD("s", "a", "u1", "1")), pod(POD("s", "b", "u2", "2"))};

    kc_ingest_list_begin(f->ingest);
    char *more = page(f, "9", "tok=", items, 1);
    assert_string_equal(more, "tok=");
    free(more);
    assert_string_equal(kc_ingest_resource_version(f->ingest), "");
    assert_null(page(f, "9", NULL, items + 1, 1));
    kc_ingest_list_end(f->ingest);
    assert_string_equal(kc_ingest_resource_version(f->ingest), "9");
    expect(f, "+s/a@1i +s/b@2i ");

    kc_ingest_list_begin(f->ingest); /* again: b is gone, a is known */
    assert_null(page(f, "12", NULL, items, 1));
    kc_ingest_list_end(f->ingest);
    expect(f, "-s/b@2i ");
    kc_buf_finish(&items[0]);
    kc_buf_finish(&items[1]);
}

static void events_change_the_store(void **state)
{
    struct fixture *f = *state;

    event(f, "ADDED", POD("s", "a", "u1", "5"));
    event(f, "MODIFIED", POD("s", "a", "u1", "6"));
    event(f, "MODIFIED", POD("s", "a", "u1", "6"));
    event(f, "ADDED", POD("s", "a", "u2", "7"));
    event(f, "DELETED", POD("s", "a", "u2", "8"));
    event(f, "BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"777\"}}");
    expect(f, "+s/a@5 ~s/a@6 -s/a@6 +s/a@7 -s/a@8 ");
    assert_string_equal(kc_ingest_resource_version(f->ingest), "777");
}

/* The bookmark that ends the initial events, with its annotation. */
static void ending_bookmark(struct fixture *f, const char *rv, const char *key, const char *value)
{
    KC_BUF_SCOPE meta = {0};
    KC_BUF_SCOPE object = {0};
    KC_BUF_SCOPE annotation = {0};
    struct kc_err err = {0};

    put_string(&annotation, 1, key);
    put_string(&annotation, 2, value);
    put_string(&meta, 6, rv);
    put_buf(&meta, 12, &annotation);
    put_buf(&object, 1, &meta);
    KC_BUF_SCOPE envelope = enveloped("Pod", &object);
    KC_BUF_SCOPE e = event_of("BOOKMARK", &envelope);
    assert_true(feed_event(f, &e, true, &err));
}

static void a_watch_that_begins_with_the_list(void **state)
{
    struct fixture *f = *state;

    event(f, "ADDED", POD("s", "old", "u0", "3"));
    kc_buf_clear(&f->log);
    kc_ingest_list_begin(f->ingest);
    event(f, "ADDED", POD("s", "a", "u1", "5"));
    ending_bookmark(f, "6", KC_INITIAL_EVENTS_END, "false");
    ending_bookmark(f, "6", "k8s.io/other", "true");
    assert_true(kc_ingest_listing(f->ingest));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "3"); /* nowhere to resume from yet */
    ending_bookmark(f, "9", KC_INITIAL_EVENTS_END, "true");
    assert_false(kc_ingest_listing(f->ingest));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "9");
    event(f, "MODIFIED", POD("s", "a", "u1", "10"));
    expect(f, "+s/a@5i -s/old@3i ~s/a@10 ");
}

/* One that broke off: what it showed does not count, what it did not show stays. */
static void a_watch_list_that_broke_off(void **state)
{
    struct fixture *f = *state;

    event(f, "ADDED", POD("s", "old", "u0", "3"));
    kc_ingest_list_begin(f->ingest);
    event(f, "ADDED", POD("s", "a", "u1", "5"));
    kc_ingest_list_begin(f->ingest);
    event(f, "ADDED", POD("s", "old", "u0", "3"));
    ending_bookmark(f, "9", KC_INITIAL_EVENTS_END, "true");
    expect(f, "+s/old@3 +s/a@5i -s/a@5i ");
}

static void error_events_fail_with_their_status(void **state)
{
    struct fixture *f = *state;
    struct kc_err err = {0};
    KC_BUF_SCOPE status =
        object_of(&pb__status__descriptor, "{\"message\":\"too old resource version: 5 (9)\",\"reason\":\"Expired\","
                                           "\"code\":410}");
    KC_BUF_SCOPE envelope = enveloped("Status", &status);
    KC_BUF_SCOPE e = event_of("ERROR", &envelope);

    event(f, "ADDED", POD("s", "a", "u1", "5"));
    kc_ingest_list_begin(f->ingest); /* a 410 in the middle of a watch list, too */
    assert_false(feed_event(f, &e, true, &err));
    assert_int_equal(err.class, KC_GONE);
    assert_int_equal(err.http_status, 410);
    assert_string_equal(err.message, "too old resource version: 5 (9)");
    assert_string_equal(kc_ingest_resource_version(f->ingest), "5");
}

static void a_status_in_protobuf(void **state)
{
    KC_BUF_SCOPE status =
        object_of(&pb__status__descriptor, "{\"message\":\"slow down\",\"reason\":\"TooManyRequests\",\"code\":429,"
                                           "\"details\":{\"retryAfterSeconds\":7}}");
    KC_BUF_SCOPE body = enveloped("Status", &status);
    struct kc_err err = {0};

    (void)state;
    assert_false(kc_status_fail(&err, 429, body.data, body.len));
    assert_int_equal(err.class, KC_RETRY);
    assert_string_equal(err.reason, "TooManyRequests");
    assert_string_equal(err.message, "slow down");
    assert_int_equal(err.retry_after_ms, 7000);
    /* Cut off: no Status any more, but no harm. */
    assert_false(kc_status_fail(&err, 500, body.data, body.len / 2));
    assert_int_equal(err.http_status, 500);
}

/* A good pod whose status is no message: its name can be read. */
static struct kc_buf corrupt(void)
{
    struct kc_buf b = object_of(&pb__partial_object_metadata__descriptor, POD("s", "bad", "u9", "9"));

    put_string(&b, 3, "\xff\xff\xff");
    return b;
}

static void a_corrupt_item_is_named_and_skipped(void **state)
{
    struct fixture *f = *state;
    struct kc_buf items[] = {pod(POD("s", "a", "u1", "1")), corrupt(), pod(POD("s", "b", "u2", "2"))};

    kc_ingest_list_begin(f->ingest);
    assert_null(page(f, "9", NULL, items, 3));
    kc_ingest_list_end(f->ingest);
    expect(f, "+s/a@1i !s/bad +s/b@2i ");
    assert_string_equal(f->bad.reason, "BadObject");
    for (size_t i = 0; i < 3; i++)
        kc_buf_finish(&items[i]);
}

static void a_corrupt_event_is_named_and_passed_over(void **state)
{
    struct fixture *f = *state;
    KC_BUF_SCOPE object = corrupt();
    KC_BUF_SCOPE envelope = enveloped("Pod", &object);
    KC_BUF_SCOPE e = event_of("MODIFIED", &envelope);
    KC_BUF_SCOPE gone = event_of("DELETED", &envelope);
    struct kc_err err = {0};

    event(f, "ADDED", POD("s", "bad", "u9", "5"));
    assert_true(feed_event(f, &e, true, &err));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "9"); /* resuming begins behind it */
    assert_int_equal(kc_store_count(f->store), 1);
    assert_true(feed_event(f, &gone, true, &err)); /* a deletion needs no more than the name */
    expect(f, "+s/bad@5 !s/bad -s/bad@5 ");
}

static void too_large_is_named_from_its_beginning(void **state)
{
    struct fixture *f = *state;
    KC_BUF_SCOPE object = pod(POD("s", "big", "u1", "5"));
    KC_BUF_SCOPE envelope = enveloped("Pod", &object);
    KC_BUF_SCOPE e = event_of("ADDED", &envelope);
    struct kc_err err = {0};

    e.len -= 30; /* the metadata is all there */
    assert_true(feed_event(f, &e, false, &err));
    object.len -= 12;
    kc_ingest_list_begin(f->ingest);
    kc_ingest_item(f->ingest, &(struct kc_frame){KC_PROTOBUF, object.data, object.len, false});
    expect(f, "!s/big !s/big ");
    assert_string_equal(f->bad.reason, "TooLarge");
}

static void events_that_are_none(void **state)
{
    static const char *const bytes[] = {"",
                                        "\x0a\x05"
                                        "ADDED",
                                        "\x0a\x07"
                                        "RENAMED",
                                        "\xff\xff", "\x0a\xff"};
    struct fixture *f = *state;
    struct kc_err err = {0};

    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        struct kc_buf e = {.data = (char *)(uintptr_t)bytes[i], .len = strlen(bytes[i])};
        assert_true(feed_event(f, &e, true, &err));
    }
    expect(f, "!/ !/ !/ !/ !/ ");
    assert_int_equal(f->bad.class, KC_INVALID);
}

/* Of an object whose bytes are all there, but any one of them wrong: no harm, and the rest goes on. */
static void any_byte_may_be_wrong(void **state)
{
    struct fixture *f = *state;
    KC_BUF_SCOPE object = pod(POD("s", "a", "u1", "5"));
    KC_BUF_SCOPE envelope = enveloped("Pod", &object);
    KC_BUF_SCOPE e = event_of("ADDED", &envelope);
    struct kc_err err = {0};

    for (size_t i = 0; i < e.len; i++) {
        char was = e.data[i];
        for (unsigned change = 1; change < 256; change <<= 1) {
            e.data[i] = (char)(was ^ (char)change);
            (void)!feed_event(f, &e, true, &err);
        }
        e.data[i] = was;
    }
    kc_buf_clear(&f->log);
    event(f, "ADDED", POD("s", "fine", "u2", "6"));
    expect(f, "+s/fine@6 ");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(pages_make_one_list),
        CASE(events_change_the_store),
        CASE(a_watch_that_begins_with_the_list),
        CASE(a_watch_list_that_broke_off),
        CASE(error_events_fail_with_their_status),
        CASE(a_status_in_protobuf),
        CASE(a_corrupt_item_is_named_and_skipped),
        CASE(a_corrupt_event_is_named_and_passed_over),
        CASE(too_large_is_named_from_its_beginning),
        CASE(events_that_are_none),
        CASE(any_byte_may_be_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
