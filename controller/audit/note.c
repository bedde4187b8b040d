#include "controller/audit/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"

#define ALG_ED25519    0x01
#define KEY_LEN        32 /* seed and public key, RFC 8032 */
#define SIG_LEN        64
#define ID_LEN         4
#define NAME_MAX_LEN   255
#define MAX_SIGNATURES 100
#define PRIVATE_PREFIX "PRIVATE+KEY+"
#define DASH           "\xe2\x80\x94 " /* em dash, space: how a signature line starts */

struct public_key {
    char name[NAME_MAX_LEN + 1];
    uint8_t id[ID_LEN];
    uint8_t bytes[KEY_LEN];
};

struct kc_signer {
    EVP_PKEY *pkey;
    uint8_t seed[KEY_LEN];
    struct public_key pub;
};

static bool name_valid(const char *name, size_t len)
{
    if (!len || len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == '+')
            return false;
    return true;
}

/* C2SP signed-note: SHA-256(name || 0x0A || signature type || key)[:4]. */
static void derive_id(struct public_key *k)
{
    const uint8_t middle[] = {'\n', ALG_ED25519};
    uint8_t sum[KC_SHA256_LEN];
    kc_sha256v(sum, (struct kc_iov[]){{k->name, strlen(k->name)}, {middle, sizeof middle}, {k->bytes, KEY_LEN}}, 3);
    memcpy(k->id, sum, ID_LEN);
}

static struct kc_signer *signer_from_seed(const char *name, size_t name_len, const uint8_t seed[KEY_LEN],
                                          struct kc_err *err)
{
    struct kc_signer *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    memcpy(s->seed, seed, KEY_LEN);
    memcpy(s->pub.name, name, name_len);
    size_t len = KEY_LEN;
    s->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, KEY_LEN);
    if (!s->pkey || EVP_PKEY_get_raw_public_key(s->pkey, s->pub.bytes, &len) != 1) {
        kc_fail(err, KC_FATAL, "NoEd25519", "this OpenSSL cannot make Ed25519 keys");
        return kc_signer_destroy(s);
    }
    derive_id(&s->pub);
    return s;
}

struct kc_signer *kc_signer_generate(const char *name, struct kc_err *err)
{
    if (!name_valid(name, strlen(name)))
        return kc_fail(err, KC_INVALID, "InvalidKeyName",
                       "key name \"%.255s\": 1 to 255 printable ASCII characters without spaces and '+'", name),
               NULL;
    uint8_t seed[KEY_LEN];
    kc_random(seed, sizeof seed);
    struct kc_signer *s = signer_from_seed(name, strlen(name), seed, err);
    OPENSSL_cleanse(seed, sizeof seed);
    return s;
}

/* "<name>+<8 hex digits>+<base64 of type and 32 bytes>" into its parts. The text itself never enters a message: it may
 * be a private key. */
static bool split_key(struct kc_arena *a, const char *key, const char *what, size_t *ret_name, uint8_t id[ID_LEN],
                      uint8_t bytes[KEY_LEN], struct kc_err *err)
{
    const char *plus = strchr(key, '+');
    const char *second = plus ? strchr(plus + 1, '+') : NULL;
    if (!second || !name_valid(key, (size_t)(plus - key)) || second - plus != 1 + 2 * ID_LEN ||
        !kc_unhex(id, ID_LEN, kc_arena_strndup(a, plus + 1, (size_t)2 * ID_LEN)))
        return kc_fail(err, KC_INVALID, "InvalidKey", "%s: not of the form <name>+<8 hex digits>+<base64>", what);
    size_t len;
    uint8_t *raw = kc_unbase64(a, second + 1, strlen(second + 1), &len);
    if (!raw || len != 1 + KEY_LEN || raw[0] != ALG_ED25519)
        return kc_fail(err, KC_INVALID, "InvalidKey", "%s %.*s: not an Ed25519 key", what, (int)(plus - key), key);
    memcpy(bytes, raw + 1, KEY_LEN);
    OPENSSL_cleanse(raw, len);
    *ret_name = (size_t)(plus - key);
    return true;
}

