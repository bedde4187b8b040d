#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/locker.h"
#include "controller/base/digest.h"

#define CONTEXT "capture 8f4c1f2e-aaaa-bbbb-cccc-000000000001 s1"
#define PLAIN   "{\"kind\":\"Deployment\",\"spec\":{\"replicas\":3}}"

struct folder {
    char dir[32], path[64];
};

static int set_up(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/kc-locker-XXXXXX");
    if (!mkdtemp(f->dir))
        return -1;
    (void)snprintf(f->path, sizeof f->path, "%s/keys", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *f = *state;
    (void)unlink(f->path);
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

static void write_file(const struct folder *f, const char *text)
{
    (void)unlink(f->path);
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_int_equal(chmod(f->path, 0600), 0);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

/* A line for each letter: 32 times that letter. */
static struct kc_locker *with_keys(const struct folder *f, const char *letters)
{
    KC_ARENA_SCOPE(a);
    char *text = kc_arena_strdup(a, "");
    for (const char *at = letters; *at; at++) {
        char key[32];
        memset(key, *at, sizeof key);
        text = kc_arena_printf(a, "%s%s\n", text, kc_base64(a, key, sizeof key));
    }
    write_file(f, text);
    struct kc_err err = {0};
    struct kc_locker *l = kc_locker_open(f->path, &err);
    if (!l)
        fail_msg("%s", err.message);
    return l;
}

static const void *lock(const struct kc_locker *l, struct kc_arena *a, const char *plain, size_t len, size_t *ret_len)
{
    struct kc_err err = {0};
    const void *locked = kc_locker_lock(l, a, CONTEXT, plain, len, ret_len, &err);
    assert_non_null(locked);
    assert_int_equal(*ret_len, len + KC_LOCKER_OVERHEAD);
    return locked;
}

static bool opens(const struct kc_locker *l, const char *context, const void *locked, size_t len, const char *plain,
                  size_t plain_len)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    size_t n;
    const char *found = kc_locker_unlock(l, a, context, locked, len, &n, &err);
    return found && n == plain_len && memcmp(found, plain, n) == 0 && found[n] == '\0';
}

static void what_is_locked_opens(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_locker *l = with_keys(*state, "A");
    const size_t lengths[] = {0, 1, 15, 16, 17, 4096, 3 << 20};
    char *plain = kc_arena_alloc(a, 3 << 20);
    for (size_t i = 0; i < 3 << 20; i++)
        plain[i] = (char)(i * 7 % 251);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t len;
        const void *locked = lock(l, a, plain, lengths[i], &len);
        assert_true(opens(l, CONTEXT, locked, len, plain, lengths[i]));
        assert_null(memmem(locked, len, plain, lengths[i] < 16 ? 16 : lengths[i]));
    }
    (void)kc_locker_close(l);
}

static void only_in_its_context(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_locker *l = with_keys(*state, "A");
    size_t len, n;
    struct kc_err err = {0};
    const void *locked = lock(l, a, PLAIN, strlen(PLAIN), &len);

    assert_false(opens(l, "transcript 8f4c1f2e-aaaa-bbbb-cccc-000000000001 s1", locked, len, PLAIN, strlen(PLAIN)));
    assert_null(kc_locker_unlock(l, a, "", locked, len, &n, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_string_equal(err.reason, "NotLocked");
    assert_null(strstr(err.message, "Deployment"));
    (void)kc_locker_close(l);
}

/* Every bit is covered: version, key id, nonce, ciphertext, tag. */
static void no_bit_may_flip(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_locker *l = with_keys(*state, "AB");
    size_t len;
    uint8_t *locked = kc_arena_memdup(a, lock(l, a, PLAIN, strlen(PLAIN), &len), strlen(PLAIN) + KC_LOCKER_OVERHEAD);
    for (size_t bit = 0; bit < len * 8; bit++) {
        locked[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (opens(l, CONTEXT, locked, len, PLAIN, strlen(PLAIN)))
            fail_msg("bit %zu may flip", bit);
        locked[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_false(opens(l, CONTEXT, locked, cut, PLAIN, strlen(PLAIN)));
    assert_true(opens(l, CONTEXT, locked, len, PLAIN, strlen(PLAIN)));
    (void)kc_locker_close(l);
}

static void keys_rotate(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_locker *old = with_keys(*state, "A");
    size_t old_len, new_len, n;
    const void *before = lock(old, a, PLAIN, strlen(PLAIN), &old_len);
    struct kc_locker *both = with_keys(*state, "BA");
    const void *after = lock(both, a, PLAIN, strlen(PLAIN), &new_len);
    struct kc_locker *fresh = with_keys(*state, "B");

    assert_true(opens(both, CONTEXT, before, old_len, PLAIN, strlen(PLAIN)));
    assert_true(opens(both, CONTEXT, after, new_len, PLAIN, strlen(PLAIN)));
    assert_true(opens(fresh, CONTEXT, after, new_len, PLAIN, strlen(PLAIN))); /* the first line locked it */
    struct kc_err err = {0};
    assert_null(kc_locker_unlock(fresh, a, CONTEXT, before, old_len, &n, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_string_equal(err.reason, "KeyGone");
    assert_non_null(strstr(err.message, "put its line back"));
    (void)kc_locker_close(old);
    (void)kc_locker_close(both);
    (void)kc_locker_close(fresh);
}

static int by_nonce(const void *a, const void *b)
{
    return memcmp(a, b, 12);
}

/* A nonce that comes twice under one key gives GCM away. */
static void nonces_are_fresh(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_locker *l = with_keys(*state, "A");
    enum { TIMES = 20000 };
    uint8_t(*nonces)[12] = kc_arena_array(a, TIMES, sizeof *nonces);
    for (size_t i = 0; i < TIMES; i++) {
        size_t len;
        const uint8_t *locked = lock(l, a, "x", 1, &len);
        memcpy(nonces[i], locked + 9, 12);
    }
    qsort(nonces, TIMES, sizeof *nonces, by_nonce);
    for (size_t i = 1; i < TIMES; i++)
        assert_int_not_equal(memcmp(nonces[i - 1], nonces[i], 12), 0);
    (void)kc_locker_close(l);
}

static void key_files(void **state)
{
#define KEY "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    const struct folder *f = *state;
    KC_ARENA_SCOPE(a);
    char *many = kc_arena_strdup(a, "");
    for (size_t i = 0; i <= KC_LOCKER_MAX_KEYS; i++)
        many = kc_arena_printf(a, "%s" KEY "\n", many);
    char *long_file = kc_arena_alloc(a, 8192);
    memset(long_file, '\n', 8191);
    const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"a key", KEY "\n", NULL},
        {"no newline", KEY, NULL},
        {"blank lines and CRLF", "\r\n" KEY "\r\n\n" KEY "\n", NULL},
        {"empty", "", "holds no key"},
        {"words", KEY "\nsecret words\n", "line 2 is not a key of 32 bytes"},
        {"too short", "QUFBQQ==\n", "line 1 is not a key of 32 bytes"},
        {"a space behind it", KEY " \n", "line 1 is not a key of 32 bytes"},
        {"too many", many, "more than 16 keys"},
        {"too long", long_file, "longer than 4094 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        write_file(f, cases[i].text);
        struct kc_locker *l = kc_locker_open(f->path, &err);
        if ((l == NULL) != (cases[i].message != NULL))
            fail_msg("%s: %s", cases[i].name, l ? "taken" : err.message);
        if (!l && (!strstr(err.message, cases[i].message) || !strstr(err.message, f->path)))
            fail_msg("%s: says \"%s\"", cases[i].name, err.message);
        assert_null(strstr(err.message, "secret words"));
        (void)kc_locker_close(l);
    }
    struct kc_err err = {0};
    assert_int_equal(chmod(f->path, 0644), 0);
    assert_null(kc_locker_open(f->path, &err));
    assert_string_equal(err.reason, "KeyFileOpen");
    assert_int_equal(unlink(f->path), 0);
    assert_null(kc_locker_open(f->path, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_locked_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_in_its_context, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_bit_may_flip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_rotate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonces_are_fresh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_files, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("locker", tests, NULL, NULL);
}
