/* Any bytes as YAML: what is accepted can be written as JSON and read again, and means the same; written as YAML, too,
 * and then without a character that cannot be seen. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kc_err err = {0};
    KC_JSON_SCOPE *documents = kc_yaml_parse((const char *)data, size, 65536, "input", &err);
    if (!documents) {
        if (err.class != KC_INVALID || !*err.message)
            abort();
        return 0;
    }
    char *text = json_dumps(documents, JSON_COMPACT);
    if (!text)
        abort();
    KC_JSON_SCOPE *again = kc_yaml_parse(text, strlen(text), 1 << 20, "again", &err);
    const json_t *same = json_array_get(again, 0); /* the array of documents is one document now */
    if (!json_equal(documents, same))
        abort();
    free(text);
    for (size_t i = 0; i < json_array_size(documents); i++) {
        KC_BUF_SCOPE yaml = {0};
        size_t at;
        const json_t *one = json_array_get(documents, i);
        if (!kc_yaml_write(one, KC_YAML_TYPED, &yaml, &err) || kc_text_deceptive(kc_buf_str(&yaml), yaml.len, &at))
            abort();
        KC_JSON_SCOPE *read = kc_yaml_parse(kc_buf_str(&yaml), yaml.len, 1 << 20, "written", &err);
        if (!read || !json_equal(json_array_get(read, 0), one))
            abort();
    }
    return 0;
}
