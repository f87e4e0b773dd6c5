/* Draws a short text with a system font into malloc'ed RGBA pixels, through libvips (pango and cairo). */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#define COLLIMATE_EXPORT __attribute__((visibility("default")))

/* Text that would draw larger than this on a side is refused: a glyph is never so large. */
#define MAXIMUM_SIDE 4096

static __thread char text_error[512];

static int fail(const char *reason)
{
    g_strlcpy(text_error, reason, sizeof text_error);
    vips_error_clear();
    return 1;
}

/* Why the last call on this thread failed. */
COLLIMATE_EXPORT const char *collimate_text_error(void)
{
    return text_error;
}

/* Frees what collimate_text_render returned. */
COLLIMATE_EXPORT void collimate_text_free(unsigned char *pixels)
{
    free(pixels);
}

/*
 * Renders UTF-8 text in a pango font description such as "Noto Color Emoji 109px".
 * On success returns 0 and stores height rows of width RGBA pixels, alpha not multiplied in.
 */
COLLIMATE_EXPORT int collimate_text_render(const char *text, const char *font, unsigned char **pixels, int *width, int *height)
{
    *pixels = NULL;
    if (VIPS_INIT("collimate") != 0)
        return fail(vips_error_buffer());

    /* vips reads its text as pango markup, so '<' and '&' must be escaped. */
    char *markup = g_markup_escape_text(text, -1);
    VipsImage *drawn = NULL;
    int failed = vips_text(&drawn, markup, "font", font, "dpi", 72, "rgba", TRUE, NULL);
    g_free(markup);
    if (failed)
        return fail(vips_error_buffer());

    int columns = vips_image_get_width(drawn), rows = vips_image_get_height(drawn);
    if (vips_image_get_bands(drawn) != 4 || vips_image_get_format(drawn) != VIPS_FORMAT_UCHAR) {
        g_object_unref(drawn);
        return fail("the text renderer did not return 8-bit RGBA pixels");
    }
    if (columns > MAXIMUM_SIDE || rows > MAXIMUM_SIDE) {
        g_object_unref(drawn);
        return fail("the text is larger than 4096 pixels on a side");
    }

    size_t size = 0;
    void *memory = vips_image_write_to_memory(drawn, &size);
    g_object_unref(drawn);
    if (memory == NULL)
        return fail(vips_error_buffer());

    unsigned char *copy = malloc(size);
    if (copy == NULL) {
        g_free(memory);
        return fail("out of memory");
    }
    memcpy(copy, memory, size);
    g_free(memory);
    *pixels = copy;
    *width = columns;
    *height = rows;
    return 0;
}
