#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/redact.h"

static const struct {
    const char *text, *want;
} cases[] = {
    {"scale web to five", "scale web to five"},
    {"set token=abc123 on web", "set token=[redacted] on web"},
    {"the password is hunter2, restart web", "the password is [redacted], restart web"},
    {"PASSWORD: 'two words' then go", "PASSWORD: [redacted] then go"},
    {"api-key = \"x y\"", "api-key = [redacted]"},
    {"use ghp_abcdefghijklmnopqrst now", "use [redacted] now"},
    {"key AKIAABCDEFGHIJKLMNOP", "key [redacted]"},
    {"Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [redacted]"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl", "[redacted]"},
    {"pull from https://ana:s3cret@reg.example/x", "pull from https://ana:[redacted]@reg.example/x"},
    {"a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a [redacted] b"},
    {"-----BEGIN PRIVATE KEY-----\nMII", "[redacted]"},
    {"two: token=a1 and token=b2", "two: token=[redacted] and token=[redacted]"},
    {"", ""},
    /* what only sounds like one stays */
    {"rotate the secret web-tls", "rotate the secret web-tls"},
    {"image registry.example/sk-proxy:1.2", "image registry.example/sk-proxy:1.2"},
    {"deployment/basic auth-web", "deployment/basic auth-web"},
};

static void takes_out_what_looks_like_a_secret(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(kc_redact_text(a, cases[i].text), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_out_what_looks_like_a_secret)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
