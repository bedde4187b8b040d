#include "controller/exec/read.h"

#include <string.h>

#include "controller/base/digest.h"

#define CUT_NOTE "... cut here: the output is longer than 1 MiB; narrow it down with a name, --selector or --tail\n"

/* Back to the end of the last whole line. */
static void cut(struct kc_buf *out)
{
    size_t len = out->len;

    while (len && out->data[len - 1] != '\n')
        len--;
    KC_BUF_SCOPE whole = {0};
    kc_buf_add(&whole, kc_buf_str(out), len);
    kc_buf_puts(&whole, CUT_NOTE);
    kc_buf_clear(out);
    out->limit = 0;
    kc_buf_add(out, whole.data, whole.len);
}

const char *kc_output_digest(struct kc_arena *a, const struct kc_redact_key *key, const char *output, size_t len)
{
    uint8_t mac[KC_SHA256_LEN];
    char hex[KC_HEX_LEN];

    kc_hmac_sha256(mac, key->b, sizeof key->b, output, len);
    return kc_arena_printf(a, "hmac-sha256:%s", kc_hex(hex, mac, sizeof mac));
}

bool kc_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act, struct kc_arena *a,
             struct kc_read *ret, struct kc_err *err)
{
    KC_BUF_SCOPE out = {.limit = KC_OUTPUT_MAX - sizeof CUT_NOTE};
    struct kc_read r = {0};

    if (!kc_look(c, who, act, a, &r.seen, err) || !act->verb->show(a, act, &r.seen, &out, err))
        return false;
    r.truncated = out.overflow;
    if (r.truncated)
        cut(&out);
    r.output = kc_arena_memdup(a, kc_buf_str(&out), out.len + 1);
    r.len = out.len;
    for (const char *p = r.output; (p = strchr(p, '\n')); p++)
        r.lines++;
    r.digest = kc_output_digest(a, &c->redact_key, kc_buf_str(&out), out.len);
    r.summary = act->verb->summary(a, act, &r.seen);
    *ret = r;
    return true;
}
