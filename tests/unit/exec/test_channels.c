/* What a command says over its channels: order, bounds, and each way to say how it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/exec/channels.h"

static void take(struct kc_channels *c, char channel, const char *data)
{
    KC_BUF_SCOPE m = {0};

    kc_buf_putc(&m, channel);
    kc_buf_puts(&m, data);
    kc_channels_take(c, kc_buf_str(&m), m.len);
}

static void keeps_what_is_said_in_order(void **state)
{
    (void)state;
    struct kc_channels c = {0};

    take(&c, 1, "");
    take(&c, 1, "one\ntw");
    take(&c, 2, "o\n");
    take(&c, 0, "stdin is nothing that a server sends");
    take(&c, 4, "nor is this");
    take(&c, (char)255, "\x01");
    kc_channels_take(&c, "", 0);
    take(&c, 1, "three");
    assert_string_equal(kc_buf_str(&c.text), "one\ntwo\nthree");
    assert_int_equal(c.bytes, 13);
    assert_int_equal(c.lines, 3); /* the last has no break */
    take(&c, 1, "\n");
    assert_int_equal(c.lines, 3);
    kc_channels_finish(&c);
}

static void counts_what_it_does_not_keep(void **state)
{
    (void)state;
    static char block[65537];
    struct kc_channels c = {0};

    memset(block, 'x', sizeof block);
    block[0] = 1;
    block[65536] = '\n';
    for (int i = 0; i < 80; i++)
        kc_channels_take(&c, block, sizeof block);
    assert_int_equal(c.text.len, KC_TRANSCRIPT_MAX);
    assert_int_equal(c.bytes, 80 * 65536);
    assert_int_equal(c.lines, 80);
    kc_channels_finish(&c);
}

static void reads_how_it_ended(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum kc_exit how;
        int code;
        const char *message;
    } cases[] = {
        {"{\"metadata\":{},\"status\":\"Success\"}", KC_EXIT_CODE, 0, ""},
        {"{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code: 3\","
         "\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}",
         KC_EXIT_CODE, 3, "command terminated with non-zero exit code: 3"},
        {"{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"Other\","
         "\"message\":\"9\"},{\"reason\":\"ExitCode\",\"message\":\"137\"}]}}",
         KC_EXIT_CODE, 137, ""},
        {"{\"status\":\"Failure\",\"message\":\"m\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{"
         "\"reason\":\"ExitCode\",\"message\":\"0\"}]}}",
         KC_EXIT_FAILED, 0, "m"}, /* a failure with the code of success */
        {"{\"status\":\"Failure\",\"message\":\"m\",\"reason\":\"NonZeroExitCode\"}", KC_EXIT_FAILED, 0, "m"},
        {"{\"status\":\"Failure\",\"message\":\"exec: \\\"x\\\": executable file not found in $PATH\",\"reason\":"
         "\"InternalError\",\"code\":500}",
         KC_EXIT_NOT_STARTED, 0, "exec: \"x\": executable file not found in $PATH"},
        {"{\"status\":\"Failure\",\"message\":\"container w is not valid\",\"reason\":\"BadRequest\",\"code\":400}",
         KC_EXIT_NOT_STARTED, 0, "container w is not valid"},
        {"{\"status\":\"Failure\",\"message\":\"error dialing backend: "
         "EOF\",\"reason\":\"InternalError\",\"code\":500}",
         KC_EXIT_FAILED, 0, "error dialing backend: EOF"},
        {"{\"status\":\"Perhaps\"}", KC_EXIT_UNTOLD, 0, ""},
        {"[]", KC_EXIT_UNTOLD, 0, ""},
        {"not JSON", KC_EXIT_UNTOLD, 0, ""},
        {"", KC_EXIT_UNTOLD, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_channels c = {0};
        const char *s = cases[i].status;
        size_t half = strlen(s) / 2;
        take(&c, 3, kc_arena_strndup(a, s, half)); /* in two messages */
        take(&c, 3, s + half);
        struct kc_exit_status exit = kc_channels_exit(&c, a);
        if (exit.how != cases[i].how || exit.code != cases[i].code || !KC_STREQ(exit.message, cases[i].message))
            fail_msg("%s: %d, %d, %s", s, (int)exit.how, exit.code, exit.message);
        kc_channels_finish(&c);
    }
}

static void a_status_is_bounded(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_channels c = {0};

    take(&c, 3, "{\"status\":\"Success\"}");
    for (int i = 0; i < 70000; i++)
        take(&c, 3, " ");
    assert_true(c.status.len <= 65536);
    assert_int_equal(kc_channels_exit(&c, a).how, KC_EXIT_UNTOLD);
    kc_channels_finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_said_in_order),
        cmocka_unit_test(counts_what_it_does_not_keep),
        cmocka_unit_test(reads_how_it_ended),
        cmocka_unit_test(a_status_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
