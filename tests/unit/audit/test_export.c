#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/export.h"
#include "controller/audit/tiles.h"

static char *exported(const struct fixture *f, const struct kc_export_options *o, uint64_t expected)
{
    char *text = NULL;
    size_t len;
    uint64_t n = 0;
    struct kc_err err = {0};
    FILE *out = open_memstream(&text, &len);
    if (!kc_audit_export(f->url, o, out, &n, &err))
        fail_msg("%s", err.message);
    (void)fclose(out);
    char *copy = kc_arena_strdup(f->a, text);
    free(text);
    assert_int_equal(n, expected);
    return copy;
}

#define ALL .since = INT64_MIN, .until = INT64_MAX

static void json_lines(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_audit_row *rows;
    size_t n;
    append_simple(l, "r-1", "one \"quoted\" {\xe2\x86\x92}");
    append_simple(l, "r-1", "two\nlines");
    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, NULL));
    const char *text = exported(f, &(struct kc_export_options){.format = KC_EXPORT_JSON, ALL}, 2);
    const char *expected =
        kc_arena_printf(f->a, "{\"index\":0,\"entry\":%s}\n{\"index\":1,\"entry\":%s}\n", rows[0].entry, rows[1].entry);
    assert_string_equal(text, expected);
    kc_audit_close(l);
}

static void csv(void **state)
{
    static const struct {
        const char *message, *cell;
    } cases[] = {
        {"plain", "\"plain\""},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\tx", "\"'\tx\""},
        {"\rx", "\"'\rx\""},
        {"a=b", "\"a=b\""},
        {"", "\"\""},
    };
    const size_t n = sizeof cases / sizeof *cases;
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    for (size_t i = 0; i < n; i++)
        append_simple(l, "r-1", cases[i].message);
    struct kc_row r = step_row(KC_ROW_INTENT, "r-1");
    const char *groups[] = {"=a", "b"};
    KC_JSON_SCOPE *detail = json_pack("{s:i}", "x", 1);
    r.time = 0;
    r.who.groups = (struct kc_strs){groups, 2};
    r.detail = detail;
    struct kc_step_fact fact = {.request_uid = "r-1", .plan_digest = "sha256:plan", .step = "1", .attempt = 1};
    assert_true(kc_audit_append(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1, .intent = &fact}, NULL, NULL));
    kc_audit_close(l);
    const char *text = exported(f, &(struct kc_export_options){.format = KC_EXPORT_CSV, ALL}, n + 1);
    const char *header =
        "index,time,type,cluster,username,namespace,name,requestUID,planDigest,step,command,target,result,"
        "reason,message,attempt,groups,blobs,detail\r\n";
    assert_int_equal(strncmp(text, header, strlen(header)), 0);
    for (size_t i = 0; i < n; i++) {
        const char *line = kc_arena_printf(f->a, "%s,\"\",\"\",\"\",\"\"\r\n", cases[i].cell);
        if (!strstr(text, line))
            fail_msg("no line ends in %s", line);
    }
    assert_non_null(
        strstr(text, "\r\n12,\"1970-01-01T00:00:00.000000Z\",\"Intent\",\"test\",\"ana\",\"shop\",\"bump\",\"r-1\","
                     "\"sha256:plan\",\"1\",\"\",\"\",\"\",\"\",\"\",\"1\",\"'=a b\",\"\",\"{\"\"x\"\":1}\"\r\n"));
}

static void filters(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    for (int i = 0; i < 10; i++) {
        struct kc_row r = row_of(KC_ROW_REQUESTED, "r-1");
        r.time = INT64_C(1000) * i;
        r.request_ns = i % 2 ? "shop" : "pay";
        append_row(l, &r);
    }
    kc_audit_close(l);
    struct kc_export_options o = {.format = KC_EXPORT_JSON, ALL};
    (void)exported(f, &o, 10);
    o.since = 3000;
    o.until = 7000;
    (void)exported(f, &o, 4);
    o.request_ns = "shop";
    o.request_name = "bump";
    (void)exported(f, &o, 2);
    o.request_name = "other";
    (void)exported(f, &o, 0);
}