struct kc_signer *kc_signer_parse(const char *private_key, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    size_t name_len = 0;
    uint8_t id[ID_LEN], seed[KEY_LEN] = {0};
    if (!kc_str_starts(private_key, PRIVATE_PREFIX))
        return kc_fail(err, KC_INVALID, "InvalidKey", "private key: does not start with " PRIVATE_PREFIX), NULL;
    const char *key = private_key + strlen(PRIVATE_PREFIX);
    if (!split_key(a, key, "private key", &name_len, id, seed, err))
        return NULL;
    struct kc_signer *s = signer_from_seed(key, name_len, seed, err);
    OPENSSL_cleanse(seed, sizeof seed);
    if (s && memcmp(s->pub.id, id, ID_LEN) != 0) {
        kc_fail(err, KC_INVALID, "InvalidKey", "private key %s: its id does not belong to its name and bytes",
                s->pub.name);
        return kc_signer_destroy(s);
    }
    return s;
}

struct kc_signer *kc_signer_destroy(struct kc_signer *s)
{
    if (!s)
        return NULL;
    EVP_PKEY_free(s->pkey);
    OPENSSL_cleanse(s, sizeof *s);
    free(s);
    return NULL;
}

const char *kc_signer_name(const struct kc_signer *s)
{
    return s->pub.name;
}

static const char *encode_key(struct kc_arena *a, const char *prefix, const struct public_key *k,
                              const uint8_t bytes[KEY_LEN])
{
    char id[2 * ID_LEN + 1];
    uint8_t typed[1 + KEY_LEN] = {ALG_ED25519};
    memcpy(typed + 1, bytes, KEY_LEN);
    const char *line =
        kc_arena_printf(a, "%s%s+%s+%s", prefix, k->name, kc_hex(id, k->id, ID_LEN), kc_base64(a, typed, sizeof typed));
    OPENSSL_cleanse(typed, sizeof typed);
    return line;
}

const char *kc_signer_private(const struct kc_signer *s, struct kc_arena *a)
{
    return encode_key(a, PRIVATE_PREFIX, &s->pub, s->seed);
}

const char *kc_signer_public(const struct kc_signer *s, struct kc_arena *a)
{
    return encode_key(a, "", &s->pub, s->pub.bytes);
}

static bool public_parse(struct kc_arena *a, const char *line, struct public_key *ret, struct kc_err *err)
{
    struct public_key k = {0};
    uint8_t id[ID_LEN];
    size_t name_len = 0;
    if (!split_key(a, line, "public key", &name_len, id, k.bytes, err))
        return false;
    memcpy(k.name, line, name_len);
    derive_id(&k);
    if (memcmp(k.id, id, ID_LEN) != 0)
        return kc_fail(err, KC_INVALID, "InvalidKey", "public key %s: its id does not belong to its name and bytes",
                       k.name);
    *ret = k;
    return true;
}

bool kc_public_key_check(const char *line, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct public_key k;
    return public_parse(a, line, &k, err);
}

/* A line of a note: no control characters, as C2SP signed-note has it. */
static bool line_valid(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20)
            return false;
    return len > 0 && kc_utf8_valid(s, len, NULL);
}

const char *kc_checkpoint_sign(struct kc_arena *a, const struct kc_checkpoint *c, const struct kc_signer *s,
                               struct kc_err *err)
{
    if (!line_valid(c->origin, strlen(c->origin)))
        return kc_fail(err, KC_INVALID, "InvalidOrigin", "checkpoint: the origin is not one line of text"), NULL;
    const char *text = kc_arena_printf(a, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size,
                                       kc_base64(a, c->root.b, sizeof c->root.b));
    uint8_t sig[ID_LEN + SIG_LEN];
    size_t len = SIG_LEN;
    memcpy(sig, s->pub.id, ID_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, s->pkey) == 1 &&
              EVP_DigestSign(ctx, sig + ID_LEN, &len, (const uint8_t *)text, strlen(text)) == 1 && len == SIG_LEN;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return kc_fail(err, KC_FATAL, "SigningFailed", "checkpoint: OpenSSL could not sign with key %s", s->pub.name),
               NULL;
    return kc_arena_printf(a, "%s\n" DASH "%s %s\n", text, s->pub.name, kc_base64(a, sig, sizeof sig));
}

static bool bad_note(struct kc_err *err, const char *what)
{
    return kc_fail(err, KC_INVALID, "InvalidCheckpoint", "checkpoint: %s", what);
}

static bool signature_fits(const struct public_key *k, const char *text, size_t len, const uint8_t *sig)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->bytes, KEY_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestVerify(ctx, sig, SIG_LEN, (const uint8_t *)text, len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok;
}

