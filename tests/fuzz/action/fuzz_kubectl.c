/* The command parser: no crash and no leak on any bytes; what it accepts, it renders to something that it reads again
 * as the same action; nothing that a shell would act on gets through. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/posix_words.h"
#include "tests/unit/action/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Behind the first line, from a line break on, that says EOF alone: where a shell ends the document. */
static const char *first_end(const char *s)
{
    static const char end[] = "\nEOF";
    for (; (s = strstr(s, end)) != NULL; s++)
        if (!s[strlen(end)] || s[strlen(end)] == '\n')
            return s + strlen(end);
    return NULL;
}

/* Whether the tests' own reading of POSIX finds something that a shell would act on in a command in canonical form, but
 * for a here-document at its end whose delimiter is quoted. */
static bool has_shell_syntax(struct kc_arena *a, const char *s)
{
    static const char here[] = " <<'EOF'\n";
    char *words = kc_arena_alloc(a, strlen(s) + 1);
    size_t n;
    for (const char *p = s; (p = strstr(p, here)) != NULL; p++)
        if (posix_words(kc_arena_strndup(a, s, (size_t)(p - s)), words, &n)) /* not in quotes */
            return first_end(p + strlen(here) - 1) != s + strlen(s);
    return !posix_words(s, words, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};
    KC_ARENA_SCOPE(a);
    struct kc_actions acts, again;
    struct kc_err err = {0}, other = {0};
    const char *command = kc_arena_strndup(a, (const char *)data, size);
    bool syntax = kc_kubectl_check(a, command, &err);
    if (!kc_kubectl_parse(a, command, &context, &acts, &other)) {
        must(other.class == KC_INVALID && *other.message);
        return 0;
    }
    must(syntax);
    must(acts.n > 0 && acts.n <= KC_MAX_STEPS);
    for (size_t i = 0; i < acts.n; i++) {
        const char *canonical = kc_kubectl_render(a, &acts.v[i], &restmap);
        must(!has_shell_syntax(a, canonical));
        must(!strchr(kc_kubectl_line(a, &acts.v[i], &restmap), '\n') || strchr(command, '\n'));
        if (strlen(canonical) > KC_COMMAND_MAX)
            continue; /* YAML takes more room than JSON */
        must(kc_kubectl_parse(a, canonical, &context, &again, &err));
        must(again.n == 1 && kc_action_equal(&again.v[0], &acts.v[i]));
        must(KC_STREQ(kc_kubectl_render(a, &again.v[0], &restmap), canonical));
    }
    return 0;
}
