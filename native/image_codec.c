/* Decodes and encodes pictures through libvips, and does nothing else: sizes are checked before a pixel is decoded,
 * and no text of a decoder ever leaves this file (such text has leaked addresses elsewhere). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#define EXPORT __attribute__((visibility("default")))
#define COLLIMATE_IMAGE_ABI 2

enum { FORMAT_PNG = 0, FORMAT_JPEG = 1, FORMAT_WEBP = 2, FORMAT_GIF = 3 };
enum { STATUS_OK = 0, STATUS_HEADER = 1, STATUS_LIMIT = 2, STATUS_DATA = 3, STATUS_MEMORY = 4, STATUS_INTERNAL = 5 };

typedef struct {
  int64_t max_pixels;
  int32_t max_side;
  int32_t max_frames;
  int32_t minimum_side; /* 0: full size; otherwise a JPEG may be decoded at 1/2, 1/4 or 1/8 while both sides stay at least this */
  int32_t reserved;
} collimate_image_limits;

typedef struct {
  int32_t width;
  int32_t height;
  int32_t channels;
  int32_t reserved;
  uint8_t *pixels; /* interleaved rows, width * height * channels bytes */
} collimate_image;

static _Thread_local char last_error[256];

static int fail(int status, const char *text) {
  snprintf(last_error, sizeof last_error, "%s", text);
  vips_error_clear();
  return status;
}

static void discard_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain, (void)level, (void)message, (void)data;
}

static gpointer start_vips(gpointer unused) {
  (void)unused;
  if (vips_init("collimate")) return NULL;
  g_log_set_handler("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION), discard_log, NULL);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  /* Whatever a later edit calls by mistake, only these four decoders can run. */
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
  return GINT_TO_POINTER(1);
}

static int ready(void) {
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, start_vips, NULL) != NULL;
}

EXPORT int collimate_image_abi(void) { return COLLIMATE_IMAGE_ABI; }

EXPORT const char *collimate_image_last_error(void) { return last_error; }

EXPORT void collimate_image_free(void *memory) { g_free(memory); }

