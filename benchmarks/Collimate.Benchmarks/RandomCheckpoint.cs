using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>
/// Writes the checkpoint of a Qwen2 decoder with made-up weights, tensor by tensor in the order that published files have (by name), so that
/// a file of gigabytes takes a few megabytes of memory to make.
/// </summary>
internal static class RandomCheckpoint
{
    /// <summary>The shapes of Qwen2.5-0.5B.</summary>
    public static LanguageConfig HalfBillion { get; } = new()
    {
        VocabularySize = 151_936, HiddenSize = 896, LayerCount = 24, HeadCount = 14, KeyValueHeadCount = 2, HeadSize = 64, IntermediateSize = 4864,
        MaxPositions = 32_768, RotaryTheta = 1_000_000, TieEmbeddings = true, ProjectionBias = true,
    };

    /// <summary>The same kind of decoder at a size that is made and run in a moment.</summary>
    public static LanguageConfig Small { get; } = HalfBillion with { VocabularySize = 8192, HiddenSize = 256, LayerCount = 4, HeadCount = 4, IntermediateSize = 1024 };

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>, unless they are there.</summary>
    /// <param name="config">The decoder's shape; tied.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="type">Single precision or bf16; the values are those of bf16 either way.</param>
    public static void Write(LanguageConfig config, string folder, ScalarType type)
    {
        var weights = Path.Combine(folder, CheckpointFolder.WeightsName);
        if (File.Exists(weights))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        ConfigSection.Save(config.ToJson(), CheckpointFolder.ConfigFile(folder));
        var tensors = Shapes(config).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
        using (var stream = new FileStream(weights + ".part", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            stream.Write(Header(tensors, type));
            var random = new Random(1);
            foreach (var (name, shape) in tensors)
            {
                WriteValues(stream, name, shape.Aggregate(1L, (product, size) => product * size), type, random);
            }
        }

        File.Move(weights + ".part", weights);
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes(LanguageConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize, queries = config.HeadCount * config.HeadSize, keys = config.KeyValueHeadCount * config.HeadSize;
        yield return ("model.embed_tokens.weight", [config.VocabularySize, hidden]);
        yield return ("model.norm.weight", [hidden]);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            foreach (var (part, width) in new[] { ("q_proj", queries), ("k_proj", keys), ("v_proj", keys) })
            {
                yield return ($"{prefix}self_attn.{part}.weight", [width, hidden]);
                yield return ($"{prefix}self_attn.{part}.bias", [width]);
            }

            yield return ($"{prefix}self_attn.o_proj.weight", [hidden, queries]);
            yield return ($"{prefix}mlp.gate_proj.weight", [inner, hidden]);
            yield return ($"{prefix}mlp.up_proj.weight", [inner, hidden]);
            yield return ($"{prefix}mlp.down_proj.weight", [hidden, inner]);
            yield return ($"{prefix}input_layernorm.weight", [hidden]);
            yield return ($"{prefix}post_attention_layernorm.weight", [hidden]);
        }
    }

    private static byte[] Header((string Name, long[] Shape)[] tensors, ScalarType type)
    {
        var entries = new Dictionary<string, object> { ["__metadata__"] = new Dictionary<string, string> { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var (name, shape) in tensors)
        {
            var end = offset + (shape.Aggregate(1L, (product, size) => product * size) * type.Size());
            entries[name] = new { dtype = type == ScalarType.BFloat16 ? "BF16" : "F32", shape, data_offsets = new[] { offset, end } };
            offset = end;
        }

        var json = JsonSerializer.Serialize(entries);
        var text = Encoding.UTF8.GetBytes(json.PadRight(((json.Length + 7) / 8 * 8)));
        var header = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(header, text.Length);
        text.CopyTo(header, 8);
        return header;
    }

    private static void WriteValues(Stream stream, string name, long count, ScalarType type, Random random)
    {
        var buffer = new byte[1 << 20];
        var width = type.Size();
        for (var done = 0L; done < count;)
        {
            var part = (int)Math.Min(count - done, buffer.Length / width);
            random.NextBytes(buffer.AsSpan(0, part * width));
            for (var k = 0; k < part; k++)
            {
                var value = buffer.AsSpan(k * width, width);
                var bits = Value(name, BinaryPrimitives.ReadUInt16LittleEndian(value));
                if (width == 4)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)bits << 16);
                }
                else
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(value, bits);
                }
            }

            stream.Write(buffer, 0, part * width);
            done += part;
        }
    }

    // In bf16: norms are 1, biases 0, and all else is spread over ±(2^-7 … 2^-5), about as wide as weights are.
    private static ushort Value(string name, ushort random) =>
        name.Contains("norm", StringComparison.Ordinal) ? (ushort)0x3f80
        : name.EndsWith("bias", StringComparison.Ordinal) ? (ushort)0
        : (ushort)((random & 0x8000) | (0x3c00 + (random & 0xff)));
}
