using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Tests.Alignment;

public sealed class PictureQuestionsTests
{
    [Fact]
    public void Of_PromptWithItsAnswerAndWithout_IsTheSameQuestion()
    {
        var sample = TinyVisionModel.Asked("abc", "de", 1, 2);

        var (trained, asked) = (Of(QuestionTurn.First, false, sample), Of(QuestionTurn.First, true, sample));

        Assert.Equal(["abc", "abc"], trained.Select(question => question.Text));
        Assert.Equal(TinyVisionModel.Tokenizer.Encode("abc"), trained[0].TokenIds);
        Assert.Equal(trained.Select(Key), asked.Select(Key));
    }

    [Fact]
    public void Of_PicturesInTwoExchanges_AreAskedForByTheirOwn()
    {
        Sample sample = new("two", [TinyVisionModel.Picture(1), TinyVisionModel.Picture(2)], [new("user", "<image>ab"), new("assistant", "c"), new("user", "<image>de"), new("assistant", "f")]);

        Assert.Equal(["ab", "de"], Of(QuestionTurn.First, false, sample).Select(question => question.Text));
    }

    [Fact]
    public void Of_LastQuestion_IsThatWhichIsToBeAnswered()
    {
        Sample sample = new("two", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c"), new("user", "de")]);

        Assert.Equal("de", Assert.Single(Of(QuestionTurn.Last, true, sample)).Text);
        Assert.Equal("ab", Assert.Single(Of(QuestionTurn.First, true, sample)).Text);
        Assert.Equal("ab", Assert.Single(Of(QuestionTurn.Last, false, TinyVisionModel.Asked("ab", "c", 1))).Text);
    }

    [Fact]
    public void Of_LastQuestionWhileAnEarlierOneIsLearnt_IsRefused()
    {
        Sample sample = new("two", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c"), new("user", "de"), new("assistant", "f")]);

        Assert.Contains("question: first", Assert.Throws<DataException>(() => Of(QuestionTurn.Last, false, sample)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_PackedQuestionsOfOnePicture_AreRefused()
    {
        Sample sample = new("packed", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c"), new("user", "de"), new("assistant", "f")]);
        using var batch = TinyVisionModel.Batcher(packed: true).ToBatch([sample], forGeneration: false, Torch.Device.Cpu);

        var failure = Assert.Throws<DataException>(() => new PictureQuestions(batch, null!).Of(QuestionTurn.First));

        Assert.Contains("2 packed questions share a picture", failure.Message, StringComparison.Ordinal);
        Assert.Contains("packed: false", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SamplesInOneRow_KeepTheirOwnQuestions()
    {
        var batcher = TinyVisionModel.Batcher(packed: true);
        Sample[] samples = [TinyVisionModel.Asked("ab", "c", 1), TinyVisionModel.Asked("fed", "c", 2)];
        var joined = LayoutPacking.Join([.. samples.Select(sample => batcher.Render(sample))]);
        using var batch = batcher.Piece([samples[0] with { Images = [.. samples.SelectMany(sample => sample.Images)] }], [joined], 0, 1).ToBatch(Torch.Device.Cpu);

        Assert.Equal(["ab", "fed"], new PictureQuestions(batch, null!).Of(QuestionTurn.First).Select(question => question.Text));
        Assert.Equal(["ab", "fed"], new PictureQuestions(batch, null!).Of(QuestionTurn.Last).Select(question => question.Text));
    }

    [Fact]
    public void Of_HiddenWords_AreNotRead()
    {
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([TinyVisionModel.Asked("abc", "d", 1)], forGeneration: false, Torch.Device.Cpu);
        var layout = batch.Layouts[0];
        int[] input = [.. layout.TokenIds];
        input[Array.IndexOf(layout.Kinds, TokenKind.Prompt)] = TokenLayout.Blank;
        using var hidden = new Batch([layout with { InputIds = input }], batch.Pixels!.Clone());

        Assert.Equal("bc", Assert.Single(new PictureQuestions(hidden, null!).Of(QuestionTurn.First)).Text);
    }

    private static IReadOnlyList<PictureQuestion> Of(QuestionTurn turn, bool forGeneration, params Sample[] samples)
    {
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch(samples, forGeneration, Torch.Device.Cpu);
        return new PictureQuestions(batch, null!).Of(turn);
    }

    private static string Key(PictureQuestion question) => $"{question.Text} {string.Join(' ', question.TokenIds)}";
}
