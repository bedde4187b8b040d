/* What parses has a canonical form or a reason why not; the canonical form parses and is its own canonical form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct kc_err *err)
{
    if (err->class != KC_INVALID || !err->message[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kc_err err = {0};
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE quoted = {0};
    kc_json_quote(&quoted, (const char *)data, size);
    if (!kc_utf8_valid(quoted.data, quoted.len, NULL))
        abort();

    const json_t *v = kc_json_parse_in(a, (const char *)data, size, 1 << 16, "input", &err);
    if (!v) {
        check_message(&err);
        return 0;
    }
    size_t len, again_len;
    const char *text = kc_json_canonical_in(a, v, &len, &err);
    if (!text) {
        check_message(&err);
        return 0;
    }
    const json_t *back = kc_json_parse_in(a, text, len, SIZE_MAX, "canonical form", &err);
    const char *again = back ? kc_json_canonical_in(a, back, &again_len, &err) : NULL;
    if (!again || !json_equal(v, back) || len != again_len || memcmp(text, again, len) != 0)
        abort();
    return 0;
}
