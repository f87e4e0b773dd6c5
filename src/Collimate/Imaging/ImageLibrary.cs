using Collimate.Torch;

namespace Collimate.Imaging;

/// <summary>Makes the image library known to the loader.</summary>
internal static class ImageLibrary
{
    internal const string Name = "collimate_image";

    static ImageLibrary() => NativeLibraries.Register(typeof(ImageLibrary).Assembly, Name);

    internal static void EnsureLoaded()
    {
    }
}
