#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/keyfile.h"
#include "controller/base/text.h"

/* The key pair and note of the documentation of golang.org/x/mod/sumdb/note. */
#define GO_PRIVATE "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define GO_PUBLIC  "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static const struct kc_checkpoint sample = {.origin = "kubechat.io/test", .size = 42, .root = {{1, 2, 3}}};

static void go_keys(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_signer *s = kc_signer_parse(GO_PRIVATE, NULL);
    assert_non_null(s);
    assert_string_equal(kc_signer_name(s), "PeterNeumann");
    assert_string_equal(kc_signer_public(s, a), GO_PUBLIC);
    assert_string_equal(kc_signer_private(s, a), GO_PRIVATE);
    (void)kc_signer_destroy(s);
}

static void signs_and_opens(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_signer *s = kc_signer_generate("kubechat.io/test", &err),
                     *other = kc_signer_generate("kubechat.io/test", &err);
    struct kc_checkpoint c;
    assert_non_null(s);
    const char *note = kc_checkpoint_sign(a, &sample, s, &err);
    assert_non_null(note);
    assert_true(kc_str_starts(
        note, "kubechat.io/test\n42\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— kubechat.io/test "));
    assert_true(kc_checkpoint_open(a, note, strlen(note), kc_signer_public(s, a), &c, &err));
    assert_string_equal(c.origin, sample.origin);
    assert_int_equal(c.size, 42);
    assert_memory_equal(c.root.b, sample.root.b, sizeof c.root.b);

    assert_false(kc_checkpoint_open(a, note, strlen(note), kc_signer_public(other, a), &c, &err));
    assert_string_equal(err.reason, "NotSigned");
    /* No byte of text or signature can be changed. */
    for (size_t i = 0; i < strlen(note); i++) {
        char *bad = kc_arena_strdup(a, note);
        bad[i] ^= 1;
        assert_false(kc_checkpoint_open(a, bad, strlen(bad), kc_signer_public(s, a), &c, &err));
    }
    for (size_t len = 0; len < strlen(note); len++)
        assert_false(kc_checkpoint_open(a, note, len, kc_signer_public(s, a), &c, &err));
    (void)kc_signer_destroy(s);
    (void)kc_signer_destroy(other);
}

/* A witness signs beside the log: its line is passed over, wherever it stands. */
static void cosigned(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_signer *s = kc_signer_generate("log", &err), *witness = kc_signer_generate("witness", &err);
    struct kc_checkpoint c;
    const char *note = kc_checkpoint_sign(a, &sample, s, &err), *seen = kc_checkpoint_sign(a, &sample, witness, &err);
    const char *line = strstr(seen, "\n\n") + 2;
    const char *behind = kc_arena_printf(a, "%s%s", note, line);
    size_t text = (size_t)(strstr(note, "\n\n") - note) + 2;
    const char *before = kc_arena_printf(a, "%.*s%s%s", (int)text, note, line, note + text);
    for (int i = 0; i < 2; i++) {
        const char *both = i ? before : behind;
        assert_true(kc_checkpoint_open(a, both, strlen(both), kc_signer_public(s, a), &c, &err));
        assert_true(kc_checkpoint_open(a, both, strlen(both), kc_signer_public(witness, a), &c, &err));
    }
    (void)kc_signer_destroy(s);
    (void)kc_signer_destroy(witness);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *note;
    } cases[] = {
        {"empty", ""},
        {"no signature block", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"},
        {"no signature", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"},
        {"a line that is no signature", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nhello\n"},
        {"a hyphen for the dash", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n- o AAAAAAAAAAA=\n"},
        {"bad base64", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o !!!!\n"},
        {"too short a signature", "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAA\n"},
        {"two lines", "o\n1\n\n— o AAAAAAAAAAA=\n"},
        {"one line", "o\n\n— o AAAAAAAAAAA=\n"},
        {"text is empty", "\n\n— o AAAAAAAAAAA=\n"},
        {"negative size", "o\n-1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAAAAAAAAA=\n"},
        {"leading zero", "o\n01\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAAAAAAAAA=\n"},
        {"huge size", "o\n9223372036854775808\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAAAAAAAAA=\n"},
        {"very huge size",
         "o\n99999999999999999999\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAAAAAAAAA=\n"},
        {"short root", "o\n1\nAQID\n\n— o AAAAAAAAAAA=\n"},
        {"carriage returns", "o\r\n1\r\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\n— o AAAAAAAAAAA=\n"},
        {"not UTF-8", "\xff\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— o AAAAAAAAAAA=\n"},
    };
    KC_ARENA_SCOPE(a);
    struct kc_checkpoint c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        if (kc_checkpoint_open(a, cases[i].note, strlen(cases[i].note), NULL, &c, &err))
            fail_msg("%s: taken", cases[i].name);
        assert_int_equal(err.class, KC_INVALID);
    }
    /* What the cases differ from. */
    const char *good = "o\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n\n— o AAAAAAAAAAA=\n";
    assert_true(kc_checkpoint_open(a, good, strlen(good), NULL, &c, NULL));
    assert_int_equal(c.size, 1);
}

static void bad_keys(void **state)
{
    (void)state;
    static const char *const privates[] = {
        "",
        GO_PUBLIC,
        "PRIVATE+KEY+",
        "PRIVATE+KEY+a+00000000+AAAA",
        "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeuman+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    };
    for (size_t i = 0; i < sizeof privates / sizeof *privates; i++) {
        struct kc_err err = {0};
        assert_null(kc_signer_parse(privates[i], &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_null(strstr(err.message, "EKFALVFG")); /* no part of a key in a message */
    }
    static const char *const names[] = {"", "a b", "a+b", "a\nb", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(kc_signer_generate(names[i], NULL));
}

static void key_file(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct stat st;
    char folder[] = "/tmp/kc-keyfile-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *path = kc_arena_printf(a, "%s/deep/er/audit.key", folder);
    assert_null(kc_signer_load(path, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    struct kc_signer *s = kc_signer_load_or_create(path, "kubechat.io/one", &err);
    assert_non_null(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct kc_signer *again = kc_signer_load_or_create(path, "kubechat.io/two", &err);
    assert_non_null(again);
    assert_string_equal(kc_signer_private(again, a), kc_signer_private(s, a));
    assert_string_equal(kc_signer_name(again), "kubechat.io/one");
    (void)kc_signer_destroy(s);
    (void)kc_signer_destroy(again);
    /* Others can read it: it is no secret any more. */
    assert_int_equal(chmod(path, 0640), 0);
    assert_null(kc_signer_load_or_create(path, "x", &err));
    assert_non_null(strstr(err.message, "chmod 600"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 20), 0);
    err = (struct kc_err){0};
    assert_null(kc_signer_load_or_create(path, "x", &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_int_equal(system(kc_arena_printf(a, "rm -r %s", folder)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(go_keys),   cmocka_unit_test(signs_and_opens), cmocka_unit_test(cosigned),
        cmocka_unit_test(malformed), cmocka_unit_test(bad_keys),        cmocka_unit_test(key_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
