using System.Text;
using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Training;

public sealed class SampleSieveTests : IDisposable
{
    private static readonly byte[] NoPicture = Encoding.ASCII.GetBytes("this is no picture at all, only text");

    private readonly List<VisionLanguageModel> models = [];

    public void Dispose() => models.ForEach(model => model.Dispose());

    [Fact]
    public void Prepare_BadSamples_GiveWayToTheNextOfTheirPass()
    {
        // 2 has no picture, 3 cannot be drawn, 7 is too long; after the last comes the first of the same pass.
        var source = new Numbered(10, bad: [3], withoutPicture: [2, 9], tooLong: [7]);
        using var program = Program(source, share: 1, batch: 10);

        foreach (var step in (long[])[0, 5])
        {
            var rows = program.Prepare(step).SelectMany(piece => piece.Layouts).Select(layout => layout.SampleId).ToArray();
            Assert.Equal(["0", "0", "1", "4", "4", "4", "5", "6", "8", "8"], rows.Order());
        }
    }

    [Fact]
    public void Prepare_BadSamples_PicturesStandBesideTheirRows()
    {
        using var program = Program(new Numbered(10, bad: [3], withoutPicture: [2], tooLong: []), share: 1, batch: 10);
        foreach (var piece in program.Prepare(0))
        {
            var expected = piece.Layouts.SelectMany(layout => TinyVisionModel.Processor.Process(TinyVisionModel.Picture(int.Parse(layout.SampleId)).Load()));
            Assert.Equal(expected, piece.Pixels);
        }
    }

    [Fact]
    public void Prepare_AnyNumberOfThreads_GivesTheSame()
    {
        var expected = Shown(threads: 1, share: 1);
        Assert.Equal(expected, Shown(threads: 4, share: 1));
        Assert.Equal(expected, Shown(threads: 3, share: 1));
        Assert.Equal(Shown(threads: 1, share: 0, bad: []), Shown(threads: 4, share: 0, bad: []));

        string Shown(int threads, double share, int[]? bad = null)
        {
            using var program = Program(new Numbered(10, bad ?? [3], withoutPicture: bad ?? [2], tooLong: []), share, batch: 8, threads);
            return string.Join(' ', Enumerable.Range(0, 4).SelectMany(step => program.Prepare(step)).SelectMany(piece =>
                piece.Layouts.Select(layout => layout.SampleId).Concat(piece.Pixels.Select(value => value.ToString()))));
        }
    }

    [Fact]
    public void Prepare_EveryRank_ComesToTheSameBatch()
    {
        string Layouts(int rank, int ranks)
        {
            using var program = Program(new Numbered(10, bad: [3], withoutPicture: [2], tooLong: [5]), share: 1, batch: 8, rank: rank, ranks: ranks);
            return string.Join('|', program.Prepare(3).Select(piece => $"{piece.Index}:{string.Join(' ', piece.Layouts.Select(layout => layout.SampleId))} {piece.AnswerTokens}/{piece.Rows}"));
        }

        Assert.Equal(Layouts(0, 1).Split('|').Order(), $"{Layouts(0, 2)}|{Layouts(1, 2)}".Split('|').Order());
    }

