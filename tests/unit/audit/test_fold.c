/* Rows that are longer than an entry may be: what is moved beside them, and that nothing is lost. */
#include "fixture.h"

#include "controller/audit/fold.h"
#include "controller/base/digest.h"
#include "controller/base/text.h"

static json_t *long_list(size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:I}", "path", "metadata.labels.tier", "i", (json_int_t)i));
    return list;
}

static const char *long_text(struct kc_arena *a, const char *unit, size_t n)
{
    KC_BUF_SCOPE b = {0};

    for (size_t i = 0; i < n; i++)
        kc_buf_printf(&b, "%s", unit);
    return kc_arena_strdup(a, kc_buf_str(&b));
}

/* Through the log: the entry names the blobs, which hold all of it. */
static void nothing_is_lost(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    const char *blob = "a plan", *own = kc_digest_string(f->a, blob, strlen(blob));
    const char *message = long_text(f->a, "größer ", 10000);
    KC_JSON_SCOPE *detail = json_pack("{s:s, s:o, s:o, s:I}", "uid", "u-1", "steps", long_list(9000), "few",
                                      long_list(3), "generation", (json_int_t)7);
    struct kc_row row = row_of(KC_ROW_PREVIEWED, "r-1"), back;
    struct kc_blob given = {blob, strlen(blob)};
    struct kc_audit_row *rows;
    struct kc_err err = {0};
    size_t n, len;

    row.detail = detail;
    row.message = message;
    row.blobs = (struct kc_strs){&own, 1};
    if (!kc_audit_append(l, &(struct kc_audit_batch){.rows = &row, .n_rows = 1, .blobs = &given, .n_blobs = 1}, NULL,
                         &err))
        fail_msg("%s", err.message);
    assert_int_equal(json_array_size(json_object_get(detail, "steps")), 9000); /* the caller's own is left alone */

    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, NULL));
    assert_int_equal(n, 1);
    assert_true(rows[0].len <= KC_ROW_MAX);
    assert_true(kc_row_decode(f->a, rows[0].entry, rows[0].len, &back, &err));
    assert_string_equal(kc_json_str(back.detail, "uid"), "u-1");
    assert_int_equal(kc_json_int(back.detail, "generation", 0), 7);
    assert_int_equal(json_array_size(kc_json_at(back.detail, "few")), 3);
    assert_int_equal(back.blobs.n, 3);
    assert_true(kc_strs_has(&back.blobs, own));

    const char *digest = kc_json_str(back.detail, "steps.blob");
    assert_non_null(digest);
    const char *bytes = kc_audit_blob(l, digest, f->a, &len, &err);
    assert_non_null(bytes);
    assert_int_equal(len, kc_json_int(back.detail, "steps.bytes", 0));
    json_t *steps = kc_json_parse_in(f->a, bytes, len, len, "steps", &err);
    assert_int_equal(json_array_size(steps), 9000);
    assert_int_equal(kc_json_int(json_array_get(steps, 8999), "i", 0), 8999);

    assert_true(kc_str_starts(back.message, "größer größer"));
    assert_true(kc_utf8_valid(back.message, strlen(back.message), NULL));
    const char *whole = strstr(back.message, "sha256:");
    assert_non_null(whole);
    bytes = kc_audit_blob(l, kc_arena_strndup(f->a, whole, strcspn(whole, ")")), f->a, &len, &err);
    assert_non_null(bytes);
    assert_int_equal(len, strlen(message));
    assert_memory_equal(bytes, message, len);
    kc_audit_close(l);
}

/* The longest go first, and no more than have to. */
static void the_longest_go(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *detail = json_pack("{s:o, s:o, s:o}", "a", long_list(500), "b", long_list(600), "c", long_list(700));
    struct kc_row row = {.type = KC_ROW_INTENT, .message = "short", .detail = detail}, folded;
    struct kc_folded parts[KC_FOLD_PARTS];
    struct kc_err err = {0};
    size_t n;

    (void)state;
    assert_true(kc_row_fold(a, &row, &folded, parts, &n, &err));
    assert_int_equal(n, 2);
    assert_non_null(kc_json_str(folded.detail, "c.blob"));
    assert_non_null(kc_json_str(folded.detail, "b.blob"));
    assert_true(json_is_array(json_object_get(folded.detail, "a")));
    assert_string_equal(folded.message, "short");
    assert_string_equal(parts[0].digest, kc_json_str(folded.detail, "c.blob"));
    assert_string_equal(parts[0].digest, kc_digest_string(a, parts[0].bytes, parts[0].len));
}

/* What fits is as it was. */
static void what_fits_stays(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *detail = json_pack("{s:o}", "a", long_list(500));
    struct kc_row row = {.type = KC_ROW_INTENT, .message = "short", .detail = detail}, folded;
    struct kc_folded parts[KC_FOLD_PARTS];
    size_t n;

    (void)state;
    assert_true(kc_row_fold(a, &row, &folded, parts, &n, NULL));
    assert_int_equal(n, 0);
    assert_ptr_equal(folded.detail, detail);
    assert_int_equal(folded.blobs.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost, fixture_up, fixture_down),
        cmocka_unit_test(the_longest_go),
        cmocka_unit_test(what_fits_stays),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
