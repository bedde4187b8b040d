/* What stands before a request as on a ticket: "INC-4711: restart web", "[URGENT] scale web to 5". It says nothing. */
#include <ctype.h>
#include <string.h>

#include "controller/plan/reading.h"

static bool is_heading(const struct kc_lexeme *l)
{
    static const char *const words[] = {"ticket",    "request", "task",    "todo",   "issue",  "incident",  "change",
                                        "jira",      "fyi",     "note",    "urgent", "asap",   "important", "priority",
                                        "emergency", "alert",   "problem", "action", "subject"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (KC_STREQ(words[i], l->text))
            return true;
    return false;
}

/* "INC-4711", "CHG0031337": capitals, then digits. */
static bool is_number(const struct kc_lexeme *l)
{
    const char *s = l->raw;
    size_t letters = 0, digits;
    while (isupper((unsigned char)s[letters]))
        letters++;
    s += letters + (s[letters] == '-');
    digits = strspn(s, "0123456789");
    return l->part != KC_W_NAME && letters > 1 && digits > 1 && !s[digits];
}

/* Only with a mark behind it, or between brackets: "change web to 5" has no heading. */
static bool is_marked(const struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = kc_reading_at(r, i);
    enum kc_part next = kc_reading_part(r, i + 1);
    return next == KC_W_EQUALS || next == KC_W_COMMA || next == KC_W_STOP || r->in->prompt[l->end] == ']' ||
           r->in->prompt[l->end] == ')';
}

void kc_reading_titles(struct kc_reading *r)
{
    while (r->words.n > 1) {
        const struct kc_lexeme *l = kc_reading_at(r, 0);
        enum kc_part next = kc_reading_part(r, 1);
        bool mark = next == KC_W_EQUALS || next == KC_W_COMMA || next == KC_W_STOP;
        bool led = is_number(l) && (next == KC_W_VERB || next == KC_W_PLEASE); /* "INC-4711 restart web" */
        if (!((is_heading(l) || is_number(l)) && is_marked(r, 0)) && !led)
            return;
        kc_reading_cut(r, 0, 1U + mark);
    }
}
