/* UTF-8, deceptive characters, base64, hex, names, integers and edit distance on any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_utf8(const char *s, size_t size)
{
    size_t wrong = size, at = 0;
    bool valid = kc_utf8_valid(s, size, &wrong);
    if (valid != (wrong == size) || !kc_utf8_valid(s, wrong, NULL) || kc_utf8_count(s, wrong) > wrong)
        abort();
    uint32_t c = kc_text_deceptive(s, size, &at);
    if ((!valid && !c) || (c && (at > wrong || at >= size)))
        abort();
}

static void check_base64(struct kc_arena *a, const char *s, size_t size)
{
    size_t len;
    const char *text = kc_base64(a, s, size);
    const uint8_t *back = kc_unbase64(a, text, strlen(text), &len);
    if (!back || len != size || (len && memcmp(back, s, len) != 0))
        abort();
    back = kc_unbase64(a, s, size, &len);
    if (!back)
        return;
    /* Each value has one text. */
    text = kc_base64(a, back, len);
    if (strlen(text) != size || memcmp(text, s, size) != 0)
        abort();
}

static void check_hex(struct kc_arena *a, const char *s, size_t size)
{
    char *hex = kc_arena_alloc(a, 2 * size + 1);
    uint8_t *back = kc_arena_alloc(a, size + 1);
    if (!kc_unhex(back, size, kc_hex(hex, s, size)) || (size && memcmp(back, s, size) != 0))
        abort();
    (void)!kc_unhex(back, size / 2, kc_arena_strndup(a, s, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    const char *s = (const char *)data;
    check_utf8(s, size);
    check_base64(a, s, size);
    check_hex(a, s, size);

    const char *text = kc_arena_strndup(a, s, size);
    int64_t n = 0;
    if (kc_parse_int(text, -1000, 1000, &n) && (n < -1000 || n > 1000))
        abort();
    if (kc_dns_label_valid(text) && !kc_dns_subdomain_valid(text))
        abort();
    size_t there = kc_edit_distance(text, "deployments", 3), back = kc_edit_distance("deployments", text, 3);
    if (there != back || there > 4 || (there == 0) != KC_STREQ(text, "deployments"))
        abort();
    return 0;
}
