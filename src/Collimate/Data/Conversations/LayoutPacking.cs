using Collimate.Torch.Fused;

namespace Collimate.Data.Conversations;

/// <summary>Puts rendered samples one after the other into one row, as documents that never see each other.</summary>
public static class LayoutPacking
{
    /// <summary>Joins rendered samples; a single one stays as it is.</summary>
    /// <param name="layouts">The samples in their order; their pictures follow each other in the same order.</param>
    /// <returns>One layout. Sample s keeps its tokens and labels; its document numbers grow by s · <see cref="AttentionRule.DocumentsPerSample"/>.</returns>
    public static TokenLayout Join(IReadOnlyList<TokenLayout> layouts)
    {
        if (layouts.Count == 1)
        {
            return layouts[0];
        }

        var (images, turns, characters) = (0, 0, 0);
        var (imageIndex, turnNumbers, documents, spans) = (new List<int>(), new List<int>(), new List<int>(), new List<(int, int)>());
        foreach (var (sample, layout) in layouts.Select(layout => layout.Joined()).Index())
        {
            for (var k = 0; k < layout.Count; k++)
            {
                imageIndex.Add(layout.ImageIndex[k] < 0 ? -1 : images + layout.ImageIndex[k]);
                turnNumbers.Add(layout.Turns[k] < 0 ? -1 : turns + layout.Turns[k]);
                documents.Add(checked((sample * AttentionRule.DocumentsPerSample) + layout.Documents[k]));
                spans.Add((characters + layout.Spans[k].Start, layout.Spans[k].Length));
            }

            images += layout.ImageCount;
            turns += layout.Turns.Max() + 1;
            characters += layout.Text.Length;
        }

        return new TokenLayout(
            [.. layouts.SelectMany(layout => layout.TokenIds)], [.. layouts.SelectMany(layout => layout.Kinds)], [.. turnNumbers], [.. imageIndex], [.. documents], [.. spans],
            string.Concat(layouts.Select(layout => layout.Text)))
        {
            SampleId = string.Join(" + ", layouts.Select(layout => layout.SampleId)),
            InputIds = layouts.All(layout => layout.InputIds is null) ? null : [.. layouts.SelectMany(layout => layout.InputIds ?? layout.TokenIds)],
            Learnt = layouts.All(layout => layout.Learnt is null) ? null : [.. layouts.SelectMany(layout => layout.Learnt ?? [.. Enumerable.Repeat(true, layout.Count)])],
        };
    }
}
