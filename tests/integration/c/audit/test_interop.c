/* Strangers can verify the log: tiles, checkpoints and proofs that kubechat writes, read by golang.org/x/mod/sumdb (the
 * code that checks sum.golang.org), built from tests/integration/audit-interop. Needs go and its module proxy, no
 * cluster. */
#include "tests/unit/audit/fixture.h"

#include <sys/stat.h>

#include "controller/audit/tiles.h"

static const char *verifier; /* the Go program */

static int build_verifier(void **state)
{
    static char path[32];
    char command[512];
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/kc-interop-XXXXXX");
    assert_non_null(mkdtemp(path));
    (void)snprintf(command, sizeof command, "cd %s/tests/integration/audit-interop && go build -o %s/verifier .",
                   KC_SOURCE_DIR, path);
    verifier = path;
    return system(command);
}

static int remove_verifier(void **state)
{
    char command[64];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", verifier);
    return system(command);
}

static void append_rows(const struct fixture *f, unsigned n)
{
    struct kc_audit *l = fixture_open(f);
    static struct kc_row rows[1000];
    for (unsigned i = 0; i < 1000; i++) {
        rows[i] = row_of(KC_ROW_REQUESTED, "r-1");
        rows[i].message = i % 2 ? "sch\xc3\xb6n \"quoted\"\n" : "plain";
    }
    while (n) {
        unsigned some = n < 1000 ? n : 1000;
        assert_true(kc_audit_append(l, &(struct kc_audit_batch){.rows = rows, .n_rows = some}, NULL, NULL));
        n -= some;
    }
    kc_audit_close(l);
}

static void write_text(const struct fixture *f, const char *folder, uint64_t name, const char *text)
{
    (void)mkdir(kc_arena_printf(f->a, "%s/tiles/%s", f->folder, folder), 0700);
    FILE *out = fopen(kc_arena_printf(f->a, "%s/tiles/%s/%llu", f->folder, folder, (unsigned long long)name), "w");
    assert_non_null(out);
    (void)fputs(text, out);
    (void)fclose(out);
}

static void export_all(const struct fixture *f, uint64_t expected)
{
    struct kc_err err = {0};
    uint64_t size = 0;
    const char *note = NULL;
    if (!kc_audit_tiles(f->url, kc_arena_printf(f->a, "%s/tiles", f->folder), &size, &err))
        fail_msg("%s", err.message);
    assert_int_equal(size, expected);
    struct kc_audit *l = fixture_open(f);
    assert_true(kc_audit_checkpoint(l, f->a, &note, NULL));
    kc_audit_close(l);
    write_text(f, "older", size, note);
    for (uint64_t index = 0; index < size; index = 3 * index + 1)
        write_text(f, "proofs", index, kc_audit_proof(f->url, index, f->a, &err));
}

static int run_verifier(const struct fixture *f, const char *key)
{
    return system(kc_arena_printf(f->a, "%s/verifier -key '%s' %s/tiles", verifier, key, f->folder));
}

/* Around the edges of tiles; what each size leaves behind must go with the next. */
static void go_verifies(void **state)
{
    static const unsigned sizes[] = {1, 2, 3, 255, 256, 257, 511, 700, 1024, 3000};
    const struct fixture *f = *state;
    unsigned size = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        append_rows(f, sizes[i] - size);
        size = sizes[i];
        export_all(f, size);
        assert_int_equal(run_verifier(f, f->public_key), 0);
    }
}

/* Three levels of tiles. */
static void go_verifies_a_large_log(void **state)
{
    const struct fixture *f = *state;
    append_rows(f, 66000);
    export_all(f, 66000);
    assert_int_equal(run_verifier(f, f->public_key), 0);
}

static void flip(const struct fixture *f, const char *name, long at)
{
    FILE *file = fopen(kc_arena_printf(f->a, "%s/tiles/%s", f->folder, name), "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int c = getc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(putc(c ^ 1, file), c ^ 1);
    (void)fclose(file);
}

/* The other program is no yes-man. */
static void go_refuses(void **state)
{
    static const struct {
        const char *name;
        long at;
    } changes[] = {
        {"tile/entries/000", 300}, {"tile/0/000", 77}, {"tile/0/001.p/44", 5},
        {"checkpoint", 20},        {"proofs/13", 60},  {"older/300", 20},
    };
    const struct fixture *f = *state;
    struct kc_signer *other = kc_signer_generate(ORIGIN, NULL);
    append_rows(f, 300);
    export_all(f, 300);
    assert_int_equal(run_verifier(f, f->public_key), 0);
    assert_int_not_equal(run_verifier(f, kc_signer_public(other, f->a)), 0);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        flip(f, changes[i].name, changes[i].at);
        if (run_verifier(f, f->public_key) == 0)
            fail_msg("%s: changed, and taken", changes[i].name);
        flip(f, changes[i].name, changes[i].at);
    }
    assert_int_equal(run_verifier(f, f->public_key), 0);
    (void)kc_signer_destroy(other);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(go_verifies), TEST(go_verifies_a_large_log), TEST(go_refuses)};
    const struct CMUnitTest postgres[] = {
        {"go_verifies_postgres", go_verifies, fixture_up_postgres, fixture_down, NULL}};
    int failed = cmocka_run_group_tests(tests, build_verifier, remove_verifier);
    return fixture_postgres() ? failed + cmocka_run_group_tests(postgres, build_verifier, remove_verifier) : failed;
}
