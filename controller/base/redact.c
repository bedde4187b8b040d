#include "controller/base/redact.h"

#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/buf.h"

#define MARK "[redacted]"

/* POSIX extended, case ignored. `keep` is the group that stays in front of the mark; 0: none. Beginnings of tokens as
 * their makers document them (GitHub, GitLab, Slack, AWS, Google, OpenAI, Stripe). */
static const struct {
    const char *pattern;
    size_t keep;
} patterns[] = {
    {"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?", 0},
    {"eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(\\.[A-Za-z0-9_-]*)?", 0},
    {"(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|AIza|sk-|sk_live_|rk_live_)[A-Za-z0-9_-]{12,}", 0},
    {"(://[^/@[:space:]:]+:)[^@/[:space:]]+@", 1},
    {"((bearer|authorization:[[:space:]]*basic)[[:space:]]+)[A-Za-z0-9+/=._~-]{8,}", 1},
    {"((password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|credentials?)[\"']?[[:space:]]*([:=]|[[:"
     "space:]]is)"
     "[[:space:]]*)(\"[^\"]*\"|'[^']*'|[^[:space:],;]+)",
     1},
};
#define N (sizeof patterns / sizeof *patterns)

static regex_t compiled[N];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile(void)
{
    for (size_t i = 0; i < N; i++)
        if (regcomp(&compiled[i], patterns[i].pattern, REG_EXTENDED | REG_ICASE) != 0)
            abort();
}

static const char *take_out(struct kc_arena *a, const char *text, size_t which)
{
    regmatch_t m[2];
    KC_BUF_SCOPE out = {0};
    int flags = 0;

    while (*text && regexec(&compiled[which], text, 2, m, flags) == 0 && m[0].rm_eo > m[0].rm_so) {
        size_t until = (size_t)(patterns[which].keep ? m[1].rm_eo : m[0].rm_so);
        kc_buf_add(&out, text, until);
        kc_buf_puts(&out, MARK);
        if (text[m[0].rm_eo - 1] == '@')
            kc_buf_putc(&out, '@');
        text += m[0].rm_eo;
        flags = REG_NOTBOL;
    }
    if (!out.len)
        return text;
    kc_buf_puts(&out, text);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

const char *kc_redact_text(struct kc_arena *a, const char *text)
{
    pthread_once(&once, compile);
    for (size_t i = 0; i < N; i++)
        text = take_out(a, text, i);
    return text;
}
