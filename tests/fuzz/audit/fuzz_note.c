/* A checkpoint either opens, and then signing what it says opens again, or is refused with a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/audit/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kc_signer *signer;

static void check_message(const struct kc_err *err)
{
    if (err->class != KC_INVALID || !err->message[0])
        abort();
}

static void open_again(struct kc_arena *a, const struct kc_checkpoint *c)
{
    struct kc_err err = {0};
    struct kc_checkpoint back;
    const char *note = kc_checkpoint_sign(a, c, signer, &err);
    if (!note || !kc_checkpoint_open(a, note, strlen(note), kc_signer_public(signer, a), &back, &err))
        abort();
    if (back.size != c->size || strcmp(back.origin, c->origin) != 0 ||
        memcmp(back.root.b, c->root.b, sizeof back.root.b) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_checkpoint c;
    if (!signer)
        signer = kc_signer_generate("fuzz", &err);
    if (kc_checkpoint_open(a, (const char *)data, size, NULL, &c, &err))
        open_again(a, &c);
    else
        check_message(&err);
    err = (struct kc_err){0};
    if (kc_checkpoint_open(a, (const char *)data, size, kc_signer_public(signer, a), &c, &err))
        abort(); /* a forged signature */
    check_message(&err);
    /* The same bytes as keys. */
    const char *text = kc_arena_strndup(a, (const char *)data, size);
    err = (struct kc_err){0};
    struct kc_signer *s = kc_signer_parse(text, &err);
    struct kc_signer *again = s ? kc_signer_parse(kc_signer_private(s, a), NULL) : NULL;
    if (!s)
        check_message(&err);
    else if (!again || strcmp(kc_signer_public(again, a), kc_signer_public(s, a)) != 0)
        abort();
    (void)kc_signer_destroy(again);
    (void)kc_signer_destroy(s);
    return 0;
}
