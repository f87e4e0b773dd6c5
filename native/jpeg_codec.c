/* Decodes plain JPEG files straight into memory of the caller, four bytes a pixel: no pipeline, no copy. Whatever is not plain
 * (several scans, other colours, turned by its EXIF tag) or not flawless is left to the careful decoder of image_codec.c. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { DECODED = 0, NOT_PLAIN = 1 };

#ifdef COLLIMATE_JPEG
#include <jpeglib.h>
#endif

#if defined(COLLIMATE_JPEG) && defined(JCS_EXTENSIONS)

typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
} failure;

static void give_up(j_common_ptr info) { longjmp(((failure *)info->err)->escape, 1); }

/* A warning means damaged data; traces are of no interest. */
static void on_message(j_common_ptr info, int level) {
  if (level < 0) give_up(info);
}

static void say_nothing(j_common_ptr info) { (void)info; }

static unsigned read_16(const uint8_t *at, int big) { return big ? (unsigned)(at[0] << 8 | at[1]) : (unsigned)(at[1] << 8 | at[0]); }

static uint32_t read_32(const uint8_t *at, int big) {
  return big ? (uint32_t)read_16(at, 1) << 16 | read_16(at + 2, 1) : (uint32_t)read_16(at + 2, 0) << 16 | read_16(at, 0);
}

/* 1 when a block of EXIF data leaves the picture as it is, 0 when it turns it or cannot be read. */
static int is_upright(const uint8_t *tiff, size_t length) {
  int big;
  uint32_t place;
  unsigned count;
  if (length < 8) return 0;
  if (memcmp(tiff, "II*\0", 4) == 0)
    big = 0;
  else if (memcmp(tiff, "MM\0*", 4) == 0)
    big = 1;
  else
    return 0;
  place = read_32(tiff + 4, big);
  if (place < 8 || place > length - 2) return 0;
  count = read_16(tiff + place, big);
  if ((size_t)count * 12 > length - place - 2) return 0;
  for (unsigned k = 0; k < count; k++) {
    const uint8_t *entry = tiff + place + 2 + (size_t)k * 12;
    if (read_16(entry, big) == 0x0112 && (read_16(entry + 2, big) != 3 || read_16(entry + 8, big) != 1)) return 0;
  }
  return 1;
}

static int is_plain(j_decompress_ptr info) {
  if (info->progressive_mode || info->arith_code || info->data_precision != 8) return 0;
  if (info->jpeg_color_space != JCS_YCbCr && info->jpeg_color_space != JCS_RGB && info->jpeg_color_space != JCS_GRAYSCALE) return 0;
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next)
    if (marker->data_length >= 6 && memcmp(marker->data, "Exif\0", 5) == 0 && !is_upright(marker->data + 6, marker->data_length - 6)) return 0;
  return 1;
}

/* Writes rows of width * 4 bytes (red, green, blue, and one without meaning) where the picture has exactly the size that its header was read to say. */
EXPORT int collimate_jpeg_decode(const void *bytes, size_t length, int32_t width, int32_t height, uint8_t *pixels, size_t capacity) {
  struct jpeg_decompress_struct info;
  failure errors;
  memset(&info, 0, sizeof info);
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = on_message;
  errors.manager.output_message = say_nothing;
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&info);
    return NOT_PLAIN;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, (unsigned char *)bytes, (unsigned long)length); /* it reads only */
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  if (!is_plain(&info) || info.image_width != (JDIMENSION)width || info.image_height != (JDIMENSION)height ||
      capacity < (size_t)width * 4 * (size_t)height)
    give_up((j_common_ptr)&info);
  info.out_color_space = JCS_EXT_RGBX;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    JSAMPROW rows[8];
    JDIMENSION left = info.output_height - info.output_scanline, asked = left < 8 ? left : 8;
    for (JDIMENSION k = 0; k < asked; k++) rows[k] = pixels + (size_t)(info.output_scanline + k) * (size_t)width * 4;
    jpeg_read_scanlines(&info, rows, asked);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return DECODED;
}

#else

EXPORT int collimate_jpeg_decode(const void *bytes, size_t length, int32_t width, int32_t height, uint8_t *pixels, size_t capacity) {
  (void)bytes, (void)length, (void)width, (void)height, (void)pixels, (void)capacity;
  return NOT_PLAIN;
}

#endif
