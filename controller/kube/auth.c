#include "controller/kube/auth.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/kube/file.h"

enum { TOKEN_MAX = 1 << 18, FILE_MAX_AGE_MS = 60000 };

struct kc_auth {
    struct kc_auth_options o;
    pthread_mutex_t mutex; /* guards the rest; held while a file is read or a plugin runs */
    char *token;           /* NULL: none yet */
    int64_t asked_us;      /* when the last question to the source ended; 0: never */
    int64_t stale_mono_ms; /* ask again from then on, by the monotonic clock; */
    int64_t stale_unix_ms; /* or by the wall clock, which the plugin's expiry is in */
    struct kc_err failure; /* of the last question */
};

struct kc_auth *kc_auth_create(const struct kc_auth_options *o)
{
    struct kc_auth *auth = calloc(1, sizeof(*auth));
    if (!auth)
        abort();
    auth->o = *o;
    pthread_mutex_init(&auth->mutex, NULL);
    return auth;
}

static void forget(struct kc_auth *auth)
{
    if (auth->token)
        explicit_bzero(auth->token, strlen(auth->token));
    free(auth->token);
    auth->token = NULL;
}

static void keep(struct kc_auth *auth, const char *token)
{
    forget(auth);
    if (!(auth->token = strdup(token)))
        abort();
}

struct kc_auth *kc_auth_destroy(struct kc_auth *auth)
{
    if (!auth)
        return NULL;
    forget(auth);
    pthread_mutex_destroy(&auth->mutex);
    free(auth);
    return NULL;
}

bool kc_auth_renewable(const struct kc_auth *auth)
{
    return auth->o.plugin || auth->o.token_file;
}

static bool ask_file(struct kc_auth *auth, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *text = kc_file_read(a, auth->o.token_file, TOKEN_MAX, err);
    if (!text)
        return kc_wrap(err, "token file");
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    if (!len)
        return kc_fail(err, KC_INVALID, "TokenFile", "token file %s: is empty", auth->o.token_file);
    keep(auth, kc_arena_strndup(a, text, len));
    auth->stale_mono_ms = kc_mono_ms() + FILE_MAX_AGE_MS;
    auth->stale_unix_ms = INT64_MAX;
    return true;
}

static bool ask_plugin(struct kc_auth *auth, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_plugin_credential c;
    if (!kc_plugin_run(auth->o.plugin, a, &c, err))
        return false;
    if (c.cert_pem && auth->o.on_certificate && !auth->o.on_certificate(auth->o.arg, c.cert_pem, c.key_pem, err))
        return kc_wrap(err, "%s", auth->o.plugin->where);
    keep(auth, c.token);
    auth->stale_mono_ms = INT64_MAX;
    auth->stale_unix_ms = c.expires_unix_ms ? c.expires_unix_ms : INT64_MAX;
    return true;
}

/* A token file that cannot be read right now (it is being replaced) leaves the older token in use. */
static bool ask(struct kc_auth *auth, bool refresh)
{
    struct kc_err failure = {0};
    bool fine = auth->o.plugin ? ask_plugin(auth, &failure) : ask_file(auth, &failure);
    auth->asked_us = kc_mono_us();
    if (fine || (!refresh && !auth->o.plugin && auth->token)) {
        auth->failure = (struct kc_err){0};
        return true;
    }
    auth->failure = failure;
    return false;
}

static bool is_stale(const struct kc_auth *auth)
{
    return !auth->token || auth->failure.class != KC_NONE || kc_mono_ms() >= auth->stale_mono_ms ||
           kc_unix_ms() >= auth->stale_unix_ms;
}

static bool renew(struct kc_auth *auth, bool refresh, int64_t since_us)
{
    if (auth->asked_us > since_us) /* somebody else has just asked, while this caller waited for the lock */
        return auth->failure.class == KC_NONE;
    if (!auth->token && !auth->o.plugin && auth->o.token && *auth->o.token)
        keep(auth, auth->o.token);
    return (!refresh && !is_stale(auth)) || ask(auth, refresh);
}

bool kc_auth_token(struct kc_auth *auth, bool refresh, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    if (!kc_auth_renewable(auth)) {
        *ret = kc_arena_strdup(a, auth->o.token ? auth->o.token : "");
        return true;
    }
    int64_t now_us = kc_mono_us();
    pthread_mutex_lock(&auth->mutex);
    bool fine = renew(auth, refresh, now_us);
    if (fine)
        *ret = kc_arena_strdup(a, auth->token);
    else if (err)
        *err = auth->failure;
    pthread_mutex_unlock(&auth->mutex);
    return fine;
}
