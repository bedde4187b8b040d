/* What becomes of lists and events behind the framer: the store, the handler's calls, and what is reported as bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/kube/framer.h"
#include "controller/kube/ingest.h"

struct fixture {
    struct kc_store *store;
    struct kc_ingest *ingest;
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

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->store = kc_store_create();
    f->o = (struct kc_reflector_options){
        .path = "/apis/kubechat.io/v1alpha1/chatrequests", .on_event = on_event, .on_bad = on_bad, .arg = f};
    f->ingest = kc_ingest_create(f->store, &f->o);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    kc_ingest_destroy(f->ingest);
    kc_store_destroy(f->store);
    kc_buf_finish(&f->log);
    free(f);
    return 0;
}

static void expect(struct fixture *f, const char *log)
{
    assert_string_equal(kc_buf_str(&f->log), log);
    kc_buf_clear(&f->log);
}

static void item(void *arg, const struct kc_frame *f)
{
    kc_ingest_item(arg, f);
}

/* One page, cut in chunks of `step` bytes. Returns the continue token, "" for the last page. */
static char *page(struct fixture *f, const char *text, size_t step)
{
    struct kc_framer framer;
    struct kc_err err = {0};
    char *more = NULL;
    size_t len = strlen(text);

    kc_framer_init(&framer, KC_FRAME_LIST, KC_OBJECT_MAX, item, f->ingest);
    for (size_t i = 0; i < len; i += step)
        assert_true(kc_framer_feed(&framer, text + i, len - i < step ? len - i : step, &err));
    assert_true(kc_framer_end(&framer, &err));
    if (!kc_ingest_page_end(f->ingest,
                            &(struct kc_frame){KC_JSON, kc_buf_str(&framer.envelope), framer.envelope.len, true}, &more,
                            &err))
        fail_msg("%s", err.message);
    kc_framer_finish(&framer);
    return more;
}

static void list(struct fixture *f, const char *text)
{
    kc_ingest_list_begin(f->ingest);
    assert_null(page(f, text, 5));
    kc_ingest_list_end(f->ingest);
}

static bool event(struct fixture *f, const char *text, struct kc_err *err)
{
    return kc_ingest_event(f->ingest, &(struct kc_frame){KC_JSON, text, strlen(text), true}, err);
}

static void events(struct fixture *f, const char *text)
{
    struct kc_err err = {0};

    if (!event(f, text, &err))
        fail_msg("%s", err.message);
}

#define OBJ(ns, name, uid, rv)                                                                                         \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\",\"uid\":\"" uid "\",\"resourceVersion\":\"" rv "\"" \
    "}}"
#define LIST(rv, items)     "{\"kind\":\"L\",\"metadata\":{\"resourceVersion\":\"" rv "\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

static void pages_make_one_list(void **state)
{
    struct fixture *f = *state;

    kc_ingest_list_begin(f->ingest);
    char *more = page(
        f, "{\"metadata\":{\"continue\":\"tok=\",\"resourceVersion\":\"9\"},\"items\":[" OBJ("s", "a", "u1", "1") "]}",
        3);
    assert_string_equal(more, "tok=");
    free(more);
    assert_string_equal(kc_ingest_resource_version(f->ingest), ""); /* not before the list is complete */
    assert_null(page(f, LIST("9", OBJ("s", "b", "u2", "2")), 1000));
    kc_ingest_list_end(f->ingest);
    assert_string_equal(kc_ingest_resource_version(f->ingest), "9");
    expect(f, "+s/a@1i +s/b@2i ");
    const struct kc_record *r = kc_store_get(f->store, "s/a");
    assert_string_equal(r->data, OBJ("s", "a", "u1", "1"));
    assert_int_equal(r->size, strlen(r->data) + 1);
    kc_record_unref(r);
}

static void relist_reports_what_changed_and_vanished(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("5", OBJ("s", "same", "u1", "1") "," OBJ("s", "changed", "u2", "2") "," OBJ(
                          "s", "gone", "u3", "3") "," OBJ("s", "again", "u4", "4")));
    kc_buf_clear(&f->log);
    list(f,
         LIST("50", OBJ("s", "same", "u1", "1") "," OBJ("s", "changed", "u2", "20") "," OBJ("s", "again", "u5", "40")));
    expect(f, "~s/changed@20i -s/again@4i +s/again@40i -s/gone@3i ");
    assert_int_equal(kc_store_count(f->store), 3);
    assert_string_equal(kc_ingest_resource_version(f->ingest), "50");
}

static void a_list_that_broke_off_deletes_nothing(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("5", OBJ("s", "a", "u1", "1") "," OBJ("s", "b", "u2", "2")));
    kc_ingest_list_begin(f->ingest);
    const char *object = OBJ("s", "a", "u1", "1");
    item(f->ingest, &(struct kc_frame){KC_JSON, object, strlen(object), true});
    list(f, LIST("6", OBJ("s", "b", "u2", "2"))); /* what the broken one showed does not count */
    expect(f, "+s/a@1i +s/b@2i -s/a@1i ");
}

