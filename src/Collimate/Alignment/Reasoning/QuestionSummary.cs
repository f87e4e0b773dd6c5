using Collimate.Models;
using Collimate.Models.Recurrent;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>Makes one vector of a question's tokens.</summary>
/// <remarks>Source: SMART-101 (Cherian et al. 2023), section 4.1: a gated recurrent unit over BERT's tokens, from both ends, and the mean of its states over 110 places, padding included.</remarks>
public sealed class QuestionSummary : Module
{
    private readonly ReasonerShape shape;
    private readonly Activation activation;
    private readonly Gru? recurrent;
    private readonly Linear? widen;
    private readonly Tensor? queries;
    private readonly Linear? key;
    private readonly Linear? value;
    private readonly Linear output;

    /// <param name="shape">The reasoner's shape, with questions.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="generator">Draws the weights.</param>
    internal QuestionSummary(ReasonerShape shape, Activation activation, Generator? generator)
    {
        (this.shape, this.activation) = (shape, activation);
        var (width, inner) = (shape.QuestionWidth!.Value, shape.Inner);
        using var scope = new TensorScope();
        switch (shape.Summary)
        {
            case QuestionSummaryKind.Gru:
                // The published code ties the biases to its flag for the baseline.
                recurrent = AddModule("q_lstm", new Gru(new GruOptions { InputSize = width, HiddenSize = inner, IsBidirectional = true, HasBias = shape.Form == ReasonerForm.Baseline }, generator));
                output = AddModule("q_MLP", new Linear(2 * inner, shape.Width, generator: generator));
                break;
            case QuestionSummaryKind.Mean:
                widen = AddModule("q_MLP.0", new Linear(width, inner, generator: generator));
                output = AddModule("q_MLP.2", new Linear(inner, shape.Width, generator: generator));
                break;
            default:
                queries = AddParameter("queries", [1, shape.Queries, width], () => Initialization.Normal([1, shape.Queries, width], 0.02, generator));
                key = AddModule("key", new Linear(width, width, generator: generator));
                value = AddModule("value", new Linear(width, width, generator: generator));
                output = AddModule("q_MLP", new Linear(width, shape.Width, generator: generator));
                break;
        }
    }

    /// <summary>Sums questions up.</summary>
    /// <param name="question">The tokens.</param>
    /// <returns><c>[rows, width]</c></returns>
    public Tensor Forward(QuestionTokens question)
    {
        var tokens = question.Tokens;
        if (recurrent is not null)
        {
            return activation.Apply(output.Forward(ReadRecurrently(question)));
        }

        if (widen is not null)
        {
            return activation.Apply(output.Forward(activation.Apply(widen.Forward(Mean(tokens, question.Marks())))));
        }

        var asked = queries!.Expand(tokens.Size(0), queries.Size(1), queries.Size(2));
        return activation.Apply(output.Forward(MaskedAttention.Mix(asked, key!.Forward(tokens), value!.Forward(tokens), shape.Heads, question.Marks(), null).Mean(1)));
    }

    /// <summary>The mean over places that count.</summary>
    /// <param name="x"><c>[rows, places, width]</c></param>
    /// <param name="marks">1 where a place counts, <c>[rows, places, 1]</c>.</param>
    /// <returns><c>[rows, width]</c></returns>
    internal static Tensor Mean(Tensor x, Tensor marks) => (x * marks).Sum(1) / marks.Sum(1);

    private Tensor ReadRecurrently(QuestionTokens question)
    {
        if (shape.SummaryPlaces is not { } places)
        {
            int[] lengths = [.. question.Lengths.Select(length => Math.Min(length, (int)question.Tokens.Size(1)))];
            return Mean(recurrent!.Forward(question.Tokens, lengths).Outputs, question.Marks());
        }

        var tokens = (question.Tokens * question.Marks()).Slice(1, 0, places);
        var missing = places - tokens.Size(1);
        tokens = missing > 0 ? Tensor.Cat([tokens, Tensor.Zeros([tokens.Size(0), missing, tokens.Size(2)], device: tokens.Device)], 1) : tokens;
        return recurrent!.Forward(tokens).Outputs.Mean(1);
    }
}
