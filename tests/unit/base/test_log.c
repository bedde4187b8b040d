#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/log.h"

static int real_stderr;
static FILE *file;

/* Standard error goes to a file until captured() gives back what was written. */
static void capture(void)
{
    file = tmpfile();
    assert_non_null(file);
    real_stderr = dup(STDERR_FILENO);
    assert_true(real_stderr >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
}

static const char *captured(void)
{
    static char text[1 << 20];
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    (void)close(real_stderr);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static void test_text_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *shown;
    } cases[] = {
        {"plain", "shop/bump", "k=shop/bump"},
        {"empty", "", "k=\"\""},
        {"absent", NULL, "k=\"\""},
        {"space", "a b", "k=\"a b\""},
        {"equals", "a=b", "k=\"a=b\""},
        {"quote", "a\"b", "k=\"a\\\"b\""},
        {"backslash", "a\\b", "k=\"a\\\\b\""},
        {"forged line", "x\nE1123 root: gone", "k=\"x\\nE1123 root: gone\""},
        {"escape sequence", "\x1b[31m", "k=\"\\u001b[31m\""},
        {"C1 control",
         "\xC2\x9B"
         "31m",
         "k=\"\\u009b31m\""},
        {"bidi",
         "a\xE2\x80\xAE"
         "b",
         "k=\"a\\u202eb\""},
        {"tag character", "\xF3\xA0\x81\x81", "k=\"\\udb40\\udc41\""},
        {"not UTF-8", "a\xFF", "k=\"a\\ufffd\""},
        {"letters", "\xC3\xA9\xE2\x86\x92", "k=\xC3\xA9\xE2\x86\x92"},
    };
    kc_log_init(KC_INFO, false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[128];
        (void)snprintf(expected, sizeof expected, " part: done %s last=1\n", cases[i].shown);
        capture();
        kc_log(KC_WARN, "part", "done", "k", cases[i].value, "last", "1", NULL);
        const char *line = captured();
        /* W1123 09:48:00.123 */
        if (line[0] != 'W' || strcspn(line, " ") != 5 || strcmp(line + 18, expected) != 0)
            fail_msg("%s: %s", cases[i].name, line);
    }
}

static void test_json_lines(void **state)
{
    (void)state;
    static const char odd[] = "a\n\x1b\"\\\xE2\x80\xAE\xF3\xA0\x81\x81\xC3\xA9";
    kc_log_init(KC_DEBUG, true);
    capture();
    kc_log(KC_DEBUG, "part", "a \"message\"", "k", odd, "none", NULL, NULL);
    const char *line = captured();
    assert_null(strstr(line, "\xE2\x80\xAE"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *v = json_loads(line, 0, NULL);
    assert_non_null(v);
    assert_string_equal(json_string_value(json_object_get(v, "level")), "debug");
    assert_string_equal(json_string_value(json_object_get(v, "component")), "part");
    assert_string_equal(json_string_value(json_object_get(v, "msg")), "a \"message\"");
    assert_string_equal(json_string_value(json_object_get(v, "k")), odd);
    assert_string_equal(json_string_value(json_object_get(v, "none")), "");
    assert_int_equal(json_string_length(json_object_get(v, "ts")), strlen("2026-11-23T09:48:00.123000Z"));
    json_decref(v);
}

static void test_levels(void **state)
{
    (void)state;
    kc_log_init(KC_WARN, false);
    assert_false(kc_log_on(KC_INFO));
    assert_true(kc_log_on(KC_WARN));
    capture();
    kc_log(KC_DEBUG, "part", "no", NULL);
    kc_log(KC_INFO, "part", "no", NULL);
    kc_log(KC_ERROR, "part", "yes", NULL);
    const char *line = captured();
    assert_null(strstr(line, "no"));
    assert_int_equal(line[0], 'E');
}

static void test_long_values_are_cut(void **state)
{
    (void)state;
    static char value[10000];
    memset(value, 'x', sizeof value - 1);
    kc_log_init(KC_INFO, false);
    capture();
    kc_log(KC_INFO, "part", "done", "k", value, "last", "1", NULL);
    const char *line = captured();
    assert_in_range(strlen(line), 4096, 4200);
    assert_non_null(strstr(line, "x\xE2\x80\xA6\" last=1\n"));
}

/* A datagram socket keeps each write(2) apart. */
static void test_a_line_is_one_write(void **state)
{
    (void)state;
    int ends[2];
    char text[256];
    kc_log_init(KC_INFO, false);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(ends[0], STDERR_FILENO) >= 0);
    kc_log(KC_INFO, "part", "done", "k", "a b", NULL);
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    (void)close(real_stderr);
    ssize_t n = recv(ends[1], text, sizeof text - 1, MSG_DONTWAIT);
    assert_true(n > 18);
    text[n] = '\0';
    assert_string_equal(text + 18, " part: done k=\"a b\"\n");
    assert_int_equal(recv(ends[1], text, sizeof text, MSG_DONTWAIT), -1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 200; i++)
        kc_log(KC_INFO, "part", arg, "k", arg, NULL);
    return NULL;
}

static void test_lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    static char *const names[] = {"aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"};
    pthread_t threads[4];
    kc_log_init(KC_INFO, false);
    capture();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    size_t lines = 0;
    for (const char *at = captured(); *at; lines++) {
        char first[16], second[16];
        assert_int_equal(sscanf(at + 18, " part: %15s k=%15s", first, second), 2);
        assert_string_equal(first, second);
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(lines, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_long_values_are_cut),
        cmocka_unit_test(test_a_line_is_one_write),
        cmocka_unit_test(test_lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