/* Looks through the signature lines for the key's; k NULL: checks only their form. */
static bool check_signatures(struct kc_arena *a, const char *text, size_t text_len, const char *sigs, const char *end,
                             const struct public_key *k, struct kc_err *err)
{
    bool found = false;
    unsigned count = 0;
    for (const char *next; sigs < end; sigs = next) {
        const char *eol = memchr(sigs, '\n', (size_t)(end - sigs));
        next = eol + 1; /* the note ends in a line feed */
        const char *name = sigs + strlen(DASH);
        if (++count > MAX_SIGNATURES)
            return bad_note(err, "more than 100 signatures");
        const char *space =
            name < eol && memcmp(sigs, DASH, strlen(DASH)) == 0 ? memchr(name, ' ', (size_t)(eol - name)) : NULL;
        size_t len = 0;
        uint8_t *sig = space ? kc_unbase64(a, space + 1, (size_t)(eol - space - 1), &len) : NULL;
        if (!sig || space == name || len <= ID_LEN)
            return bad_note(err, "a signature line is not \"\u2014 <key name> <base64>\"");
        if (!k || found || (size_t)(space - name) != strlen(k->name) || memcmp(name, k->name, strlen(k->name)) != 0 ||
            memcmp(sig, k->id, ID_LEN) != 0)
            continue;
        if (len != ID_LEN + SIG_LEN || !signature_fits(k, text, text_len, sig + ID_LEN))
            return kc_fail(err, KC_INVALID, "BadSignature",
                           "checkpoint: the signature by %s does not fit its text: altered, "
                           "or signed with another key",
                           k->name);
        found = true;
    }
    if (!count)
        return bad_note(err, "no signature");
    if (k && !found)
        return kc_fail(err, KC_INVALID, "NotSigned", "checkpoint: not signed with the key %s given", k->name);
    return true;
}

static bool parse_size(const char *s, size_t len, uint64_t *ret)
{
    uint64_t n = 0;
    if (!len || len > 19 || (s[0] == '0' && len > 1))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        n = 10 * n + (uint64_t)(s[i] - '0');
    }
    *ret = n;
    return n <= INT64_MAX;
}

static bool parse_body(struct kc_arena *a, const char *text, size_t len, struct kc_checkpoint *ret, struct kc_err *err)
{
    const char *line[3] = {0};
    size_t lens[3] = {0}, at = 0;
    for (size_t n = 0; at < len; n++) {
        size_t l = (size_t)((const char *)memchr(text + at, '\n', len - at) - (text + at));
        if (!l)
            return bad_note(err, "an empty line in the text");
        if (n < 3) {
            line[n] = text + at;
            lens[n] = l;
        }
        at += l + 1;
        if (at == len && n < 2)
            return bad_note(err, "fewer than three lines: origin, size and root");
    }
    size_t root_len;
    uint8_t *root = kc_unbase64(a, line[2], lens[2], &root_len);
    if (!parse_size(line[1], lens[1], &ret->size))
        return bad_note(err, "line 2 is not a size");
    if (!root || root_len != sizeof ret->root.b)
        return bad_note(err, "line 3 is not a SHA-256 in base64");
    ret->origin = kc_arena_strndup(a, line[0], lens[0]);
    memcpy(ret->root.b, root, root_len);
    return true;
}

bool kc_checkpoint_open(struct kc_arena *a, const char *note, size_t len, const char *public_key,
                        struct kc_checkpoint *ret, struct kc_err *err)
{
    struct public_key key;
    if (public_key && !public_parse(a, public_key, &key, err))
        return false;
    if (len > KC_NOTE_MAX)
        return bad_note(err, "longer than 65536 bytes");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)note[i] < 0x20 && note[i] != '\n')
            return bad_note(err, "control characters");
    if (!kc_utf8_valid(note, len, NULL))
        return bad_note(err, "not UTF-8");
    const char *gap = len ? memmem(note, len, "\n\n", 2) : NULL;
    if (!gap || gap == note || note[len - 1] != '\n')
        return bad_note(err, "not a signed note: text, an empty line, signatures");
    /* A checkpoint's text has no empty line: the first gap is the only one. */
    size_t text_len = (size_t)(gap - note) + 1;
    struct kc_checkpoint c;
    if (!check_signatures(a, note, text_len, gap + 2, note + len, public_key ? &key : NULL, err) ||
        !parse_body(a, note, text_len, &c, err))
        return false;
    *ret = c;
    return true;
}