static void stops_at_what_was_changed(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    char *text = NULL;
    size_t len;
    for (int i = 0; i < 3; i++)
        append_simple(l, "r-1", "m");
    kc_audit_close(l);
    sql(f, "DROP TRIGGER entries_no_update; UPDATE entries SET entry=CAST(replace(CAST(entry AS TEXT), 'ana', 'eve') "
           "AS BLOB) WHERE idx=1");
    FILE *out = open_memstream(&text, &len);
    struct kc_export_options o = {.format = KC_EXPORT_JSON, ALL};
    assert_false(kc_audit_export(f->url, &o, out, NULL, &err));
    assert_non_null(strstr(err.message, "entry 1"));
    (void)fclose(out);
    assert_non_null(strstr(text, "\"index\":0"));
    assert_null(strstr(text, "eve"));
    free(text);
}

static long file_size(const struct fixture *f, const char *name)
{
    struct stat st;
    return stat(kc_arena_printf(f->a, "%s/tiles/%s", f->folder, name), &st) == 0 ? (long)st.st_size : -1;
}

/* Reads one file of the tiles. */
static const uint8_t *contents(const struct fixture *f, const char *name, size_t *ret_len)
{
    FILE *in = fopen(kc_arena_printf(f->a, "%s/tiles/%s", f->folder, name), "r");
    assert_non_null(in);
    uint8_t *p = kc_arena_alloc(f->a, 1 << 20);
    *ret_len = fread(p, 1, 1 << 20, in);
    (void)fclose(in);
    return p;
}

static void append_many(const struct fixture *f, int n)
{
    struct kc_audit *l = fixture_open(f);
    struct kc_row rows[100];
    for (int i = 0; i < 100; i++)
        rows[i] = row_of(KC_ROW_REQUESTED, "r-1");
    for (; n > 0; n -= 100)
        assert_true(kc_audit_append(l, &(struct kc_audit_batch){.rows = rows, .n_rows = n < 100 ? (size_t)n : 100},
                                    NULL, NULL));
    kc_audit_close(l);
}

static void tiles(void **state)
{
    const struct fixture *f = *state;
    const char *dir = kc_arena_printf(f->a, "%s/tiles", f->folder);
    struct kc_err err = {0};
    uint64_t size;
    append_many(f, 700);
    if (!kc_audit_tiles(f->url, dir, &size, &err))
        fail_msg("%s", err.message);
    assert_int_equal(size, 700);
    assert_int_equal(file_size(f, "tile/0/000"), 8192);
    assert_int_equal(file_size(f, "tile/0/001"), 8192);
    assert_int_equal(file_size(f, "tile/0/002.p/188"), 188 * 32);
    assert_int_equal(file_size(f, "tile/0/002"), -1);
    assert_int_equal(file_size(f, "tile/1/000.p/2"), 64);
    assert_int_equal(file_size(f, "tile/2/000.p/1"), -1);
    assert_true(file_size(f, "tile/entries/001") > 256);
    assert_true(file_size(f, "tile/entries/002.p/188") > 188);
    /* Entries hash to the level-0 tile, and that to level 1. */
    size_t len, hashes_len;
    const uint8_t *bundle = contents(f, "tile/entries/001", &len), *hashes = contents(f, "tile/0/001", &hashes_len);
    struct kc_tree t = {0};
    size_t at = 0;
    for (unsigned i = 0; i < 256; i++) {
        size_t n = (size_t)bundle[at] << 8 | bundle[at + 1];
        struct kc_hash leaf = kc_leaf_hash(bundle + at + 2, n);
        assert_memory_equal(leaf.b, hashes + (size_t)32 * i, 32);
        kc_tree_append(&t, &leaf);
        at += 2 + n;
    }
    assert_int_equal(at, len);
    struct kc_hash root = kc_tree_root(&t);
    hashes = contents(f, "tile/1/000.p/2", &hashes_len);
    assert_memory_equal(root.b, hashes + 32, 32);

    /* Brought up to date, the folder gets the new tiles and checkpoint. */
    append_many(f, 100);
    assert_true(kc_audit_tiles(f->url, dir, &size, &err));
    assert_int_equal(size, 800);
    assert_int_equal(file_size(f, "tile/0/002"), 8192);
    assert_int_equal(file_size(f, "tile/0/003.p/32"), 32 * 32);
    assert_int_equal(file_size(f, "tile/1/000.p/3"), 96);
    struct kc_checkpoint c;
    const char *note = (const char *)contents(f, "checkpoint", &len);
    assert_true(kc_checkpoint_open(f->a, note, len, f->public_key, &c, &err));
    assert_int_equal(c.size, 800);

    /* A folder of another log is left alone. */
    struct fixture other = *f;
    (void)snprintf(other.path, sizeof other.path, "%s/other.db", f->folder);
    other.url = other.path;
    other.owner = NULL;
    append_many(&other, 900);
    assert_false(kc_audit_tiles(other.url, dir, &size, &err));
    assert_string_equal(err.reason, "OtherLog");
}

