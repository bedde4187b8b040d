/* vocabulary: the words that the built-in planner understands, as data. Private to plan.
 *
 * Adding a word is adding it to a row of words_wishes.c (what is wanted), words_things.c (what it is about) or
 * words_grammar.c (how a sentence is built). A word that is in no row and names no object is never passed over in a
 * request for a change: it becomes a question.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KC_PHRASE_WORDS 5 /* of the longest entry */

enum kc_part {
    KC_W_UNKNOWN,
    /* not from the table: the lexer finds them */
    KC_W_NUMBER,
    KC_W_DURATION, /* ten minutes, 1h30m */
    KC_W_MEMORY,   /* 512Mi, half a gig */
    KC_W_CPU,      /* two cores, 250 millicores */
    KC_W_VERSION,  /* 2.3.2, v7 */
    KC_W_IMAGE,    /* nginx:1.27 */
    KC_W_NAME,     /* of an object, or TYPE/NAME */
    KC_W_KIND,     /* a type that the server has */
    KC_W_COMMA,
    KC_W_STOP,
    KC_W_QUERY,
    KC_W_EQUALS,
    /* made of several words by the fillers */
    KC_W_PLACE, /* "in shop", "-n shop" */
    KC_W_SLOT,  /* a value for a flag or operand (slot.h) */
    /* what is wanted */
    KC_W_VERB,
    KC_W_PARTICIPLE, /* "restarted", "restarting": a verb only behind a wish */
    KC_W_DIRECTION,  /* up, down */
    KC_W_MORE,       /* more, another, fewer */
    KC_W_TO,
    KC_W_BY,
    KC_W_FROM,
    KC_W_IN,
    KC_W_FOR,
    KC_W_LINK,   /* of, on, with */
    KC_W_POD,    /* pods, replicas: what is counted */
    KC_W_SUFFIX, /* "checkout service": says no more than the name */
    KC_W_NAMESPACE,
    KC_W_NAMESPACE_FLAG,
    KC_W_EVERYWHERE,
    KC_W_AND,
    KC_W_EACH,
    KC_W_SHOULD, /* "web should have 6" */
    KC_W_HAVE,   /* only together with another verb */
    /* what it is about */
    KC_W_NOUN,      /* logs, memory, label: hints at the verb */
    KC_W_CONTAINER, /* container, -c */
    KC_W_LINES,
    KC_W_LAST, /* last, past, previous */
    KC_W_SINCE,
    KC_W_AGO,
    KC_W_OLDER, /* older than */
    KC_W_STATE, /* evicted, not running */
    KC_W_SELECTOR,
    KC_W_NAMED, /* called, named */
    /* says nothing, but marks how a sentence goes on */
    KC_W_FILLER,
    KC_W_ARTICLE,
    KC_W_PERSON,
    KC_W_BE,    /* is, are */
    KC_W_MODAL, /* can, could: a request in the form of a question */
    KC_W_PLEASE,
    KC_W_MIND, /* would you mind: a gerund follows */
    /* why it is wanted */
    KC_W_BECAUSE,      /* what follows is a reason, not a condition */
    KC_W_PURPOSE_VERB, /* behind "to" */
    KC_W_EVENT,
    /* what stops a plan that changes something */
    KC_W_NOT,
    KC_W_IF,
    KC_W_TIME,
    KC_W_ALL,
    KC_W_PRONOUN,
    KC_W_VAGUE,
    KC_W_BOUND,
    KC_W_OTHER,    /* a request for something else */
    KC_W_QUESTION, /* what, which, how */
    KC_W_KUBECTL,
    KC_W_PARTS
};