static VipsImage *load(const void *bytes, size_t length, int format, int shrink) {
  VipsImage *image = NULL;
  void *data = (void *)bytes; /* libvips reads it only */
  int status = -1;
  switch (format) {
    case FORMAT_PNG:
      status = vips_pngload_buffer(data, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
      break;
    case FORMAT_JPEG:
      status = vips_jpegload_buffer(data, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
                                    "shrink", shrink, NULL);
      break;
    case FORMAT_WEBP:
      status = vips_webpload_buffer(data, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
      break;
    case FORMAT_GIF:
      status = vips_gifload_buffer(data, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
      break;
  }
  return status ? NULL : image;
}

static int largest_shrink(int width, int height, int minimum_side) {
  int shrink = 1;
  while (minimum_side > 0 && shrink < 8 && width / (shrink * 2) >= minimum_side && height / (shrink * 2) >= minimum_side) shrink *= 2;
  return shrink;
}

/* Releases *image and puts what was made in its place, or NULL where making it failed. */
static int replace(VipsImage **image, VipsImage *made, int status) {
  g_object_unref(*image);
  *image = status ? NULL : made;
  return status;
}

static int turn_upright(VipsImage **image) {
  VipsImage *memory, *upright = NULL;
  int status;
  if (vips_image_get_orientation(*image) <= 1) return 0;
  memory = vips_image_copy_memory(*image); /* turning reads out of order, which a sequential decoder cannot do */
  if (replace(image, memory, memory == NULL)) return -1;
  status = vips_autorot(*image, &upright, NULL);
  return replace(image, upright, status);
}

static int to_eight_bits(VipsImage **image) {
  VipsImage *cast = NULL;
  int status;
  if (vips_image_get_format(*image) == VIPS_FORMAT_UCHAR) return 0;
  status = vips_cast(*image, &cast, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL); /* 16 bits keep their high byte, as in Pillow */
  return replace(image, cast, status);
}

/* Pillow's conversion: ink over paper without a colour profile. */
static void ink_to_light(const uint8_t *ink, uint8_t *light, size_t pixels) {
  for (size_t i = 0; i < pixels; i++) {
    unsigned paper = 255u - ink[i * 4 + 3];
    for (int c = 0; c < 3; c++) {
      unsigned product = ink[i * 4 + c] * paper + 128u;
      light[i * 3 + c] = (uint8_t)(paper - ((product + (product >> 8)) >> 8));
    }
  }
}

static void grey_alpha_to_colour(const uint8_t *from, uint8_t *to, size_t pixels) {
  for (size_t i = 0; i < pixels; i++) {
    to[i * 4] = to[i * 4 + 1] = to[i * 4 + 2] = from[i * 2];
    to[i * 4 + 3] = from[i * 2 + 1];
  }
}

static int hand_over(VipsImage *image, collimate_image *out) {
  size_t size = 0;
  size_t pixels = (size_t)image->Xsize * (size_t)image->Ysize;
  int bands = image->Bands;
  int inks = vips_image_get_interpretation(image) == VIPS_INTERPRETATION_CMYK && bands == 4;
  uint8_t *memory = vips_image_write_to_memory(image, &size);
  if (!memory) return fail(STATUS_DATA, "the pixel data is damaged or cut short");
  if (bands < 1 || bands > 4 || size != pixels * (size_t)bands) {
    g_free(memory);
    return fail(STATUS_DATA, "the pixel data has an unexpected layout");
  }
  if (inks || bands == 2) {
    int channels = inks ? 3 : 4;
    uint8_t *converted = g_try_malloc(pixels * (size_t)channels);
    if (converted && inks) ink_to_light(memory, converted, pixels);
    if (converted && !inks) grey_alpha_to_colour(memory, converted, pixels);
    g_free(memory);
    if (!converted) return fail(STATUS_MEMORY, "not enough memory for the pixels");
    memory = converted;
    bands = channels;
  }
  out->width = image->Xsize;
  out->height = image->Ysize;
  out->channels = bands;
  out->pixels = memory;
  return STATUS_OK;
}

static int within_limits(VipsImage *image, const collimate_image_limits *limits) {
  int64_t width = image->Xsize, height = image->Ysize;
  if (width <= limits->max_side && height <= limits->max_side && width * height <= limits->max_pixels &&
      vips_image_get_n_pages(image) <= limits->max_frames)
    return 1;
  snprintf(last_error, sizeof last_error, "%lld x %lld pixels in %d frames is over the limits", (long long)width,
           (long long)height, vips_image_get_n_pages(image));
  return 0;
}

EXPORT int collimate_image_decode(const void *bytes, size_t length, int format, const collimate_image_limits *limits, collimate_image *out) {
  VipsImage *image;
  int status, shrink;
  memset(out, 0, sizeof *out);
  last_error[0] = 0;
  if (!ready()) return fail(STATUS_INTERNAL, "libvips could not be started");
  image = load(bytes, length, format, 1);
  if (!image) return fail(STATUS_HEADER, "the header cannot be read");
  if (!within_limits(image, limits)) {
    g_object_unref(image);
    return STATUS_LIMIT;
  }
  shrink = format == FORMAT_JPEG ? largest_shrink(image->Xsize, image->Ysize, limits->minimum_side) : 1;
  if (shrink > 1) {
    g_object_unref(image);
    image = load(bytes, length, format, shrink);
    if (!image) return fail(STATUS_HEADER, "the header cannot be read");
  }
  if (turn_upright(&image) || to_eight_bits(&image))
    status = fail(STATUS_DATA, "the pixel data is damaged or cut short");
  else
    status = hand_over(image, out);
  if (image) g_object_unref(image);
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}

EXPORT int collimate_image_encode(const collimate_image *image, int format, int quality, uint8_t **bytes, size_t *length) {
  VipsImage *view, *tagged = NULL;
  void *buffer = NULL;
  int status = -1;
  size_t size = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
  *bytes = NULL;
  *length = 0;
  last_error[0] = 0;
  if (!ready()) return fail(STATUS_INTERNAL, "libvips could not be started");
  view = vips_image_new_from_memory(image->pixels, size, image->width, image->height, image->channels, VIPS_FORMAT_UCHAR);
  if (!view) return fail(STATUS_INTERNAL, "the pixels cannot be described to libvips");
  if (vips_copy(view, &tagged, "interpretation", image->channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL)) {
    g_object_unref(view);
    return fail(STATUS_INTERNAL, "the pixels cannot be described to libvips");
  }
  switch (format) { /* settings are spelt out so that the same pixels give the same bytes */
    case FORMAT_PNG:
      status = vips_pngsave_buffer(tagged, &buffer, length, "compression", 6, "filter", VIPS_FOREIGN_PNG_FILTER_SUB, "strip", TRUE, NULL);
      break;
    case FORMAT_JPEG:
      status = vips_jpegsave_buffer(tagged, &buffer, length, "Q", quality, "strip", TRUE, NULL);
      break;
    case FORMAT_WEBP:
      status = vips_webpsave_buffer(tagged, &buffer, length, "Q", quality, "lossless", quality >= 100, "strip", TRUE, NULL);
      break;
  }
  g_object_unref(tagged);
  g_object_unref(view);
  vips_thread_shutdown();
  if (status) return fail(STATUS_INTERNAL, "the picture cannot be encoded");
  *bytes = buffer;
  return STATUS_OK;
}
