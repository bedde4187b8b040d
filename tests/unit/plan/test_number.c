#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "controller/plan/number.h"

#define COUNT    KC_UNIT_COUNT
#define PERCENT  KC_UNIT_PERCENT
#define TIMES    KC_UNIT_TIMES
#define FRACTION KC_UNIT_FRACTION

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        size_t tokens; /* 0: no number */
        enum kc_unit unit;
        int64_t num, den;
        char sign;
    } cases[] = {
        {"5", 1, COUNT, 5, 1, 0},
        {"0", 1, COUNT, 0, 1, 0},
        {"+2", 1, COUNT, 2, 1, '+'},
        {"-1", 1, COUNT, 1, 1, '-'},
        {"minus one", 2, COUNT, 1, 1, '-'},
        {"2.5", 1, COUNT, 25, 10, 0},
        {"1,000", 1, COUNT, 1000, 1, 0},
        {"99999999999999999999", 1, COUNT, KC_NUMBER_MAX, 1, 0},
        {"zero", 1, COUNT, 0, 1, 0},
        {"nineteen", 1, COUNT, 19, 1, 0},
        {"twenty five", 2, COUNT, 25, 1, 0},
        {"twenty-five", 1, COUNT, 25, 1, 0},
        {"a hundred", 2, COUNT, 100, 1, 0},
        {"two hundred and fifty-one", 4, COUNT, 251, 1, 0},
        {"three thousand two hundred", 4, COUNT, 3200, 1, 0},
        {"2 thousand", 2, COUNT, 2000, 1, 0},
        {"9999999 million", 2, COUNT, KC_NUMBER_MAX, 1, 0},
        {"a dozen", 2, COUNT, 12, 1, 0},
        {"two dozen pods", 2, COUNT, 24, 1, 0},
        {"half a dozen", 3, COUNT, 6, 1, 0},
        {"a couple of", 2, COUNT, 2, 1, 0},
        {"five six", 1, COUNT, 5, 1, 0},
        {"five and six", 1, COUNT, 5, 1, 0},
        {"zero five", 1, COUNT, 0, 1, 0},
        {"50%", 1, PERCENT, 50, 1, 0},
        {"50 %", 2, PERCENT, 50, 1, 0},
        {"fifty percent", 2, PERCENT, 50, 1, 0},
        {"12.5 per cent", 3, PERCENT, 125, 10, 0},
        {"3x", 1, TIMES, 3, 1, 0},
        {"x3", 1, TIMES, 3, 1, 0},
        {"x03", 0, COUNT, 0, 0, 0},
        {"x3%", 0, COUNT, 0, 0, 0},
        {"3\xc3\x97", 1, TIMES, 3, 1, 0},
        {"twice", 1, TIMES, 2, 1, 0},
        {"three times", 2, TIMES, 3, 1, 0},
        {"fourfold", 1, TIMES, 4, 1, 0},
        {"a factor of 3", 4, TIMES, 3, 1, 0},
        {"half", 1, FRACTION, 1, 2, 0},
        {"a third", 2, FRACTION, 1, 3, 0},
        {"three quarters", 2, FRACTION, 3, 4, 0},
        {"a", 0, COUNT, 0, 0, 0},
        {"a pod", 0, COUNT, 0, 0, 0},
        {"third", 0, COUNT, 0, 0, 0},
        {"-", 0, COUNT, 0, 0, 0},
        {"010", 0, COUNT, 0, 0, 0},
        {"10^12", 0, COUNT, 0, 0, 0},
        {"1e3", 0, COUNT, 0, 0, 0},
        {"5k", 0, COUNT, 0, 0, 0},
        {"5pm", 0, COUNT, 0, 0, 0},
        {"twenty-", 0, COUNT, 0, 0, 0},
        {"and five", 0, COUNT, 0, 0, 0},
        {"someone", 0, COUNT, 0, 0, 0},
        {"", 0, COUNT, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_tokens t;
        struct kc_quantity q = {0};
        assert_true(kc_tokens_read(a, cases[i].text, &t));
        size_t n = t.n ? kc_number_read(&t, 0, &q) : 0;
        if (n != cases[i].tokens || (n && (q.unit != cases[i].unit || q.num != cases[i].num || q.den != cases[i].den ||
                                           q.sign != cases[i].sign)))
            fail_msg("\"%s\": %zu tokens, unit %d, %lld/%lld, sign %d", cases[i].text, n, q.unit, (long long)q.num,
                     (long long)q.den, q.sign);
    }
}

static void test_tokens(void **state)
{
    static const struct {
        const char *text, *tokens; /* separated by spaces; marks as , . ? = */
    } cases[] = {
        {"Scale web to 5.", "scale web to 5 ."},
        {"web, cart; ledger!", "web , cart . ledger ."},
        {"web's pods' \"size\"", "web pods size"},
        {"don't o'clock", "don't o'clock"},
        {"a.b 2.5 17:00 1,000 1,00", "a.b 2.5 17:00 1000 1 , 00"},
        {"replicas=3 web:5", "replicas = 3 web:5"},
        {"one\ntwo\n\nthree", "one , two . three"},
        {"one,\ntwo", "one , , two"},
        {"3\xe2\x80\x93"
         "5 \xe2\x88\x92"
         "2",
         "3 , 5 -2"},
        {"(web) [cart] `x`", "web cart x"},
        {"a|b $(x) &&", "a|b $ x &&"},
        {"\xc3\xa9t\xc3\xa9?", "\xc3\xa9t\xc3\xa9 ?"},
        {"wait...", "wait . . ."},
        {" \t ", ""},
    };
    static const char marks[] = {
        [KC_MARK_COMMA] = ',', [KC_MARK_STOP] = '.', [KC_MARK_QUERY] = '?', [KC_MARK_EQUALS] = '='};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_tokens t;
        const char *out = "";
        assert_true(kc_tokens_read(a, cases[i].text, &t));
        for (size_t k = 0; k < t.n; k++) {
            assert_true(t.v[k].at + t.v[k].len <= strlen(cases[i].text));
            const char mark[] = {marks[t.v[k].mark], '\0'};
            out = kc_arena_printf(a, "%s%s%s", out, k ? " " : "", t.v[k].mark ? mark : t.v[k].text);
        }
        assert_string_equal(out, cases[i].tokens);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
