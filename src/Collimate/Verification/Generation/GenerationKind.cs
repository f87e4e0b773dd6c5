using System.Globalization;
using System.Text.RegularExpressions;
using Collimate.Generation;

namespace Collimate.Verification;

/// <summary>How a recorded generation was made, from its name: <c>single</c>, <c>batch_left</c>, <c>eos_stop</c>, <c>beam3</c>, <c>repetition_penalty_1.3</c>, <c>no_repeat_ngram_2</c>.</summary>
/// <param name="Name">The name behind <c>generate.</c></param>
/// <param name="Options">What the name says about the choice of tokens.</param>
internal sealed partial record GenerationKind(string Name, GenerationOptions Options)
{
    /// <summary>Reads a name; null where it is not one of those above.</summary>
    public static GenerationKind? Parse(string name)
    {
        var greedy = new GenerationOptions();
        if (GreedyPattern().IsMatch(name))
        {
            return new GenerationKind(name, greedy);
        }

        if (BeamPattern().Match(name) is { Success: true } beam && int.TryParse(beam.Groups[1].ValueSpan, out var beams) && beams is > 0 and <= 1024)
        {
            return new GenerationKind(name, greedy with { Beams = beams });
        }

        if (PenaltyPattern().Match(name) is { Success: true } penalty)
        {
            return new GenerationKind(name, greedy with { RepetitionPenalty = double.Parse(penalty.Groups[1].ValueSpan, CultureInfo.InvariantCulture) });
        }

        return NgramPattern().Match(name) is { Success: true } ngram && int.TryParse(ngram.Groups[1].ValueSpan, out var size)
            ? new GenerationKind(name, greedy with { NoRepeatNgramSize = size })
            : null;
    }

    [GeneratedRegex(@"^(single|greedy|eos_stop|batch)(_left|_right)?$")]
    private static partial Regex GreedyPattern();

    [GeneratedRegex(@"^beams?_?([0-9]{1,4})(_left|_right)?$")]
    private static partial Regex BeamPattern();

    [GeneratedRegex(@"^repetition_penalty_([0-9]{1,3}(\.[0-9]{1,6})?)$")]
    private static partial Regex PenaltyPattern();

    [GeneratedRegex(@"^no_repeat_ngram_([0-9]{1,4})$")]
    private static partial Regex NgramPattern();
}
