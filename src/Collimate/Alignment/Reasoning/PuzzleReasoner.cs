using Collimate.Models;
using Collimate.Models.Permutation;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>
/// Answers algorithmic puzzles: a picture's vector and a question's, each made by a part of its own, are fused, and the head of the puzzle answers.
/// </summary>
/// <remarks>
/// Sources: SMART-101 (Cherian et al. 2023), section 4, for <see cref="ReasonerForm.Baseline"/>; "On Vision-Language Reasoners" (Roberts 2024) for
/// <see cref="ReasonerForm.Smarter"/>, with or without its QF layer. Towers and text encoders stand before it; see docs/methods/smart-101.md.
/// </remarks>
public sealed class PuzzleReasoner : Module
{
    private readonly PictureSummary? pictures;
    private readonly QuestionSummary? questions;
    private readonly QfLayer? qf;
    private readonly LayerNorm? compositeNorm;
    private readonly Linear first;
    private readonly Linear second;
    private readonly LayerNorm? fusedNorm;
    private readonly AnswerTails tails;
    private readonly Activation activation;

    /// <summary>Makes a reasoner with freshly drawn weights.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    /// <exception cref="ArgumentException">The shape has neither pictures nor questions, a QF layer without both, or widths that heads do not divide.</exception>
    public PuzzleReasoner(ReasonerShape shape, Generator? generator = null)
    {
        Check(shape);
        Shape = shape;
        activation = shape.Form == ReasonerForm.Baseline ? Activation.Relu : Activation.Gelu;
        using var scope = new TensorScope();
        var parts = 0;
        if (shape.PictureWidths.Count > 0)
        {
            pictures = AddModule("im_encoder", new PictureSummary(shape, activation, generator));
            parts += shape.Width;
        }

        if (shape.Qf != QfForm.None)
        {
            qf = AddModule("qf", new QfLayer(shape, generator));
            parts += 2 * shape.QuestionWidth!.Value; // the tokens' mean as it is, and what the layer made of them
        }
        else if (shape.QuestionWidth is not null)
        {
            questions = AddModule("q_encoder", new QuestionSummary(shape, activation, generator));
            parts += shape.Width;
        }

        var hasNorms = shape.Form == ReasonerForm.Smarter;
        compositeNorm = hasNorms ? AddModule("c.ln", new LayerNorm(parts, shape.NormEpsilon)) : null;
        first = AddModule("qv_fusion.ln1", new Linear(parts, shape.Width, generator: generator));
        second = AddModule("qv_fusion.ln2", new Linear(shape.Width, shape.Width, generator: generator));
        fusedNorm = hasNorms ? AddModule("qv_fusion.layer_norm", new LayerNorm(shape.Width, shape.NormEpsilon)) : null;
        tails = AddModule("ans_decoder", new AnswerTails(shape, activation, generator));
    }

    /// <summary>The reasoner's shape.</summary>
    public ReasonerShape Shape { get; }

    /// <summary>Answers.</summary>
    /// <param name="input">Pictures and questions.</param>
    /// <param name="pass">The seed of this pass's dropout while training; null to leave nothing out.</param>
    /// <returns>The scores of all rows, tail by tail.</returns>
    public IReadOnlyList<TailScores> Forward(ReasonerInput input, ulong? pass = null)
    {
        var dropout = pass is { } seed && Shape.Dropout > 0 ? new PassDropout(Shape.Dropout, seed) : null;
        var parts = new List<Tensor>();
        var picture = pictures?.Forward(input.Pictures, new PuzzleRows(input.Puzzles));         // [rows, width]
        if (picture is not null)
        {
            parts.Add(picture);
        }

        if (qf is not null)
        {
            parts.Add(QuestionSummary.Mean(input.Question!.Tokens, input.Question.Marks()));    // [rows, question width]
            parts.Add(qf.Forward(picture!, input, dropout));
        }
        else if (questions is not null)
        {
            parts.Add(questions.Forward(input.Question!));
        }

        var composite = parts.Count == 1 ? parts[0] : Tensor.Cat(parts, 1);
        composite = compositeNorm?.Forward(composite) ?? composite;
        var fused = activation.Apply(second.Forward(activation.Apply(first.Forward(composite))));
        return tails.Forward(fusedNorm?.Forward(fused) ?? fused, input.Puzzles);
    }

    private static void Check(ReasonerShape shape)
    {
        if (shape.PictureWidths.Count == 0 && shape.QuestionWidth is null)
        {
            throw new ArgumentException("a reasoner needs pictures, questions, or both", nameof(shape));
        }

        if (shape.Qf != QfForm.None && (shape.PictureWidths.Count == 0 || shape.QuestionWidth is null))
        {
            throw new ArgumentException("the QF layer lets a question look at a picture, so it needs both", nameof(shape));
        }

        var widths = new[] { shape.Qf == QfForm.Real || shape.Summary == QuestionSummaryKind.Queries ? shape.QuestionWidth : null, shape.Head == PictureHead.QFormer ? shape.Width : null };
        if (widths.FirstOrDefault(width => width % shape.Heads > 0) is { } odd)
        {
            throw new ArgumentException($"{shape.Heads} attention heads do not divide a width of {odd}", nameof(shape));
        }

        if (shape.Puzzles.Count == 0)
        {
            throw new ArgumentException("there is no puzzle", nameof(shape));
        }
    }
}
