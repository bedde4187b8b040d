#include "controller/plan/reading.h"

#include <ctype.h>
#include <string.h>

#define MAX_QUOTE 120

const struct kc_lexeme *kc_reading_at(const struct kc_reading *r, size_t i)
{
    /* There is a KC_W_STOP behind the last word. */
    return &r->words.v[i < r->words.n ? i : r->words.n];
}

bool kc_reading_touches(const struct kc_reading *r, size_t i)
{
    return i > 0 && i < r->words.n && r->words.v[i - 1].end == r->words.v[i].at;
}

const char *kc_reading_quote(const struct kc_reading *r, size_t at, size_t end)
{
    KC_BUF_SCOPE out = {0};
    bool space = false;
    for (; at < end && out.len < MAX_QUOTE; at++) {
        char c = r->in->prompt[at];
        space |= isspace((unsigned char)c) != 0;
        if (isspace((unsigned char)c))
            continue;
        kc_buf_puts(&out, space && out.len ? " " : "");
        kc_buf_putc(&out, c);
        space = false;
    }
    /* Never a part of a character. */
    while (at < end && ((unsigned char)r->in->prompt[at] & 0xC0) == 0x80)
        kc_buf_putc(&out, r->in->prompt[at++]);
    kc_buf_puts(&out, at < end ? "..." : "");
    return kc_arena_strdup(r->a, kc_buf_str(&out));
}

void kc_reading_cut(struct kc_reading *r, size_t i, size_t n)
{
    /* One more than the words: the KC_W_STOP behind them. */
    memmove(&r->words.v[i], &r->words.v[i + n], (r->words.n + 1 - i - n) * sizeof *r->words.v);
    r->words.n -= n;
}

struct kc_lexeme *kc_reading_fill(struct kc_reading *r, size_t i, size_t n, enum kc_slot slot, const char *text)
{
    size_t at = r->words.v[i].at, end = r->words.v[i + n - 1].end;
    kc_reading_cut(r, i + 1, n - 1);
    r->words.v[i] = (struct kc_lexeme){.part = KC_W_SLOT,
                                       .slot = slot,
                                       .text = text,
                                       .raw = kc_arena_strndup(r->a, r->in->prompt + at, end - at),
                                       .at = at,
                                       .end = end};
    return &r->words.v[i];
}

static bool ends_sentence(enum kc_part p)
{
    return p == KC_W_STOP || p == KC_W_QUERY;
}

static size_t sentence_start(const struct kc_reading *r, size_t i)
{
    while (i > 0 && !ends_sentence(kc_reading_part(r, i - 1)))
        i--;
    return i;
}

bool kc_reading_hints(const struct kc_reading *r, size_t i, uint64_t hints)
{
    for (i = sentence_start(r, i); i < r->words.n && !ends_sentence(r->words.v[i].part); i++)
        if (r->words.v[i].word && r->words.v[i].word->hints & hints)
            return true;
    return false;
}

bool kc_reading_wants(const struct kc_reading *r, size_t i, enum kc_want want)
{
    for (i = sentence_start(r, i); i < r->words.n && !ends_sentence(r->words.v[i].part); i++)
        if (r->words.v[i].part == KC_W_VERB && r->words.v[i].word->want == want)
            return true;
    return false;
}
