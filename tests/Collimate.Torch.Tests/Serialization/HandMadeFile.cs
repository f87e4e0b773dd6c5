using System.Buffers.Binary;
using System.Text;

namespace Collimate.Torch.Tests.Serialization;

/// <summary>A folder of its own for a test, with safetensors files put together by hand.</summary>
internal sealed class HandMadeFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    internal string Folder => folder.FullName;

    internal string this[string name] => Path.Combine(Folder, name);

    internal static byte[] Bytes(string header, int dataLength) => Bytes(Encoding.UTF8.GetBytes(header), dataLength);

    internal static byte[] Bytes(byte[] header, int dataLength, ulong? saidLength = null)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, saidLength ?? (ulong)header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    internal static string Entry(string name, string type, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}";

    internal string Write(byte[] bytes, string name = "model.safetensors")
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => folder.Delete(recursive: true);
}
