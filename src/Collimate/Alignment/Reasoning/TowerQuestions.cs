using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>The text tower of SigLIP, CLIP or the gym's encoder reads the question.</summary>
/// <remarks>Published SigLIP towers were trained on texts filled up to their full length, which they see; their questions are filled up alike, and what follows sees the question's own tokens.</remarks>
public sealed class TowerQuestions : Module, IQuestionReader
{
    private readonly DualEncoder encoder;
    private readonly ITokenizer tokenizer;
    private readonly bool fillsUp;

    /// <param name="encoder">The encoder whose text half reads; owned from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public TowerQuestions(DualEncoder encoder, ITokenizer tokenizer)
    {
        this.encoder = AddModule("encoder", encoder);
        this.tokenizer = tokenizer;
        fillsUp = encoder.Config.Family == EncoderFamily.Siglip && !encoder.Config.Text.PoolsLastValid;
    }

    /// <inheritdoc/>
    public int Width => encoder.Config.Text.HiddenSize;

    // The gym's encoder was trained on captions as words of a text, with nothing around them.
    private bool IsOfTheGym => encoder.Config.Family == EncoderFamily.Siglip && !fillsUp;

    /// <inheritdoc/>
    public int[] Tokenize(string question)
    {
        var ids = IsOfTheGym ? tokenizer.Encode(" " + question) : [.. tokenizer.EncodeText(question).Ids];
        var most = encoder.Config.Text.MaxPositions;
        return ids.Length <= most ? ids : IsOfTheGym ? ids[..most] : [.. ids[..(most - 1)], ids[^1]]; // the closing token stays
    }

    /// <inheritdoc/>
    public QuestionTokens Encode(IReadOnlyList<int[]> questions)
    {
        var text = encoder.Config.Text;
        var (ids, valid) = PaddedIds.Of(questions, text.PadTokenId, encoder.LogitScale.Device, fillsUp ? text.MaxPositions : 1);
        return new QuestionTokens(encoder.Text.Encode(ids, fillsUp ? null : valid).Last, [.. questions.Select(question => question.Length)]);
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        ConfigSection.Save(encoder.Config.ToJson(), CheckpointFolder.ConfigFile(folder));
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
    }
}
