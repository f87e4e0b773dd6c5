using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Text;

namespace Collimate.Semantics.Labels;

/// <summary>What decides over a picture's labels beside the picture: labels of one origin mean nothing to another.</summary>
public sealed record LabelOrigin
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) }, RespectRequiredConstructorParameters = true,
    };

    /// <summary>SHA-256 of the dual encoder's configuration and weights, hexadecimal.</summary>
    public required string Encoder { get; init; }

    /// <summary>Which layer's patches are compared, counted from 1: the encoder's last.</summary>
    public required int Layer { get; init; }

    /// <summary>How patches and words are compared.</summary>
    public required SimilarityMode Similarity { get; init; }

    /// <summary>Texts in which <c>{}</c> stands for a word.</summary>
    public required IReadOnlyList<string> Templates { get; init; }

    /// <summary>The most words of a patch.</summary>
    public required int Top { get; init; }

    /// <summary>Rows of patches.</summary>
    public required int Rows { get; init; }

    /// <summary>Patches in a row.</summary>
    public required int Columns { get; init; }

    /// <summary>Width of the space in which patches and words are compared.</summary>
    public required int Width { get; init; }

    /// <summary>SHA-256 of the words in their order, hexadecimal.</summary>
    public required string Words { get; init; }

    /// <summary>How pictures are prepared.</summary>
    public required ImageTransform Preprocessing { get; init; }

    /// <summary>How the patches lie.</summary>
    [JsonIgnore]
    public PatchGrid Grid => new(Rows, Columns);

    /// <summary>The origin of labels that an encoder would find.</summary>
    /// <param name="encoder">The dual encoder.</param>
    /// <param name="preprocessing">How its pictures are prepared.</param>
    /// <param name="words">The words.</param>
    /// <param name="choices">How words are found.</param>
    public static LabelOrigin Of(DualEncoder encoder, ImageTransform preprocessing, WordList words, LabelChoices choices) => new()
    {
        Encoder = Fingerprint(encoder), Layer = encoder.Config.Vision.LayerCount, Similarity = choices.Similarity, Templates = choices.Templates, Top = choices.Top,
        Rows = encoder.Config.Vision.GridSize, Columns = encoder.Config.Vision.GridSize, Width = encoder.Config.EmbeddingSize, Words = words.Hash, Preprocessing = preprocessing,
    };

    /// <summary>SHA-256 of a dual encoder's configuration and weights, hexadecimal.</summary>
    public static string Fingerprint(DualEncoder encoder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(encoder.Config.ToJson().ToJsonString()));
        StateHash.Append(hash, encoder.NamedState());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>In what another origin differs, in words; empty where the labels are of one kind.</summary>
    /// <param name="wanted">The other.</param>
    public IReadOnlyList<string> DifferencesFrom(LabelOrigin wanted)
    {
        var differences = new List<string>();
        void Compare(string what, string mine, string theirs)
        {
            if (mine != theirs)
            {
                differences.Add($"{what} {mine}, not {theirs}");
            }
        }

        Compare("the encoder", Encoder[..12], wanted.Encoder[..12]);
        Compare("layer", Text(Layer), Text(wanted.Layer));
        Compare("similarity", Similarity.ToString().ToLowerInvariant(), wanted.Similarity.ToString().ToLowerInvariant());
        Compare("templates", string.Join(" | ", Templates), string.Join(" | ", wanted.Templates));
        Compare("words of a patch", Text(Top), Text(wanted.Top));
        Compare("a grid of", $"{Text(Rows)} x {Text(Columns)}", $"{Text(wanted.Rows)} x {Text(wanted.Columns)}");
        Compare("the word list", Words[..12], wanted.Words[..12]);
        Compare("preprocessing", JsonSerializer.Serialize(Preprocessing, Json), JsonSerializer.Serialize(wanted.Preprocessing, Json));
        return differences;
    }

    /// <summary>Which part of a picture an eye sees, in words: patches of two eyes show the same places where these are the same and the grids are.</summary>
    /// <param name="transform">How pictures are prepared.</param>
    public static string View(ImageTransform transform)
    {
        var size = transform.OutputSize;
        var shape = $"{Ratio((double)size.Width / size.Height)} times as wide as high";
        var frame = transform.PadToSquare ? "padded to a square, " : "";
        return transform.ExactSize is not null
            ? $"{frame}stretched to be {shape}{(transform.Crop is { } part ? $", then its central {Ratio((double)part.Width / transform.ExactSize.Value.Width)}" : "")}"
            : transform.ShortestEdge is { } edge ? $"{frame}the central part, {shape}, {Ratio((double)Math.Min(size.Width, size.Height) / edge)} of the shorter side" : $"{frame}the central {size}";
    }

    /// <summary>The origin as a file holds it.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads it back.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    internal static LabelOrigin FromJson(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<LabelOrigin>(json, Json) ?? throw new JsonException("null");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => Math.Round(ratio, 2).ToString(CultureInfo.InvariantCulture);
}

/// <summary>How words are found for patches.</summary>
/// <param name="Similarity">How patches and words are compared.</param>
/// <param name="Top">The most words of a patch.</param>
/// <param name="Templates">Texts in which <c>{}</c> stands for a word.</param>
public sealed record LabelChoices(SimilarityMode Similarity, int Top, IReadOnlyList<string> Templates);
