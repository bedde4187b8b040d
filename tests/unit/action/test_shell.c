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
        const char *input;
        struct kc_err err = {0};
        if (!kc_shell_split(a, cases[i].in, &words, &input, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        for (size_t j = 0; j < words.n; j++)
            kc_buf_printf(&out, "%s|", words.v[j]);
        assert_string_equal(kc_buf_str(&out), cases[i].out);
    }
}

/* What each does under dash and bash: the words of the command, and what it reads. */
static void reads_here_documents(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out, *input;
    } cases[] = {
        {"a -f - <<'EOF'\nx: 1\nEOF", "a|-f|-|", "x: 1\n"},
        {"a -f - <<'EOF'\nx: 1\nEOF\n", "a|-f|-|", "x: 1\n"},
        {"a -f -<<'EOF'\nx\nEOF\n \n\t\n", "a|-f|-|", "x\n"},
        {"a <<\"EOF\"\nx\nEOF", "a|", "x\n"},
        {"a <<\\EOF\nx\nEOF", "a|", "x\n"},
        {"a << 'E_1' \nx\nE_1", "a|", "x\n"},
        {"a <<'EOF'\nEOF", "a|", ""},
        {"a <<'EOF'\n EOF\nEOF \nEOFX\nEOF", "a|", " EOF\nEOF \nEOFX\n"},
        {"a <<'EOF'\n$x `y` \\ ; | & ' \"\nEOF", "a|", "$x `y` \\ ; | & ' \"\n"},
        {"a <<EOF\nx: 'y' # ; |\nEOF", "a|", "x: 'y' # ; |\n"},
        {"a <<-'EOF'\n\t\tx:\n\t  y\tz\n\tEOF", "a|", "x:\n  y\tz\n"},
        {"a <<- EOF\n\tx\nEOF", "a|", "x\n"},
        {"a \\\n b <<'EOF'\nx\nEOF", "a|b|", "x\n"},
        {"cat <<'EOF' | a -f -\nx\nEOF", "a|-f|-|", "x\n"},
        {"cat <<EOF |a -f -\nx\nEOF\n", "a|-f|-|", "x\n"},
        {"cat <<'EOF' | a \\\n -f 'x y'\nx\nEOF", "a|-f|x y|", "x\n"},
        {"a '<<EOF'", "a|<<EOF|", NULL},
        {"a \\<\\<x", "a|<<x|", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        struct kc_strs words;
        const char *input;
        struct kc_err err = {0};
        if (!kc_shell_split(a, cases[i].in, &words, &input, &err))
            fail_msg("%s: %s", cases[i].in, err.message);
        for (size_t j = 0; j < words.n; j++)
            kc_buf_printf(&out, "%s|", words.v[j]);
        assert_string_equal(kc_buf_str(&out), cases[i].out);
        assert_int_equal(input == NULL, cases[i].input == NULL);
        if (input)
            assert_string_equal(input, cases[i].input);
    }
}

static void bounds_the_line_and_the_whole(void **state)
{
    (void)state;
    static const struct {
        size_t line, body;
        bool fits;
    } cases[] = {
        {KC_COMMAND_LINE_MAX, 0, true},    {KC_COMMAND_LINE_MAX + 1, 0, false},   {100, KC_COMMAND_MAX - 100, true},
        {100, KC_COMMAND_MAX - 99, false}, {KC_COMMAND_LINE_MAX + 1, 100, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE b = {0};
        struct kc_strs words;
        const char *input;
        struct kc_err err = {0};
        while (b.len < cases[i].line - (cases[i].body ? strlen("<<'E'\n") : 0))
            kc_buf_putc(&b, 'x');
        if (cases[i].body) {
            kc_buf_puts(&b, "<<'E'\n");
            while (b.len < cases[i].line + cases[i].body - strlen("\nE"))
                kc_buf_putc(&b, 'y');
            kc_buf_puts(&b, "\nE");
        }
        assert_int_equal(kc_shell_split(a, kc_buf_str(&b), &words, &input, &err), cases[i].fits);
        if (!cases[i].fits)
            assert_non_null(strstr(err.message, "longer than 4096 bytes"));
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
        {"a <<'EOF'\nx", "a line that says EOF alone is missing"},
        {"a <<'EOF'", "a line that says EOF alone is missing"},
        {"a <<'EOF'\n EOF\n", "a line that says EOF alone is missing"},
        {"a <<EOF\nx: $HOME\nEOF", "`$` at byte 11: expanded by a shell also in a here-document: quote its delimiter"},
        {"a <<EOF\nx: `y`\nEOF", "quote its delimiter"},
        {"a <<EOF\nx: \\y\nEOF", "quote its delimiter"},
        {"a <<'EOF'\nx\nEOF\nrm -rf x", "nothing may follow the here-document"},
        {"a <<'EOF' b\nx\nEOF", "announced last"},
        {"a <<'EOF'; b\nx\nEOF", "<<'EOF'"},
        {"a <<'EOF' ; b\nx\nEOF", "announced last"},
        {"a <<'EOF' | b\nx\nEOF", "announced last"},
        {"a <<'EOF' <<'TWO'\nx\nEOF\ny\nTWO", "announced last"},
        {"cat x <<'EOF' | a\nx\nEOF", "announced last"},
        {"cat <<'EOF' || a\nx\nEOF", "announced last"},
        {"cat <<'EOF' | a | b\nx\nEOF", "`|`"},
        {"cat <<'EOF' | a <<'TWO'\nx\nEOF", "one here-document"},
        {"cat <<'EOF' | a > x\nx\nEOF", "`>`"},
        {"a <<<x", "here-strings"},
        {"a 2<<'EOF'\nx\nEOF", "put a space before <<"},
        {"a <<'E F'\nx\nE F", "letters, digits and _"},
        {"a <<'EOF\nx\nEOF", "letters, digits and _"},
        {"a <<E'O'F\nx\nEOF", "letters, digits and _"},
        {"a <<''\nx\n\n", "letters, digits and _"},
        {"a <<$x\nx\n", "letters, digits and _"},
        {"a < b", "`<`"},
        {"a <<'EOF'\nx\xE2\x80\xAEy\nEOF", "U+202E"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_strs words;
        const char *input;
        struct kc_err err = {0};
        if (kc_shell_split(a, cases[i].in, &words, &input, &err))
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
        const char *input;
        struct kc_err err = {0};
        char word[12] = {0};
        for (size_t i = 0; i < sizeof word - 1; i++) {
            x = x * 1664525 + 1013904223;
            word[i] = (char)(0x20 + (x >> 24) % 0x5F);
            if ((x >> 20) % 11 == 0)
                word[i] = '\0';
        }
        kc_shell_quote(&out, word);
        assert_true(kc_shell_split(a, kc_buf_str(&out), &words, &input, &err));
        assert_int_equal(words.n, 1);
        assert_string_equal(words.v[0], word);
        kc_arena_reset(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_as_sh_does),
        cmocka_unit_test(reads_here_documents),
        cmocka_unit_test(bounds_the_line_and_the_whole),
        cmocka_unit_test(refuses_shell_syntax),
        cmocka_unit_test(quotes_only_where_needed),
        cmocka_unit_test(quoting_is_undone_by_splitting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
