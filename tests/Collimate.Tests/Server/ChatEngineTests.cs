using Collimate.Alignment;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Reading;
using Collimate.Generation;
using Collimate.Server.Inference;
using Collimate.Tests.Alignment;
using Collimate.Tests.Alignment.Fusion;
using Collimate.Torch;

namespace Collimate.Tests.Server;

public sealed class ChatEngineTests
{
    private static readonly GenerationOptions Greedy = new() { MaxNewTokens = 24 };

    /// <summary>Every seam that changes how a prompt is composed or decoded.</summary>
    public static TheoryData<string> Models => ["plain", "prefix", "cross", "paper", "gated", "mixer", "gps"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Submit_ManyAtOnce_EachIsAnsweredAsAlone(string kind)
    {
        using var engine = TinyEngine.Create(Create(kind));
        (string Question, int[] Pictures)[] asked = [.. Enumerable.Range(0, 30).Select(k => (Question(k), k % 4 == 0 ? Array.Empty<int>() : k % 4 == 3 ? [k % 3, 7] : [k % 3]))];
        var expected = asked.Select(one => TinyEngine.Serial(engine.Built, one.Question, Greedy, one.Pictures)).ToArray();

        var answers = await Task.WhenAll(asked.Select(one => Task.Run(() => TinyEngine.Answer(engine, TinyEngine.Ask(engine, one.Question, one.Pictures), Greedy))));

        Assert.Equal(expected, answers.Select(answer => answer.Trim()));
        Assert.True(expected.Distinct().Count() > 2, "the model says the same to everything, so this proves nothing");
    }

    [Fact]
    public async Task Submit_PromptThatBeganLikeAnEarlierOne_IsAnsweredAlikeAndRunsLess()
    {
        using var engine = TinyEngine.Create(Create("plain"));
        var question = new string('a', 40) + "bcd";
        var first = await TinyEngine.Answer(engine, TinyEngine.Ask(engine, question + "e", 1), Greedy);

        var job = engine.Submit(TinyEngine.Ask(engine, question + "e", 1), Greedy, 1, 0, CancellationToken.None)!;
        var again = await Text(job);

        Assert.Equal(first, again);
        Assert.Equal(48, job.Known); // of 50 positions: four of the picture, a mark, 44 letters, a mark
        Assert.Equal(1, engine.Remembered.Pictures);
    }

    [Fact]
    public async Task Submit_EyeThatLooksByTheQuestion_RemembersPicturesByQuestion()
    {
        using var engine = TinyEngine.Create(Create("prefix"));

        await TinyEngine.Answer(engine, TinyEngine.Ask(engine, "abc", 1), Greedy);
        await TinyEngine.Answer(engine, TinyEngine.Ask(engine, "gfe", 1), Greedy);
        Assert.Equal(0, engine.Remembered.Pictures);

        await TinyEngine.Answer(engine, TinyEngine.Ask(engine, "abc", 1), Greedy);
        Assert.Equal(1, engine.Remembered.Pictures);
    }

    [Fact]
    public async Task Submit_SeveralChoices_DrawsEachFromItsOwnStream()
    {
        using var engine = TinyEngine.Create(Create("plain"));
        var options = Greedy with { Temperature = 3, Seed = 5, MinNewTokens = 10 };
        var together = engine.Submit(TinyEngine.Ask(engine, "abc", 1), options, 3, 2, CancellationToken.None)!;
        var said = new string[3];
        await foreach (var piece in together.Pieces.ReadAllAsync())
        {
            said[piece.Choice] += piece.Token.Text;
            Assert.Equal(2, piece.Token.Likeliest.Count);
            Assert.True(piece.Token.Likeliest[0].LogProbability >= piece.Token.Likeliest[1].LogProbability);
            Assert.True(piece.Token.LogProbability <= piece.Token.Likeliest[0].LogProbability);
        }

        Assert.Equal(3, said.Distinct().Count());
        var alone = engine.Submit(TinyEngine.Ask(engine, "abc", 1), options, 1, 0, CancellationToken.None)!;
        Assert.Equal(said[0], await Text(alone));
    }

    [Fact]
    public async Task Submit_CallerLeaves_FreesTheSlotForOthers()
    {
        using var engine = TinyEngine.Create(Create("plain"), TinyEngine.Small with { Workers = 1, Slots = 1 });
        using var leaving = new CancellationTokenSource();
        var endless = Greedy with { MaxNewTokens = 100_000, Temperature = 2, MinNewTokens = 100 };
        var held = engine.Submit(TinyEngine.Ask(engine, "a"), endless, 1, 0, leaving.Token)!;
        Assert.True(await held.Pieces.WaitToReadAsync());
        var waiting = TinyEngine.Answer(engine, TinyEngine.Ask(engine, "b"), Greedy);

        await leaving.CancelAsync();

        Assert.Equal(TinyEngine.Serial(engine.Built, "b", Greedy), (await waiting).Trim());
    }

    [Fact]
    public void Submit_MoreThanMayWait_IsRefused()
    {
        using var engine = TinyEngine.Create(Create("plain"), TinyEngine.Small with { Workers = 1, Slots = 1, Queue = 2 });
        using var leaving = new CancellationTokenSource();
        var endless = Greedy with { MaxNewTokens = 100, MinNewTokens = 100, Temperature = 1 };
        var jobs = Enumerable.Range(0, 40).Select(_ => engine.Submit(TinyEngine.Ask(engine, "a"), endless, 1, 0, leaving.Token)).ToArray();

        Assert.Contains(null, jobs);
        leaving.Cancel();
    }

    [Fact]
    public async Task Dispose_AfterAnswers_LeavesNoTensorBehind()
    {
        var before = SettledTensors.Count();
        using (var engine = TinyEngine.Create(Create("cross")))
        {
            await Task.WhenAll(Enumerable.Range(0, 12).Select(k => TinyEngine.Answer(engine, TinyEngine.Ask(engine, Question(k), k % 3), Greedy)));
        }

        Assert.Equal(before, SettledTensors.Count());
    }

    internal static VisionLanguageModel Create(string kind) => kind switch
    {
        "plain" => TinyVisionModel.Create(3),
        "prefix" => TinyVisionModel.Create(5, conditioning: (tower, generator) => new PrefixConditioning(new DecoderReader(TinyVisionModel.HiddenSize), QuestionTurn.First, 5, tower, [0, 1], generator)),
        "mixer" or "gps" => TinyFusionModel.Create("none", kind),
        _ => TinyFusionModel.Create(kind),
    };

    private static string Question(int number) => new([.. Enumerable.Range(0, 1 + (number * 7 % 40)).Select(k => LetterTokenizer.Letters[((k * number) + k + number) % LetterTokenizer.Letters.Length])]);

    private static async Task<string> Text(ChatJob job)
    {
        var text = "";
        await foreach (var piece in job.Pieces.ReadAllAsync())
        {
            text += piece.Token.Text;
        }

        return text;
    }
}
