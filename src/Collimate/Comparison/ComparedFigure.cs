using System.Globalization;
using Collimate.Evaluation;
using Collimate.Evaluation.Statistics;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>How a figure is written.</summary>
public enum FigureUnit
{
    /// <summary>A share from 0 to 1, in percent.</summary>
    Share,

    /// <summary>A place in a list.</summary>
    Rank,

    /// <summary>A loss, a perplexity, or seconds of a step.</summary>
    Fine,

    /// <summary>A count.</summary>
    Count,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Bytes, in MiB.</summary>
    Memory,
}

/// <summary>A figure that every run has, and a comparison lays side by side.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Heading">Its name above a column.</param>
/// <param name="Meaning">What it is, in a line.</param>
/// <param name="Unit">How it is written.</param>
/// <param name="Of">Takes it from a run; NaN where the run has none.</param>
public sealed record ComparedFigure(string Key, string Heading, string Meaning, FigureUnit Unit, Func<RunResult, double> Of)
{
    /// <summary>Right answers on held-out compositions.</summary>
    public static ComparedFigure Compositions { get; } = new("compositions", "compositions", "right answers on held-out compositions, the mean over the kinds of questions", FigureUnit.Share, run => run.Mean("compositions"));

    /// <summary>Right answers on scenes with unseen objects, and with a blank picture.</summary>
    public static IReadOnlyList<ComparedFigure> Splits { get; } =
    [
        new("unseen", "unseen", "right answers on scenes with objects that training never showed or named", FigureUnit.Share, run => run.Mean("unseen")),
        new("blank", "blank", "right answers of the same model, shown an empty picture: what can be guessed", FigureUnit.Share, run => run.Mean("blank")),
    ];

    /// <summary>Answers by what they take, and language.</summary>
    public static IReadOnlyList<ComparedFigure> Answers { get; } =
    [
        new("perception", "perception", "right answers to questions of seeing alone", FigureUnit.Share, run => run.Mean("compositions", QuestionGroup.Perception)),
        new("cognition", "cognition", "right answers to comparisons, sums and questions in two steps", FigureUnit.Share, run => run.Mean("compositions", QuestionGroup.Cognition)),
        new("hallucination", "halluc.", "questions about absent objects that are answered as if they were there", FigureUnit.Share, run => run.Hallucination ?? double.NaN),
        new("validation_loss", "val. loss", "mean loss of an answer token on scenes kept for validation", FigureUnit.Fine, run => run.ValidationLoss),
        new("language_before", "language before", "perplexity of answers about scenes told in words, before training", FigureUnit.Fine, run => run.LanguageBefore ?? double.NaN),
        new("language_after", "language after", "the same after training", FigureUnit.Fine, run => run.LanguageAfter ?? double.NaN),
    ];

    /// <summary>How well visual tokens stand in line with words.</summary>
    public static IReadOnlyList<ComparedFigure> Alignment { get; } =
    [
        new("alignment", "alignment", "object patches whose nearest word is right", FigureUnit.Share, run => run.Alignment ?? double.NaN),
        new("among_five", "among 5", "object patches whose right word is among the five nearest", FigureUnit.Share, run => run.AlignmentReport?.Objects.TopFive ?? double.NaN),
        new("mean_rank", "mean rank", "mean place of the right word among all", FigureUnit.Rank, run => run.AlignmentReport?.Objects.MeanRank ?? double.NaN),
    ];

    /// <summary>What a run took.</summary>
    public static IReadOnlyList<ComparedFigure> Costs { get; } =
    [
        new("parameters", "parameters", "parameters of the model", FigureUnit.Count, run => run.Parameters ?? double.NaN),
        new("learning", "learning", "parameters that the stage with most of them trains", FigureUnit.Count, run => run.Learning.Count == 0 ? double.NaN : run.Learning.Values.Max()),
        new("samples", "samples", "samples that were trained on", FigureUnit.Count, run => run.Samples),
        new("steps", "steps", "optimizer steps", FigureUnit.Count, run => run.Steps),
        new("seconds", "seconds", "seconds that the training steps took", FigureUnit.Seconds, run => run.Seconds),
        new("processor_per_step", "processor s/step", "seconds of processor time of a step", FigureUnit.Fine, run => run.ProcessorPerStep ?? double.NaN),
        new("peak_memory", "memory", "the largest resident size of the training process", FigureUnit.Memory, run => run.PeakMemory),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ComparedFigure> All { get; } = [Compositions, .. Splits, .. Answers, .. Alignment, .. Costs];

    /// <summary>Mean and spread in characters.</summary>
    /// <param name="spread">The spread.</param>
    /// <param name="withUnit">Whether the unit is written behind.</param>
    public string Text(Spread spread, bool withUnit = true)
    {
        if (!double.IsFinite(spread.Mean))
        {
            return withUnit ? ReportText.Absent : "";
        }

        var (factor, format, unit, spreads) = Unit switch
        {
            FigureUnit.Share => (100.0, "0.0", withUnit ? " %" : "", true),
            FigureUnit.Rank => (1, "0.0", "", true),
            FigureUnit.Fine => (1, "0.000", "", true),
            FigureUnit.Count => (1, "N0", "", false),
            FigureUnit.Seconds => (1, "N0", withUnit ? " s" : "", true),
            _ => (1.0 / (1 << 20), "N0", " MiB", false),
        };
        var mean = (spread.Mean * factor).ToString(format, CultureInfo.InvariantCulture);
        return spreads && double.IsFinite(spread.Deviation) ? $"{mean} ± {(spread.Deviation * factor).ToString(format, CultureInfo.InvariantCulture)}{unit}" : mean + unit;
    }
}
