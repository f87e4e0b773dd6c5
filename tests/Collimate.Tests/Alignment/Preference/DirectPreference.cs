using Collimate.Alignment;
using Collimate.Alignment.Objectives.Preference;

namespace Collimate.Tests.Alignment.Preference;

/// <summary>Preference optimisation number by number in double precision: every logit, its softmax, and the gradient by the formulas of the papers.</summary>
internal static class DirectPreference
{
    internal sealed record Result(double Loss, double[] Gradient, double Accuracy, double Margin);

    internal static Result Of(ForwardPass policy, ForwardPass held, PreferenceLoss variant, double beta, double smoothing, double sft, int answerTokens, int rows)
    {
        var (tokens, reference) = (Tokens(policy), Tokens(held));
        var width = (int)policy.Hidden.Size(2);
        var head = policy.Model.Language.HeadWeight.Detach().ToArray<float>();
        var gradient = new double[policy.Hidden.ElementCount];
        var pairs = policy.Batch.PairCount;
        var better = tokens.Where(token => token.Row < pairs).Select(token => (token.Row, token.Document)).Distinct().ToArray();
        var (loss, right, margins) = (0.0, 0, 0.0);
        foreach (var answer in better)
        {
            var worse = (Row: answer.Row + pairs, answer.Document);
            var margin = Of(tokens, answer) - Of(tokens, worse) - (Of(reference, answer) - Of(reference, worse));
            var weight = 1.0 / better.Count(other => other.Row == answer.Row) / rows;
            loss += weight * (variant == PreferenceLoss.Ipo
                ? Math.Pow(margin - (1 / (2 * beta)), 2)
                : ((1 - smoothing) * Math.Log(1 + Math.Exp(-beta * margin))) + (smoothing * Math.Log(1 + Math.Exp(beta * margin))));
            var slope = weight * (variant == PreferenceLoss.Ipo
                ? 2 * (margin - (1 / (2 * beta)))
                : (-beta * (1 - smoothing) / (1 + Math.Exp(beta * margin))) + (beta * smoothing / (1 + Math.Exp(-beta * margin))));
            right += margin > 0 ? 1 : 0;
            margins += beta * margin;
            foreach (var token in tokens)
            {
                var sign = (token.Row, token.Document) == answer ? slope - (sft / answerTokens) : (token.Row, token.Document) == worse ? -slope : 0;
                for (var word = 0; word < token.Probabilities.Length && sign != 0; word++)
                {
                    var change = sign * ((word == token.Target ? 1 : 0) - token.Probabilities[word]);
                    for (var k = 0; k < width; k++)
                    {
                        gradient[(token.Place * width) + k] += change * head[(word * width) + k];
                    }
                }
            }
        }

        loss -= sft * better.Sum(answer => Of(tokens, answer)) / answerTokens;
        return new Result(loss, gradient, (double)right / better.Length, margins / better.Length);
    }

    private static double Of(List<Token> tokens, (int Row, int Document) answer) =>
        tokens.Where(token => (token.Row, token.Document) == answer).Sum(token => Math.Log(token.Probabilities[token.Target]));

    private static List<Token> Tokens(ForwardPass pass)
    {
        var positions = pass.Sequence.Positions;
        var (hidden, head) = (pass.Hidden.Detach().ToArray<float>(), pass.Model.Language.HeadWeight.Detach().ToArray<float>());
        var width = (int)pass.Hidden.Size(2);
        var tokens = new List<Token>();
        for (var place = 0; place < positions.Labels.Length; place++)
        {
            if (positions.Labels[place] == Positions.NoLabel)
            {
                continue;
            }

            var logits = new double[head.Length / width];
            for (var word = 0; word < logits.Length; word++)
            {
                for (var k = 0; k < width; k++)
                {
                    logits[word] += (double)hidden[(place * width) + k] * head[(word * width) + k];
                }
            }

            var largest = logits.Max();
            var sum = logits.Sum(logit => Math.Exp(logit - largest));
            tokens.Add(new Token(place, place / positions.Length, positions.Documents[place], positions.Labels[place], [.. logits.Select(logit => Math.Exp(logit - largest) / sum)]));
        }

        return tokens;
    }

    private sealed record Token(int Place, int Row, int Document, int Target, double[] Probabilities);
}
