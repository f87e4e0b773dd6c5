using System.Text;
using Collimate.Generation;
using Collimate.Models.Language;
using Collimate.Tests.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests.Generation;

public sealed class TextGeneratorTests
{
    private static readonly TextGenerator Characters = new(ids => string.Concat(ids.ToArray().Select(id => (char)id)));

    [Fact]
    public void Generate_RowsThatStopAtDifferentTimes_LeaveTheBatch()
    {
        using var session = new ScriptedSession(ScriptedSession.Saying("one", "seventeen", ""), [0, 1, 2]);
        var rows = Characters.Generate(session, [[], [], []], new GenerationOptions { StopTokens = [0] });

        Assert.Equal(["one", "seventeen", ""], rows.Select(row => row.Text));
        Assert.All(rows, row => Assert.Equal(StopReason.StopToken, row.Reason));
        Assert.Equal([2, 2, 2, 1, 1, 1, 1, 1, 1], session.StepSizes);
    }

    [Fact]
    public void Generate_MostTokensReached_StopsByLength()
    {
        using var session = new ScriptedSession(ScriptedSession.Saying("abcdef"), [0]);
        var row = Characters.Generate(session, [[]], new GenerationOptions { MaxNewTokens = 3 })[0];
        Assert.Equal(("abc", StopReason.Length, 2), (row.Text, row.Reason, session.StepSizes.Count));
    }

    [Fact]
    public void Generate_NoTokensAskedFor_RunsNothing()
    {
        using var session = new ScriptedSession((_, _) => throw new InvalidOperationException("ran"), [0]);
        Assert.Empty(Characters.Generate(session, [[]], new GenerationOptions { MaxNewTokens = 0 })[0].Tokens);
    }

    [Fact]
    public void Generate_ModelOutOfPositions_StopsByLength()
    {
        using var session = new ScriptedSession(ScriptedSession.Saying("abcdef"), [0]) { Room = 1 };
        var row = Characters.Generate(session, [[]], new GenerationOptions())[0];
        Assert.Equal(("ab", StopReason.Length), (row.Text, row.Reason));
    }

    [Fact]
    public void Generate_StopString_CutsTheTextAndIsNeverStreamed()
    {
        var streamed = new StringBuilder();
        using var session = new ScriptedSession(ScriptedSession.Saying("answer </en </end> more"), [0]);
        var row = Characters.Generate(session, [[]], new GenerationOptions { StopStrings = ["</end>", "never"] }, token => streamed.Append(token.Text))[0];

        Assert.Equal(("answer </en ", StopReason.StopString), (row.Text, row.Reason));
        Assert.Equal(row.Text, streamed.ToString());
    }

    [Fact]
    public void Generate_TextEndsInsideAPossibleStopString_IsReportedInFull()
    {
        var streamed = new List<GeneratedToken>();
        using var session = new ScriptedSession(ScriptedSession.Saying("a</e"), [0]);
        Characters.Generate(session, [[]], new GenerationOptions { StopStrings = ["</end>"], StopTokens = [0] }, streamed.Add);

        Assert.Equal(["a", "", "", "", "</e"], streamed.Select(token => token.Text));
        Assert.Equal(StopReason.StopToken, streamed[^1].Reason);
    }

    [Fact]
    public void Generate_CharacterOfSeveralTokens_IsStreamedWhole()
    {
        // One byte a token, as byte-level vocabularies have it.
        var bytes = Encoding.UTF8.GetBytes("aé€b");
        var generator = new TextGenerator(ids => Encoding.UTF8.GetString([.. ids.ToArray().Select(id => (byte)id)]));
        var streamed = new List<string>();
        using var session = new ScriptedSession((_, fed) => [.. Enumerable.Range(0, 256).Select(id => fed.Count < bytes.Length && id == bytes[fed.Count] ? 1f : 0)], [0]);
        generator.Generate(session, [[]], new GenerationOptions { MaxNewTokens = bytes.Length }, token => streamed.Add(token.Text));
        Assert.Equal(["a", "", "é", "", "", "€", "b"], streamed);
    }

    [Fact]
    public void Generate_EveryToken_IsReportedBeforeTheNextStepRuns()
    {
        using var session = new ScriptedSession(ScriptedSession.Saying("token"), [0]);
        var stepsBefore = new List<int>();
        Characters.Generate(session, [[]], new GenerationOptions { StopTokens = [0] }, _ => stepsBefore.Add(session.StepSizes.Count));
        Assert.Equal([0, 1, 2, 3, 4, 5], stepsBefore);
    }

    [Fact]
    public void Generate_StopStringThatBeginsAndEndsInsideTokens_IsCutOutOfTheStream()
    {
        string[] pieces = ["an", "swer<", "/e", "nd>more", "!"];
        var generator = new TextGenerator(ids => string.Concat(ids.ToArray().Select(id => pieces[id])));
        var streamed = new List<string>();
        using var session = new ScriptedSession((_, fed) => [.. Enumerable.Range(0, pieces.Length).Select(id => id == fed.Count ? 1f : 0)], [0]);
        var row = generator.Generate(session, [[]], new GenerationOptions { StopStrings = ["</end>"] }, token => streamed.Add(token.Text))[0];
        Assert.Equal(("answer", StopReason.StopString), (row.Text, row.Reason));
        Assert.Equal(["an", "swer", "", ""], streamed);
    }

