using System.Runtime.InteropServices;
using Collimate.Torch;

namespace Collimate.Imaging;

/// <summary>The C functions of <c>native/image_codec.c</c>, loaded on first use and checked for the version that this code was written for.</summary>
internal static unsafe partial class ImageLibrary
{
    internal const string Name = "collimate_image";
    private const int Version = 2;

    static ImageLibrary()
    {
        NativeLibraries.Register(typeof(ImageLibrary).Assembly, Name);
        var found = NativeVersion();
        if (found != Version)
        {
            throw new DllNotFoundException($"lib{Name}.so has interface version {found}, but this program needs {Version}. Run ./collimate or ./test once to build it anew.");
        }
    }

    /// <summary>Makes the library known to the loader; the first call does the work.</summary>
    internal static void EnsureLoaded()
    {
        // Running the static constructor is all there is to do.
    }

    /// <summary>The last failure on this thread, in our own words; a decoder's text never comes through.</summary>
    internal static string LastError => Marshal.PtrToStringUTF8(NativeLastError()) is { Length: > 0 } text ? text : "no reason was given";

    [LibraryImport(Name, EntryPoint = "collimate_image_abi")]
    private static partial int NativeVersion();

    [LibraryImport(Name, EntryPoint = "collimate_image_last_error")]
    private static partial nint NativeLastError();

    [LibraryImport(Name, EntryPoint = "collimate_image_free")]
    internal static partial void Free(void* memory);

    [LibraryImport(Name, EntryPoint = "collimate_image_decode")]
    internal static partial Status Decode(byte* bytes, nuint length, ImageFormat format, NativeLimits* limits, NativeImage* image);

    [LibraryImport(Name, EntryPoint = "collimate_jpeg_decode")]
    internal static partial int DecodeJpeg(byte* bytes, nuint length, int width, int height, byte* pixels, nuint capacity);

    [LibraryImport(Name, EntryPoint = "collimate_image_encode")]
    internal static partial Status Encode(NativeImage* image, ImageFormat format, int quality, byte** bytes, nuint* length);

    internal enum Status
    {
        Ok = 0,
        Header = 1,
        Limit = 2,
        Data = 3,
        Memory = 4,
        Internal = 5,
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeLimits
    {
        public long MaxPixels;
        public int MaxSide;
        public int MaxFrames;
        public int MinimumSide;
        public int Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeImage
    {
        public int Width;
        public int Height;
        public int Channels;
        public int Reserved;
        public byte* Pixels;
    }
}