#define X4(s)  s s s s
#define X64(s) X4(X4(X4(s)))

/* Each stands between two good items, which have to arrive. */
static const struct {
    const char *name, *item, *reported, *reason_part;
} bad_items[] = {
    {"no uid", "{\"metadata\":{\"namespace\":\"s\",\"name\":\"x\",\"resourceVersion\":\"3\"}}", "!s/x ", "uid"},
    {"no name", "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"3\"}}", "!/ ", "metadata.name"},
    {"metadata is a number", "{\"metadata\":5}", "!/ ", "metadata.name"},
    {"name is a number", "{\"metadata\":{\"namespace\":\"s\",\"name\":5,\"uid\":\"u\",\"resourceVersion\":\"3\"}}",
     "!s/ ", "metadata.name"},
    {"a NUL in a member's name",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"s\",\"uid\":\"u\",\"resourceVersion\":\"3\"},\"a\\u0000b\":1}",
     "!s/x ", "NUL"},
    {"the same member twice",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"s\",\"uid\":\"u\",\"resourceVersion\":\"3\"},\"a\":1,\"a\":2}",
     "!s/x ", "duplicate"},
    {"not UTF-8",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"s\",\"uid\":\"u\",\"resourceVersion\":\"3\"},\"a\":\"\xff\"}",
     "!s/x ", "0xff"},
    {"mismatched brackets", "{\"metadata\":{\"name\":\"x\",\"namespace\":\"s\"},\"a\":[}}", "!s/x ", ""},
    {"too deep",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"s\",\"uid\":\"u\",\"resourceVersion\":\"3\"},\"a\":" X64("[")
         X64("]") "}",
     "!s/x ", "deep"},
};

static void a_bad_item_is_named_and_skipped(void **state)
{
    struct fixture *f = *state;
    char text[2048];

    for (size_t i = 0; i < sizeof(bad_items) / sizeof(bad_items[0]); i++) {
        KC_BUF_SCOPE want = {0};
        snprintf(text, sizeof(text), LIST("9", "%s,%s,%s"), OBJ("s", "a", "u1", "1"), bad_items[i].item,
                 OBJ("s", "b", "u2", "2"));
        list(f, text);
        kc_buf_printf(&want, "+s/a@1i %s+s/b@2i ", bad_items[i].reported);
        if (strcmp(kc_buf_str(&f->log), kc_buf_str(&want)) != 0 || !strstr(f->bad.message, bad_items[i].reason_part))
            fail_msg("%s: %s: %s", bad_items[i].name, kc_buf_str(&f->log), f->bad.message);
        assert_int_equal(f->bad.class, KC_INVALID);
        list(f, LIST("10", ""));
        kc_buf_clear(&f->log);
    }
}

static void a_nul_in_a_value_does_no_harm(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("9", "{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"3\"},\"a\":\"1\\u00002\"}"));
    expect(f, "+x@3i ");
    const struct kc_record *r = kc_store_get(f->store, "x");
    assert_non_null(strstr(r->data, "1\\u00002"));
    kc_record_unref(r);
}

static void items_that_are_no_objects(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("9", "null," OBJ("s", "a", "u1", "1")));
    expect(f, "+s/a@1i !/ ");
}

static void a_bad_version_is_not_a_deletion(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("5", OBJ("s", "a", "u1", "1")));
    list(f, LIST("6", "{\"metadata\":{\"namespace\":\"s\",\"name\":\"a\"}}"));
    expect(f, "+s/a@1i !s/a ");
    assert_int_equal(kc_store_count(f->store), 1);
}

static void too_large_is_named_from_its_beginning(void **state)
{
    struct fixture *f = *state;
    const char *beginning = "{\"metadata\":{\"namespace\":\"s\",\"name\":\"big\",\"annotations\":{\"a\":\"xxxxxx";

    kc_ingest_list_begin(f->ingest);
    item(f->ingest, &(struct kc_frame){KC_JSON, beginning, strlen(beginning), false});
    expect(f, "!s/big ");
    assert_string_equal(f->bad.reason, "TooLarge");
}

