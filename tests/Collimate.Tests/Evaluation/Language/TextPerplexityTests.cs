using Collimate.Evaluation.Language;
using Collimate.Models.Language;
using Collimate.Tests.Alignment;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Evaluation.Language;

/// <summary>Perplexity against log-softmax in double precision, one token at a time.</summary>
public sealed class TextPerplexityTests
{
    [Theory]
    [InlineData("abcdefgfedcbagacebdfacdgb", 128)] // one window
    [InlineData("abcdefgfedcbagacebdfacdgb", 8)]   // many
    [InlineData("abcdefgfedcbagacebdfacdgb", 3)]   // that do not halve evenly
    [InlineData("ab", 128)]
    public void Of_Text_EqualsTokenByToken(string text, int context)
    {
        using var model = TinyVisionModel.Create();
        var tokens = TinyVisionModel.Tokenizer.Encode(text);
        var expected = 0.0;
        for (var next = 1; next < tokens.Length; next++)
        {
            // The first window begins with the text; every later one lets each of its new tokens see from half a window before the first of them.
            var (start, end) = (0, Math.Min(tokens.Length, context));
            while (next >= end)
            {
                start = Math.Max(0, end - (context / 2));
                end = Math.Min(tokens.Length, start + context);
            }

            expected += LogProbability(model.Language, tokens[start..next], tokens[next]);
        }

        var score = TextPerplexity.Of(model, TinyVisionModel.Tokenizer, text, context);

        Assert.Equal(tokens.Length - 1, score.Tokens);
        Assert.Equal(expected, score.LogLikelihood, 3);
        Assert.Equal(Math.Exp(-expected / (tokens.Length - 1)), score.Perplexity, 3);
        Assert.Equal(-expected / Math.Log(2) / text.Length, score.BitsPerByte, 3);
    }

    [Fact]
    public void Windows_OfAnything_ForetellEveryTokenButTheFirstOnce() => Prop.ForAll(
        Gen.Choose(0, 60).ToArbitrary(), Gen.Choose(2, 20).ToArbitrary(), (length, window) =>
        {
            int[] tokens = [.. Enumerable.Range(0, length)];
            var windows = TextPerplexity.Windows(tokens, window).ToArray();
            Assert.Equal(tokens.Skip(1), windows.SelectMany(one => one.After));
            Assert.All(windows, one => Assert.InRange(one.Before.Length + one.After.Length, 2, window));
            Assert.All(windows, one => Assert.Equal(one.After[0] - 1, one.Before[^1]));
            Assert.All(windows, one => Assert.True(one.Before.Length >= Math.Min(window / 2, one.After[0]) && one.Before.Length > 0));
        }).Check(Properties.Hold);

    private static double LogProbability(CausalLanguageModel model, int[] before, int next)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var hidden = model.Run(LanguageInput.Causal(model.Embed(Tensor.From<long>([.. before.Select(id => (long)id)], [1, before.Length]))));
        var logits = model.Logits(hidden.Select(1, before.Length - 1)).ToArray<float>();
        var largest = (double)logits.Max();
        return logits[next] - largest - Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
    }
}
