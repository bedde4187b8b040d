#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "controller/base/digest.h"

/* FIPS 180-4 examples. */
static void test_sha256(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    uint8_t sum[KC_SHA256_LEN];
    char hex[KC_HEX_LEN];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kc_sha256(sum, cases[i].text, strlen(cases[i].text));
        assert_string_equal(kc_hex(hex, sum, sizeof sum), cases[i].hex);
    }
    kc_sha256v(sum, (const struct kc_iov[]){{"a", 1}, {NULL, 0}, {"bc", 2}}, 3);
    assert_string_equal(kc_hex(hex, sum, sizeof sum), cases[1].hex);
    kc_sha256v(sum, NULL, 0);
    assert_string_equal(kc_hex(hex, sum, sizeof sum), cases[0].hex);
    KC_ARENA_SCOPE(a);
    assert_string_equal(kc_digest_string(a, "", 0),
                        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, cases 1, 2, 6 and 7; and an empty key. */
static void test_hmac(void **state)
{
    (void)state;
    char long_key[131];
    memset(long_key, 0xAA, sizeof long_key);
    const struct {
        const char *name, *key;
        size_t key_len;
        const char *text, *hex;
    } cases[] = {
        {"case 1", "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 20, "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"case 2", "Jefe", 4, "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"case 6", long_key, sizeof long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"case 7", long_key, sizeof long_key,
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        {"empty", NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t mac[KC_SHA256_LEN];
        char hex[KC_HEX_LEN];
        kc_hmac_sha256(mac, cases[i].key, cases[i].key_len, cases[i].text, strlen(cases[i].text));
        if (strcmp(kc_hex(hex, mac, sizeof mac), cases[i].hex) != 0)
            fail_msg("%s: %s", cases[i].name, hex);
    }
}

static void *hash_a_lot(void *arg)
{
    int *wrong = arg;
    uint8_t expected[KC_SHA256_LEN], mac[KC_SHA256_LEN];
    kc_hmac_sha256(expected, "key", 3, "text", 4);
    for (int i = 0; i < 500; i++) {
        kc_hmac_sha256(mac, "key", 3, "text", 4);
        *wrong += !kc_equal_const_time(mac, expected, sizeof mac);
    }
    return NULL;
}

static void test_hmac_in_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    int wrong[4] = {0};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_a_lot, &wrong[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(wrong[i], 0);
    }
}

static void test_unhex(void **state)
{
    (void)state;
    uint8_t out[3];
    assert_true(kc_unhex(out, 3, "00Ffa9"));
    assert_memory_equal(out, "\x00\xFF\xA9", 3);
    assert_true(kc_unhex(out, 0, ""));
    static const char *const refused[] = {"", "00ffa", "00ffa90", "00ffa900", "00ffag", " 0ffa9", "0x00ff", "00ffa:"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (kc_unhex(out, 3, refused[i]))
            fail_msg("\"%s\" was accepted", refused[i]);
    assert_memory_equal(out, "\x00\xFF\xA9", 3);
}

/* RFC 4648, section 10. */
static void test_base64(void **state)
{
    (void)state;
    static const struct {
        const char *plain;
        size_t len;
        const char *text;
    } cases[] = {
        {"", 0, ""},
        {"f", 1, "Zg=="},
        {"fo", 2, "Zm8="},
        {"foo", 3, "Zm9v"},
        {"foob", 4, "Zm9vYg=="},
        {"fooba", 5, "Zm9vYmE="},
        {"foobar", 6, "Zm9vYmFy"},
        {"\0\xFF\xFE\xFB", 4, "AP/++w=="},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(kc_base64(a, cases[i].plain, cases[i].len), cases[i].text);
        size_t len = 99;
        uint8_t *back = kc_unbase64(a, cases[i].text, strlen(cases[i].text), &len);
        assert_non_null(back);
        assert_int_equal(len, cases[i].len);
        assert_memory_equal(back, cases[i].plain, len);
    }
}

static void test_base64_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"no padding", "Zg"},
        {"short padding", "Zg="},
        {"only padding", "===="},
        {"three of it", "Z==="},
        {"in the middle", "Zg==Zm8="},
        {"inside", "Z=8="},
        {"new line", "Zm9v\nZm9v\n\n\n"},
        {"space", "Zm9 "},
        {"URL alphabet", "__--"},
        {"bits left over", "Zh=="},
        {"bits left over in two", "Zm9="},
        {"NUL", "Zm9\0"},
        {"high byte", "Zm9\xC3"},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = 99, text_len = strcmp(cases[i].name, "NUL") == 0 ? 4 : strlen(cases[i].text);
        if (kc_unbase64(a, cases[i].text, text_len, &len))
            fail_msg("%s: \"%s\" was accepted", cases[i].name, cases[i].text);
        assert_int_equal(len, 99);
    }
}

static void test_equal_const_time(void **state)
{
    (void)state;
    assert_true(kc_equal_const_time("same", "same", 4));
    assert_false(kc_equal_const_time("same", "sand", 4));
    assert_true(kc_equal_const_time("same", "sand", 2));
}

static void test_uuid(void **state)
{
    (void)state;
    char first[37], second[37];
    assert_string_not_equal(kc_uuid(first), kc_uuid(second));
    for (int i = 0; i < 64; i++) {
        kc_uuid(first);
        assert_int_equal(strlen(first), 36);
        assert_int_equal(strspn(first, "0123456789abcdef-"), 36);
        assert_true(first[8] == '-' && first[13] == '-' && first[18] == '-' && first[23] == '-');
        assert_int_equal(first[14], '4');
        assert_non_null(strchr("89ab", first[19]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),           cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_hmac_in_threads),  cmocka_unit_test(test_unhex),
        cmocka_unit_test(test_base64),           cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_equal_const_time), cmocka_unit_test(test_uuid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
