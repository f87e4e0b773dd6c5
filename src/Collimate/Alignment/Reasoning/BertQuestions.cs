using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>BERT reads the question; the tokens it puts around a text are read too, as in SMART-101's baseline.</summary>
public sealed class BertQuestions : Module, IQuestionReader
{
    private readonly BertModel bert;
    private readonly ITokenizer tokenizer;
    private readonly int most;

    /// <param name="bert">The encoder; owned from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="most">The most tokens that are read (SMART-101: 110).</param>
    public BertQuestions(BertModel bert, ITokenizer tokenizer, int most)
    {
        this.bert = AddModule("encoder", bert);
        (this.tokenizer, this.most) = (tokenizer, Math.Min(most, bert.Config.MaxPositions));
    }

    /// <inheritdoc/>
    public int Width => bert.Config.HiddenSize;

    /// <inheritdoc/>
    public int[] Tokenize(string question) => [.. tokenizer.EncodeText(question).Ids.Take(most)];

    /// <inheritdoc/>
    public QuestionTokens Encode(IReadOnlyList<int[]> questions)
    {
        var (ids, valid) = PaddedIds.Of(questions, bert.Config.PadTokenId, bert.Parameters().First().Device);
        return new QuestionTokens(bert.Encode(ids, valid).Last, [.. questions.Select(question => question.Length)]);
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        ConfigSection.Save(bert.Config.ToJson(), CheckpointFolder.ConfigFile(folder));
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
    }
}
