using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Models.Language;
using Collimate.Torch.Fused;

namespace Collimate.Alignment;

/// <summary>What is asked about every picture of a batch: the one place that decides it, for training and generation alike.</summary>
/// <remarks>
/// A question is what the user says, without picture markers, role marks and special tokens. Nothing of an answer is part of it, so a prompt's question is the same with its answer and without.
/// </remarks>
/// <param name="Batch">The rows.</param>
/// <param name="Language">The decoder, whose embeddings may read the questions.</param>
public sealed record PictureQuestions(Batch Batch, CausalLanguageModel Language)
{
    /// <summary>The question of every picture, in the order of the pictures.</summary>
    /// <param name="turn">Whose question it is where a conversation has several.</param>
    /// <exception cref="DataException">Several questions that do not see each other share a picture; or the last question is wanted while earlier ones are answered.</exception>
    public IReadOnlyList<PictureQuestion> Of(QuestionTurn turn)
    {
        var found = new List<PictureQuestion>();
        foreach (var layout in Batch.Layouts.Take(Batch.RowsWithPictures))
        {
            if (layout.ImageCount > 0)
            {
                var row = new QuestionRow(layout);
                found.AddRange(row.Pictures().Select(marker => row.QuestionOf(marker, turn)));
            }
        }

        return found;
    }

    /// <summary>The text of a row, by exchanges.</summary>
    private sealed class QuestionRow
    {
        private readonly TokenLayout layout;
        private readonly int[] exchanges; // counted over the whole row; one ends where an answer ends, or a sample
        private readonly int[] samples;

        public QuestionRow(TokenLayout layout)
        {
            this.layout = layout;
            exchanges = new int[layout.Count];
            samples = [.. layout.Documents.Select(AttentionRule.SharedPart)];
            for (var token = 1; token < layout.Count; token++)
            {
                var ends = layout.Kinds[token - 1] == TokenKind.Answer && layout.Kinds[token] != TokenKind.Answer;
                exchanges[token] = exchanges[token - 1] + (ends || samples[token] != samples[token - 1] ? 1 : 0);
            }
        }

        public IEnumerable<int> Pictures() => Enumerable.Range(0, layout.Count).Where(token => layout.Kinds[token] == TokenKind.Image).OrderBy(token => layout.ImageIndex[token]);

        public PictureQuestion QuestionOf(int marker, QuestionTurn turn)
        {
            CheckShared(marker);
            var exchange = turn == QuestionTurn.First ? exchanges[marker] : LastAsked(marker);
            int[] words = [.. Enumerable.Range(0, layout.Count).Where(token => exchanges[token] == exchange && layout.Kinds[token] == TokenKind.Prompt && !(layout.InputIds?[token] < 0))];
            return new PictureQuestion(layout.SampleId, [.. words.Select(token => (layout.InputIds ?? layout.TokenIds)[token])], TextOf(words));
        }

        private int LastAsked(int marker)
        {
            var mine = Enumerable.Range(0, layout.Count).Where(token => samples[token] == samples[marker]).ToArray();
            var last = mine.LastOrDefault(token => layout.Kinds[token] == TokenKind.Prompt, marker);
            var learns = layout.Kinds[mine[^1]] == TokenKind.Answer; // a prompt that is to be answered ends in the assistant's opening
            return learns && mine.Any(token => layout.Kinds[token] == TokenKind.Answer && exchanges[token] < exchanges[last])
                ? throw new DataException(
                    layout.SampleId, "the eye is to look by the last question (question: last), but an earlier one of the same conversation is answered under it; say question: first, or train on one question a sample", DataFault.Pictures)
                : exchanges[last];
        }

        private void CheckShared(int marker)
        {
            if (layout.Documents[marker] != samples[marker])
            {
                return;
            }

            var documents = Enumerable.Range(0, layout.Count)
                .Where(token => samples[token] == samples[marker] && layout.Documents[token] != samples[marker] && layout.Kinds[token] != TokenKind.Padding)
                .Select(token => layout.Documents[token]).Distinct().Count();
            if (documents > 1)
            {
                throw new DataException(
                    layout.SampleId, $"{documents} packed questions share a picture, but the eye can look at it by one question only; set packed: false in the stage, or draw one question a sample", DataFault.Pictures);
            }
        }

        // Rows that other programs tokenized have no text. Where a picture stands between words, so does a space.
        private string? TextOf(int[] words)
        {
            if (layout.Text.Length == 0 && layout.Count > 0)
            {
                return null;
            }

            var text = new System.Text.StringBuilder();
            for (var k = 0; k < words.Length; k++)
            {
                var (start, length) = layout.Spans[words[k]];
                text.Append(k > 0 && layout.Spans[words[k - 1]] is var (before, size) && before + size != start ? " " : "").Append(layout.Text, start, length);
            }

            return text.ToString().Trim();
        }
    }
}

/// <summary>What is asked about a picture.</summary>
/// <param name="SampleId">Names the sample in messages.</param>
/// <param name="TokenIds">The question in the decoder's tokens; none where nothing is said.</param>
/// <param name="Text">The question as text; null where the row came without text.</param>
public sealed record PictureQuestion(string SampleId, int[] TokenIds, string? Text);

/// <summary>Which question of a conversation the eye looks by.</summary>
public enum QuestionTurn
{
    /// <summary>That of the exchange in which the picture stands: of a conversation about one picture, the first.</summary>
    First,

    /// <summary>The last that was asked; in training only where no earlier one is answered in the same row.</summary>
    Last,
}
