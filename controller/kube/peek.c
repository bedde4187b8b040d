#include "controller/kube/peek.h"

#include <string.h>

struct cursor {
    const char *at, *end;
};

/* at is behind the opening quote; leaves it behind the closing one. False: the text ends first. */
static bool read_string(struct cursor *c, const char **ret, size_t *ret_len)
{
    *ret = c->at;
    for (; c->at < c->end; c->at++) {
        if (*c->at == '\\') {
            if (++c->at == c->end)
                return false;
        } else if (*c->at == '"') {
            *ret_len = (size_t)(c->at++ - *ret);
            return true;
        }
    }
    return false;
}

static bool copy_plain(const char *s, size_t len, char *out, size_t cap)
{
    if (len >= cap)
        return false;
    for (size_t i = 0; i < len; i++)
        if (s[i] == '\\' || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    memcpy(out, s, len);
    out[len] = '\0';
    return true;
}

bool kc_peek_string(const char *json, size_t len, const char *const *path, char *out, size_t cap)
{
    struct cursor c = {json, json + len};
    size_t depth = 0;    /* open brackets */
    size_t matched = 0;  /* members of path whose objects are open: the next one is looked for at depth matched + 1 */
    bool is_key = false; /* the next string at that depth is a member's name */
    bool hit = false;    /* the name just read was path[matched]: its value follows */
    const char *s;
    size_t n;

    out[0] = '\0';
    while (c.at < c.end) {
        bool here = depth == matched + 1;
        char byte = *c.at++;

        switch (byte) {
        case '"':
            if (!read_string(&c, &s, &n))
                return false;
            if (!here)
                break;
            if (is_key)
                hit = n == strlen(path[matched]) && memcmp(s, path[matched], n) == 0;
            else if (hit)
                return !path[matched + 1] && copy_plain(s, n, out, cap);
            is_key = false;
            break;
        case '{':
        case '[':
            if (depth == 0 && byte == '[')
                return false;
            if (here && hit) {
                if (byte == '[' || !path[matched + 1])
                    return false;
                matched++;
            }
            hit = false;
            depth++;
            is_key = depth == matched + 1;
            break;
        case '}':
        case ']':
            if (depth <= matched + 1)
                return false; /* the object that should have held it is over */
            depth--;
            break;
        case ',':
            if (here && hit)
                return false; /* it is there, but not a string */
            if (here)
                is_key = true;
            break;
        default:
            break;
        }
    }
    return false;
}
