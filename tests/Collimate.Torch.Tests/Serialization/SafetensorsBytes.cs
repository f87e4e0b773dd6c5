using System.Buffers.Binary;
using System.Text;

namespace Collimate.Torch.Tests.Serialization;

/// <summary>Safetensors files made by hand, so that tests can break any rule.</summary>
internal static class SafetensorsBytes
{
    internal static byte[] Make(string header, int dataLength, long? statedLength = null) => Make(Encoding.UTF8.GetBytes(header), dataLength, statedLength);

    internal static byte[] Make(byte[] header, int dataLength, long? statedLength = null)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, statedLength ?? header.Length);
        header.CopyTo(bytes, 8);
        for (var k = 0; k < dataLength; k++)
        {
            bytes[8 + header.Length + k] = (byte)(k + 1);
        }

        return bytes;
    }
}