/* What kind of request a verb of the language makes; with what else the clause says, the verb of kubectl (frame.c). */
enum kc_want {
    KC_WANT_NOTHING, /* no verb */
    KC_WANT_SCALE,
    KC_WANT_SET, /* any value */
    KC_WANT_MORE,
    KC_WANT_LESS,
    KC_WANT_BUMP, /* more of it, or a newer version */
    KC_WANT_NEED,
    KC_WANT_ADD,
    KC_WANT_REMOVE,
    KC_WANT_TAKE,
    KC_WANT_BRING,
    KC_WANT_DO, /* says nothing without its noun: "do a restart" */
    KC_WANT_RESTART,
    KC_WANT_ROLL,
    KC_WANT_UNDO,
    KC_WANT_SHIP,
    KC_WANT_UPGRADE,
    KC_WANT_RUN,
    KC_WANT_CREATE,
    KC_WANT_TURN, /* on or off */
    KC_WANT_STOP,
    KC_WANT_PAUSE,
    KC_WANT_RESUME,
    KC_WANT_DELETE,
    KC_WANT_KILL,
    KC_WANT_UNSET,
    KC_WANT_CORDON,
    KC_WANT_UNCORDON,
    KC_WANT_DRAIN,
    KC_WANT_LABEL,
    KC_WANT_ANNOTATE,
    KC_WANT_AUTOSCALE,
    KC_WANT_EXPOSE,
    KC_WANT_SUSPEND,
    KC_WANT_ENABLE,
    KC_WANT_SHOW, /* from here on: reads */
    KC_WANT_CHECK,
    KC_WANT_DESCRIBE,
    KC_WANT_DIAGNOSE,
    KC_WANT_USE, /* "is eating memory" */
    KC_WANT_EXPLAIN,
    KC_WANT_WAIT,
    KC_WANT_MAY, /* "am I allowed to" */
    KC_WANTS
};

/* What a clause speaks of. */
#define KC_H(n)         (UINT64_C(1) << (n))
#define KC_H_LOGS       KC_H(0)
#define KC_H_PREVIOUS   KC_H(1)
#define KC_H_EVENTS     KC_H(2)
#define KC_H_USAGE      KC_H(3)
#define KC_H_MEMORY     KC_H(4)
#define KC_H_CPU        KC_H(5)
#define KC_H_LIMIT      KC_H(6)
#define KC_H_REQUEST    KC_H(7)
#define KC_H_LABEL      KC_H(8)
#define KC_H_ANNOTATION KC_H(9)
#define KC_H_ENV        KC_H(10)
#define KC_H_IMAGE      KC_H(11)
#define KC_H_TAG        KC_H(12)
#define KC_H_REVISION   KC_H(13)
#define KC_H_ROLLOUT    KC_H(14)
#define KC_H_HISTORY    KC_H(15)
#define KC_H_STATUS     KC_H(16)
#define KC_H_DETAILS    KC_H(17)
#define KC_H_RESTART    KC_H(18)
#define KC_H_ROLLBACK   KC_H(19)
#define KC_H_AUTOSCALER KC_H(20)
#define KC_H_JOB        KC_H(21)
#define KC_H_OUT        KC_H(22) /* out of rotation */
#define KC_H_INTO       KC_H(23) /* into rotation */
#define KC_H_SCHEDULING KC_H(24)
#define KC_H_BACK       KC_H(25)
#define KC_H_TROUBLE    KC_H(26)
#define KC_H_WHERE      KC_H(27)
#define KC_H_OFF        KC_H(28)
#define KC_H_YAML       KC_H(29)
#define KC_H_JSON       KC_H(30)
#define KC_H_FIELDS     KC_H(31) /* of a type */
/* of values and objects rather than words (clause.c) */
#define KC_H_NODE      KC_H(32)
#define KC_H_CRONJOB   KC_H(33)
#define KC_H_AMOUNT    KC_H(34)
#define KC_H_NEW_IMAGE KC_H(35) /* an image or a version is given */
#define KC_H_MEASURE   KC_H(36) /* an amount of memory or CPU is */
#define KC_H_PAIR      KC_H(37)
#define KC_H_ENV_PAIR  KC_H(38) /* LOG_LEVEL=debug */
#define KC_H_BOUNDS    KC_H(39)
#define KC_H_STATE     KC_H(40)
#define KC_H_PODS      KC_H(41)
#define KC_H_TARGET    KC_H(42)
#define KC_H_MORE      KC_H(43)
#define KC_H_NAMED     KC_H(44)
#define KC_H_ONLY_TYPE KC_H(45) /* a type, and nothing that chooses objects of it */
#define KC_H_FIELD     KC_H(46) /* "deployment.spec.strategy" */
#define KC_H_NEW       KC_H(47) /* the name of what is not there yet */
/* of the server */
#define KC_H_TYPES   KC_H(48)
#define KC_H_VERSION KC_H(49)
#define KC_H_SELF    KC_H(50) /* who asks */
/* of what is made, or waited for */
#define KC_H_PORT        KC_H(51)
#define KC_H_TARGET_PORT KC_H(52)
#define KC_H_GONE        KC_H(53)
/* of objects again */
#define KC_H_POD_NAMES KC_H(54) /* what is named are pods, and nothing else */

