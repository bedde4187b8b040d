#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"

static void splits_as_sh_does(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out: words, each followed by | */
    } cases[] = {
        {"", ""},
        {"  \t ", ""},
        {"a b", "a|b|"},
        {"  a\t b  ", "a|b|"},
        {"'a b' c", "a b|c|"},
        {"a'b'c", "abc|"},
        {"''", "|"},
        {"a '' b", "a||b|"},
        {"\"a b\"", "a b|"},
        {"\"a\\\"b\\\\c\\$d\\`e\"", "a\"b\\c$d`e|"},
        {"\"a\\qb\"", "a\\qb|"},
        {"\"a'b\" 'c\"d'", "a'b|c\"d|"},
        {"a\\ b", "a b|"},
        {"a\\;b \\$x", "a;b|$x|"},
        {"a\\\nb", "ab|"},
        {"a \\\n b", "a|b|"},
        {"\"a\\\nb\"", "ab|"},
        {"'a\nb'", "a\nb|"},
        {"';|&$`<>()#*?[]~{}!'", ";|&$`<>()#*?[]~{}!|"},
        {"--x='a;b'", "--x=a;b|"},
        {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        struct kc_strs words;
        struct kc_err err = {0};
        if (!kc_shell_split(a, cases[i].in, &words, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        for (size_t j = 0; j < words.n; j++)
            kc_buf_printf(&out, "%s|", words.v[j]);
        assert_string_equal(kc_buf_str(&out), cases[i].out);
    }
}

static void refuses_shell_syntax(void **state)
{
    (void)state;
    static const struct {
        const char *in, *says;
    } cases[] = {
        {"a; b", "`;` at byte 1"},
        {"a | b", "`|`"},
        {"a && b", "`&`"},
        {"a $HOME", "`$`"},
        {"a $(b)", "`$`"},
        {"a `b`", "``` at byte 2"},
        {"a > b", "`>`"},
        {"a < b", "`<`"},
        {"(a)", "`(` at byte 0"},
        {"a)", "`)`"},
        {"a #b", "`#`"},
        {"a*", "`*`"},
        {"a?", "`?`"},
        {"a[b", "`[`"},
        {"~/a", "`~`"},
        {"{a,b}", "`{`"},
        {"a}", "`}`"},
        {"!!", "`!`"},
        {"a\nb", "a line break at byte 1"},
        {"\"a$b\"", "`$` at byte 2"},
        {"\"a`b\"", "single quotes"},
        {"'a", "never closed"},
        {"b \"a", "`\"` at byte 2"},
        {"\"a\\", "never closed"},
        {"a\\", "backslash"},
        {"a\x01", "U+0001"},
        {"a\x7F", "U+007F"},
        {"a\xE2\x80\xAE"
         "b",
         "U+202E at byte 1"},
        {"'a\xE2\x80\x8B'", "U+200B"},
        {"a\r\n", "U+000D"},
        {"a\xFF", "byte 1 is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_strs words;
        struct kc_err err = {0};
        if (kc_shell_split(a, cases[i].in, &words, &err))
            fail_msg("%s: accepted", cases[i].in);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].in, err.message);
    }
}

static void quotes_only_where_needed(void **state)
{
    (void)state;
    static const struct {
        const char *word, *quoted;
    } cases[] = {
        {"deployment/web", "deployment/web"},
        {"--a=b", "--a=b"},
        {"", "''"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"$x", "'$x'"},
        {"a\nb", "'a\nb'"},
        {"system:node", "system:node"},
        {"\xC3\xBC", "'\xC3\xBC'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_BUF_SCOPE out = {0};
        kc_shell_quote(&out, cases[i].word);
        assert_string_equal(kc_buf_str(&out), cases[i].quoted);
    }
}

/* Whatever bytes a word has: quoted, it is one word again. */
static void quoting_is_undone_by_splitting(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    uint32_t x = 20250704;
    for (int round = 0; round < 20000; round++) {
        KC_BUF_SCOPE out = {0};
        struct kc_strs words;
        struct kc_err err = {0};
        char word[12] = {0};
        for (size_t i = 0; i < sizeof word - 1; i++) {
            x = x * 1664525 + 1013904223;
            word[i] = (char)(0x20 + (x >> 24) % 0x5F);
            if ((x >> 20) % 11 == 0)
                word[i] = '\0';
        }
        kc_shell_quote(&out, word);
        assert_true(kc_shell_split(a, kc_buf_str(&out), &words, &err));
        assert_int_equal(words.n, 1);
        assert_string_equal(words.v[0], word);
        kc_arena_reset(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_as_sh_does),
        cmocka_unit_test(refuses_shell_syntax),
        cmocka_unit_test(quotes_only_where_needed),
        cmocka_unit_test(quoting_is_undone_by_splitting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
