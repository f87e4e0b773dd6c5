using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Conditioning;

/// <summary>The question's tokens stand behind the patches in every layer of the tower, and patches and words see each other.</summary>
/// <remarks>
/// Source: the program released with "On Vision-Language Models": a two-layer MLP brings the vectors of a text encoder to the tower's width; they have no positions, pass the tower's first norm, and what became of them
/// is handed on behind the patches. There the places beyond a short question are seen too, so that a question's company changes what is seen; here nobody sees them.
/// </remarks>
public sealed class TextTokenConditioning : Module, IConditioning
{
    private readonly ITextReader reader;
    private readonly QuestionTurn question;
    private readonly int length;
    private readonly bool keeps;
    private readonly Linear first;
    private readonly Linear second;

    /// <param name="reader">Reads the question; owned from now on where it is a module.</param>
    /// <param name="question">Which question of a conversation.</param>
    /// <param name="length">The most tokens of a question; what it has more is not read.</param>
    /// <param name="keeps">Whether the tower hands on as many tokens behind the patches, zeros beyond the question.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="generator">Draws the initial weights.</param>
    public TextTokenConditioning(ITextReader reader, QuestionTurn question, int length, bool keeps, EncoderTower tower, Generator? generator)
    {
        (this.reader, this.question, this.length, this.keeps) = (reader, question, length, keeps);
        var width = tower.Config.HiddenSize;
        first = AddModule("linear_1", new Linear(reader.Width, width, generator: generator));
        second = AddModule("linear_2", new Linear(width, width, generator: generator));
        if (reader is Module module)
        {
            AddModule("reader", module);
        }
    }

    /// <inheritdoc/>
    public bool ReadsQuestion => true;

    /// <inheritdoc/>
    public int KeptTokens => keeps ? length : 0;

    /// <summary>What reads the question.</summary>
    public ITextReader Reader => reader;

    /// <inheritdoc/>
    public VisionCondition? Read(PictureQuestions asked)
    {
        using var scope = new TensorScope();
        var read = reader.Read(asked.Of(question), asked.Language).Fitted(length);
        var said = second.Forward(Activation.Gelu.Apply(first.Forward(read.Tokens.To(first.Weight.Type)))); // [images, length, width]
        return new VisionCondition { Tokens = scope.Escape(said), TokenLengths = read.Lengths, KeepsTokens = keeps };
    }
}