    [Fact]
    public void Prepare_NoBadSamplesAllowed_FailsAtTheFirst()
    {
        using var unreadable = Program(new Numbered(10, bad: [], withoutPicture: [2], tooLong: []), share: 0, batch: 10);
        Assert.Contains("picture 2", Assert.Throws<Collimate.Imaging.ImageException>(() => unreadable.Prepare(0)).Message, StringComparison.Ordinal);
        using var broken = Program(new Numbered(10, bad: [3], withoutPicture: [], tooLong: []), share: 0, batch: 10);
        Assert.StartsWith("3: ", Assert.Throws<DataException>(() => broken.Prepare(0)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.01, 10)]
    [InlineData(0.02, 20)]
    public void Prepare_MoreThanTheShare_FailsAndNamesTheFirst(double share, int allowed)
    {
        // One of five is bad; up to 1000 drawn samples the share is of 1000.
        using var program = Program(new Numbered(1000, bad: [.. Enumerable.Range(0, 1000).Where(k => k % 5 == 4)], withoutPicture: [], tooLong: []), share, batch: 5);
        for (var step = 0; step < allowed; step++)
        {
            program.Prepare(step);
        }

        var failure = Assert.Throws<DataException>(() => program.Prepare(allowed));

        Assert.StartsWith("4: broken by hand", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"the first of {allowed + 1} samples that cannot be used, of {(allowed + 1) * 5} drawn; bad_samples: {share} in stage 'tiny'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_ShareOfManySamples_IsOfAllOfThem()
    {
        using var program = Program(new Numbered(1000, bad: [.. Enumerable.Range(0, 20).Select(k => k * 50)], withoutPicture: [], tooLong: []), share: 0.021, batch: 100);
        for (var step = 0; step < 30; step++)
        {
            program.Prepare(step); // 60 of 3000
        }
    }

    [Fact]
    public void Prepare_NothingUsable_EndsWithTheFirstFault()
    {
        using var program = Program(new Numbered(10, bad: [.. Enumerable.Range(0, 10)], withoutPicture: [], tooLong: []), share: 1, batch: 4);
        var failure = Assert.Throws<DataException>(() => program.Prepare(0));
        Assert.StartsWith("0: broken by hand", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Nor can any of the 9 samples after it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_FaultOfTheWholeSource_IsNeverPassedOver()
    {
        using var program = Program(new Numbered(10, bad: [], withoutPicture: [], tooLong: []) { Gone = true }, share: 1, batch: 4);
        Assert.Equal(DataFault.Source, Assert.Throws<DataException>(() => program.Prepare(0)).Fault);
    }

    [Fact]
    public void Run_BadSamples_AreToldInOrderWithTheirCounts()
    {
        var noted = new Noted();
        using var program = Program(new Numbered(10, bad: [3], withoutPicture: [8], tooLong: []), share: 1, batch: 5);
        using var optimizer = new AdamW(program.ParameterGroups);
        Trainer.Run(program, new TrainingOptions { Steps = 4, Workers = 1, Schedule = LearningRateSchedule.Constant(4, 0) }, optimizer, noted);

        Assert.Equal([(1, 1, 4), (2, 2, 9), (3, 3, 14), (4, 4, 19)], noted.Bad.Select(bad => ((int)bad.Step, (int)bad.Skipped, (int)bad.Drawn)));
        Assert.Equal(["3", "sample 8", "3", "sample 18"], noted.Bad.Select(bad => bad.Sample));
        Assert.Contains("picture 8", noted.Bad[1].Reason, StringComparison.Ordinal);
        Assert.Equal("tiny, step 1: a sample was passed over (1 of 4 so far). 3: broken by hand", noted.Notes[0]);
    }

    private ConversationProgram Program(ISampleSource source, double share, int batch, int threads = 2, int rank = 0, int ranks = 1)
    {
        var model = TinyVisionModel.Create();
        models.Add(model);
        model.SetRequiresGrad(false);
        var learning = model.NamedParameters().Where(p => p.Name.StartsWith("language_model.", StringComparison.Ordinal)).Select(p => p.Value).ToArray();
        Array.ForEach(learning, parameter => parameter.RequiresGrad = true);
        return new ConversationProgram(
            model, () => TinyVisionModel.Create(), [new ParameterGroup("language", learning)], source,
            TinyVisionModel.Batcher(packed: true) with { DecodeThreads = threads, ContextLength = 40 }, [(new LanguageObjective(), 1)],
            new StageOptions("tiny", batch, 3, null) { BadSamples = share, Rank = rank, Ranks = ranks });
    }

    private sealed class Numbered(int count, int[] bad, int[] withoutPicture, int[] tooLong) : ISampleSource
    {
        public bool Gone { get; init; }

        public long? Count => count;

        public IReadOnlyList<Sample> Draw(long step, int samples) => [.. Enumerable.Range(0, samples).Select(k => At((step * samples) + k))];

        public Sample At(long place)
        {
            var number = (int)(place % count);
            if (Gone)
            {
                throw new DataException("files", "gone", DataFault.Source);
            }

            if (bad.Contains(number))
            {
                throw new DataException($"{number}", "broken by hand");
            }

            var picture = withoutPicture.Contains(number) ? ImageSource.FromBytes(NoPicture, $"picture {number}") : TinyVisionModel.Picture(number);
            var asked = string.Concat(Enumerable.Repeat("a", tooLong.Contains(number) ? 60 : 1 + (number % 4)));
            return new Sample($"{number}", [picture], [new Turn("user", $"<image>{asked}"), new Turn("assistant", "bc")]);
        }
    }

    private sealed class Noted : ITrainingObserver
    {
        public List<BadSampleReport> Bad { get; } = [];

        public List<string> Notes { get; } = [];

        public void OnStep(StepReport report)
        {
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }

        public void OnNote(string note) => Notes.Add(note);

        public void OnBadSample(BadSampleReport report)
        {
            Bad.Add(report);
            ITrainingObserver told = new Plain(Notes);
            told.OnBadSample(report);
        }

        // Knows nothing of bad samples, and so gets a note.
        private sealed class Plain(List<string> notes) : ITrainingObserver
        {
            public void OnStep(StepReport report)
            {
            }

            public void OnSkippedStep(long step, double gradientNorm)
            {
            }

            public void OnNote(string note) => notes.Add(note);
        }
    }
}
