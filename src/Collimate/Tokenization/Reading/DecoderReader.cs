using Collimate.Tokenization.Decoding;
using Collimate.Tokenization.PreTokenization;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>decoder</c>.</summary>
internal static class DecoderReader
{
    internal static ITokenDecoder Read(JsonSection section) => section.String("type") switch
    {
        "Sequence" => new SequenceDecoder([.. section.Sections("decoders").Select(Read)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "WordPiece" => new WordPieceDecoder(section.StringOrNone("prefix") ?? "##", section.Flag("cleanup", otherwise: true)),
        "Metaspace" => new MetaspaceDecoder(section.Character("replacement"), PreTokenizerReader.ReadScheme(section) != PrependScheme.Never),
        "BPEDecoder" => new PairDecoder(section.StringOrNone("suffix") ?? "</w>"),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Replace" => new ReplaceDecoder(PatternReader.Read(section), section.String("content")),
        "Strip" => section.Character("content") is { Length: 1 } content
            ? new StripDecoder(content[0], section.Number("start"), section.Number("stop"))
            : throw section.Complaint("content", "a character of the basic plane"),
        _ => throw section.Complaint("type", "a Sequence of BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Strip and WordPiece"),
    };
}