static void what_is_no_list_fails(void **state)
{
    static const char *const envelopes[] = {
        "",
        "{}",
        "{\"kind\":\"Status\",\"metadata\":{}}",
        "{\"metadata\":{\"resourceVersion\":\"\"},\"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":{}}",
        "{\"metadata\":{\"resourceVersion\":5},\"items\":[]}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++) {
        struct kc_err err = {0};
        char *more = NULL;
        kc_ingest_list_begin(f->ingest);
        assert_false(kc_ingest_page_end(
            f->ingest, &(struct kc_frame){KC_JSON, envelopes[i], strlen(envelopes[i]), true}, &more, &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_null(more);
    }
}

static void events_change_the_store(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("5", OBJ("s", "a", "u1", "1")));
    kc_buf_clear(&f->log);
    events(f, EVENT("ADDED", OBJ("s", "b", "u2", "6")));
    events(f, EVENT("MODIFIED", OBJ("s", "b", "u2", "7")));
    events(f, EVENT("MODIFIED", OBJ("s", "b", "u2", "7"))); /* again: dropped */
    events(f, EVENT("ADDED", OBJ("s", "a", "u1", "1")));    /* known from the list: dropped */
    events(f, EVENT("MODIFIED", OBJ("s", "c", "u3", "8"))); /* the store decides what is new */
    events(f, EVENT("ADDED", OBJ("s", "a", "u9", "9")));    /* another object of that name */
    events(f, EVENT("DELETED", OBJ("s", "b", "u2", "10")));
    events(f, EVENT("DELETED", OBJ("s", "b", "u2", "10")));
    expect(f, "+s/b@6 ~s/b@7 +s/c@8 -s/a@1 +s/a@9 -s/b@10 ");
    assert_string_equal(kc_ingest_resource_version(f->ingest), "10");
}

static void bookmarks_move_the_version(void **state)
{
    struct fixture *f = *state;

    events(f,
           EVENT("BOOKMARK", "{\"kind\":\"X\",\"metadata\":{\"resourceVersion\":\"777\",\"creationTimestamp\":null}}"));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "777");
    expect(f, "");
}

static void versions_are_opaque(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("100", OBJ("s", "a", "u1", "90")));
    events(f, EVENT("MODIFIED", OBJ("s", "a", "u1", "abc-7")));
    events(f, EVENT("MODIFIED", OBJ("s", "a", "u1", "9")));
    expect(f, "+s/a@90i ~s/a@abc-7 ~s/a@9 ");
    assert_string_equal(kc_ingest_resource_version(f->ingest), "9");
}

static void error_events_fail_with_their_status(void **state)
{
    struct fixture *f = *state;
    struct kc_err err = {0};

    list(f, LIST("5", ""));
    assert_false(
        event(f,
              EVENT("ERROR",
                    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"too old resource "
                    "version: 5 (9)\",\"reason\":\"Expired\",\"code\":410}"),
              &err));
    assert_int_equal(err.class, KC_GONE);
    assert_int_equal(err.http_status, 410);
    assert_non_null(strstr(err.message, "too old resource version"));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "5");

    err = (struct kc_err){0};
    assert_false(event(f, EVENT("ERROR", "{\"kind\":\"Status\",\"code\":500,\"message\":\"boom\"}"), &err));
    assert_int_equal(err.class, KC_RETRY);
    err = (struct kc_err){0};
    assert_false(event(f, EVENT("ERROR", "5"), &err));
    assert_int_not_equal(err.class, KC_NONE);
}

static void bad_events_are_named_and_passed_over(void **state)
{
    struct fixture *f = *state;

    list(f, LIST("5", OBJ("s", "a", "u1", "1")));
    kc_buf_clear(&f->log);
    /* Resuming has to begin behind it, or the same bad event comes for ever. */
    events(f, EVENT("MODIFIED", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"s\",\"resourceVersion\":\"6\"}}"));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "6");
    events(f, EVENT("MODIFIED",
                    "{\"metadata\":{\"name\":\"a\",\"namespace\":\"s\",\"resourceVersion\":\"7\"},\"x\":1,\"x\":2}"));
    assert_string_equal(kc_ingest_resource_version(f->ingest), "7");
    events(f, EVENT("RENAMED", OBJ("s", "a", "u1", "8")));
    events(f, "{\"type\":\"ADDED\"}");
    events(f, "{}");
    expect(f, "!s/a !s/a !s/a !/ !/ ");
    /* A deletion needs no more than the name. */
    events(f, EVENT("DELETED", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"s\",\"resourceVersion\":\"9\"}}"));
    expect(f, "-s/a@1 ");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(pages_make_one_list),
        CASE(relist_reports_what_changed_and_vanished),
        CASE(a_list_that_broke_off_deletes_nothing),
        CASE(a_bad_item_is_named_and_skipped),
        CASE(a_nul_in_a_value_does_no_harm),
        CASE(items_that_are_no_objects),
        CASE(a_bad_version_is_not_a_deletion),
        CASE(too_large_is_named_from_its_beginning),
        CASE(what_is_no_list_fails),
        CASE(events_change_the_store),
        CASE(bookmarks_move_the_version),
        CASE(versions_are_opaque),
        CASE(error_events_fail_with_their_status),
        CASE(bad_events_are_named_and_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
