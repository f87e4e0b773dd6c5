using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Alignment.Composition.Gps;

/// <summary>Which tokens of a row may move: pictures' tokens and the user's words before the first answer. System text, role markers, answers and what follows them stay.</summary>
/// <remarks>What is known when the first answer is given decides, so that a conversation of several questions is put in order in training as it is when it is held.</remarks>
/// <param name="Order">The row's sources where every picture stands in the place of its marker.</param>
/// <param name="Slots">The positions of those that may move, rising.</param>
/// <param name="Sources">The sources at these positions.</param>
/// <param name="Pictures">Which of them are tokens of pictures.</param>
/// <param name="Alike">For each of them the first that looks the same to the network: the same word, or itself.</param>
internal sealed record MovableTokens(int[] Order, int[] Slots, int[] Sources, bool[] Pictures, int[] Alike)
{
    /// <summary>How many may move; 0 for a row that has nothing to be put in order.</summary>
    internal int Count => Slots.Length;

    /// <summary>Finds the movable tokens of a row.</summary>
    /// <param name="layout">The row.</param>
    /// <param name="order">Its sources where every picture stands in the place of its marker.</param>
    /// <param name="visualCount">Its visual tokens.</param>
    /// <param name="perImage">Visual tokens of a picture.</param>
    /// <exception cref="DataException">Several questions share a row and do not see each other.</exception>
    internal static MovableTokens Of(TokenLayout layout, int[] order, int visualCount, int perImage)
    {
        CheckDocuments(layout);
        var answer = Array.IndexOf(layout.Kinds, TokenKind.Answer);
        var end = answer < 0 ? layout.Count : answer;
        var slots = new List<int>();
        for (var at = 0; at < order.Length; at++)
        {
            var token = order[at] < visualCount ? MarkerOf(layout, order[at] / perImage) : order[at] - visualCount;
            if (token < end && layout.Kinds[token] is TokenKind.Image or TokenKind.Prompt)
            {
                slots.Add(at);
            }
        }

        var pictures = slots.Select(at => order[at] < visualCount).ToArray();
        // Without a picture there is nothing to place, and a single token has one order.
        return slots.Count < 2 || !pictures.Contains(true)
            ? new MovableTokens(order, [], [], [], [])
            : new MovableTokens(order, [.. slots], [.. slots.Select(at => order[at])], pictures, AlikeTokens.FirstOf([.. slots.Select(at => WordAt(layout, order[at] - visualCount))]));
    }

    /// <summary>The row's sources after a choice.</summary>
    /// <param name="choice">For each slot, which of the movable tokens stands there.</param>
    internal int[] After(int[] choice)
    {
        var order = (int[])Order.Clone();
        for (var slot = 0; slot < choice.Length; slot++)
        {
            order[Slots[slot]] = Sources[choice[slot]];
        }

        return order;
    }

    private static int? WordAt(TokenLayout layout, int token) => token < 0 ? null : (layout.InputIds ?? layout.TokenIds)[token];

    private static int MarkerOf(TokenLayout layout, int image)
    {
        for (var token = 0; token < layout.Count; token++)
        {
            if (layout.Kinds[token] == TokenKind.Image && layout.ImageIndex[token] == image)
            {
                return token;
            }
        }

        return layout.Count;
    }

    private static void CheckDocuments(TokenLayout layout)
    {
        var documents = layout.Documents.Where((document, token) => document > 0 && layout.Kinds[token] != TokenKind.Padding).Distinct().Count();
        if (documents > 1)
        {
            throw new DataException(
                layout.SampleId,
                $"{documents} packed questions do not see each other, but gps puts a picture in order for one question only; set packed: false in the stage, or draw one question a sample",
                DataFault.Pictures);
        }
    }
}
