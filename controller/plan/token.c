#include "controller/plan/token.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/buf.h"
#include "controller/base/text.h"

/* What is written otherwise by keyboards and word processors. */
static const struct {
    uint32_t c;
    char ascii;
} plain[] = {
    {0x00A0, ' '},  {0x00D7, 'x'},  {0x2009, ' '}, {0x2010, '-'}, {0x2011, '-'}, {0x2013, '|'}, {0x2014, '|'},
    {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'}, {0x2026, '.'}, {0x202F, ' '}, {0x2212, '-'},
};
#define DASH '|' /* stands for an en or em dash above; never a character of its own */

struct reader {
    const char *s;
    size_t len, at;
    struct kc_arena *a;
    struct kc_tokens out;
    bool full;
};

/* The character at at as ASCII; 0 at the end, 0x80 for another one. */
static unsigned char peek(const struct reader *r, size_t at, size_t *ret_len)
{
    uint32_t c = 0;
    size_t n = at < r->len ? kc_utf8_decode(r->s + at, r->len - at, &c) : 0;
    *ret_len = n;
    if (!n)
        return 0;
    for (size_t i = 0; c > 0x7F && i < sizeof plain / sizeof *plain; i++)
        if (plain[i].c == c)
            return (unsigned char)plain[i].ascii;
    return c > 0x7F || c == DASH ? 0x80 : (unsigned char)c;
}

static unsigned char peek_at(const struct reader *r, size_t at)
{
    size_t n;
    return peek(r, at, &n);
}

static void put(struct reader *r, struct kc_token t)
{
    if (r->out.n == KC_MAX_TOKENS)
        r->full = true;
    else
        r->out.v[r->out.n++] = t;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool in_word(unsigned char c)
{
    return c > ' ' && c != 0x7F && !strchr("\"`()[]{}", c);
}

/* "1,000": a comma between groups of digits. */
static bool groups_digits(const struct reader *r, size_t at)
{
    return at > 0 && is_digit(peek_at(r, at - 1)) && is_digit(peek_at(r, at + 1)) && is_digit(peek_at(r, at + 2)) &&
           is_digit(peek_at(r, at + 3)) && !is_digit(peek_at(r, at + 4));
}

static bool goes_on(const struct reader *r, size_t at, unsigned char c)
{
    unsigned char before = at ? peek_at(r, at - 1) : 0, after = peek_at(r, at + 1);
    switch (c) {
    case ',':
        return groups_digits(r, at);
    case ':':
        return isalnum(before) && isalnum(after); /* 17:30, nginx:1.27 */
    case '.':
        return after == '.' ? false : in_word(after) && !strchr(",;!?'", after);
    case '\'':
        return isalpha(after) && isalnum(before);
    case ';':
    case '!':
    case '?':
    case '=':
    case DASH:
        return false;
    default:
        return in_word(c);
    }
}

/* "what's" is "what is", not what belongs to what. */
static bool is_contraction(const char *word)
{
    static const char *const words[] = {"what's", "who's", "how's", "where's", "there's", "it's", "let's", "that's"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (KC_STREQ(words[i], word))
            return true;
    return false;
}

static void read_word(struct reader *r, bool quoted)
{
    KC_BUF_SCOPE text = {0};
    size_t start = r->at, n;
    for (unsigned char c = peek(r, r->at, &n); n && goes_on(r, r->at, c); c = peek(r, r->at += n, &n))
        if (c == 0x80)
            kc_buf_add(&text, r->s + r->at, n);
        else if (c != ',')
            kc_buf_putc(&text, (char)tolower(c));
    struct kc_token t = {.mark = KC_MARK_WORD, .at = start, .len = r->at - start, .quoted = quoted};
    if (text.len > 2 && kc_str_ends(kc_buf_str(&text), "'s") && !is_contraction(kc_buf_str(&text))) {
        t.possessive = true;
        text.data[text.len -= 2] = '\0';
    }
    t.text = kc_arena_strdup(r->a, kc_buf_str(&text));
    if (KC_STREQ(t.text, "-") && !is_digit(peek_at(r, r->at + 1)))
        t = (struct kc_token){.mark = KC_MARK_COMMA, .text = "", .at = t.at, .len = t.len}; /* a dash */
    put(r, t);
}

static const struct {
    char c;
    enum kc_mark mark;
} marks[] = {{',', KC_MARK_COMMA}, {DASH, KC_MARK_COMMA}, {'\n', KC_MARK_COMMA},
             {'.', KC_MARK_STOP},  {';', KC_MARK_STOP},   {'!', KC_MARK_STOP},
             {'?', KC_MARK_QUERY}, {'=', KC_MARK_EQUALS}, {':', KC_MARK_EQUALS}};

static bool read_mark(struct reader *r, unsigned char c, size_t n)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if ((unsigned char)marks[i].c != c)
            continue;
        enum kc_mark mark = marks[i].mark;
        struct kc_token *last = r->out.n ? &r->out.v[r->out.n - 1] : NULL;
        if (c == '\n' && last && last->mark == KC_MARK_COMMA && r->s[last->at] == '\n')
            last->mark = KC_MARK_STOP;
        else
            put(r, (struct kc_token){.mark = mark, .text = "", .at = r->at, .len = n});
        r->at += n;
        if (c == '=' && peek(r, r->at, &n) == '>') /* "=>" */
            r->at += n;
        return true;
    }
    return false;
}

bool kc_tokens_read(struct kc_arena *a, const char *prompt, struct kc_tokens *ret)
{
    struct reader r = {.s = prompt, .len = strlen(prompt), .a = a};
    bool quoted = false;
    size_t n;
    r.out.v = kc_arena_array(a, KC_MAX_TOKENS, sizeof *r.out.v);
    for (unsigned char c = peek(&r, 0, &n); n && !r.full; c = peek(&r, r.at, &n)) {
        if (goes_on(&r, r.at, c)) {
            read_word(&r, quoted);
            quoted = false;
        } else if (!read_mark(&r, c, n)) {
            quoted = c == '"' || c == '`' || c == '\'';
            r.at += n;
        }
    }
    *ret = r.out;
    return !r.full;
}
