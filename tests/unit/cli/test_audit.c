/* kubechat audit as a person calls it: what it prints and how it exits. */
#include "tests/unit/audit/fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "controller/audit/keyfile.h"
#include "controller/cli/audit.h"

struct run {
    int code;
    const char *out, *err;
};

static const char *read_back(const struct fixture *f, FILE *file)
{
    char *text = kc_arena_alloc(f->a, 1 << 20);
    rewind(file);
    size_t len = fread(text, 1, (1 << 20) - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    return text;
}

/* Runs the command with its output in files. args end with NULL. */
static struct run run(const struct fixture *f, const char *const *args)
{
    char *argv[16] = {"audit"};
    int argc = 1;
    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    FILE *out = tmpfile(), *err = tmpfile();
    assert_true(out && err && argc < 15);
    (void)fflush(stdout);
    (void)fflush(stderr);
    int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
    (void)dup2(fileno(out), STDOUT_FILENO);
    (void)dup2(fileno(err), STDERR_FILENO);
    struct run r = {.code = kc_cmd_audit(argc, argv)};
    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)dup2(old_out, STDOUT_FILENO);
    (void)dup2(old_err, STDERR_FILENO);
    (void)close(old_out);
    (void)close(old_err);
    r.out = read_back(f, out);
    r.err = read_back(f, err);
    return r;
}
#define RUN(f, ...) run(f, (const char *const[]){__VA_ARGS__, NULL})

/* A store as the manager leaves it: rows, and the key beside it. */
static int store(void **state)
{
    (void)fixture_up(state);
    struct fixture *f = *state;
    (void)kc_signer_destroy(f->signer);
    f->signer = kc_signer_load_or_create(kc_arena_printf(f->a, "%s.key", f->path), ORIGIN, NULL);
    assert_non_null(f->signer);
    f->public_key = kc_signer_public(f->signer, f->a);
    struct kc_audit *l = fixture_open(f);
    append_simple(l, "r-1", "=1+1");
    append_simple(l, "r-1", "second");
    struct kc_row r = row_of(KC_ROW_DENIED, "");
    r.request_ns = "pay";
    append_row(l, &r);
    kc_audit_close(l);
    return 0;
}