    [Fact]
    public void Generate_SameSeed_DrawsTheSameWhateverTheNeighbours()
    {
        var options = new GenerationOptions { Temperature = 1, MaxNewTokens = 12, Seed = 7 };
        IReadOnlyList<int> Alone(int name, ulong stream)
        {
            using var session = new ScriptedSession(ScriptedSession.Noise, [name]);
            return new TextGenerator().Generate(session, [new GenerationRequest([], options, stream)])[0].Tokens;
        }

        using var together = new ScriptedSession(ScriptedSession.Noise, [4, 5, 6]);
        // The middle row leaves early, which must not shift what its neighbours draw.
        var rows = new TextGenerator().Generate(together, [new([], options, 0), new([], options with { MaxNewTokens = 2 }, 1), new([], options, 2)]);

        Assert.Equal(Alone(4, 0), rows[0].Tokens);
        Assert.Equal(Alone(5, 1).Take(2), rows[1].Tokens);
        Assert.Equal(Alone(6, 2), rows[2].Tokens);
        Assert.NotEqual(Alone(4, 0), Alone(4, 1));
    }

    [Fact]
    public void Generate_ManyDraws_FollowTheDistribution()
    {
        using var session = new ScriptedSession((_, _) => [0, MathF.Log(2), MathF.Log(5)], Enumerable.Range(0, 4000));
        var rows = new TextGenerator().Generate(session, [.. Enumerable.Repeat(Array.Empty<int>(), 4000)], new GenerationOptions { Temperature = 1, MaxNewTokens = 1 });
        var shares = Enumerable.Range(0, 3).Select(token => rows.Count(row => row.Tokens[0] == token) / 4000.0).ToArray();
        Assert.Equal(1 / 8.0, shares[0], 0.03);
        Assert.Equal(2 / 8.0, shares[1], 0.03);
        Assert.Equal(5 / 8.0, shares[2], 0.03);
    }

    [Fact]
    public void Generate_Greedy_ReportsTheModelsOwnLogProbability()
    {
        using var session = new ScriptedSession((_, _) => [0, MathF.Log(3)], [0]);
        var row = new TextGenerator().Generate(session, [[]], new GenerationOptions { MaxNewTokens = 2, RepetitionPenalty = 1.01 })[0];
        Assert.Equal(2 * Math.Log(0.75), row.LogProbability, 1e-6);
    }

    [Fact]
    public void Generate_MinimumOfNewTokens_HoldsBackTheStopToken()
    {
        using var session = new ScriptedSession((_, _) => [5, 1, 0], [0]);
        var row = new TextGenerator().Generate(session, [[9, 9]], new GenerationOptions { MinNewTokens = 2, StopTokens = [0] })[0];
        Assert.Equal([1, 1], row.Tokens);
        Assert.Equal(StopReason.StopToken, row.Reason);
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(1f, float.PositiveInfinity)]
    public void Generate_ScoresThatAreNotFinite_IsRefused(float first, float second)
    {
        using var session = new ScriptedSession((_, _) => [first, second], [0]);
        Assert.Throws<ArithmeticException>(() => new TextGenerator().Generate(session, [[]], new GenerationOptions()));
    }

    [Fact]
    public void Generate_Cancelled_StopsBeforeTheNextStep()
    {
        using var source = new CancellationTokenSource();
        using var session = new ScriptedSession(ScriptedSession.Saying("abcdef"), [0]);
        Assert.Throws<OperationCanceledException>(() => Characters.Generate(session, [[]], new GenerationOptions(), _ => source.Cancel(), source.Token));
        Assert.Empty(session.StepSizes);
    }

    [Theory]
    [InlineData(-1.0, 1.0, "Temperature")]
    [InlineData(1.0, 0.0, "TopP")]
    public void Generate_OptionOutOfRange_NamesIt(double temperature, double topP, string name)
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [0]);
        var error = Assert.Throws<ArgumentException>(() => new TextGenerator().Generate(session, [[]], new GenerationOptions { Temperature = temperature, TopP = topP }));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_StopStringsWithoutDecoder_IsRefused()
    {
        using var session = new ScriptedSession(ScriptedSession.Noise, [0]);
        Assert.Throws<ArgumentException>(() => new TextGenerator().Generate(session, [[]], new GenerationOptions { StopStrings = ["x"] }));
    }

    [Fact]
    public void Generate_DecoderBatch_EqualsEachPromptAlone()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var random = new Random(3);
        var options = new GenerationOptions { MaxNewTokens = 8, Temperature = 0.8, TopK = 10, Seed = 5 };
        var prompts = new[] { 4, 2, 6 }.Select(length => TinyDecoder.Ids(random, 1, length)).ToArray();
        var padded = Tensor.Cat(prompts.Select(ids => Tensor.Cat([Tensor.Zeros([1, 6 - ids.Size(1)], ScalarType.Int64), ids], 1)));
        int[] valid = [.. prompts.SelectMany(ids => Enumerable.Range(0, 6).Select(at => at >= 6 - ids.Size(1) ? 1 : 0))];

        // The stop token differs, so that rows leave the batch while others go on.
        GenerationRequest Request(int row) => new([], options with { StopTokens = [row * 3, (row * 3) + 1] }, (ulong)row);
        using var session = new LanguageSession(model, LanguageInput.Causal(model.Embed(padded), valid));
        var together = new TextGenerator().Generate(session, [.. Enumerable.Range(0, 3).Select(Request)]);

        for (var row = 0; row < 3; row++)
        {
            using var own = new LanguageSession(model, LanguageInput.Causal(model.Embed(prompts[row])));
            Assert.Equal(new TextGenerator().Generate(own, [Request(row)])[0].Tokens, together[row].Tokens);
        }
    }
}