/* States that objects are chosen by (select.c). */
enum kc_state {
    KC_STATE_NONE,
    KC_STATE_EVICTED,
    KC_STATE_CRASHING,
    KC_STATE_FAILED,
    KC_STATE_FAILING, /* failed, or crashing again and again */
    KC_STATE_PENDING,
    KC_STATE_COMPLETED,
    KC_STATE_RUNNING,
    KC_STATE_NOT_RUNNING,
    KC_STATE_READY,
    KC_STATE_NOT_READY,
    KC_STATE_TERMINATING,
    KC_STATE_OOM,
    KC_STATE_IMAGE_PULL,
    KC_STATE_RESTARTED,
    KC_STATE_CORDONED,
    KC_STATE_PAUSED,
    KC_STATE_UNHEALTHY, /* for people to judge: chooses objects to read, never to change */
    KC_STATES
};

/* What a verb makes of a number without "to" or "by". */
enum kc_bare { KC_BARE_ASK, KC_BARE_SET, KC_BARE_CHANGE };

_Static_assert(KC_W_PARTS <= 64, "sets of parts are 64 bits");

struct kc_word {
    const char *words; /* that mean the same here: "right now, asap" */
    enum kc_part part;
    enum kc_want want; /* verbs */
    uint64_t hints;
    enum kc_state state;
    int sign; /* more: 1, less: -1 */
    enum kc_bare bare;
    uint8_t num, den; /* "double": 2/1, "a pod": 1; num 0: none */
    bool wish;        /* "need": says no more than that something is wanted; gives way to another verb */
    bool creates; /* "start": without a number, or with a mere number, it asks for something else, or says too little */
    bool light;   /* "go": as common in reasons as in requests */
    bool sentence;   /* because: what follows may speak of objects; before: it may not */
    bool tidies;     /* "clear": on a node it may mean what runs there, so that it is asked */
    bool removes;    /* "remove": without a number it asks for something else */
    bool gives;      /* "give it 512Mi": without "to" the amount is all that it should have */
    bool asks;       /* "use": what something takes, in a question */
    bool overwrites; /* "change the label": the old value is known to be there */
};

struct kc_words {
    const struct kc_word *rows;
    size_t n;
};
extern const struct kc_words kc_words_wishes, kc_words_things, kc_words_grammar;

/* The row of the words that begin at given[0], of n; the longest counts. *ret_n: how many. NULL: none. */
const struct kc_word *kc_vocabulary_find(const char *const *given, size_t n, size_t *ret_n);
const struct kc_word *kc_vocabulary_find_part(enum kc_part part, const char *const *given, size_t n, size_t *ret_n);
/* The row of part that word is a form of: "deleting", "restarted". */
const struct kc_word *kc_vocabulary_form(const char *word, enum kc_part part);
/* The row of the one word for looking that this is one slip away from. NULL: none, or it may be another word too. */
const struct kc_word *kc_vocabulary_near(const char *word);
/* Whether the row's words hold this one. */
bool kc_vocabulary_has(const struct kc_word *row, const char *word);
