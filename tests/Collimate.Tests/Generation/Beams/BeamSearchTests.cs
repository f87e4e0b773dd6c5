using System.Text;
using Collimate.Generation;
using Collimate.Generation.Beams;
using Collimate.Models.Language;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Generation.Beams;

public sealed class BeamSearchTests
{
    [Fact]
    public void Generate_AnyOptions_EqualsThePlainSearch() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var options = new GenerationOptions
        {
            Beams = random.Next(2, 6),
            MaxNewTokens = random.Next(1, 9),
            LengthPenalty = (random.NextDouble() * 4) - 2,
            EarlyStopping = (BeamStopping)random.Next(3),
            StopTokens = [.. Enumerable.Range(0, random.Next(4))],
        };
        using var session = new ScriptedSession(OftenStopping, [seed]);
        var row = new TextGenerator().Generate(session, [[]], options)[0];
        Assert.Equal(new PlainBeamSearch(options, fed => OftenStopping(seed, fed)).Run().Tokens, row.Tokens);

        static float[] OftenStopping(int name, IReadOnlyList<int> fed) => [.. ScriptedSession.Noise(name, fed).Select((score, token) => token < 3 ? score + 1.5f : score)];
    }).Check(Properties.Hold.WithMaxTest(400));

    [Fact]
    public void Generate_BeamsEnoughForEverything_FindsTheBestOfAllSequences() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var (vocabulary, length) = (random.Next(2, 5), random.Next(1, 5));
        var options = new GenerationOptions
        {
            Beams = (int)Math.Pow(vocabulary, length), MaxNewTokens = length, LengthPenalty = (random.NextDouble() * 4) - 2, EarlyStopping = BeamStopping.WhenCertain, StopTokens = [0],
        };
        float[] Scores(int name, IReadOnlyList<int> fed) => ScriptedSession.Noise(name, fed)[..vocabulary];
        using var session = new ScriptedSession(Scores, [seed]);
        var row = new TextGenerator().Generate(session, [[]], options)[0];

        var counted = row.Tokens.Count + (row.Reason == StopReason.StopToken ? 1 : 0);
        Assert.Equal(BestOfAll([], 0), row.LogProbability / Math.Pow(counted, options.LengthPenalty), 1e-5);

        double BestOfAll(int[] tokens, double sum)
        {
            if (tokens.Length == length)
            {
                return sum / Math.Pow(length, options.LengthPenalty);
            }

            var scores = Scores(seed, tokens);
            var normalizer = Math.Log(scores.Sum(score => Math.Exp(score)));
            var stopped = (sum + scores[0] - normalizer) / Math.Pow(tokens.Length + 1, options.LengthPenalty);
            return Enumerable.Range(1, vocabulary - 1).Select(token => BestOfAll([.. tokens, token], sum + scores[token] - normalizer)).Append(stopped).Max();
        }
    }).Check(Properties.Hold);

    [Fact]
    public void Generate_OneBeam_EqualsGreedyDecoding() => Prop.ForAll<int>(seed =>
    {
        var options = new GenerationOptions { Beams = 1, MaxNewTokens = 8, NoRepeatNgramSize = 2 };
        using var greedy = new ScriptedSession(ScriptedSession.Noise, [seed]);
        using var single = new ScriptedSession(ScriptedSession.Noise, [seed]);
        var expected = new TextGenerator().Generate(greedy, [[]], options)[0];
        var found = BeamSearch.Generate(single, [new GenerationRequest([], options)], null, null, CancellationToken.None)[0];
        Assert.Equal(expected.Tokens, found.Tokens);
        Assert.Equal(expected.LogProbability, found.LogProbability, 1e-4);
    }).Check(Properties.Hold);

    [Fact]
    public void Generate_DecoderBatchLeftPadded_EqualsEachPromptAlone()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var random = new Random(3);
        var prompts = new[] { 4, 2, 6 }.Select(length => TinyDecoder.Ids(random, 1, length)).ToArray();
        var padded = Tensor.Cat(prompts.Select(ids => Tensor.Cat([Tensor.Zeros([1, 6 - ids.Size(1)], ScalarType.Int64), ids], 1)));
        int[] valid = [.. prompts.SelectMany(ids => Enumerable.Range(0, 6).Select(at => at >= 6 - ids.Size(1) ? 1 : 0))];

        // Beams, lengths and stop tokens differ, so that rows leave the batch while others go on.
        GenerationRequest Request(int row) => new([], new GenerationOptions { Beams = 2 + row, MaxNewTokens = 6 + row, StopTokens = [row * 3, (row * 3) + 1] }, (ulong)row);
        using var session = new LanguageSession(model, LanguageInput.Causal(model.Embed(padded), valid));
        var together = new TextGenerator().Generate(session, [.. Enumerable.Range(0, 3).Select(Request)]);

        for (var row = 0; row < 3; row++)
        {
            using var own = new LanguageSession(model, LanguageInput.Causal(model.Embed(prompts[row])));
            var alone = new TextGenerator().Generate(own, [Request(row)])[0];
            Assert.Equal(alone.Tokens, together[row].Tokens);
            Assert.Equal(alone.LogProbability, together[row].LogProbability, 1e-4);
        }
    }

    [Fact]
    public void Generate_RepetitionPenalty_ActsOnLogProbabilitiesAndTheModelsOwnAreReported()
    {
        // Divided as a score, token 0 would fall behind (2 / 2.5 < 1.2); as a log-probability it stays ahead (-0.37 * 2.5 > -1.17).
        using var session = new ScriptedSession((_, _) => [2, 1.2f], [0]);
        var row = new TextGenerator().Generate(session, [[0]], new GenerationOptions { Beams = 2, MaxNewTokens = 1, RepetitionPenalty = 2.5 })[0];
        Assert.Equal([0], row.Tokens);
        Assert.Equal(2 - Math.Log(Math.Exp(2) + Math.Exp(1.2)), row.LogProbability, 1e-5);
    }

    [Fact]
    public void Generate_StopString_CompletesABeamAndIsCutOff()
    {
        var generator = new TextGenerator(ids => string.Concat(ids.ToArray().Select(id => (char)id)));
        var streamed = new StringBuilder();
        var reasons = new List<StopReason?>();
        using var session = new ScriptedSession(ScriptedSession.Saying("yes</s> and more"), [0]);
        var row = generator.Generate(session, [[]], new GenerationOptions { Beams = 3, MaxNewTokens = 12, StopStrings = ["</s>"] }, token =>
        {
            streamed.Append(token.Text);
            reasons.Add(token.Reason);
        })[0];

        Assert.Equal(("yes", StopReason.StopString), (row.Text, row.Reason));
        Assert.Equal("yes", streamed.ToString());
        Assert.Equal([.. Enumerable.Repeat((StopReason?)null, row.Tokens.Count - 1), StopReason.StopString], reasons);
    }

    [Fact]
    public void Generate_StopToken_IsReportedLastAndLeftOut()
    {
        var generator = new TextGenerator(ids => string.Concat(ids.ToArray().Select(id => (char)id)));
        var streamed = new List<GeneratedToken>();
        using var session = new ScriptedSession(ScriptedSession.Saying("ok"), [0]);
        var row = generator.Generate(session, [[]], new GenerationOptions { Beams = 2, MaxNewTokens = 9, StopTokens = [0] }, streamed.Add)[0];
        Assert.Equal(("ok", StopReason.StopToken), (row.Text, row.Reason));
        Assert.Equal([(int)'o', 'k', 0], streamed.Select(token => token.Token));
        Assert.Equal([null, null, StopReason.StopToken], streamed.Select(token => token.Reason));
    }

    [Fact]
    public void Generate_Prompts_RunOnceWhateverTheBeams()
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [1, 2]);
        Assert.Equal(2, session.Rows);
        new TextGenerator().Generate(session, [[], []], new GenerationOptions { Beams = 4, MaxNewTokens = 3 });
        Assert.Equal([8, 8], session.StepSizes);
    }

    [Fact]
    public void Generate_ModelOutOfPositions_StopsByLength()
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [0]) { Room = 1 };
        var row = new TextGenerator().Generate(session, [[]], new GenerationOptions { Beams = 2 })[0];
        Assert.Equal((2, StopReason.Length), (row.Tokens.Count, row.Reason));
    }

    [Fact]
    public void Generate_NoTokensAskedFor_RunsNothing()
    {
        using var session = new ScriptedSession((_, _) => throw new InvalidOperationException("ran"), [0]);
        Assert.Empty(new TextGenerator().Generate(session, [[]], new GenerationOptions { Beams = 2, MaxNewTokens = 0 })[0].Tokens);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Generate_ScoresThatAreNotFinite_IsRefused(float bad)
    {
        using var session = new ScriptedSession((_, _) => [1, bad, 0, 2, 3, 4], [0]);
        Assert.Throws<ArithmeticException>(() => new TextGenerator().Generate(session, [[]], new GenerationOptions { Beams = 2 }));
    }

    [Fact]
    public void Generate_DrawingBeams_IsRefused()
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [0]);
        var error = Assert.Throws<ArgumentException>(() => new TextGenerator().Generate(session, [[]], new GenerationOptions { Beams = 2, Temperature = 0.5 }));
        Assert.Contains("Temperature", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BatchOfBothKinds_IsRefused()
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [0, 1]);
        GenerationRequest[] requests = [new([], new GenerationOptions { Beams = 2 }), new([], new GenerationOptions())];
        Assert.Contains("beam search", Assert.Throws<ArgumentException>(() => new TextGenerator().Generate(session, requests)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Best_AnyScores_EqualsSortingThemAll() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        float[] scores = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (float)random.Next(12))];
        var count = random.Next(1, scores.Length + 1);
        Assert.Equal(Enumerable.Range(0, scores.Length).OrderByDescending(place => scores[place]).Take(count), Candidates.Best(scores, count));
    }).Check(Properties.Hold);
}
