#include "controller/cli/show_brief.h"

#include <string.h>

#include "controller/base/text.h"

#define FIRST_ONES 3
#define DOT        " · "

/* "pod/web-1", and not "example.com/key=value", nor a flag, nor what is quoted. */
static bool names_object(const char *word, size_t len)
{
    return len && word[0] != '-' && memchr(word, '/', len) && !memchr(word, '=', len) && !memchr(word, '\'', len);
}

/* The first words in a row that name objects. */
static size_t find_objects(const char *command, const char **ret_begin, const char **ret_end)
{
    size_t n = 0;

    for (const char *word = command; *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        if (names_object(word, len)) {
            if (n++ == 0)
                *ret_begin = word;
            *ret_end = word + len;
        } else if (n) {
            break;
        }
        word += len;
    }
    return n;
}

bool kc_brief_command(const char *command, struct kc_buf *ret_command, struct kc_buf *ret_objects)
{
    const char *begin = NULL, *end = NULL, *word;
    size_t n = strchr(command, '\n') ? 0 : find_objects(command, &begin, &end);

    if (n <= KC_BRIEF_OBJECTS)
        return false;
    kc_buf_add(ret_command, command, (size_t)(begin - command));
    kc_buf_printf(ret_command, "(%zu objects)%s", n, end);
    word = begin;
    for (size_t i = 0; i < FIRST_ONES; i++) {
        size_t len = strcspn(word, " ");
        kc_buf_puts(ret_objects, i ? ", " : "");
        kc_buf_add(ret_objects, word, len);
        word += len + strspn(word + len, " ");
    }
    kc_buf_printf(ret_objects, " and %zu more", n - FIRST_ONES);
    return true;
}

void kc_brief_lines(struct kc_buf *out, const char *text)
{
    size_t column = 0;

    while (*text) {
        const char *end = strstr(text, DOT);
        size_t len = end ? (size_t)(end - text) : strlen(text), wide = kc_utf8_count(text, len);
        if (column && column + 3 + wide > KC_BRIEF_COLUMNS) {
            kc_buf_putc(out, '\n');
            column = 0;
        }
        kc_buf_puts(out, column ? DOT : "");
        kc_buf_add(out, text, len);
        column += wide + (column ? 3 : 0);
        text += len + (end ? strlen(DOT) : 0);
    }
}
