using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tests.Cli;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>A dual encoder so small that it looks at a picture in no time, and a folder that holds it.</summary>
internal static class TinyEncoder
{
    public const int Side = 8;

    public static readonly VisionConfig Vision = new() { HiddenSize = 16, LayerCount = 2, HeadCount = 4, IntermediateSize = 24, ImageSize = Side, PatchSize = 4 };

    public static ImageProcessor Processor { get; } = new(new ImageTransform { ExactSize = new ImageSize(Side, Side) });

    /// <summary>SigLIP where nothing else is asked for.</summary>
    public static DualEncoder Create(ulong seed = 1, VisionConfig? vision = null)
    {
        var shape = vision ?? Vision;
        var text = new TextConfig { Family = shape.Family, VocabularySize = 256, HiddenSize = 16, LayerCount = 1, HeadCount = 2, IntermediateSize = 16, EosTokenId = 255 };
        using var generator = new Generator(seed);
        var encoder = new DualEncoder(new DualEncoderConfig { Vision = shape, Text = text, ProjectionSize = shape.Family == EncoderFamily.Clip ? 12 : null }, generator);
        encoder.SetRequiresGrad(false);
        return encoder;
    }

    /// <summary>Writes encoder, tokenizer and preprocessing.</summary>
    public static string Save(string folder, ulong seed = 1)
    {
        using var encoder = Create(seed);
        encoder.Save(folder);
        using var tokenizer = new TemporaryTokenizer();
        File.Copy(Path.Combine(tokenizer.Path, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        Processor.Transform.Save(Path.Combine(folder, "preprocessor_config.json"));
        return folder;
    }

    /// <summary>Knows single bytes.</summary>
    public static ITokenizer Tokenizer()
    {
        using var folder = new TemporaryTokenizer();
        return Collimate.Tokenization.Tokenizer.Load(folder.Path);
    }

    /// <summary>A picture of noise.</summary>
    public static Image Picture(int number)
    {
        var pixels = new byte[Side * Side * 3];
        new Random(number).NextBytes(pixels);
        return new Image(Side, Side, 3, pixels);
    }

    /// <summary>A folder of different pictures.</summary>
    public static string SavePictures(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (var k = 0; k < count; k++)
        {
            ImageCodec.Save(Picture(k), Path.Combine(folder, $"{k:0000}.png"));
        }

        return folder;
    }
}
