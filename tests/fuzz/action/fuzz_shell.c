/* Word splitting: bounded, NUL-free, and quoting what came out gives the same words again; so does a here-document,
 * with its delimiter quoted. What is accepted without one has the same words for the tests' own reading of POSIX, and
 * nothing in it that a shell would act on. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/posix_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_as_posix(struct kc_arena *a, const char *command, const struct kc_strs *words)
{
    char *theirs = kc_arena_alloc(a, strlen(command) + 1);
    size_t n;
    if (!posix_words(command, theirs, &n) || n != words->n)
        abort();
    for (size_t i = 0; i < n; theirs += strlen(theirs) + 1, i++)
        if (!KC_STREQ(theirs, words->v[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE quoted = {0};
    struct kc_strs words, again;
    const char *input, *none;
    struct kc_err err = {0};
    const char *command = kc_arena_strndup(a, (const char *)data, size);
    if (!kc_shell_split(a, command, &words, &input, &err)) {
        if (err.class != KC_INVALID || !*err.message)
            abort();
        return 0;
    }
    if (!input)
        same_as_posix(a, command, &words);
    for (size_t i = 0; i < words.n; i++) {
        kc_buf_putc(&quoted, ' ');
        kc_shell_quote(&quoted, words.v[i]);
    }
    if (!kc_shell_split(a, kc_buf_str(&quoted), &again, &none, &err) || again.n != words.n)
        abort();
    for (size_t i = 0; i < words.n; i++)
        if (!KC_STREQ(words.v[i], again.v[i]))
            abort();
    if (none)
        abort();
    if (input) {
        /* A delimiter that is none of its lines: longer than all of them. */
        KC_BUF_SCOPE end = {0};
        for (size_t i = 0; i <= size; i++)
            kc_buf_putc(&end, 'E');
        kc_buf_printf(&quoted, " <<'%s'\n%s%s", kc_buf_str(&end), input, kc_buf_str(&end));
        if (strlen(kc_buf_str(&end)) < 1000 &&
            (!kc_shell_split(a, kc_buf_str(&quoted), &again, &none, &err) || !none || !KC_STREQ(input, none)))
            abort();
    }
    return 0;
}
