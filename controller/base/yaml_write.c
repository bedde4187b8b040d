/* JSON values as YAML, with the same emitter (libyaml) that kubectl's library was ported from, so that quoting and
 * folding agree. */
#include <ctype.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "controller/base/text.h"
#include "controller/base/yaml.h"

struct writer {
    yaml_emitter_t emitter;
    enum kc_yaml_style style;
};

static int append(void *arg, unsigned char *p, size_t len)
{
    struct kc_buf *out = arg;

    kc_buf_add(out, p, len);
    return 1;
}

/* Untagged scalars that a YAML 1.1 reader (go-yaml v2's resolver) does not take for strings: words in lower case, with
 * a capital, in capitals; integers, floats, base-60 numbers and times. */
static const char *const words[] = {"y", "n",    "yes",  "no",    "on",    "off",  "true", "false",
                                    "~", "null", ".inf", "-.inf", "+.inf", ".nan", "<<",   ""};
static const char *const numbers[] = {
    "^[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)$",
    "^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$",
    "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$",
    "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})?)?$",
};
#define N_NUMBERS (sizeof numbers / sizeof numbers[0])

static regex_t number_patterns[N_NUMBERS];
static pthread_once_t number_patterns_once = PTHREAD_ONCE_INIT;

static void compile_numbers(void)
{
    for (size_t i = 0; i < N_NUMBERS; i++)
        if (regcomp(&number_patterns[i], numbers[i], REG_EXTENDED | REG_NOSUB) != 0)
            abort();
}

/* "yes", "Yes" and "YES" are one word, "yEs" is text. */
static bool same_word(const char *s, const char *word)
{
    size_t upper = 0, letters = 0, first = strcspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    if (strcasecmp(s, word) != 0)
        return false;
    for (const char *p = s; *p; p++) {
        upper += isupper((unsigned char)*p) != 0;
        letters += isalpha((unsigned char)*p) != 0;
    }
    return upper == 0 || upper == letters || (upper == 1 && isupper((unsigned char)s[first]));
}

static bool reads_otherwise(const char *s)
{
    pthread_once(&number_patterns_once, compile_numbers);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (same_word(s, words[i]))
            return true;
    if (!strchr("+-.0123456789", s[0]))
        return false;
    for (size_t i = 0; i < N_NUMBERS; i++)
        if (regexec(&number_patterns[i], s, 0, NULL, 0) == 0)
            return true;
    return false;
}

/* Underscores in numbers are dropped by readers in places that the patterns do not foresee ("1_.5"). */
static bool might_read_otherwise(const char *s)
{
    return (strchr("+-.0123456789", s[0]) && strchr(s, '_')) || reads_otherwise(s);
}

/* Whether a literal block says exactly these lines whoever reads it: no blanks at their ends or before the first text,
 * no line that is empty at the beginning, nothing that must be written as an escape. */
static bool plain_lines(const char *s, size_t len)
{
    if (!len || strchr(" \n", s[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((s[i] == '\n' && s[i - 1] == ' ') || (s[i] != '\n' && ((unsigned char)s[i] < ' ' || s[i] == 0x7F)))
            return false;
    return s[len - 1] != ' ';
}

static bool emit(struct writer *w, yaml_event_t *event)
{
    return yaml_emitter_emit(&w->emitter, event) == 1;
}

static bool put_string(struct writer *w, const char *s, size_t len)
{
    bool typed = w->style == KC_YAML_TYPED, lines = memchr(s, '\n', len) != NULL;
    yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
    yaml_event_t event;

    if (lines)
        style = typed && !plain_lines(s, len) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE;
    else if (typed ? might_read_otherwise(s) : reads_otherwise(s))
        style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)len, 1, 1, style) &&
           emit(w, &event);
}

static bool put_value(struct writer *w, const json_t *v);

static bool put_mapping(struct writer *w, const json_t *v)
{
    const char **names = kc_json_names(v);
    yaml_event_t event;
    bool ok = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                  names[0] ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE) &&
              emit(w, &event);

    for (size_t i = 0; ok && names[i]; i++)
        ok = put_string(w, names[i], strlen(names[i])) && put_value(w, json_object_get(v, names[i]));
    free(names);
    return ok && yaml_mapping_end_event_initialize(&event) && emit(w, &event);
}

static bool put_sequence(struct writer *w, const json_t *v)
{
    yaml_event_t event;
    size_t n = json_array_size(v);
    bool ok = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                   n ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE) &&
              emit(w, &event);

    for (size_t i = 0; ok && i < n; i++)
        ok = put_value(w, json_array_get(v, i));
    return ok && yaml_sequence_end_event_initialize(&event) && emit(w, &event);
}

static bool put_scalar(struct writer *w, const json_t *v)
{
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    yaml_event_t event;

    if (text && json_is_real(v) && w->style == KC_YAML_TYPED && strtod(text, NULL) != json_real_value(v)) {
        free(text);
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    }
    const char *s = text ? text : "null";
    bool ok = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s), 1, 1,
                                           YAML_PLAIN_SCALAR_STYLE) &&
              emit(w, &event);
    free(text);
    return ok;
}

static bool put_value(struct writer *w, const json_t *v)
{
    if (json_is_object(v))
        return put_mapping(w, v);
    if (json_is_array(v))
        return put_sequence(w, v);
    if (json_is_string(v))
        return put_string(w, json_string_value(v), json_string_length(v));
    return put_scalar(w, v);
}

/* Whether a string of v holds what cannot be seen, but for what is always written as an escape. */
static bool deceives(const char *s, size_t len)
{
    size_t at;
    for (uint32_t c; len && (c = kc_text_deceptive(s, len, &at)) != 0; s += at + 1, len -= at + 1)
        if (c > 0x7F)
            return true;
    return false;
}

static bool holds_deceptive(const json_t *v)
{
    const char *name;
    json_t *value;
    size_t i;

    if (json_is_string(v))
        return deceives(json_string_value(v), json_string_length(v));
    json_array_foreach(v, i, value)
    {
        if (holds_deceptive(value))
            return true;
    }
    json_object_foreach((json_t *)(uintptr_t)v, name, value)
    {
        if (deceives(name, strlen(name)) || holds_deceptive(value))
            return true;
    }
    return false;
}

bool kc_yaml_write(const json_t *v, enum kc_yaml_style style, struct kc_buf *out, struct kc_err *err)
{
    struct writer w = {.style = style};
    yaml_event_t event;

    yaml_emitter_initialize(&w.emitter);
    yaml_emitter_set_output(&w.emitter, append, out);
    yaml_emitter_set_unicode(&w.emitter, style == KC_YAML_AS_KUBECTL || !holds_deceptive(v));
    yaml_emitter_set_width(&w.emitter, -1);
    bool ok = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && emit(&w, &event) &&
              yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) && emit(&w, &event) &&
              put_value(&w, v) && yaml_document_end_event_initialize(&event, 1) && emit(&w, &event) &&
              yaml_stream_end_event_initialize(&event) && emit(&w, &event) && yaml_emitter_flush(&w.emitter);
    if (!ok)
        kc_fail(err, KC_INVALID, "NotYAML", "the object cannot be written as YAML: %s",
                w.emitter.problem ? w.emitter.problem : "out of memory");
    yaml_emitter_delete(&w.emitter);
    return ok;
}
