using Collimate.Tokenization.Decoding;
using Collimate.Tokenization.Models;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.PostProcessing;
using Collimate.Tokenization.PreTokenization;

namespace Collimate.Tokenization;

/// <summary>What a <see cref="Tokenizer"/> consists of.</summary>
internal sealed record TokenizerParts
{
    public required ITokenModel Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Null where text stays as it is written.</summary>
    public INormalizer? Normalizer { get; init; }

    /// <summary>Null where the model gets whole texts.</summary>
    public IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>Null where nothing is put around a text.</summary>
    public IPostProcessor? PostProcessor { get; init; }

    /// <summary>Null where tokens are joined with blanks.</summary>
    public ITokenDecoder? Decoder { get; init; }

    /// <summary>The file that it was read from, so that it can be written again.</summary>
    public ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>Fills up short rows; null where none is named.</summary>
    public string? PadToken { get; init; }

    /// <summary>Ends an answer; null where none is named.</summary>
    public string? EosToken { get; init; }

    /// <summary>Opens a text; null where none is named.</summary>
    public string? BosToken { get; init; }

    /// <summary>Stands for a picture; null where pictures are not known.</summary>
    public string? ImageToken { get; init; }
}
