/* The parser, step by step as client-go's does it: what it takes, and what it says of the rest, is kubectl's. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/show/jsonpath_node.h"

struct parser {
    struct kc_arena *a;
    const char *input;
    size_t pos;
    unsigned depth; /* expressions in expressions: filters and unions */
    struct kc_err *err;
};

/* Filters cannot stand in filters (the first parenthesis ends them), so there is no way to go deeper. */
#define MAX_DEPTH 4

static struct kc_jsonpath_node *parse_action(struct parser *p, const char *text);

static bool wrong(const struct parser *p, const char *fmt, ...) KC_PRINTF(2, 3);
static bool wrong(const struct parser *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    kc_vfail(p->err, KC_INVALID, "BadJSONPath", fmt, ap);
    va_end(ap);
    return false;
}

static struct kc_jsonpath_node *append(struct parser *p, struct kc_jsonpath_nodes *to, enum kc_jsonpath_kind kind)
{
    struct kc_jsonpath_node *node = kc_arena_alloc(p->a, sizeof *node);

    if ((to->n & (to->n + 1)) == 0) { /* full at 0, 1, 3, 7, ... */
        struct kc_jsonpath_node **more = kc_arena_array(p->a, 2 * to->n + 1, sizeof *more);
        for (size_t i = 0; i < to->n; i++)
            more[i] = to->v[i];
        to->v = more;
    }
    node->kind = kind;
    to->v[to->n++] = node;
    return node;
}

static void release(void *v)
{
    json_decref(v);
}

static const json_t *kept(const struct parser *p, json_t *v)
{
    if (v)
        kc_arena_defer(p->a, release, v);
    return v;
}

static void append_text(struct parser *p, struct kc_jsonpath_nodes *to, const char *text, size_t len)
{
    struct kc_jsonpath_node *node = append(p, to, KC_JP_TEXT);

    node->text = kc_arena_strndup(p->a, text, len);
    node->value = kept(p, json_stringn_nocheck(text, len));
}

static bool is_terminator(char c)
{
    return strchr(" \t\r\n.,[]$@{}", c) != NULL; /* and the end */
}

static bool starts(const struct parser *p, const char *with)
{
    return kc_str_starts(p->input + p->pos, with);
}

/* A name after its dot: until the next terminator that no backslash stands before. */
static void parse_field(struct parser *p, struct kc_jsonpath_nodes *to)
{
    const char *s = p->input + p->pos;
    KC_BUF_SCOPE name = {0};
    size_t len = 0;

    for (; !is_terminator(s[len]); len++) {
        if (s[len] == '\\' && s[len + 1])
            len++;
        if (s[len] != '\\')
            kc_buf_putc(&name, s[len]);
    }
    p->pos += len;
    if (len == 1 && *s == '*')
        append(p, to, KC_JP_WILDCARD);
    else
        append(p, to, KC_JP_FIELD)->text = kc_arena_strdup(p->a, kc_buf_str(&name));
}

static bool parse_recursive(struct parser *p, struct kc_jsonpath_nodes *to)
{
    if (to->n && to->v[to->n - 1]->kind == KC_JP_RECURSIVE)
        return wrong(p, "invalid multiple recursive descent");
    p->pos += 2;
    append(p, to, KC_JP_RECURSIVE);
    unsigned char c = (unsigned char)p->input[p->pos];
    if (isalnum(c) || c == '_' || c >= 0x80)
        parse_field(p, to);
    return true;
}

static bool parse_number(struct parser *p, struct kc_jsonpath_nodes *to)
{
    const char *s = p->input + p->pos;
    size_t len = *s == '+' || *s == '-', digits = strspn(s + len, "0123456789.");
    const char *text = kc_arena_strndup(p->a, s, len += digits);
    char *end;

    p->pos += len;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (digits && !*end && !errno) {
        append(p, to, KC_JP_VALUE)->value = kept(p, json_integer(n));
        return true;
    }
    errno = 0;
    double d = strtod(text, &end);
    if (!digits || *end || errno || KC_STREQ(text + len - digits, "."))
        return wrong(p, "cannot parse number %.64s", text);
    append(p, to, KC_JP_VALUE)->value = kept(p, json_real(d));
    return true;
}

