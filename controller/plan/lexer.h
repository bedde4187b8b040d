/* lexer: tokens -> words with a meaning: the vocabulary's, quantities, types, names of objects. Private to plan. */
#pragma once

#include "controller/plan/number.h"
#include "controller/plan/resolve.h"
#include "controller/plan/vocabulary.h"

/* A value that a flag or an operand takes, found by a filler. */
enum kc_slot {
    KC_SLOT_NONE,
    KC_SLOT_SINCE,     /* logs --since */
    KC_SLOT_TAIL,      /* logs --tail */
    KC_SLOT_PREVIOUS,  /* logs --previous */
    KC_SLOT_CONTAINER, /* -c */
    KC_SLOT_REVISION,  /* rollout --to-revision; "": the one before */
    KC_SLOT_VERSION,   /* the tag of an image */
    KC_SLOT_IMAGE,
    KC_SLOT_MEMORY,
    KC_SLOT_CPU,
    KC_SLOT_PAIR,     /* KEY=VALUE */
    KC_SLOT_KEY,      /* of a label, annotation or variable to take away */
    KC_SLOT_SELECTOR, /* -l */
    KC_SLOT_AGE,      /* older than: ms */
    KC_SLOT_STATE,
    KC_SLOT_NODE, /* "on node-3" */
    KC_SLOT_MIN,
    KC_SLOT_MAX,
    KC_SLOT_PERCENT,  /* of CPU */
    KC_SLOT_NEW_NAME, /* create TYPE NAME */
    KC_SLOT_PORT,
    KC_SLOT_TARGET_PORT,
    KC_SLOT_RIGHT, /* auth can-i VERB; its name is the subresource */
    KC_SLOT_FIELD, /* explain TYPE.FIELD */
    KC_SLOTS
};

struct kc_lexeme {
    enum kc_part part;
    const struct kc_word *word;    /* its row; NULL for what is not of the vocabulary */
    struct kc_quantity quantity;   /* KC_W_NUMBER */
    const struct kc_mapping *kind; /* KC_W_KIND; slots: the type that was said with them */
    bool guessed;                  /* misspelt, if it is that word: good enough to look */
    bool plural;                   /* KC_W_KIND: "deployments" */
    struct kc_mention name;        /* KC_W_NAME; KC_W_UNKNOWN: name only; KC_W_PLACE: ns */
    bool workload;                 /* KC_W_NAME: something that runs has this name */
    bool node, pod,
        cronjob;       /* KC_W_NAME: a node, or a pod, and nothing else, has it; a CronJob has it, no Deployment */
    enum kc_slot slot; /* KC_W_SLOT */
    enum kc_part role; /* KC_W_SLOT: KC_W_TO, KC_W_BY, KC_W_FROM when such a word stands before it */
    uint64_t scope;    /* KC_SLOT_MEMORY, KC_SLOT_CPU: KC_H_LIMIT or KC_H_REQUEST when it was said before */
    int64_t ms;        /* durations */
    const char *text;  /* of its first token; of slots and measures: the value as kubectl takes it */
    const char *raw;   /* as it was written */
    size_t at, end;    /* bytes of the prompt */
};

struct kc_lexemes {
    struct kc_lexeme *v;
    size_t n;
};

/* Sets in->names. */
void kc_lexemes_read(struct kc_arena *a, struct kc_plan_input *in, const struct kc_tokens *tokens,
                     struct kc_lexemes *ret);
