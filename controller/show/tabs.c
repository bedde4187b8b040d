#include "controller/show/tabs.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"

const struct kc_tabs kc_tabs_table = {.min = 6, .padding = 3};
const struct kc_tabs kc_tabs_list = {.min = 0, .padding = 2};

struct cell {
    const char *text;
    size_t len, width; /* width: of the column block, once it is known */
};

struct grid {
    struct cell *cells;
    size_t *first; /* of each line, and one more */
    size_t lines;
};

static size_t cells_of(const struct grid *g, size_t line)
{
    return g->first[line + 1] - g->first[line];
}

static struct cell *cell_at(const struct grid *g, size_t line, size_t column)
{
    return &g->cells[g->first[line] + column];
}

static size_t count(const char *text, size_t len, char c)
{
    size_t n = 0;

    for (const char *p = text; (p = memchr(p, c, (size_t)(text + len - p))) != NULL; p++)
        n++;
    return n;
}

static void *array(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);

    if (!p)
        abort();
    return p;
}

static struct grid split(const char *text, size_t len)
{
    size_t lines = count(text, len, '\n') + 1, n = 0;
    struct grid g = {.cells = array(count(text, len, '\t') + lines, sizeof *g.cells),
                     .first = array(lines + 1, sizeof *g.first),
                     .lines = lines};
    const char *end = text + len;

    for (size_t line = 0; line < lines; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        g.first[line] = n;
        for (const char *tab; (tab = memchr(text, '\t', (size_t)(stop - text))) != NULL; text = tab + 1)
            g.cells[n++] = (struct cell){.text = text, .len = (size_t)(tab - text)};
        g.cells[n++] = (struct cell){.text = text, .len = (size_t)(stop - text)};
        text = stop < end ? stop + 1 : end;
    }
    g.first[lines] = n;
    return g;
}

/* The lines from at that have an ended cell in column, all made as wide as the widest. Returns the first that has none.
 */
static size_t measure(const struct kc_tabs *tabs, const struct grid *g, size_t at, size_t column)
{
    size_t end = at, width = tabs->min;

    for (; end < g->lines && column + 1 < cells_of(g, end); end++) {
        const struct cell *c = cell_at(g, end, column);
        size_t w = kc_utf8_count(c->text, c->len) + tabs->padding;
        width = w > width ? w : width;
    }
    for (size_t i = at; i < end; i++)
        cell_at(g, i, column)->width = width;
    return end;
}

static void widen(const struct kc_tabs *tabs, const struct grid *g)
{
    for (size_t line = 0; line < g->lines; line++)
        for (size_t column = 0; column + 1 < cells_of(g, line); column++)
            if (!cell_at(g, line, column)->width)
                measure(tabs, g, line, column);
}

void kc_tabs_align(const struct kc_tabs *tabs, const char *text, size_t len, struct kc_buf *out)
{
    struct grid g = split(text, len);

    widen(tabs, &g);
    for (size_t line = 0; line < g.lines; line++) {
        for (size_t column = 0; column < cells_of(&g, line); column++) {
            const struct cell *c = cell_at(&g, line, column);
            size_t wide = kc_utf8_count(c->text, c->len);
            kc_buf_add(out, c->text, c->len);
            for (; wide < c->width; wide++)
                kc_buf_putc(out, ' ');
        }
        if (line + 1 < g.lines)
            kc_buf_putc(out, '\n');
    }
    free(g.cells);
    free(g.first);
}
