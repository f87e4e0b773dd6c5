using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Tests.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Data.Conversations;

/// <summary>Conversations for tests.</summary>
internal static class Samples
{
    internal static readonly ImageSource Picture = ImageSource.FromImage(Image.Filled(2, 2, 1, 2, 3));

    /// <summary>One to three exchanges, perhaps with system text, and up to three pictures anywhere they may stand.</summary>
    internal static Arbitrary<Sample> Any { get; } = Arb.From(
        from system in Gen.Frequency((1, Gen.Constant<string?>(null)), (2, Texts.Said.Generator.Select(s => (string?)s)))
        from exchanges in Gen.Choose(1, 3)
        from words in Gen.ArrayOf(Texts.Said.Generator, exchanges * 2)
        from pictures in Gen.ArrayOf(Gen.Frequency((3, Gen.Constant("")), (1, Gen.Constant("<image>")), (1, Gen.Constant("<image>\n"))), exchanges)
        select Make(system, words, pictures));

    internal static Sample Of(params (string Role, string Text)[] turns)
    {
        var conversation = turns.Select(t => new Turn(t.Role, t.Text)).ToArray();
        return new Sample("sample-7", [.. Enumerable.Repeat(Picture, conversation.Sum(ConversationRenderer.CountImages))], conversation);
    }

    private static Sample Make(string? system, string[] words, string[] pictures)
    {
        var turns = system is null ? [] : new List<(string, string)> { ("system", system) };
        for (var k = 0; k < pictures.Length; k++)
        {
            turns.Add(("user", pictures[k] + words[2 * k]));
            turns.Add(("assistant", words[(2 * k) + 1]));
        }

        return Of([.. turns]);
    }
}
