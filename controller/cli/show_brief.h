/* show_brief: long texts of a step as a screen takes them. Pure; private to show. */
#pragma once

#include "controller/base/buf.h"

enum {
    KC_BRIEF_OBJECTS = 6, /* that a command may name before it is cut */
    KC_BRIEF_CHANGES = 12,
    KC_BRIEF_COLUMNS = 100,
};

/* A command that names more than KC_BRIEF_OBJECTS objects: "kubectl delete (250 objects) --namespace=shop", which no
 * shell takes, so that nobody runs a part of it; and the first of them, "pod/web-1, pod/web-2, pod/web-3 and 247 more".
 * False, and nothing is written: it names fewer. */
bool kc_brief_command(const char *command, struct kc_buf *ret_command, struct kc_buf *ret_objects);

/* Sentences between " · " in lines of at most KC_BRIEF_COLUMNS characters, where they are not longer themselves. */
void kc_brief_lines(struct kc_buf *out, const char *text);