static void nothing_signed(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    uint64_t size;
    kc_audit_close(fixture_open(f));
    assert_false(kc_audit_tiles(f->url, f->folder, &size, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_null(kc_audit_proof(f->url, 0, f->a, &err));
}

static void proofs(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    append_many(f, 21);
    for (uint64_t index = 0; index < 21; index++) {
        const char *text = kc_audit_proof(f->url, index, f->a, &err);
        const char *start = kc_arena_printf(f->a, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
        assert_non_null(text);
        assert_int_equal(strncmp(text, start, strlen(start)), 0);
        struct kc_hash proof[64], leaf = {0};
        struct kc_checkpoint c;
        unsigned n = 0;
        size_t len;
        for (text += strlen(start); *text != '\n'; text = strchr(text, '\n') + 1) {
            const uint8_t *h = kc_unbase64(f->a, text, strcspn(text, "\n"), &len);
            assert_non_null(h);
            assert_int_equal(len, 32);
            memcpy(proof[n++].b, h, 32);
        }
        assert_true(kc_checkpoint_open(f->a, text + 1, strlen(text + 1), f->public_key, &c, &err));
        struct kc_audit *l = fixture_open(f);
        struct kc_audit_row *rows;
        size_t count;
        assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &count, NULL));
        leaf = kc_leaf_hash(rows[index].entry, rows[index].len);
        kc_audit_close(l);
        assert_true(kc_tree_verify_inclusion(&leaf, index, c.size, &c.root, proof, n));
    }
    assert_null(kc_audit_proof(f->url, 21, f->a, &err));
    assert_int_equal(err.class, KC_INVALID);
}

#define BOTH(T)    T(json_lines), T(csv), T(filters), T(tiles), T(nothing_signed), T(proofs)
#define SQLITE(fn) cmocka_unit_test_setup_teardown(fn, fixture_up, fixture_down)
#define POSTGRES(fn)                                                                                                   \
    {                                                                                                                  \
#fn "_postgres", fn, fixture_up_postgres, fixture_down, NULL                                                   \
    }

int main(void)
{
    const struct CMUnitTest sqlite[] = {BOTH(SQLITE), SQLITE(stops_at_what_was_changed)};
    const struct CMUnitTest postgres[] = {BOTH(POSTGRES)};
    int failed = cmocka_run_group_tests(sqlite, NULL, NULL);
    return fixture_postgres() ? failed + cmocka_run_group_tests(postgres, NULL, NULL) : failed;
}
