/* Words as POSIX sh makes them (XCU 2.2), for commands that no shell will ever run: what a shell would act on is
 * refused, so that a command means the same here and pasted into a terminal. The one redirection is a here-document
 * (XCU 2.7.4) of which a shell would expand nothing: it is one more way to quote. */
#include <ctype.h>
#include <string.h>

#include "controller/action/kubectl.h"

/* Beyond POSIX's list: braces and ! are expanded by shells that people use. */
#define METACHARACTERS ";|&$`<>()#*?[]~{}!\n"

/* A here-document that is announced: <<'EOF'. */
struct here {
    const char *delimiter; /* NULL: there is none */
    bool quoted;           /* nothing in it is expanded */
    bool tabs;             /* <<-: tabs before its lines do not count */
    bool over;             /* it was read */
};

struct splitter {
    struct kc_arena *a;
    const char *start, *p; /* the command, and how far it is read */
    char *out;             /* the words' bytes, each with its NUL */
    bool in_word;
    bool piped; /* cat <<'EOF' | ... */
    struct here here;
    const char *body;  /* where the here-document begins */
    const char *input; /* what it says */
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

static void end_word(struct splitter *s)
{
    if (s->in_word)
        *s->out++ = '\0';
    s->in_word = false;
}

#define PLAIN_DELIMITER "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* 'EOF', "EOF", \EOF or EOF; p is behind <<. */
static bool delimiter(struct splitter *s, struct kc_err *err)
{
    s->p += s->here.tabs = *s->p == '-';
    s->p += strspn(s->p, " \t");
    char open = *s->p;
    s->here.quoted = open && strchr("'\"\\", open);
    s->p += s->here.quoted;
    size_t len = strspn(s->p, PLAIN_DELIMITER);
    s->here.delimiter = kc_arena_strndup(s->a, s->p, len);
    s->p += len;
    bool closes = s->here.quoted && open != '\\';
    bool closed = !closes || *s->p == open;
    s->p += closes && closed;
    if (len && closed && (!*s->p || strchr(" \t\n|", *s->p)))
        return true;
    return kc_fail(err, KC_INVALID, "BadCommand",
                   "byte %zu: a here-document ends at a word of letters, digits and _, in quotes: <<'EOF'",
                   (size_t)(s->p - s->start));
}

/* -f - <<'EOF', -f -<<'EOF'; a number right before it would be another stream than standard input. */
static bool announce(struct splitter *s, const struct kc_strs *words, struct kc_err *err)
{
    const char *word = s->in_word ? words->v[words->n - 1] : "";
    if (s->here.delimiter)
        return refuse(s, err, "a command reads one here-document");
    if (s->p[2] == '<')
        return refuse(s, err, "here-strings are no POSIX shell: write a here-document, <<'EOF'");
    if (s->in_word && isdigit((unsigned char)s->p[-1]) &&
        strspn(word, "0123456789") == (size_t)(s->out - (char *)(uintptr_t)word))
        return refuse(s, err, "a here-document is standard input: put a space before <<");
    end_word(s);
    s->p += strlen("<<");
    return delimiter(s, err);
}

/* cat <<'EOF' | kubectl ...: kubectl's standard input all the same. */
static bool pipe_of_cat(struct splitter *s, struct kc_strs *words)
{
    if (*s->p != '|' || s->p[1] == '|' || s->piped || words->n != 1 || !KC_STREQ(words->v[0], "cat"))
        return false;
    words->n = 0;
    s->piped = true;
    s->p++;
    return true;
}

static bool never_ends(const struct splitter *s, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "BadCommand", "the here-document never ends: a line that says %s alone is missing",
                   s->here.delimiter);
}

/* The lines up to the delimiter's. */
static bool here_document(struct splitter *s, struct kc_err *err)
{
    char *out = kc_arena_alloc(s->a, strlen(s->p) + 1);
    s->input = out;
    s->body = s->p;
    for (;;) {
        const char *line = s->p + (s->here.tabs ? strspn(s->p, "\t") : 0);
        size_t len = strcspn(line, "\n");
        bool last = !line[len];
        if (len == strlen(s->here.delimiter) && memcmp(line, s->here.delimiter, len) == 0) {
            s->p = line + len;
            s->here.over = true;
            return true;
        }
        if (last)
            return never_ends(s, err);
        s->p = line;
        size_t plain = s->here.quoted ? len : strcspn(line, "$`\\\n");
        s->p += plain;
        if (plain < len)
            return refuse(s, err, "expanded by a shell also in a here-document: quote its delimiter, <<'EOF'");
        memcpy(out, line, len + 1);
        out += len + 1;
        s->p = line + len + 1;
    }
}

/* Behind the announcement nothing may stand on the line; behind the document, nothing at all. */
static bool around_here(struct splitter *s, struct kc_strs *words, struct kc_err *err)
{
    if (*s->p == ' ' || *s->p == '\t' || (s->here.over && *s->p == '\n')) {
        s->p++;
        return true;
    }
    if (s->here.over)
        return refuse(s, err, "nothing may follow the here-document: one plain kubectl command");
    if (pipe_of_cat(s, words))
        return true;
    if (*s->p != '\n')
        return refuse(s, err, "the here-document is announced last: kubectl apply --server-side -f - <<'EOF'");
    s->p++;
    return here_document(s, err);
}

/* The line of cat <<'EOF' | kubectl ... goes on behind the pipe. */
static bool announced(const struct splitter *s)
{
    return s->here.delimiter && (!s->piped || s->here.over || (*s->p == '\n' && !s->in_word));
}

static bool one(struct splitter *s, struct kc_strs *words, struct kc_err *err)
{
    char c = *s->p;
    if (c == '\n' && s->piped)
        end_word(s);
    if (announced(s))
        return around_here(s, words, err);
    if (c == ' ' || c == '\t') {
        end_word(s);
        s->p++;
        return true;
    }
    if (c == '<' && s->p[1] == '<')
        return announce(s, words, err);
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

/* The line, and the whole with its here-document. */
static bool short_enough(const struct splitter *s, struct kc_err *err)
{
    size_t line = s->body ? (size_t)(s->body - s->start) : strlen(s->start);
    return line <= KC_COMMAND_LINE_MAX ||
           kc_fail(err, KC_INVALID, "BadCommand", "the command is longer than %d bytes", KC_COMMAND_LINE_MAX);
}

bool kc_shell_split(struct kc_arena *a, const char *command, struct kc_strs *ret, const char **ret_input,
                    struct kc_err *err)
{
    size_t len = strnlen(command, KC_COMMAND_MAX + 1);
    if (len > KC_COMMAND_MAX)
        return kc_fail(err, KC_INVALID, "BadCommand",
                       "the command is longer than %d bytes; with a here-document it may have %d: write each of its "
                       "documents as a command of its own",
                       KC_COMMAND_LINE_MAX, KC_COMMAND_MAX);
    struct kc_strs words = {.v = kc_arena_array(a, len / 2 + 1, sizeof *words.v)};
    struct splitter s = {.a = a, .start = command, .p = command, .out = kc_arena_alloc(a, len + 1)};
    if (!readable(command, len, err))
        return false;
    while (*s.p)
        if (!one(&s, &words, err))
            return false;
    if (s.here.delimiter && !s.here.over)
        return never_ends(&s, err);
    if (!short_enough(&s, err))
        return false;
    *s.out = '\0';
    *ret = words;
    *ret_input = s.input;
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
