/* The words of a command line by POSIX's rules (XCU 2.2 Quoting, 2.3 Token Recognition), written for the tests alone
 * and in another way than controller/action/shell.c: one character after the other, by the quotes that it stands in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* What is put into words: each with its NUL; room for strlen(s) + 1 bytes. False: the line holds something that a shell
 * would act on, or a quote that is never closed. */
static bool posix_words(const char *s, char *words, size_t *ret_n)
{
    enum { BARE, SINGLE, DOUBLE } in = BARE;
    bool open = false; /* a word has begun */
    size_t n = 0;
    for (; *s; s++) {
        bool escapes = *s == '\\' && (in == BARE || (in == DOUBLE && s[1] && strchr("$`\"\\\n", s[1])));
        if (escapes && !s[1])
            return false;
        if (escapes) {
            if (*++s == '\n') /* the line goes on */
                continue;
            *words++ = *s;
            open = true;
        } else if (*s == '\'' && in != DOUBLE) {
            in = in == SINGLE ? BARE : SINGLE;
            open = true;
        } else if (*s == '"' && in != SINGLE) {
            in = in == DOUBLE ? BARE : DOUBLE;
            open = true;
        } else if (in == BARE && (*s == ' ' || *s == '\t')) {
            if (open) {
                *words++ = '\0';
                n++;
            }
            open = false;
        } else if ((in == DOUBLE && strchr("$`", *s)) || (in == BARE && strchr("|&;<>()$`\n*?[#~{}!", *s))) {
            return false;
        } else {
            *words++ = *s;
            open = true;
        }
    }
    if (open) {
        *words = '\0';
        n++;
    }
    *ret_n = n;
    return in == BARE;
}
