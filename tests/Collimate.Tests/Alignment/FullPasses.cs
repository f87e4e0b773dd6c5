using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment;

/// <summary>Greedy decoding without cache, batch or padding: every token from a pass over the whole text so far.</summary>
internal static class FullPasses
{
    public static List<int> Greedy(VisionLanguageModel model, ConversationBatcher batcher, Sample sample, int most, int end = -1)
    {
        var written = new List<int>();
        var prompt = batcher.Render(sample, forGeneration: true);
        while (written.Count < most)
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var batch = batcher.Piece([sample], [With(prompt, written)], 0, 1).ToBatch(Device.Cpu);
            var pass = model.Forward(batch);
            var last = pass.Hidden.Select(0, 0).Select(0, pass.Sequence.Positions.RowLengths[0] - 1);
            var next = (int)model.Language.Logits(last).ArgMax(-1).ItemInt64();
            if (next == end)
            {
                break;
            }

            written.Add(next);
        }

        return written;
    }

    private static TokenLayout With(TokenLayout prompt, List<int> written)
    {
        var count = written.Count;
        return prompt with
        {
            TokenIds = [.. prompt.TokenIds, .. written],
            Kinds = [.. prompt.Kinds, .. Enumerable.Repeat(TokenKind.Answer, count)],
            Turns = [.. prompt.Turns, .. Enumerable.Repeat(prompt.Turns[^1], count)],
            ImageIndex = [.. prompt.ImageIndex, .. Enumerable.Repeat(-1, count)],
            Documents = [.. prompt.Documents, .. Enumerable.Repeat(prompt.Documents[^1], count)],
            Spans = [.. prompt.Spans, .. Enumerable.Repeat((0, 0), count)],
        };
    }
}