static void parse_identifier(struct parser *p, struct kc_jsonpath_nodes *to)
{
    size_t len = 0;

    while (!is_terminator(p->input[p->pos + len]))
        len++;
    const char *word = kc_arena_strndup(p->a, p->input + p->pos, len);
    p->pos += len;
    if (KC_STREQ(word, "true") || KC_STREQ(word, "false"))
        append(p, to, KC_JP_VALUE)->value = json_boolean(*word == 't');
    else
        append(p, to, KC_JP_IDENTIFIER)->text = word;
}

static bool parse_union(struct parser *p, struct kc_jsonpath_nodes *to, const char *text)
{
    struct kc_jsonpath_node *node = append(p, to, KC_JP_UNION);

    for (const char *s = text;; s++) {
        size_t len = strcspn(s, ","), from = strspn(s, " "), n = len;
        from = from < len ? from : len;
        while (n > from && s[n - 1] == ' ')
            n--;
        struct kc_jsonpath_node *one = parse_action(p, kc_arena_printf(p->a, "[%.*s]", (int)(n - from), s + from));
        if (!one)
            return false;
        *append(p, &node->nodes, KC_JP_LIST) = *one;
        s += len;
        if (!*s)
            return true;
    }
}

/* One of "from:to:step"; *s moves behind it. */
static bool parse_bound(struct parser *p, const char **s, struct kc_jsonpath_bound *ret)
{
    size_t len = **s == '-', digits = strspn(*s + len, "0123456789");
    const char *text = kc_arena_strndup(p->a, *s, len += digits);

    *s += len;
    *ret = (struct kc_jsonpath_bound){.known = len > 0};
    errno = 0;
    ret->value = strtoll(text, NULL, 10);
    if (len && (!digits || errno))
        return wrong(p, "array index %.64s is not a number", text);
    return true;
}

static bool parse_slice(struct parser *p, struct kc_jsonpath_nodes *to, const char *text)
{
    struct kc_jsonpath_bound bounds[3] = {0};
    const char *s = text;

    if (text[strspn(text, "-0123456789:")])
        return wrong(p, "invalid array index %.64s", text);
    if (!parse_bound(p, &s, &bounds[0]))
        return false;
    if (*s == ':') {
        s++;
        if (!parse_bound(p, &s, &bounds[1]))
            return false;
    } else {
        /* No overflow: what is so large is out of bounds anyway. */
        bounds[1] = (struct kc_jsonpath_bound){true, true, bounds[0].value < INT64_MAX ? bounds[0].value + 1 : 0};
    }
    if (*s == ':') {
        s++;
        if (!parse_bound(p, &s, &bounds[2]))
            return false;
    }
    if (*s)
        return wrong(p, "invalid array index %.64s", text);
    memcpy(append(p, to, KC_JP_ARRAY)->bounds, bounds, sizeof bounds);
    return true;
}

static bool parse_array(struct parser *p, struct kc_jsonpath_nodes *to)
{
    const char *s = p->input + p->pos + 1;
    size_t len = strcspn(s, "]\n");

    if (s[len] != ']')
        return wrong(p, "unterminated array");
    const char *text = kc_arena_strndup(p->a, s, len);
    p->pos += len + 2;
    if (KC_STREQ(text, "*"))
        text = ":";
    if (strchr(text, ','))
        return parse_union(p, to, text);
    if (len >= 2 && text[0] == '\'' && strchr(text + 1, '\'') == text + len - 1) {
        struct kc_jsonpath_node *inner = parse_action(p, kc_arena_printf(p->a, ".%.*s", (int)len - 2, text + 1));
        for (size_t i = 0; inner && i < inner->nodes.n; i++)
            *append(p, to, KC_JP_FIELD) = *inner->nodes.v[i];
        return inner != NULL;
    }
    return parse_slice(p, to, text);
}

