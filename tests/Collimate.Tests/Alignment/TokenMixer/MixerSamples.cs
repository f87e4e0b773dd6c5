using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Fusion;
using Collimate.Data.Conversations;
using Collimate.Training.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.TokenMixer;

/// <summary>Tiny models that order their tokens by similarity, and questions for them.</summary>
internal static class MixerSamples
{
    /// <summary>All readings, at thresholds that some image tokens reach and others do not.</summary>
    public static TheoryData<TokenMixerVariant, ImageSide, UnmatchedPlace> Readings => new()
    {
        { TokenMixerVariant.Ours, ImageSide.Before, UnmatchedPlace.First },
        { TokenMixerVariant.Ours, ImageSide.After, UnmatchedPlace.InPlace },
        { TokenMixerVariant.Paper, ImageSide.Before, UnmatchedPlace.First },
        { TokenMixerVariant.Paper, ImageSide.After, UnmatchedPlace.First },
        { TokenMixerVariant.Authors, ImageSide.Before, UnmatchedPlace.First },
    };

    /// <summary>Conversations whose pictures stand anywhere among the words of their turns.</summary>
    public static Gen<Sample> Samples { get; } =
        from exchanges in Gen.Choose(1, 2)
        from said in Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(0, LetterTokenizer.Letters.Length)).Where(letters => letters.Length is > 0 and < 9), exchanges * 2)
        from system in Gen.Elements("", "ab", ConversationRenderer.ImageMarker, "a" + ConversationRenderer.ImageMarker)
        select Make(system, said);

    /// <summary>Writes pictures where they stand among the words.</summary>
    public static ConversationBatcher Batcher { get; } =
        TinyVisionModel.Batcher(packed: false) with { Template = LetterTokenizer.Template with { Images = ImagePlacement.AsWritten } };

    /// <summary>The model of <see cref="TinyVisionModel"/> with another composition.</summary>
    public static VisionLanguageModel Model(IComposition composition, ulong seed = 1)
    {
        var parts = TinyVisionModel.Create(seed);
        return new VisionLanguageModel(
            new NoConditioning(), parts.Vision, parts.Connector, parts.Language, composition, new CausalAttention(), new NoFusion(), parts.PadTokenId);
    }

    /// <summary>TokenMixer at a threshold that about half of random image tokens reach.</summary>
    public static TokenMixerComposition Mixer(TokenMixerVariant variant = TokenMixerVariant.Ours, ImageSide side = ImageSide.Before, UnmatchedPlace place = UnmatchedPlace.First, double threshold = 0.2) =>
        new(new TokenMixerOptions { Variant = variant, Images = side, Unmatched = place, Threshold = threshold });

    // A zero among the letters of a user's turn is a picture.
    private static Sample Make(string system, int[][] said)
    {
        var pictures = ConversationRenderer.CountImages(new Turn("system", system));
        var turns = new List<Turn>();
        if (system.Length > 0)
        {
            turns.Add(new Turn("system", system));
        }

        foreach (var (at, letters) in said.Index())
        {
            var text = string.Concat(letters.Select(letter => letter > 0 ? $"{LetterTokenizer.Letters[letter - 1]}" : at % 2 == 0 ? ConversationRenderer.ImageMarker : "a"));
            pictures += at % 2 == 0 ? letters.Count(letter => letter == 0) : 0;
            turns.Add(new Turn(at % 2 == 0 ? "user" : "assistant", text));
        }

        return new Sample("tiny", [.. Enumerable.Range(0, pictures).Select(TinyVisionModel.Picture)], turns);
    }
}
