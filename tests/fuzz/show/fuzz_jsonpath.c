/* A path, a NUL, and the JSON it is asked of (a fixed one without): no crash, nothing unbounded, no control character
 * gets to a terminal. */
#include <stdlib.h>
#include <string.h>

#include "controller/show/jsonpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sample[] = "{\"items\":[{\"metadata\":{\"name\":\"a\",\"n\":1}},{\"metadata\":{\"name\":\"b\",\"n\":"
                             "1.5}}],\"s\":[\"x\",null,true,[]],\"o\":{}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *text = kc_arena_strndup(a, (const char *)data, strnlen((const char *)data, size));
    size_t len = strlen(text);
    const json_t *v =
        len < size ? kc_json_parse_in(a, (const char *)data + len + 1, size - len - 1, 1 << 16, "input", &err) : NULL;

    if (len > 4096)
        return 0;
    if (!v)
        v = kc_json_parse_in(a, sample, sizeof sample - 1, 1 << 16, "sample", &err);
    const struct kc_jsonpath *path = kc_jsonpath_parse(a, text, &err);
    const char *relaxed = kc_jsonpath_relaxed(a, text, &err);
    if (relaxed && !kc_jsonpath_parse(a, relaxed, &err) && !*err.message)
        abort();
    for (int i = 0; path && i < 4; i++) {
        KC_BUF_SCOPE out = {.limit = 1 << 14};
        (void)!kc_jsonpath_print(a, path, v, i & 1, i & 2, &out, &err);
        if (out.len > out.limit)
            abort();
        for (size_t j = 0; j < out.len; j++)
            if ((unsigned char)out.data[j] < ' ' && out.data[j] != '\n' && out.data[j] != '\t')
                abort();
    }
    return 0;
}