static const char *store_flag(const struct fixture *f)
{
    return kc_arena_printf(f->a, "--store=sqlite:%s", f->path);
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

static const char *written(const struct fixture *f, const char *name, const char *text)
{
    const char *path = kc_arena_printf(f->a, "%s/%s", f->folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    (void)fputs(text, out);
    (void)fclose(out);
    return path;
}

static void verify(void **state)
{
    const struct fixture *f = *state;
    struct run r = RUN(f, "verify", store_flag(f));
    assert_int_equal(r.code, 0);
    assert_says(r.out, "3 entries");
    assert_says(r.out, "PASS");
    assert_null(strstr(r.out, "signatures were not checked")); /* the key file gave the key */

    r = RUN(f, "verify", store_flag(f), "-o", "json");
    assert_int_equal(r.code, 0);
    KC_JSON_SCOPE *json = json_loads(r.out, 0, NULL);
    assert_string_equal(kc_json_str(json, "result"), "Pass");
    assert_string_equal(kc_json_str(json, "signatures"), "Checked");
    assert_int_equal(kc_json_int(json, "entries", -1), 3);

    sql(f, "DROP TRIGGER entries_no_update; UPDATE entries SET entry=x'7b7d' WHERE idx=1");
    r = RUN(f, "verify", store_flag(f));
    assert_int_equal(r.code, 1);
    assert_says(r.out, "entry 1: its bytes do not fit its hash");
    assert_says(r.out, "trigger entries_no_update is gone");
    assert_says(r.out, "FAIL");
    r = RUN(f, "verify", store_flag(f), "-o=json");
    assert_int_equal(r.code, 1);
    KC_JSON_SCOPE *bad = json_loads(r.out, 0, NULL);
    assert_string_equal(kc_json_str(bad, "result"), "Fail");
}

static void verify_with_what_was_kept(void **state)
{
    const struct fixture *f = *state;
    const char *key = written(f, "key.pub", kc_arena_printf(f->a, "%s\n", f->public_key)), *note;
    struct kc_audit *l = fixture_open(f);
    assert_true(kc_audit_checkpoint(l, f->a, &note, NULL));
    append_simple(l, "r-1", "later");
    kc_audit_close(l);
    const char *kept = written(f, "kept", note);
    assert_int_equal(RUN(f, "verify", store_flag(f), "--public-key", key, "--checkpoint", kept).code, 0);
    assert_int_equal(RUN(f, "verify", store_flag(f), "--public-key", f->public_key, "--checkpoint", kept).code, 0);
    struct kc_checkpoint ahead = {.origin = ORIGIN, .size = 99};
    kept = written(f, "ahead", kc_checkpoint_sign(f->a, &ahead, f->signer, NULL));
    struct run r = RUN(f, "verify", store_flag(f), "--public-key", key, "--checkpoint", kept);
    assert_int_equal(r.code, 1);
    assert_says(r.out, "TRUNCATED");
    struct kc_signer *stranger = kc_signer_generate(ORIGIN, NULL);
    r = RUN(f, "verify", store_flag(f), "--public-key", kc_signer_public(stranger, f->a));
    assert_int_equal(r.code, 1);
    assert_says(r.out, "not signed with the key");
    (void)kc_signer_destroy(stranger);
}

static void export(void **state)
{
    const struct fixture *f = *state;
    struct run r = RUN(f, "export", store_flag(f));
    assert_int_equal(r.code, 0);
    assert_says(r.out, "{\"index\":2,\"entry\":{");
    r = RUN(f, "export", store_flag(f), "--format", "csv", "--request", "shop/bump", "--since", "1h");
    assert_int_equal(r.code, 0);
    assert_says(r.out, "\"'=1+1\"");
    assert_null(strstr(r.out, "Denied"));
    r = RUN(f, "export", store_flag(f), "--until=1971-01-01T00:00:00Z");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.out, "");
}

static void tiles_proof_key(void **state)
{
    const struct fixture *f = *state;
    struct run r = RUN(f, "tiles", store_flag(f), "--out", kc_arena_printf(f->a, "%s/tiles", f->folder));
    assert_int_equal(r.code, 0);
    assert_says(r.out, "3 entries");
    assert_int_equal(access(kc_arena_printf(f->a, "%s/tiles/tile/0/000.p/3", f->folder), R_OK), 0);
    r = RUN(f, "proof", store_flag(f), "2");
    assert_int_equal(r.code, 0);
    assert_says(r.out, "c2sp.org/tlog-proof@v1\nindex 2\n");
    r = RUN(f, "key", store_flag(f));
    assert_int_equal(r.code, 0);
    assert_string_equal(r.out, kc_arena_printf(f->a, "%s\n", f->public_key));
    assert_null(strstr(r.out, "PRIVATE"));
}

/* Before there is a log, and without replacing a key that there is. */
static void key_is_made_once(void **state)
{
    const struct fixture *f = *state;
    const char *path = kc_arena_printf(f->a, "%s/new.key", f->folder);
    assert_int_equal(RUN(f, "key", "--signing-key", path).code, 1);
    struct run r = RUN(f, "key", "--create", "--signing-key", path);
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    const char *made = kc_arena_strdup(f->a, r.out);
    assert_int_equal(strncmp(made, "kubechat+", 9), 0);
    r = RUN(f, "key", "--create", "--signing-key", path);
    assert_string_equal(r.out, made);
    r = RUN(f, "key", "--signing-key", path);
    assert_string_equal(r.out, made);
}

static void mistakes(void **state)
{
    const struct fixture *f = *state;
    const char *s = store_flag(f);
    const struct {
        const char *args[5], *says;
    } cases[] = {
        {{"verify", "--store=sqlite:/nowhere/audit.db"}, "/nowhere/audit.db: No such file"},
        {{"verify", "--store=mysql://db"}, "sqlite:PATH or postgresql:"},
        {{"verify", "--store="}, "names no file"},
        {{"verify", "--store=postgresql://ana:s3cret@db.example.com/audit?sslmode=prefer"}, "sslmode=verify-full"},
        {{"verify", s, "-o", "yaml"}, "only json"},
        {{"verify", s, "--checkpoint", "/nowhere"}, "--checkpoint: /nowhere"},
        {{"verify", s, "--public-key", "/nowhere"}, "--public-key: /nowhere"},
        {{"verify", s, "--public-key", "a+b"}, "public key"},
        {{"verify", s, "more"}, "one argument too many"},
        {{"export", s, "--format", "xml"}, "none of json, csv, table"},
        {{"export", s, "--request", "bump"}, "NAMESPACE/NAME"},
        {{"export", s, "--since", "yesterday"}, "neither a time"},
        {{"tiles", s}, "--out DIR"},
        {{"proof", s}, "index"},
        {{"proof", s, "3"}, "3"},
        {{"key", "--store=sqlite:/nowhere/audit.db"}, "/nowhere/audit.db.key"},
        {{"verfy", s}, "no command \"audit verfy\""},
        {{"verify", s, "--formt=csv"}, "did you mean --format"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run r = run(f, cases[i].args);
        if (r.code != 1)
            fail_msg("%s %s: exit %d", cases[i].args[0], cases[i].args[1], r.code);
        assert_says(r.err, "error: ");
        assert_says(r.err, cases[i].says);
    }
    assert_int_equal(RUN(f, "--help").code, 0);
    assert_says(RUN(f, "--help").out, "verify");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, store, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(verify),          TEST(verify_with_what_was_kept), TEST(export),
        TEST(tiles_proof_key), TEST(key_is_made_once),          TEST(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
