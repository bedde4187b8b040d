/* Any text as a Warning and a Retry-After header: no line holds a control character. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/http/headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_BUF_SCOPE value = {0}, out = {.limit = 16384};
    kc_buf_add(&value, data, size);
    kc_http_warnings(&out, kc_buf_str(&value));
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] != '\n' && iscntrl((unsigned char)out.data[i]))
            abort();
    int64_t ms = kc_http_retry_after(kc_buf_str(&value), 0);
    if (ms < 0 || ms > 3600000)
        abort();
    return 0;
}
