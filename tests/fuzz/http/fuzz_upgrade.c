/* The answer to a WebSocket's request: the same in pieces as at once. The first byte says how large the pieces are. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/http/upgrade.h"

static bool feed(struct kc_upgrade_answer *a, const char *text, size_t len, size_t step, size_t *ret_taken)
{
    struct kc_err err = {0};
    size_t used;

    *ret_taken = 0;
    while (*ret_taken < len && !a->complete) {
        size_t n = len - *ret_taken < step ? len - *ret_taken : step;
        if (!kc_upgrade_feed(a, text + *ret_taken, n, &used, &err))
            return false;
        if (used < n && !a->complete)
            abort();
        *ret_taken += used;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kc_upgrade_answer whole = {0}, pieces = {0};
    size_t whole_taken, pieces_taken;

    if (!size)
        return 0;
    const char *text = (const char *)data + 1;
    bool ok = feed(&whole, text, size - 1, size, &whole_taken);
    if (ok != feed(&pieces, text, size - 1, 1 + data[0] % 16, &pieces_taken))
        abort();
    if (ok && (whole_taken != pieces_taken || whole.status != pieces.status || whole.complete != pieces.complete ||
               whole.body.len != pieces.body.len || !KC_STREQ(whole.accept, pieces.accept) ||
               memcmp(kc_buf_str(&whole.body), kc_buf_str(&pieces.body), whole.body.len) != 0))
        abort();
    kc_upgrade_answer_finish(&whole);
    kc_upgrade_answer_finish(&pieces);
    return 0;
}