/* Where the parenthesis of a filter ends: the first one outside the one pair of quotes that may be there. */
static size_t filter_length(const char *s)
{
    bool begun = false, ended = false;
    char pair = 0;
    size_t i = 0;

    for (; s[i] && s[i] != '\n'; i++) {
        if ((s[i] == '"' || s[i] == '\'') && !begun) {
            begun = true;
            pair = s[i];
        } else if (begun && s[i] == pair && s[i - 1] != '\\') {
            ended = true;
        } else if (s[i] == ')' && begun == ended) {
            break;
        }
    }
    return i;
}

static bool parse_filter(struct parser *p, struct kc_jsonpath_nodes *to)
{
    static const char operators[] = "!<>=";
    const char *s = p->input + p->pos + 3;
    size_t len = filter_length(s);

    if (s[len] != ')')
        return wrong(p, "unterminated filter");
    if (s[len + 1] != ']')
        return wrong(p, "unclosed array expect ]");
    const char *text = kc_arena_strndup(p->a, s, len);
    p->pos += 3 + len + 2;
    size_t left = strcspn(text, operators), op = strspn(text + left, operators);
    /* Greedy, but something has to be left for the right side. */
    if (op > 1 && !text[left + op])
        op--;
    struct kc_jsonpath_node *node = append(p, to, KC_JP_FILTER);
    if (!left || !op || !text[left + op]) {
        node->left = parse_action(p, text);
        return node->left != NULL;
    }
    node->op = kc_arena_strndup(p->a, text + left, op);
    node->left = parse_action(p, kc_arena_strndup(p->a, text, left));
    node->right = node->left ? parse_action(p, text + left + op) : NULL;
    return node->right != NULL;
}

/* A code point in hexadecimal or octal; false when there are not enough digits. */
static bool read_code(const char **s, size_t digits, int base, unsigned long *ret)
{
    char text[9] = {0}, *end;

    for (size_t i = 0; i < digits; i++)
        if (!(text[i] = (*s)[i]))
            return false;
    *ret = strtoul(text, &end, base);
    *s += digits;
    return !*end && isxdigit((unsigned char)text[0]);
}

static void put_rune(struct kc_buf *out, unsigned long c)
{
    if (c < 0x80) {
        kc_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        kc_buf_putc(out, (char)(0xC0 | c >> 6));
        kc_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        kc_buf_putc(out, (char)(0xE0 | c >> 12));
        kc_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        kc_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        kc_buf_putc(out, (char)(0xF0 | c >> 18));
        kc_buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        kc_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        kc_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    }
}

