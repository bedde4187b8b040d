/* Word splitting: bounded, NUL-free, and quoting what came out gives the same words again. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE quoted = {0};
    struct kc_strs words, again;
    struct kc_err err = {0};
    const char *command = kc_arena_strndup(a, (const char *)data, size);
    if (!kc_shell_split(a, command, &words, &err)) {
        if (err.class != KC_INVALID || !*err.message)
            abort();
        return 0;
    }
    for (size_t i = 0; i < words.n; i++) {
        kc_buf_putc(&quoted, ' ');
        kc_shell_quote(&quoted, words.v[i]);
    }
    if (!kc_shell_split(a, kc_buf_str(&quoted), &again, &err) || again.n != words.n)
        abort();
    for (size_t i = 0; i < words.n; i++)
        if (!KC_STREQ(words.v[i], again.v[i]))
            abort();
    return 0;
}
