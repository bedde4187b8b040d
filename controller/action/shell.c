/* Words as POSIX sh makes them (XCU 2.2), for commands that no shell will ever run: what a shell would act on is
 * refused, so that a command means the same here and pasted into a terminal. */
#include <string.h>

#include "controller/action/kubectl.h"

/* Beyond POSIX's list: braces and ! are expanded by shells that people use. */
#define METACHARACTERS ";|&$`<>()#*?[]~{}!\n"

struct splitter {
    const char *start, *p; /* the command, and how far it is read */
    char *out;             /* the words' bytes, each with its NUL */
    bool in_word;
};

static bool refuse(const struct splitter *s, struct kc_err *err, const char *why)
{
    char c = *s->p;
    size_t at = (size_t)(s->p - s->start);
    if (c == '\n')
        return kc_fail(err, KC_INVALID, "BadCommand", "a line break at byte %zu: %s", at, why);
    return kc_fail(err, KC_INVALID, "BadCommand", "`%c` at byte %zu: %s", c, at, why);
}

/* p is at the opening quote. */
static bool single_quoted(struct splitter *s, struct kc_err *err)
{
    const char *end = strchr(s->p + 1, '\'');
    if (!end)
        return refuse(s, err, "this quote is never closed");
    size_t len = (size_t)(end - s->p) - 1;
    memcpy(s->out, s->p + 1, len);
    s->out += len;
    s->p = end + 1;
    return true;
}

static bool double_quoted(struct splitter *s, struct kc_err *err)
{
    const char *open = s->p++;
    for (; *s->p && *s->p != '"'; s->p++) {
        if (*s->p == '$' || *s->p == '`')
            return refuse(s, err, "expanded by a shell also in double quotes: use single quotes");
        if (*s->p == '\\' && s->p[1] == '\n') {
            s->p++;
            continue;
        }
        if (*s->p == '\\' && s->p[1] && strchr("$`\"\\", s->p[1]))
            s->p++;
        *s->out++ = *s->p;
    }
    if (!*s->p) {
        s->p = open;
        return refuse(s, err, "this quote is never closed");
    }
    s->p++;
    return true;
}

static bool escaped(struct splitter *s, struct kc_err *err)
{
    if (!s->p[1])
        return refuse(s, err, "nothing follows the backslash");
    if (s->p[1] != '\n') {
        *s->out++ = s->p[1];
        s->in_word = true;
    }
    s->p += 2;
    return true;
}

static bool one(struct splitter *s, struct kc_strs *words, struct kc_err *err)
{
    char c = *s->p;
    if (c == ' ' || c == '\t') {
        if (s->in_word)
            *s->out++ = '\0';
        s->in_word = false;
        s->p++;
        return true;
    }
    if (!s->in_word && (c != '\\' || s->p[1] != '\n'))
        words->v[words->n++] = s->out;
    if (c == '\\')
        return escaped(s, err);
    s->in_word = true;
    if (c == '\'')
        return single_quoted(s, err);
    if (c == '"')
        return double_quoted(s, err);
    if (strchr(METACHARACTERS, c))
        return refuse(s, err,
                      "shell syntax is not understood here: one plain kubectl command; quote what is meant literally");
    *s->out++ = c;
    s->p++;
    return true;
}

/* Control and invisible characters make a command read other than it is. */
static bool readable(const char *command, size_t len, struct kc_err *err)
{
    size_t at, i = 0;
    while (i < len && (unsigned char)command[i] >= 0x20 && (unsigned char)command[i] < 0x7F)
        i++;
    if (i == len)
        return true;
    if (!kc_utf8_valid(command, len, &at))
        return kc_fail(err, KC_INVALID, "BadCommand", "byte %zu is not UTF-8", at);
    uint32_t c = kc_text_deceptive(command, len, &at);
    if (c)
        return kc_fail(err, KC_INVALID, "BadCommand",
                       "U+%04X at byte %zu: control and invisible characters are refused", (unsigned)c, at);
    return true;
}

bool kc_shell_split(struct kc_arena *a, const char *command, struct kc_strs *ret, struct kc_err *err)
{
    size_t len = strlen(command);
    struct kc_strs words = {.v = kc_arena_array(a, len / 2 + 1, sizeof *words.v)};
    struct splitter s = {.start = command, .p = command, .out = kc_arena_alloc(a, len + 1)};
    if (!readable(command, len, err))
        return false;
    while (*s.p)
        if (!one(&s, &words, err))
            return false;
    *s.out = '\0';
    *ret = words;
    return true;
}

void kc_shell_quote(struct kc_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (*word && !word[strspn(word, plain)]) {
        kc_buf_puts(out, word);
        return;
    }
    kc_buf_putc(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            kc_buf_puts(out, "'\\''");
        else
            kc_buf_putc(out, *word);
    }
    kc_buf_putc(out, '\'');
}