/* strconv.UnquoteChar behind a backslash. */
static bool put_escape(const char **s, char quote, struct kc_buf *out)
{
    static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    char c = *(*s)++;
    const char *simple = c ? strchr(letters, c) : NULL;
    unsigned long code;

    if (simple) {
        kc_buf_putc(out, values[simple - letters]);
    } else if (c == quote) {
        kc_buf_putc(out, c);
    } else if (c == 'x') {
        if (!read_code(s, 2, 16, &code))
            return false;
        kc_buf_putc(out, (char)code);
    } else if (c == 'u' || c == 'U') {
        if (!read_code(s, c == 'u' ? 4 : 8, 16, &code) || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        put_rune(out, code);
    } else if (c >= '0' && c <= '7') {
        (*s)--;
        if (!read_code(s, 3, 8, &code) || code > 255)
            return false;
        kc_buf_putc(out, (char)code);
    } else {
        return false;
    }
    return true;
}

static bool parse_quote(struct parser *p, struct kc_jsonpath_nodes *to)
{
    const char *from = p->input + p->pos, *s = from + 1;
    char quote = *from;
    KC_BUF_SCOPE text = {0};
    size_t len = 1;

    while (from[len] && from[len] != '\n' && !(from[len] == quote && from[len - 1] != '\\'))
        len++;
    if (from[len] != quote)
        return wrong(p, "unterminated quoted string");
    const char *end = from + len;
    while (s < end) {
        if (*s != '\\')
            kc_buf_putc(&text, *s++);
        else if (s++, !put_escape(&s, quote, &text) || s > end)
            return wrong(p, "unquote string %.*s error invalid syntax", (int)(len + 1 > 64 ? 64 : len + 1), from);
    }
    if (memchr(kc_buf_str(&text), 0, text.len) || !kc_utf8_valid(kc_buf_str(&text), text.len, NULL))
        return wrong(p, "unquote string %.*s error: no text comes of it", (int)(len + 1 > 64 ? 64 : len + 1), from);
    p->pos += len + 1;
    append_text(p, to, kc_buf_str(&text), text.len);
    return true;
}

/* Everything up to the brace that closes the action. */
static bool parse_inside(struct parser *p, struct kc_jsonpath_nodes *to)
{
    bool ok = true;

    while (ok && !starts(p, "}")) {
        unsigned char c = (unsigned char)p->input[p->pos];
        if (starts(p, "[?("))
            ok = parse_filter(p, to);
        else if (starts(p, ".."))
            ok = parse_recursive(p, to);
        else if (!c || c == '\n' || c == '\r')
            ok = wrong(p, "unclosed action");
        else if (c == ' ' || c == '@' || c == '$')
            p->pos++;
        else if (c == '[')
            ok = parse_array(p, to);
        else if (c == '"' || c == '\'')
            ok = parse_quote(p, to);
        else if (c == '.')
            p->pos++, parse_field(p, to);
        else if (c == '+' || c == '-' || isdigit(c))
            ok = parse_number(p, to);
        else if (isalpha(c) || c == '_' || c >= 0x80)
            parse_identifier(p, to);
        else
            ok = wrong(p, "unrecognized character in action: U+%04X '%c'", c, isprint(c) ? c : '?');
    }
    p->pos += ok;
    return ok;
}

static bool parse_text(struct parser *p, struct kc_jsonpath_nodes *to)
{
    while (p->input[p->pos]) {
        size_t len = strcspn(p->input + p->pos, "{");
        if (len) {
            append_text(p, to, p->input + p->pos, len);
            p->pos += len;
            continue;
        }
        p->pos++;
        if (!parse_inside(p, &append(p, to, KC_JP_LIST)->nodes))
            return false;
    }
    return true;
}

/* An expression as if it stood in braces of its own. */
static struct kc_jsonpath_node *parse_action(struct parser *p, const char *text)
{
    struct parser inner = {
        .a = p->a, .input = kc_arena_printf(p->a, "{%s}", text), .depth = p->depth + 1, .err = p->err};
    struct kc_jsonpath_nodes nodes = {0};

    if (inner.depth > MAX_DEPTH) {
        wrong(p, "expressions are nested too deeply");
        return NULL;
    }
    return parse_text(&inner, &nodes) ? nodes.v[0] : NULL;
}

const struct kc_jsonpath *kc_jsonpath_parse(struct kc_arena *a, const char *text, struct kc_err *err)
{
    struct kc_jsonpath *path = kc_arena_alloc(a, sizeof *path);
    struct parser p = {.a = a, .input = kc_arena_strdup(a, text), .err = err};

    path->text = p.input;
    if (!kc_utf8_valid(text, strlen(text), NULL)) {
        kc_fail(err, KC_INVALID, "BadJSONPath", "the path is not UTF-8");
        return NULL;
    }
    return parse_text(&p, &path->nodes) ? path : NULL;
}

const char *kc_jsonpath_relaxed(struct kc_arena *a, const char *text, struct kc_err *err)
{
    size_t len = strlen(text);
    bool braces = len >= 2 && text[0] == '{' && text[len - 1] == '}';
    const char *inner = braces ? kc_arena_strndup(a, text + 1, len - 2) : text;

    if (inner[0] == '.' && inner[1])
        inner++;
    if (!*inner || strpbrk(inner, "{}")) {
        kc_fail(err, KC_INVALID, "BadJSONPath",
                "%.64s: unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or "
                "'{.name1.name2}'",
                text);
        return NULL;
    }
    return kc_arena_printf(a, "{.%s}", inner);
}
