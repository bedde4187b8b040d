#include "controller/view/output.h"

#include <string.h>

#include "controller/base/clock.h"

static json_t *encode_step(const struct kc_output_step *s)
{
    json_t *out = json_pack("{s:s, s:s, s:b}", "id", s->id, "command", s->command, "truncated", s->truncated);

    if (s->output) {
        KC_BUF_SCOPE valid = {0}; /* logs may hold any bytes; JSON holds text */
        kc_json_quote(&valid, s->output, strlen(s->output));
        json_object_set_new(out, "output", json_loads(kc_buf_str(&valid), JSON_DECODE_ANY, NULL));
    }
    if (*s->note)
        json_object_set_new(out, "note", json_string(s->note));
    return out;
}

json_t *kc_output_encode(const struct kc_output *o)
{
    json_t *steps = json_array();
    char time[KC_TIME_LEN];

    for (size_t i = 0; i < o->n_steps; i++)
        json_array_append_new(steps, encode_step(&o->steps[i]));
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:o}", "apiVersion", KC_VIEW_GROUP "/" KC_VIEW_VERSION, "kind",
                     KC_VIEW_KIND, "metadata", "name", o->name, "namespace", o->ns, "uid", o->uid, "creationTimestamp",
                     kc_time_format(time, o->made_at), "steps", steps);
}

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; text && (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static json_t *column(const char *name, const char *type, const char *description)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i}", "name", name, "type", type, "format", "", "description", description,
                     "priority", 0);
}

json_t *kc_output_table(const struct kc_output *o)
{
    json_t *rows = json_array(), *columns = json_array();
    char time[KC_TIME_LEN];

    json_array_append_new(columns, column("Name", "string", "The request, and the step of its plan."));
    json_array_append_new(columns, column("Command", "string", "What was read."));
    json_array_append_new(columns, column("Lines", "integer", "Lines of its output."));
    json_array_append_new(columns, column("Note", "string", "Why there is no output, or that it was cut."));
    for (size_t i = 0; i < o->n_steps; i++) {
        const struct kc_output_step *s = &o->steps[i];
        json_t *cells = json_array();
        KC_BUF_SCOPE name = {0};
        kc_buf_printf(&name, "%s/%s", o->name, s->id);
        json_array_append_new(cells, json_string(kc_buf_str(&name)));
        json_array_append_new(cells, json_string(s->command));
        json_array_append_new(cells, s->output ? json_integer((json_int_t)lines_of(s->output)) : json_null());
        json_array_append_new(cells, json_string(*s->note ? s->note : s->truncated ? "cut" : ""));
        json_array_append_new(rows, json_pack("{s:o, s:{s:s, s:s, s:{s:s, s:s, s:s}}}", "cells", cells, "object",
                                              "apiVersion", "meta.k8s.io/v1", "kind", "PartialObjectMetadata",
                                              "metadata", "name", o->name, "namespace", o->ns, "creationTimestamp",
                                              kc_time_format(time, o->made_at)));
    }
    return json_pack("{s:s, s:s, s:{}, s:o, s:o}", "kind", "Table", "apiVersion", "meta.k8s.io/v1", "metadata",
                     "columnDefinitions", columns, "rows", rows);
}

void kc_output_text(const struct kc_output *o, struct kc_buf *out)
{
    for (size_t i = 0; i < o->n_steps; i++) {
        const struct kc_output_step *s = &o->steps[i];
        if (o->n_steps > 1)
            kc_buf_printf(out, "%s$ %s\n", i ? "\n" : "", s->command);
        if (s->output)
            kc_buf_puts(out, s->output);
        else
            kc_buf_printf(out, "%s\n", s->note);
    }
}
