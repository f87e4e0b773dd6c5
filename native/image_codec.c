typedef int placeholder_image_codec;
